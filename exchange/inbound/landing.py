"""Landing: the byte-exact, immutable copy of a file under its SHA-256."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from itertools import cycle
from pathlib import Path
from typing import BinaryIO, Protocol

from exchange.home import Home, new_temporary, sync_folder
from exchange.remote.names import printable
from interfaces.errors import OutsideFailure

BLOCK = 1 << 20
READ_ONLY = 0o440


class _Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Landed:
    """A file that is ours: ``file_id`` is its SHA-256 in hex, ``size`` in bytes."""

    file_id: str
    name: str
    path: Path
    size: int


def land(source: Path, home: Home) -> Landed:
    """Copy ``source`` into the landing folder, hashing on the way.

    The copy is on disk before this returns. Landing the same content again costs one read
    and changes nothing, unless the copy of then has lost its length: then it is made anew.
    OutsideFailure when the source cannot be read or the disk is full;
    nothing half-written ever has a hash for its name.
    """
    folder = home.root / "landing"
    try:
        return _land(source, home, folder)
    except OSError as error:
        raise OutsideFailure(
            f"{printable(str(source), cut=False)} cannot be landed in {folder}: "
            f"{error.strerror}; free disk space or correct the rights, then run again: "
            "nothing of it was taken"
        ) from error


def _land(source: Path, home: Home, folder: Path) -> Landed:
    folder.mkdir(parents=True, exist_ok=True)
    arriving = new_temporary(folder)
    try:
        digest, size = _copy(source, arriving)
        target = home.landing(digest)
        if not _is_there(target, size):
            target.parent.mkdir(exist_ok=True)
            arriving.chmod(READ_ONLY)
            arriving.replace(target)
            sync_folder(target.parent)
    finally:
        arriving.unlink(missing_ok=True)
    return Landed(digest, source.name, target, size)


def _is_there(target: Path, size: int) -> bool:
    """Whether the copy under this hash is still whole, as far as its length tells."""
    try:
        return target.stat().st_size == size
    except FileNotFoundError:
        return False


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """SHA-256 and size of the copy, which is on disk; a large file is hashed while a thread of
    its own writes."""
    digest = hashlib.sha256()
    buffer = bytearray(BLOCK)
    with source.open("rb", buffering=0) as reader, target.open("wb") as writer:
        size = count = reader.readinto(buffer)
        digest.update(memoryview(buffer)[:count])
        writer.write(memoryview(buffer)[:count])
        if count == BLOCK:
            size += _copy_rest(reader, writer, digest)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest(), size


def _copy_rest(reader: FileIO, writer: BinaryIO, digest: _Digest) -> int:
    """Copy what follows, a buffer being hashed and written at the same time; its size."""
    views = [memoryview(bytearray(BLOCK)) for _ in range(2)]
    size = 0
    with ThreadPoolExecutor(1) as thread:
        writing: Future[int] | None = None
        for view in cycle(views):
            count = reader.readinto(view)  # what was here before the other one is written
            if not count:
                break
            if writing is not None:
                writing.result()
            writing = thread.submit(writer.write, view[:count])
            digest.update(view[:count])
            size += count
        if writing is not None:
            writing.result()
    return size
