"""A file divided between workers: byte ranges that begin with a record and know its number.

Records of one length are divided by arithmetic. Anything else needs to be walked through once,
which is done by framing alone, at a speed that reading the file sets: the places found are kept
as an index, small beside the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from interfaces.model import Compression, FileRule, Framing
from parsers.framing.fixed import FixedCutter
from parsers.framing.frame import ByteRange, Measure
from parsers.framing.reading import cutter_of, frames
from parsers.rows import Ints
from parsers.streams import compression_of, open_stream

INDEX_BYTES: Final = 4 << 20
"""Bytes of the file from one entry of an index to the next, unless asked otherwise."""

_BEGINNING: Final = ByteRange(0)


@dataclass(frozen=True, eq=False, slots=True)
class RecordIndex:
    """Places in a file at which a record begins, int64 (n,) each, ascending.

    ``offsets``: in the file, of the record with what stands before it (descriptors, skipped
    bytes); ``numbers``: its physical number; ``block_left``: bytes of its block (BDW) that are
    still to come there. The first entry is the beginning of the file, the last one the place
    behind the last record that could be cut, with the number that a next one would have.
    """

    offsets: Ints
    numbers: Ints
    block_left: Ints

    def save(self, path: Path) -> None:
        """Write the index as a table of three rows (numpy's ``.npy``)."""
        with path.open("wb") as target:
            np.save(target, np.stack([self.offsets, self.numbers, self.block_left]))

    @classmethod
    def load(cls, path: Path) -> RecordIndex:
        """Read what :meth:`save` wrote. ValueError for anything else."""
        with path.open("rb") as source:
            table = np.load(source, allow_pickle=False)
        if table.dtype != np.int64 or table.ndim != 2 or table.shape[0] != 3 or not table.size:
            raise ValueError(f"{path}: not an index of records; make it again")
        return cls(*table)

    def parts(self, count: int) -> list[ByteRange]:
        """At most ``count`` parts of about the same size, the last one to the end of the file."""
        wanted = int(self.offsets[-1]) * np.arange(count) // count
        places = np.unique(np.searchsorted(self.offsets, wanted))
        places = places[(places == 0) | (places < len(self.offsets) - 1)]
        begins = [int(self.offsets[place]) for place in places]
        return [
            ByteRange(begin, stop, int(self.numbers[place]), int(self.block_left[place]))
            for begin, stop, place in zip(begins, [*begins[1:], None], places, strict=True)
        ]


def record_index(
    path: Path,
    rule: FileRule,
    record_length: int,
    *,
    measure: Measure | None = None,
    every: int = INDEX_BYTES,
) -> RecordIndex:
    """Walk through a file once, noting a record about every ``every`` bytes.

    It ends where framing does: at a fault the last part reads on and reports it. That of a
    spreadsheet, which is read whole, is its beginning. ValueError for a packed file, which can only
    be read from its beginning.
    """
    if rule.framing is Framing.XLSX:
        return RecordIndex(*np.array([[0], [1], [0]], np.int64))
    if _is_packed(path, rule):
        raise ValueError(f"{path}: a packed file is read from its beginning only")
    entries = [_BEGINNING]
    with open_stream(path, rule) as stream:
        for frame in frames(stream, rule, record_length, every, measure=measure):
            entries.append(frame.resume)
    table = [(entry.start, entry.first_number, entry.block_left) for entry in entries]
    return RecordIndex(*np.ascontiguousarray(np.array(table, np.int64).T))


def split_by_bytes(
    path: Path, rule: FileRule, record_length: int, parts: int, *, measure: Measure | None = None
) -> list[ByteRange]:
    """At most ``parts`` parts of a file, of about the same size, that together are the file.

    Without a pass over the file for records of one length; otherwise by a new
    :func:`record_index`. A packed file is one part. DeclarationError as for ``frames``.
    """
    if rule.framing is Framing.XLSX:
        return [_BEGINNING]
    cutter = cutter_of(rule, record_length, measure)
    if parts < 2 or _is_packed(path, rule):
        return [_BEGINNING]
    if not isinstance(cutter, FixedCutter):
        every = min(INDEX_BYTES, max(path.stat().st_size // (4 * parts), 1))
        return record_index(path, rule, record_length, measure=measure, every=every).parts(parts)
    first = rule.skip.file_start
    count = max(path.stat().st_size - first - rule.skip.file_end, 0) // cutter.stride
    begins = np.unique(count * np.arange(parts) // parts).tolist()
    offsets = [first + begin * cutter.stride if begin else 0 for begin in begins]
    return [
        ByteRange(offset, stop, begin + 1)
        for offset, stop, begin in zip(offsets, [*offsets[1:], None], begins, strict=True)
    ]


def _is_packed(path: Path, rule: FileRule) -> bool:
    with path.open("rb") as source:
        kind = compression_of(source.read(4), rule.compression)
    return kind is not Compression.NONE
