"""Records with OCCURS DEPENDING ON: from the greatest length to their own.

Everything is encoded at the greatest length, where each item has one place; then the absent
occurrences are taken out and what follows them moves up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exporters.lists import ListLevel, elements, record_level
from exporters.rows import Rows
from parsers.layout import Record
from parsers.sliding import sliding_level

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Closing:
    """What is taken out of records of ``greatest`` bytes.

    ``starts`` and ``sizes`` int64 (runs): runs of bytes in ascending order, counting from the
    first byte of the first record. ``lengths`` int64 (records): what is left of each.
    """

    greatest: int
    starts: Int64s
    sizes: Int64s
    lengths: Int64s

    def part(self, start: int, stop: int) -> Closing:
        """That of some of the records."""
        begin = start * self.greatest
        first, last = np.searchsorted(self.starts, [begin, stop * self.greatest])
        starts, sizes = self.starts[first:last] - begin, self.sizes[first:last]
        return Closing(self.greatest, starts, sizes, self.lengths[start:stop])


class _Absent(NamedTuple):
    """Runs of bytes, perhaps empty, and the records that they are in."""

    records: Int64s
    starts: Int64s
    sizes: Int64s


def closing_of(rows: Rows, record: Record) -> Closing | None:
    """How ``rows`` are closed up; None where all records have one length."""
    plan = sliding_level(record)
    if plan is None or record.length == record.min_length:
        return None
    begins = np.arange(len(rows)) * record.length
    runs = list(_absent(record_level(rows, plan), begins))
    records = np.concatenate([run.records for run in runs])
    starts = np.concatenate([run.starts for run in runs])
    sizes = np.concatenate([run.sizes for run in runs])
    taken = np.flatnonzero(sizes)
    if len(runs) > 1:
        taken = taken[np.argsort(starts[taken], kind="stable")]
    left = np.bincount(records[taken], sizes[taken], len(rows))
    lengths = record.length - left.astype(np.int64)
    return Closing(record.length, starts[taken], sizes[taken], lengths)


def _absent(level: ListLevel, begins: Int64s) -> Iterator[_Absent]:
    """Absent occurrences in a level and below; ``begins``: first byte of each of its rows."""
    origin = level.level.item.offset if level.level.item is not None else 0
    for table in level.level.tables:
        length = table.item.length
        at = begins + (table.item.offset - origin)
        written = level.written(table)
        if table.counter is not None:
            absent = (table.maximum - written) * length
            yield _Absent(level.record, at + written * length, absent)
        inside = level.inside(table)
        if inside is not None:
            _, place = elements(written)
            yield from _absent(inside, at[inside.parent] + place * length)


def close_up(records: Bytes, closing: Closing) -> Bytes:
    """The bytes of ``records``, uint8 (records, greatest length), without the absent ones."""
    flat = records.reshape(-1)
    # Runs do not overlap, so that a byte is absent where more of them have begun than ended.
    change = np.zeros(len(flat) + 1, np.int8)
    change[closing.starts] += 1
    change[closing.starts + closing.sizes] -= 1
    closed: Bytes = flat[np.cumsum(change[:-1], dtype=np.int8) == 0]
    return closed
