"""The elements of a table's lists: how many rows each level of a record has, and which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import ColumnTypeError
from exporters.rows import Rows
from parsers.sliding import SlidingLevel, SlidingTable

_LISTS = (
    pa.ListArray,
    pa.LargeListArray,
    pa.FixedSizeListArray,
    pa.ListViewArray,
    pa.LargeListViewArray,
)

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class ListLevel:
    """A level of the records as they are written.

    ``columns`` are those of the given rows: of the batch, or of the elements of its lists.
    ``row`` int64 (given): which row of the level each is, -1 for one too many; a table that
    always has its maximum has rows that no element is given for. ``record`` and ``parent`` int64
    (rows): the record that each row is in, and the row of the level ``above``.
    """

    level: SlidingLevel
    columns: Mapping[str, pa.Array]
    row: Int64s
    record: Int64s
    parent: Int64s
    above: ListLevel | None

    def __len__(self) -> int:
        return len(self.record)

    def walk(self) -> Iterator[ListLevel]:
        """This level and those below it."""
        yield self
        for table in self.level.tables:
            inside = self.inside(table)
            if inside is not None:
                yield from inside.walk()

    def lengths(self, table: SlidingTable) -> Int64s:
        """Elements given for a table of this level, int64 (rows)."""
        return self.spread(list_lengths(self._column(table)))

    def written(self, table: SlidingTable) -> Int64s:
        """Occurrences of a table of this level in the record, int64 (rows)."""
        if table.counter is None:
            return np.full(len(self), table.maximum, np.int64)
        return np.minimum(self.lengths(table), table.maximum)

    def spread(self, values: Int64s) -> Int64s:
        """Values of the given rows, put in the rows of the level; 0 where none is given."""
        found = np.zeros(len(self), np.int64)
        there = self.row >= 0
        found[self.row[there]] = values[there]
        return found

    def given(self) -> pa.Array:
        """For each row of the level the given one that it is, null for none."""
        places = np.full(len(self), -1, np.int64)
        there = np.flatnonzero(self.row >= 0)
        places[self.row[there]] = there
        return pa.array(places, mask=places < 0)

    def _column(self, table: SlidingTable) -> pa.Array:
        return Rows(self.columns, self.row).column(table.item)

    def inside(self, table: SlidingTable) -> ListLevel | None:
        """The elements of a table of this level, where they vary themselves."""
        if table.inside is None:
            return None
        column = self._column(table)
        lengths, written = list_lengths(column), self.written(table)
        owner, place = elements(lengths)
        row = (np.cumsum(written) - written)[self.row[owner]] + place
        row[(self.row[owner] < 0) | (place >= table.maximum)] = -1
        parent = np.repeat(np.arange(len(self)), written)
        return ListLevel(table.inside, members(column), row, self.record[parent], parent, self)


def record_level(rows: Rows, level: SlidingLevel) -> ListLevel:
    """The records themselves."""
    places = np.arange(len(rows))
    return ListLevel(level, rows.columns, places, rows.record, places, None)


def elements(lengths: Int64s) -> tuple[Int64s, Int64s]:
    """Of lists so long one after the other, the list of each element and its place in it."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def members(column: pa.Array) -> dict[str, pa.Array]:
    """Columns of the elements of lists of structs, one after the other; none of an untyped null."""
    if pa.types.is_null(column.type):
        return {}
    values = column.flatten()
    names = [values.type.field(place).name for place in range(values.type.num_fields)]
    return dict(zip(names, values.flatten(), strict=True))


def list_lengths(column: pa.Array) -> Int64s:
    """Elements of each list, int64; none for null."""
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64)
    if not isinstance(column, _LISTS):
        raise ColumnTypeError(f"{column.type} is no list, which a table (OCCURS) needs")
    lengths: Int64s = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    return lengths
