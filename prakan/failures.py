"""An exception becomes one line on standard error and an exit status."""

from __future__ import annotations

import os
import sys
import traceback

from interfaces.errors import PrakanError

OUTSIDE = 3


def report_failure(verb: str, error: Exception) -> int:
    """Print the error; returns the exit status.

    Errors made for people are one line. A missing file or a full disk is one line with its
    path. Anything else is a defect: its traceback is printed so that it can be mended.
    """
    if isinstance(error, PrakanError):
        print(f"prakan {verb}: {_one_line(str(error))}", file=sys.stderr)
        return error.status
    if isinstance(error, OSError) and error.errno is not None:
        where = f" {error.filename}:" if error.filename else ""
        print(f"prakan {verb}:{where} {os.strerror(error.errno)}", file=sys.stderr)
        return OUTSIDE
    traceback.print_exception(error)
    print(
        f"prakan {verb}: a defect of prakan itself (above); nothing half-done was kept: "
        "report it, the same command may be run again",
        file=sys.stderr,
    )
    return OUTSIDE


def _one_line(text: str) -> str:
    return " ".join(text.split())
