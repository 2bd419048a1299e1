"""A plan as numbers that the compiled walk can run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from interfaces.model import Dialect
from interfaces.toml_table import DeclarationError
from parsers.codepages import CodePage
from parsers.fields import decode_number
from parsers.framing.lengths.field_table import field_row, sign_carriers
from parsers.framing.lengths.program import Column
from parsers.layout import Field
from parsers.rows import Ints
from parsers.sliding.plan import SlidingLevel, SlidingTable

SEGMENT: Final = 0  # slot, bytes
TABLE: Final = 1  # slot, bytes of an element, and what every table has
LOOP: Final = 2  # slot, instruction behind its NEXT, and what every table has
NEXT: Final = 3
FINISH: Final = 4

# Columns of an instruction
OPERATION: Final = 0
SLOT: Final = 1
OPERAND: Final = 2
FEWEST: Final = 3
MOST: Final = 4
COUNTER: Final = 5  # row in the table of counters, -1 for a table that always has the most
SOURCE: Final = 6  # slot of the segment that the counter is in
BEHIND: Final = 7  # bytes from the beginning of that segment to the counter
BYTES: Final = 8  # of the counter
SHORT: Final = 9  # where in the short numbers its values begin, -1 for a longer counter
WIDTH: Final = 10

DEEPEST: Final = 64
"""Tables in tables. The compiled walk has room for no more."""
_LONGEST_SHORT: Final = 2
_MOST_SHORT: Final = 16
"""Kinds of short counters that are remembered: to decode all patterns takes two milliseconds, a
tenth of what a file of 20 MB takes."""


@dataclass(frozen=True, eq=False, slots=True)
class WalkProgram:
    """``code`` int64 (instructions, WIDTH). ``short`` int32: of each kind of counter of one or two
    bytes, the number that every pattern of bits is, -1 for none. ``counters`` int64 (n,
    len(Column)): the longer ones as in :mod:`parsers.framing.lengths.program`, and ``carriers`` as
    there. ``slots``: how many there are."""

    code: Ints
    short: npt.NDArray[np.int32]
    counters: Ints
    carriers: Ints
    slots: int

    @property
    def is_straight(self) -> bool:
        """Whether no table has elements that vary: every record takes all instructions in turn."""
        return not (self.code[:, OPERATION] == LOOP).any()


def walk_program(plan: SlidingLevel, page: CodePage, dialect: Dialect) -> WalkProgram | None:
    """The program of a plan; None where a counter is of a kind that only numpy reads (long and of
    national digits, or of more than 18 digits), or tables are nested too deeply."""
    builder = _Builder(page, dialect)
    try:
        builder.level(plan, 0)
    except DeclarationError:
        return None
    builder.emit(FINISH)
    return WalkProgram(
        np.array(builder.code, np.int64),
        np.concatenate([*builder.short.values(), np.zeros(0, np.int32)]),
        np.array(builder.counters, np.int64).reshape(-1, len(Column)),
        sign_carriers(page, dialect),
        plan.slots,
    )


class _Builder:
    def __init__(self, page: CodePage, dialect: Dialect) -> None:
        self._page = page
        self._dialect = dialect
        self.code: list[tuple[int, ...]] = []
        self.counters: list[tuple[int, ...]] = []
        self.short: dict[Field, npt.NDArray[np.int32]] = {}

    def emit(self, operation: int, *operands: int) -> None:
        """Append an instruction; what it does not need is 0."""
        self.code.append((operation, *operands, *[0] * (WIDTH - 1 - len(operands))))

    def level(self, level: SlidingLevel, depth: int) -> None:
        """Instructions for one row of a level."""
        if depth > DEEPEST:
            raise DeclarationError("tables are nested too deeply")
        for nth, segment in enumerate(level.segments):
            self.emit(SEGMENT, segment.slot, segment.length)
            if nth < len(level.tables):
                self._table(level.tables[nth], depth)

    def _table(self, table: SlidingTable, depth: int) -> None:
        rest = (table.minimum, table.maximum, *self._counter(table))
        if table.inside is None:
            self.emit(TABLE, table.slot, table.item.length, *rest)
            return
        place = len(self.code)
        self.emit(LOOP)
        self.level(table.inside, depth + 1)
        self.emit(NEXT)
        self.code[place] = (LOOP, table.slot, len(self.code), *rest)

    def _counter(self, table: SlidingTable) -> tuple[int, int, int, int, int]:
        counter, source = table.counter, table.source
        if counter is None or source is None:
            return -1, 0, 0, 0, 0
        short = -1
        if counter.length <= _LONGEST_SHORT:
            short = self._short(counter)
            self.counters.append((0,) * len(Column))
        else:
            self.counters.append(field_row(counter, self._page, self._dialect))
        behind = counter.offset - source.origin
        return len(self.counters) - 1, source.slot, behind, counter.length, short

    def _short(self, counter: Field) -> int:
        """Where the values of a short counter begin; those of one kind are there once."""
        kind = replace(counter, name="", column="", level=0, offset=0, conditions=())
        if kind not in self.short:
            self.short[kind] = _short_numbers(kind, self._page, self._dialect)
        before = list(self.short).index(kind)
        return sum(len(values) for values in list(self.short.values())[:before])


@lru_cache(maxsize=_MOST_SHORT)
def _short_numbers(counter: Field, page: CodePage, dialect: Dialect) -> npt.NDArray[np.int32]:
    """The number that each pattern of one or two bytes is, int32; -1 for none."""
    patterns = np.arange(1 << 8 * counter.length).astype(f">u{counter.length}")
    matrix = patterns.view(np.uint8).reshape(len(patterns), counter.length)
    values, faults = decode_number(matrix, counter, page, dialect)
    return np.where((faults == 0) & (values >= 0), values, -1).astype(np.int32)
