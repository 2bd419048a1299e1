"""Packs: many small files landed as one file of ours, byte for byte one after the other.

``landing/packs/ab/<sha256>.pack``. A member that lacks its last line end is followed by one that
belongs to nobody, so that the pack is a sound stream of lines; where each member begins and how
long it is stands in the ledger. A pack is immutable, as everything landed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exchange.home import Home, new_temporary, sync_folder
from exchange.inbound.landed import pack_path
from exchange.inbound.landing import READ_ONLY, landing_folder, told_of_landing
from exchange.inbound.small_files import SmallFile

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class JoinedFiles:
    """Files as one stream of lines. ``offsets`` int64[n]: where each begins; ``first_numbers``
    int64[n]: number of its first line, from 1."""

    files: Sequence[SmallFile]
    data: bytes
    offsets: Ints
    first_numbers: Ints


def joined(files: Sequence[SmallFile]) -> JoinedFiles:
    """The files in the order of their ids, each on lines of its own."""
    ordered = sorted(files, key=lambda one: one.file_id)
    pieces = [_with_line_end(one.content) for one in ordered]
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    lines = np.fromiter((piece.count(b"\n") for piece in pieces), np.int64, len(pieces))
    return JoinedFiles(
        ordered, b"".join(pieces), np.cumsum(lengths) - lengths, np.cumsum(lines) - lines + 1
    )


def land_pack(home: Home, data: bytes) -> str:
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
