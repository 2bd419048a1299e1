"""Walking the records of one type: which are right, and where everything in them lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfaces.model import Dialect, RecordRule
from parsers.codepages import CodePage
from parsers.layout import Field, Record
from parsers.recognition import RecognitionError, by_name
from parsers.rows import Ints, Rows
from parsers.sliding.columnwise import (
    GOOD,
    WRONG_COUNT,
    WRONG_LENGTH,
    ColumnwiseWalk,
    most_rows,
    too_many_rows,
)
from parsers.sliding.places import Slide
from parsers.sliding.plan import SlidingLevel, SlidingTable, sliding_level
from parsers.sliding.program import WalkProgram, walk_program

_SPARE = 1.125
"""Room for so many times as many rows as the last records had; where it is too little, the records
are walked again."""


@dataclass(frozen=True, eq=False, slots=True)
class WrongCounts:
    """Records (places, ascending) in which ``counter`` is no number or outside its bounds, and
    where in the block its bytes are."""

    counter: Field
    places: Ints
    at: Ints


@dataclass(frozen=True, eq=False, slots=True)
class Walked:
    """``good`` bool (records); ``slide``: of the good ones. ``wrong_lengths``: places of records
    that end before or after what their counters say."""

    good: npt.NDArray[np.bool_]
    slide: Slide
    wrong_lengths: Ints
    wrong_counts: tuple[WrongCounts, ...]


def walker_of(record: Record, page: CodePage, dialect: Dialect, *, compiled: bool) -> Walker | None:
    """The walker of a record type; None where all its records have one length."""
    plan = sliding_level(record)
    return None if plan is None else Walker(record, plan, page, dialect, compiled=compiled)


class Walker:
    """Walks the records of one type; ``compiled`` as far as there is a program.

    ``_rows_each``: about how many rows of each slot a record has, known from the records before.
    """

    def __init__(
        self,
        record: Record,
        plan: SlidingLevel,
        page: CodePage,
        dialect: Dialect,
        *,
        compiled: bool,
    ) -> None:
        self._record = record
        self._plan = plan
        self._page = page
        self._dialect = dialect
        self._program = walk_program(plan, page, dialect) if compiled else None
        self._rows_each = np.zeros(plan.slots)

    def check_conditions(self, rule: RecordRule) -> None:
        """RecognitionError when the record type is told by a field that moves: where it is, only
        the record's type could say."""
        fields = by_name(self._record.fields)
        for name in rule.when:
            field = fields.get(name)
            if field is not None and field.offset >= self._plan.segments[0].length:
                raise RecognitionError(
                    f"condition on {name}: it stands behind a table with DEPENDING ON, and has no "
                    "fixed place; tell the record type by a field in front of the table"
                )

    def walk(self, rows: Rows, lengths: Ints, *, padded: bool) -> Walked:
        """Walk ``rows`` of ``lengths`` bytes. ``padded``: bytes may follow what the counters say,
        as in fixed records. WrongUse where they say that there are elements without end."""
        if self._program is None:
            return self._judged(rows, lengths, padded=padded)
        good, slots = self._run(self._program, rows, lengths, padded=padded)
        slide = Slide(self._plan, slots)
        doubtful = np.flatnonzero(~good)
        if not len(doubtful):
            return Walked(good, slide, doubtful, ())
        judged = self._judged(rows.take(doubtful), lengths[doubtful], padded=padded)
        if judged.good.any():  # a number after all: spaces that are zero by declaration
            return self._judged(rows, lengths, padded=padded)
        counts = [WrongCounts(w.counter, doubtful[w.places], w.at) for w in judged.wrong_counts]
        return Walked(good, slide, doubtful[judged.wrong_lengths], tuple(counts))

    def _run(
        self, program: WalkProgram, rows: Rows, lengths: Ints, *, padded: bool
    ) -> tuple[npt.NDArray[np.bool_], list[Ints]]:
        """Which records are good beyond doubt, and their slots."""
        from parsers.sliding.walking import walk_records  # numba is slow to import

        starts = np.ascontiguousarray(rows.starts, np.int64)
        lengths = np.ascontiguousarray(lengths, np.int64)
        good = np.empty(len(rows), np.bool_)
        if program.is_straight and len(rows) <= most_rows(rows):
            return good, self._run_straight(program, rows, starts, lengths, good, padded=padded)
        room = (self._rows_each * len(rows)).astype(np.int64)
        while True:
            places = np.cumsum(room) - room
            out = np.empty(int(room.sum()), np.int64)
            filled = np.zeros(program.slots, np.int64)
            within = walk_records(
                rows.data,
                starts,
                lengths,
                padded,
                program.code,
                program.short,
                program.counters,
                program.carriers,
                filled,
                room,
                places,
                out,
                good,
                most_rows(rows),
            )
            if not within:
                raise too_many_rows()
            if (filled <= room).all():
                break
            room = filled
        if len(rows):
            self._rows_each = filled / len(rows) * _SPARE
        ends = places + filled
        return good, [out[i:j] for i, j in zip(places.tolist(), ends.tolist(), strict=True)]

    def _run_straight(
        self,
        program: WalkProgram,
        rows: Rows,
        starts: Ints,
        lengths: Ints,
        good: npt.NDArray[np.bool_],
        *,
        padded: bool,
    ) -> list[Ints]:
        """The slots of the good records, and ``good``, by a program without loops."""
        from parsers.sliding.walking import walk_straight  # numba is slow to import

        out = np.empty((program.slots, len(rows)), np.int64)
        walk_straight(
            rows.data,
            starts,
            lengths,
            padded,
            program.code,
            program.short,
            program.counters,
            program.carriers,
            out,
            good,
        )
        return list(out if good.all() else np.ascontiguousarray(out[:, good]))

    def _judged(self, rows: Rows, lengths: Ints, *, padded: bool) -> Walked:
        walk = ColumnwiseWalk(
            self._plan,
            rows,
            lengths,
            self._page,
            self._dialect,
            shortest=self._record.min_length,
            padded=padded,
        )
        walk.run()
        return Walked(
            walk.status == GOOD,
            Slide(self._plan, walk.slots()),
            np.flatnonzero(walk.status == WRONG_LENGTH),
            tuple(self._wrong_counts(walk)),
        )

    def _wrong_counts(self, walk: ColumnwiseWalk) -> Iterator[WrongCounts]:
        wrong = walk.status == WRONG_COUNT
        for table in _tables(self._plan):
            places = np.flatnonzero(wrong & (walk.table_at == table.slot))
            if table.counter is not None and len(places):
                yield WrongCounts(table.counter, places, walk.counter_at[places])


def _tables(plan: SlidingLevel) -> Iterator[SlidingTable]:
    for level in plan.walk():
        yield from level.tables
