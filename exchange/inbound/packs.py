"""Packs: many small files landed as one file of ours, byte for byte one after the other.

``landing/packs/ab/<sha256>.pack``. A member that lacks its last line end is followed by one that
belongs to nobody, so that the pack is a sound stream of lines; where each member begins and how
long it is stands in the ledger. A pack is immutable, as everything landed.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

import numpy as np

from exchange.home import Home, new_temporary, sync_folder
from exchange.inbound.kernels import WORTH_COMPILED
from exchange.inbound.landed import pack_path
from exchange.inbound.landing import READ_ONLY, landing_folder, told_of_landing
from exchange.inbound.reading import Digests, Looks, ReadFiles, hex_of
from parsers.codecs.fault import Bytes
from parsers.rows import Ints
from validation.kernels.compiling import readonly

_LINE_END = 2
"""Most bytes of a line end that a file gets."""


@dataclass(frozen=True, eq=False, slots=True)
class JoinedFiles:
    """Files as one stream of lines, in the order of their ids. ``names``; ``file_ids`` in hex;
    ``looks`` int64[n, 3] as of :class:`exchange.inbound.reading.ReadFiles`; ``offsets`` int64[n]:
    where each begins in ``data``; ``first_numbers`` int64[n]: number of its first line, from 1."""

    names: list[str]
    file_ids: list[str]
    looks: Looks
    data: Bytes
    offsets: Ints
    first_numbers: Ints

    @property
    def sizes(self) -> Ints:
        """Bytes of each file, without a line end that it got here; int64[n]."""
        return np.ascontiguousarray(self.looks[:, 1])


def joined(found: ReadFiles, files: Ints) -> JoinedFiles:
    """The files at these places, whose bytes are kept, in the order of their ids and each on lines
    of its own."""
    files = files[by_id(found.digests[files])]
    offsets, sizes = found.offsets[files], found.sizes[files]
    if len(files) >= WORTH_COMPILED:
        data, begins, lines = _put_together(found.data, offsets, sizes)
    else:
        pieces = [_with_line_end(found.content(file)) for file in files.tolist()]
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        lines = np.fromiter((piece.count(b"\n") for piece in pieces), np.int64, len(pieces))
        data = np.frombuffer(b"".join(pieces), np.uint8)
        begins = np.cumsum(lengths) - lengths
    return JoinedFiles(
        [found.names[file] for file in files.tolist()],
        hex_of(found.digests[files]),
        found.looks[files],
        data,
        begins,
        np.cumsum(lines) - lines + 1,
    )


def by_id(digests: Digests) -> Ints:
    """The order of the files' ids; int64[n]."""
    words = np.ascontiguousarray(digests).view(">u8").astype(np.uint64)
    order: Ints = np.lexsort(words.T[::-1])
    return order


def _put_together(data: Bytes, offsets: Ints, sizes: Ints) -> tuple[Bytes, Ints, Ints]:
    """The stream, where each file begins in it, and how many line ends each has."""
    # Here and not above: it loads the compiler.
    from exchange.inbound.kernels.contents import put_together

    stream: Bytes = np.empty(int(sizes.sum()) + _LINE_END * len(sizes), np.uint8)
    begins, lines = np.empty_like(offsets), np.empty_like(offsets)
    filled = put_together(readonly(data), offsets, sizes, stream, begins, lines)
    return stream[:filled], begins, lines


def land_pack(home: Home, data: bytes | memoryview) -> str:
    """Write a pack; its SHA-256 in hex. It is on disk before this returns.

    Landing the same again changes nothing. OutsideFailure when it cannot be written.
    """
    pack_id = hashlib.sha256(data).hexdigest()
    target = pack_path(home, pack_id)
    folder = landing_folder(home)
    with told_of_landing(target, folder):
        for needed in (folder, target.parent.parent, target.parent):
            if not needed.is_dir():
                needed.mkdir(parents=True, exist_ok=True)
                sync_folder(needed.parent)
        if target.is_file() and target.stat().st_size == len(data):
            sync_folder(target.parent)
            return pack_id
        arriving = new_temporary(folder)
        try:
            with arriving.open("wb") as writer:
                writer.write(data)
                writer.flush()
                os.fsync(writer.fileno())
            arriving.chmod(READ_ONLY)
            arriving.replace(target)
        finally:
            arriving.unlink(missing_ok=True)
        sync_folder(target.parent)
    return pack_id


def _with_line_end(content: bytes) -> bytes:
    """The file with a line end after its last line; a CR that is its last byte stays what it is
    when a file ends: half of one."""
    if content.endswith(b"\n"):
        return content
    return content + (b"\n" if content.endswith(b"\r") else b"\r\n")
