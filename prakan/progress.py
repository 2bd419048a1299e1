"""How far long work has come: one changing line on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self


class Progress:
    """Shows ``done`` of ``total`` bytes on standard error while that is a terminal."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(total, 1)
        self._done = 0
        self._percent = -1
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._visible and self._percent >= 0:
            print(f"\r{' ' * (len(self._what) + 8)}\r", end="", file=sys.stderr, flush=True)

    def add(self, done: int) -> None:
        """So many bytes more are done."""
        self._done += done
        percent = min(100 * self._done // self._total, 100)
        if self._visible and percent != self._percent:
            self._percent = percent
            print(f"\r{self._what}  {percent:3d} %", end="", file=sys.stderr, flush=True)
