"""The walk in numpy: all records at once, table after table, occurrence after occurrence."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np
import numpy.typing as npt

from interfaces.errors import WrongUse
from interfaces.model import Dialect
from parsers.codepages import CodePage
from parsers.fields import decode_number
from parsers.layout import Field
from parsers.rows import Ints, Rows
from parsers.sliding.plan import Segment, SlidingLevel, SlidingTable

GOOD: Final = 0
WRONG_LENGTH: Final = 1
WRONG_COUNT: Final = 2

_EMPTY_ROWS = 1 << 24


def most_rows(rows: Rows) -> int:
    """Rows that a level may have in a block. Every byte may be an element; elements without any
    byte could be billions."""
    return _EMPTY_ROWS + len(rows.data)


def too_many_rows() -> WrongUse:
    """A level has more rows than :func:`most_rows`."""
    return WrongUse(
        "too many elements without a byte: their counters say millions, and nothing is there; "
        "correct the counters, or read the file in smaller blocks"
    )


class ColumnwiseWalk:
    """One walk over ``rows`` of ``lengths`` bytes. ``shortest``: with every table at its minimum.
    ``padded``: bytes may follow what the counters say. ``status`` uint8: GOOD, or the first thing
    that is wrong with each record; for WRONG_COUNT ``table_at`` is the slot of the table and
    ``counter_at`` where in the block its counter is.
    """

    def __init__(
        self,
        plan: SlidingLevel,
        rows: Rows,
        lengths: Ints,
        page: CodePage,
        dialect: Dialect,
        *,
        shortest: int,
        padded: bool,
    ) -> None:
        self._plan = plan
        self._data = rows.data
        self._starts = rows.starts
        self._ends = rows.starts + lengths
        self._page = page
        self._dialect = dialect
        self._padded = padded
        self._most = most_rows(rows)
        self._rows = np.zeros(plan.slots, np.int64)
        self._seen: dict[int, list[tuple[Ints, Ints]]] = defaultdict(list)
        sources = {t.source.slot for level in plan.walk() for t in level.tables if t.source}
        self._here = {slot: np.zeros(len(rows), np.int64) for slot in sources}
        self.status = np.where(lengths < shortest, np.uint8(WRONG_LENGTH), np.uint8(GOOD))
        self.table_at = np.zeros(len(rows), np.int64)
        self.counter_at = np.zeros(len(rows), np.int64)

    def run(self) -> None:
        """Walk all records."""
        rows = np.flatnonzero(self.status == GOOD)
        rows, at = self._level(self._plan, rows, self._starts[rows])
        if not self._padded:
            self.status[rows[at != self._ends[rows]]] = WRONG_LENGTH

    def slots(self) -> list[Ints]:
        """Of the good records, what :class:`~parsers.sliding.places.Slide` wants."""
        return [self._slot(slot) for slot in range(self._plan.slots)]

    def _slot(self, slot: int) -> Ints:
        seen = self._seen[slot]
        if not seen:
            return np.zeros(0, np.int64)
        rows = np.concatenate([rows for rows, _ in seen])
        values = np.concatenate([values for _, values in seen])
        good = self.status[rows] == GOOD
        # Occurrences were walked in their order, so that a stable sort by record is all it needs.
        order = np.argsort(rows[good], kind="stable")
        found: Ints = values[good][order]
        return found

    def _level(self, level: SlidingLevel, rows: Ints, at: Ints) -> tuple[Ints, Ints]:
        """Walk one row of a level in each of the records ``rows`` (ascending), which begins
        ``at``; returns the records that it fits in, and where it ends."""
        for nth, segment in enumerate(level.segments):
            self._seen[segment.slot].append((rows, at))
            self._rows[segment.slot] += len(rows)
            if self._rows[segment.slot] > self._most:
                raise too_many_rows()
            if segment.slot in self._here:
                self._here[segment.slot][rows] = at
            rows, at = self._fitting(rows, at + segment.length)
            if nth < len(level.tables):
                rows, at = self._table(level.tables[nth], rows, at)
        return rows, at

    def _fitting(self, rows: Ints, at: Ints) -> tuple[Ints, Ints]:
        fits = at <= self._ends[rows]
        if fits.all():
            return rows, at
        self.status[rows[~fits]] = WRONG_LENGTH
        return rows[fits], at[fits]

    def _table(self, table: SlidingTable, rows: Ints, at: Ints) -> tuple[Ints, Ints]:
        if table.counter is None or table.source is None:
            counts = np.full(len(rows), table.maximum, np.int64)
        else:
            counts, good = self._counts(table, table.counter, table.source, rows)
            rows, at, counts = rows[good], at[good], counts[good]
        self._seen[table.slot].append((rows, counts))
        if table.inside is None:
            return self._fitting(rows, at + counts * table.item.length)
        return self._elements(table.inside, rows, at, counts)

    def _elements(self, level: SlidingLevel, rows: Ints, at: Ints, left: Ints) -> tuple[Ints, Ints]:
        done = []
        while len(rows):
            more = left > 0
            done.append((rows[~more], at[~more]))
            before, left = rows[more], left[more]
            rows, at = self._level(level, before, at[more])
            left = left[np.searchsorted(before, rows)] - 1
        if not done:
            return rows, at
        rows = np.concatenate([rows for rows, _ in done])
        order = np.argsort(rows)
        return rows[order], np.concatenate([at for _, at in done])[order]

    def _counts(
        self, table: SlidingTable, counter: Field, source: Segment, rows: Ints
    ) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Occurrences of a table, and where its counter is a number within its bounds."""
        at = self._here[source.slot][rows] + counter.offset - source.origin
        matrix = Rows(self._data, at).matrix(0, counter.length)
        values, faults = decode_number(matrix, counter, self._page, self._dialect)
        good = faults == 0
        if values.ndim == 2:  # 128 bits
            good &= values[:, 1] == 0
            values = values[:, 0]
        good &= (values >= table.minimum) & (values <= table.maximum)
        wrong = rows[~good]
        self.status[wrong] = WRONG_COUNT
        self.table_at[wrong] = table.slot
        self.counter_at[wrong] = at[~good]
        return values, good
