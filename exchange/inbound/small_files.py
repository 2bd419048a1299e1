"""Reading many small files from a folder: opened, hashed, and told apart by what can be joined.

A file that cannot be read is noted and left; the others go on.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from exchange.inbound.landing import BLOCK, OPEN_FLAGS

SMALL = 1 << 20
"""Bytes up to which a file may be one of many that are read together."""

Look = tuple[int, int, int]
"""Inode, size and time of the last change: what differs when a file was written again."""


@dataclass(frozen=True, slots=True)
class SmallFile:
    """A file in memory; ``file_id`` is the SHA-256 of ``content`` in hex."""

    name: str
    file_id: str
    content: bytes
    look: Look


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file that is received by itself; its bytes are not kept."""

    name: str
    file_id: str
    look: Look


@dataclass(slots=True)
class ReadFiles:
    """Files of a folder as they were read, each list by name. ``unreadable`` are names."""

    small: list[SmallFile] = field(default_factory=list)
    others: list[OtherFile] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


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
    with _opened(folder) as place:
        for name in names:
            try:
                found[name] = look_of(os.stat(name, dir_fd=place, follow_symlinks=False))
            except FileNotFoundError:
                continue
    return found


def read_files(
    folder: Path, names: Iterable[str], is_small: Callable[[str, bytes], bool]
) -> ReadFiles:
    """Read and hash files. ``is_small`` says by name and content what may be joined.

    A file that went away meanwhile is left out: another process took it.
    """
    found = ReadFiles()
    with _opened(folder) as place:
        for name in names:
            try:
                descriptor = os.open(name, OPEN_FLAGS, dir_fd=place)
            except FileNotFoundError:
                continue
            except OSError:
                found.unreadable.append(name)
                continue
            try:
                _add(found, name, descriptor, is_small)
            except OSError:
                found.unreadable.append(name)
            finally:
                os.close(descriptor)
    return found


def remove_unchanged(folder: Path, files: Iterable[tuple[str, Look]]) -> int:
    """Remove files that are as they were when they were read; how many.

    A removal that a power cut takes back is made again by the next run."""
    removed = 0
    with _opened(folder) as place:
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


def _add(
    found: ReadFiles, name: str, descriptor: int, is_small: Callable[[str, bytes], bool]
) -> None:
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        found.unreadable.append(name)
        return
    look = look_of(state)
    if state.st_size <= SMALL:
        content = os.read(descriptor, SMALL + 1)
        if len(content) == state.st_size:
            file_id = hashlib.sha256(content).hexdigest()
            if is_small(name, content):
                found.small.append(SmallFile(name, file_id, content, look))
            else:
                found.others.append(OtherFile(name, file_id, look))
            return
        os.lseek(descriptor, 0, os.SEEK_SET)
    found.others.append(OtherFile(name, _hash_of(descriptor), look))


def _hash_of(descriptor: int) -> str:
    digest = hashlib.sha256()
    while block := os.read(descriptor, BLOCK):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield place
    finally:
        os.close(place)
