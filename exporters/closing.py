"""Records with OCCURS DEPENDING ON: from the greatest length to their own.

Everything is encoded at the greatest length, where each item has one place; then the unused
occurrences are taken out and what follows them moves up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exporters.completion import VariableTable, list_lengths, variable_tables
from exporters.rows import Rows
from parsers.layout import Record

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Closing:
    """What is taken out of records: ``used`` int64 (tables, records) are the occurrences that
    stay of each of ``tables`` (in file order), ``lengths`` int64 the records' lengths in bytes."""

    tables: tuple[VariableTable, ...]
    used: Int64s
    lengths: Int64s

    def part(self, start: int, stop: int) -> Closing:
        """That of some of the records."""
        return Closing(self.tables, self.used[:, start:stop], self.lengths[start:stop])


def closing_of(rows: Rows, record: Record) -> Closing | None:
    """How ``rows`` are closed up; None where all records have one length."""
    if record.length == record.min_length:
        return None
    tables = variable_tables(record)
    used = np.empty((len(tables), len(rows)), np.int64)
    lengths = np.full(len(rows), record.length, np.int64)
    for place, table in enumerate(tables):
        used[place] = np.minimum(list_lengths(rows.column(table.item)), table.maximum)
        lengths -= (table.maximum - used[place]) * table.item.length
    return Closing(tables, used, lengths)


def close_up(records: Bytes, closing: Closing) -> Bytes:
    """The bytes of ``records``, uint8 (records, greatest length), without unused occurrences."""
    keep = np.ones(records.shape, np.bool_)
    for table, used in zip(closing.tables, closing.used, strict=True):
        item = table.item
        area = keep[:, item.offset : item.offset + item.total_length]
        area[:] = np.arange(item.total_length) < (used * item.length)[:, None]
    closed: Bytes = records[keep]
    return closed


def pieces(record: Record) -> Int64s:
    """Runs of bytes between and in the tables, in file order: int64 (runs, 3) of first byte,
    bytes (of one occurrence in a table), and number of the table or -1."""
    runs = []
    behind = 0
    for place, table in enumerate(variable_tables(record)):
        runs.append((behind, table.item.offset - behind, -1))
        runs.append((table.item.offset, table.item.length, place))
        behind = table.item.offset + table.item.total_length
    runs.append((behind, record.length - behind, -1))
    return np.array(runs, np.int64)
