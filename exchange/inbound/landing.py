"""Landing: the byte-exact, immutable copy of a file under its SHA-256."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
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
# A link put in the place of a file is not followed, and a pipe keeps nobody waiting.
OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


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
    OutsideFailure when the source cannot be read, is a link or no regular file, or the disk is
    full; nothing half-written ever has a hash for its name.
    """
    folder = landing_folder(home)
    with told_of_landing(source, folder):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
        arriving = new_temporary(folder)
        try:
            digest, size = _copy(source, arriving)
            return _kept(arriving, home, digest, source.name, size)
        finally:
            arriving.unlink(missing_ok=True)


def keep_as_landed(arriving: Path, home: Home, *, sha256: str, name: str, size: int) -> Landed:
    """A complete file of ours in the landing folder becomes the landed one of that hash.

    For what we made ourselves from landed bytes, such as the contents of a seal. Errors as
    :func:`land`.
    """
    with told_of_landing(arriving, landing_folder(home)):
        return _kept(arriving, home, sha256, name, size)


def landing_folder(home: Home) -> Path:
    """Where every landed file lies, and temporary ones beside them."""
    return home.root / "landing"


@contextmanager
def told_of_landing(source: Path, folder: Path) -> Iterator[None]:
    """What the file system refuses while landing is raised as OutsideFailure of one line."""
    try:
        yield
    except OSError as error:
        shown = printable(str(source), cut=False)
        if error.errno in (errno.ELOOP, errno.ENODEV):
            raise OutsideFailure(
                f"{shown} is a link, a pipe or a device; give the file itself: nothing of it was "
                "taken"
            ) from error
        raise OutsideFailure(
            f"{shown} cannot be landed in {folder}: "
            f"{error.strerror}; free disk space or correct the rights, then run again: "
            "nothing of it was taken"
        ) from error


def _kept(arriving: Path, home: Home, digest: str, name: str, size: int) -> Landed:
    target = home.landing(digest)
    if not target.parent.is_dir():
        target.parent.mkdir(exist_ok=True)
        sync_folder(target.parent.parent)
    if not _is_there(target, size):
        arriving.chmod(READ_ONLY)
        arriving.replace(target)
    # Also where it was there before: whoever put it there may have died before this line.
    sync_folder(target.parent)
    return Landed(digest, name, target, size)


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
    with _regular(source) as reader, target.open("wb") as writer:
        size = count = reader.readinto(buffer)
        digest.update(memoryview(buffer)[:count])
        writer.write(memoryview(buffer)[:count])
        if count == BLOCK:
            size += _copy_rest(reader, writer, digest)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest(), size


def _regular(source: Path) -> FileIO:
    """The file opened; ENODEV for anything but a regular file, ELOOP for a link."""
    reader = FileIO(os.open(source, OPEN_FLAGS), "rb")
    if not stat.S_ISREG(os.fstat(reader.fileno()).st_mode):
        reader.close()
        raise OSError(errno.ENODEV, "not a regular file")
    return reader


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
