"""The very many files of a folder: their names, how they look, and removing those that are done."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

Look = tuple[int, int, int]
"""Inode, size and time of the last change: what differs when a file was written again."""


def visible_files(folder: Path) -> list[str]:
    """Names of the regular files of a folder, in order; names with a leading dot are still being
    written."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            )
    except FileNotFoundError:
        return []


def looks(folder: Path, names: Iterable[str]) -> dict[str, Look]:
    """How files of a folder look now; those that are gone are left out."""
    found: dict[str, Look] = {}
    if not folder.is_dir():
        return found
    with opened(folder) as place:
        for name in names:
            try:
                found[name] = look_of(os.stat(name, dir_fd=place, follow_symlinks=False))
            except FileNotFoundError:
                continue
    return found


def remove_unchanged(folder: Path, files: Iterable[tuple[str, Look]]) -> int:
    """Remove files that are as they were when they were read; how many.

    A removal that a power cut takes back is made again by the next run."""
    removed = 0
    with opened(folder) as place:
        for name, look in files:
            try:
                if look_of(os.stat(name, dir_fd=place, follow_symlinks=False)) == look:
                    os.unlink(name, dir_fd=place)
                    removed += 1
            except FileNotFoundError:
                continue
    return removed


def look_of(found: os.stat_result) -> Look:
    """What of a file changes when it is written."""
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """The folder as a descriptor, to which names of files in it are relative."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield place
    finally:
        os.close(place)
