"""Sweeping up what our own crashed processes left: temporary files that nobody will finish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from exchange.home import Home
from exchange.locks import BusyError, exclusive
from exchange.site import Site

KEPT = timedelta(days=1)
"""Age below which a temporary file may still be written by a process that is slow."""

_OURS = re.compile(r"\..*\.[0-9a-f]{16}\.part")  # exchange.home.new_temporary
_FOLDERS = (
    "inbox/partners/*",
    "landing",
    "datasets/*/business_date=*",
    "findings/*/business_date=*",
)


def sweep_leftovers(site: Site) -> list[Path]:
    """Remove temporary files of ours that nobody has written to for a day.

    Only names as our own processes draw them, only regular files, only in the folders where we
    write; a process that still wrote one would have touched it. One process sweeps at a time,
    the others go on without. Returns what was removed.
    """
    before = (site.clock() - KEPT).timestamp()
    swept = []
    try:
        with exclusive(site, "sweep"):
            for path in _leftovers(site.home):
                if _is_stale(path, before):
                    path.unlink(missing_ok=True)
                    swept.append(path)
    except BusyError:
        return []
    return swept


def _leftovers(home: Home) -> Iterator[Path]:
    for pattern in _FOLDERS:
        for folder in sorted(home.root.glob(pattern)):
            if folder.is_dir() and not folder.is_symlink():
                yield from (p for p in folder.glob(".*.part") if _OURS.fullmatch(p.name))


def _is_stale(path: Path, before: float) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return path.is_file() and not path.is_symlink() and found.st_mtime < before
