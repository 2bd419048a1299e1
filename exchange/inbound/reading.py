"""Reading many small files of a folder: their bytes one behind the other, each with its SHA-256.

What is read is columns with an entry a file. Many files are read by a kernel, without the lock of
the interpreter; what is not as usual about one of them is dealt with here, where few are read too.
A file that cannot be read is noted and left; the others go on.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from exchange.inbound.kernels import WORTH_COMPILED
from exchange.inbound.kernels.system import SystemCalls, system_calls
from exchange.inbound.landing import BLOCK, OPEN_FLAGS
from exchange.inbound.small_files import Look, look_of, opened
from parsers.codecs.fault import Bytes
from parsers.rows import Ints

SMALL = 1 << 20
"""Bytes up to which a file may be one of many that are read together."""
ROOM = 64 << 20
"""Bytes of the files that are read at once."""
NOT_KEPT = -1

Digests = npt.NDArray[np.uint8]
Looks = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class OtherFile:
    """A file that is received by itself; its bytes are not kept."""

    name: str
    file_id: str
    look: Look


@dataclass(frozen=True, eq=False, slots=True)
class ReadFiles:
    """Files of a folder, in the order in which they were asked for.

    ``digests`` uint8[n, 32]: SHA-256. ``looks`` int64[n, 3]: as of :data:`Look`. ``offsets``
    int64[n]: where the bytes of each begin in ``data``; NOT_KEPT for a large file, and for one
    that changed while it was read. ``unreadable`` are names of further files; a file that went
    away meanwhile is nowhere: another process took it. ``asked``: how many of the names that
    were asked for these are; the files of the others found no room.
    """

    names: list[str]
    digests: Digests
    looks: Looks
    offsets: Ints
    data: Bytes
    unreadable: list[str]
    asked: int

    @property
    def sizes(self) -> Ints:
        """Bytes of each file; int64[n]."""
        return np.ascontiguousarray(self.looks[:, 1])

    @property
    def file_ids(self) -> list[str]:
        """SHA-256 of each file in hex."""
        return hex_of(self.digests)

    def content(self, file: int) -> bytes:
        """The bytes of a file that are kept."""
        start = int(self.offsets[file])
        return self.data[start : start + int(self.looks[file, 1])].tobytes()

    def by_itself(self, file: int) -> OtherFile:
        """The file as one that is received by itself."""
        inode, size, changed = self.looks[file].tolist()
        name, digest = self.names[file], self.digests[file]
        return OtherFile(name, digest.tobytes().hex(), (inode, size, changed))


def hex_of(digests: Digests) -> list[str]:
    """SHA-256 in hex, from uint8[n, 32]."""
    text, width = digests.tobytes().hex(), 2 * digests.shape[1]
    return [text[place : place + width] for place in range(0, len(text), width)]


def read_files(folder: Path, names: Sequence[str], room: int = ROOM) -> ReadFiles:
    """Read and hash files until those of up to SMALL bytes together fill ``room`` bytes."""
    if len(names) >= WORTH_COMPILED:
        calls = system_calls()
        if calls is not None:
            return _read_compiled(folder, names, room, calls)
    return _read_plainly(folder, names, room)


def _read_plainly(folder: Path, names: Sequence[str], room: int) -> ReadFiles:
    found = []
    unreadable = []
    contents: list[bytes] = []
    filled = asked = 0
    with opened(folder) as place:
        for name in names:
            try:
                one = _read_one(place, name)
            except FileNotFoundError:
                one = None
            except OSError:
                unreadable.append(name)
                one = None
            if one is not None:
                digest, look, content = one
                if content is not None and filled + len(content) >= room:
                    break
                found.append((name, digest, look, NOT_KEPT if content is None else filled))
                contents.append(content or b"")
                filled += len(contents[-1])
            asked += 1
    return ReadFiles(
        [name for name, *_ in found],
        np.frombuffer(b"".join(digest for _, digest, *_ in found), np.uint8).reshape(-1, 32),
        np.array([look for *_, look, _ in found], np.int64).reshape(-1, 3),
        np.array([offset for *_, offset in found], np.int64),
        np.frombuffer(b"".join(contents), np.uint8),
        unreadable,
        asked,
    )


def _read_compiled(folder: Path, names: Sequence[str], room: int, calls: SystemCalls) -> ReadFiles:
    # Here and not above: it loads the compiler.
    from exchange.inbound.kernels.reading import DIGEST, STATE_BYTES, read_small

    text = np.frombuffer(os.fsencode("\0".join(names)) + b"\0\0", np.uint8)
    ends = np.flatnonzero(text[:-1] == 0)
    begins = np.append(0, ends[:-1] + 1) + text.ctypes.data
    state = np.zeros(STATE_BYTES // 8, np.int64)
    data: Bytes = np.empty(room, np.uint8)
    digests: Digests = np.empty((len(names), DIGEST), np.uint8)
    looks = np.zeros((len(names), 3), np.int64)
    offsets: Ints = np.empty(len(names), np.int64)
    with opened(folder) as place, calls.sha256() as context:
        asked = read_small(
            np.array(calls.addresses, np.int64),
            place,
            OPEN_FLAGS,
            context,
            begins,
            int(begins[0] + len(text) - 1),
            SMALL,
            data.ctypes.data,
            room,
            state,
            state.view(np.uint16),
            state.view(np.uint32),
            digests.ctypes.data,
            looks,
            offsets,
        )
        offsets = offsets[:asked]
        is_read = np.ones(asked, np.bool_)
        unreadable = []
        for file in np.flatnonzero(offsets < 0).tolist():
            try:
                digest, look, _ = _read_one(place, names[file])
            except OSError as error:
                is_read[file] = False
                if not isinstance(error, FileNotFoundError):
                    unreadable.append(names[file])
                continue
            digests[file] = np.frombuffer(digest, np.uint8)
            looks[file] = look
    filled = int((offsets + looks[:asked, 1])[offsets >= 0].max(initial=0))
    taken = list(names[:asked])
    if not is_read.all():
        taken = [taken[file] for file in np.flatnonzero(is_read).tolist()]
    return ReadFiles(
        taken,
        digests[:asked][is_read],
        looks[:asked][is_read],
        offsets[is_read],
        data[:filled],
        unreadable,
        asked,
    )


def _read_one(folder: int, name: str) -> tuple[bytes, Look, bytes | None]:
    """SHA-256, look and content of a file; no content of one that is large or that changed while
    it was read. OSError when it cannot be read."""
    descriptor = os.open(name, OPEN_FLAGS, dir_fd=folder)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(f"{name} is no regular file")
        if state.st_size <= SMALL:
            content = os.read(descriptor, state.st_size + 1)
            if len(content) == state.st_size:
                return hashlib.sha256(content).digest(), look_of(state), content
            os.lseek(descriptor, 0, os.SEEK_SET)
        return _hash_of(descriptor), look_of(state), None
    finally:
        os.close(descriptor)


def _hash_of(descriptor: int) -> bytes:
    digest = hashlib.sha256()
    while block := os.read(descriptor, BLOCK):
        digest.update(block)
    return digest.digest()
