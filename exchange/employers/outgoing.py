"""Many small files of ours, each whole or not there: one flush to disk for all of a batch."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file to be: its folder below the root, its name, its bytes."""

    folder: str
    name: str
    data: bytes | memoryview


def write_together(root: Path, files: Iterable[Outgoing]) -> int:
    """Write files below ``root``; returns their number. OSError of the first that fails.

    All bytes are on disk before the first file gets its name, and all names before this
    returns. A crash leaves hidden files that end in ``.part``, which the next writing of the
    same files replaces. One process at a time writes below a root.
    """
    root.mkdir(parents=True, exist_ok=True)
    below = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        folders: set[str] = set()
        waiting = []
        for each in files:
            if each.folder not in folders:
                _make_folder(below, each.folder)
                folders.add(each.folder)
            waiting.append(_write(below, each))
        _flush(below)
        for temporary, target in waiting:
            os.replace(temporary, target, src_dir_fd=below, dst_dir_fd=below)
        _flush(below)
    finally:
        os.close(below)
    return len(waiting)


def _make_folder(below: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=below)


def _write(below: int, each: Outgoing) -> tuple[str, str]:
    """Write a file under its temporary name; that and its own, both below the root."""
    temporary, target = f"{each.folder}/.{each.name}.part", f"{each.folder}/{each.name}"
    descriptor = os.open(temporary, _NEW, 0o666, dir_fd=below)
    try:
        rest = memoryview(each.data)
        while len(rest):
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)
    return temporary, target


def _flush(below: int) -> None:
    """Everything written to the file system that holds an open folder is on disk, names included;
    OSError when it could not be written. Dearer than one file's fsync, cheaper than a thousand."""
    if _LIBC.syncfs(below) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
