"""Layouts already read: given again as long as no file behind them has changed."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Final

from interfaces.model import Dialect
from parsers.copybook.library import Stamp
from parsers.layout import Record

MOST_LAYOUTS: Final = 256


class LayoutCache:
    """The latest layouts by copybook, dialect and library, with the state of every file read for
    them: the copybook, what it copies, the folders searched. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[
            tuple[Path, Dialect, tuple[Path, ...]], tuple[tuple[Stamp, ...], tuple[Record, ...]]
        ] = OrderedDict()

    def get(
        self, path: Path, dialect: Dialect, folders: tuple[Path, ...]
    ) -> tuple[Record, ...] | None:
        """The layout; None when it is not known or a file has changed or is gone."""
        with self._lock:
            kept = self._kept.get((path, dialect, folders))
        if kept is None or not all(_is_unchanged(stamp) for stamp in kept[0]):
            return None
        return kept[1]

    def put(
        self,
        path: Path,
        dialect: Dialect,
        folders: tuple[Path, ...],
        stamps: tuple[Stamp, ...],
        records: tuple[Record, ...],
    ) -> None:
        """Keep a layout; ``stamps`` were taken before the files were read."""
        with self._lock:
            self._kept[path, dialect, folders] = (stamps, records)
            self._kept.move_to_end((path, dialect, folders))
            while len(self._kept) > MOST_LAYOUTS:
                self._kept.popitem(last=False)


def _is_unchanged(stamp: Stamp) -> bool:
    try:
        return Stamp.of(stamp.path) == stamp
    except OSError:
        return False
