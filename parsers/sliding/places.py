"""Where the rows of a level lie once the records have been walked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.layout import Field, Occurs
from parsers.rows import Ints
from parsers.sliding.plan import SlidingLevel


@dataclass(frozen=True, eq=False, slots=True)
class Slide:
    """The rows of one level: the records, or the elements of a sliding table, in file order.

    ``slots``, by the numbers of the plan: of a segment, int64 (rows of its level): where it
    begins in the block; of a table, int64 (rows of the level that it is in): how often it occurs.
    """

    level: SlidingLevel
    slots: Sequence[Ints]

    def starts(self, offset: int) -> tuple[Ints, int]:
        """Beginnings of the segment in which an item at ``offset`` lies, and its own offset."""
        segment = self.level.segment_at(offset)
        return self.slots[segment.slot], segment.origin

    def counts(self, offset: int) -> Ints | None:
        """How often the sliding table at ``offset`` occurs in each row; None for what is none."""
        table = self.level.table_at(offset)
        return None if table is None else self.slots[table.slot]

    def inside(self, offset: int) -> Slide | None:
        """The elements of the table at ``offset``; None where they have one length and lie behind
        each other."""
        table = self.level.table_at(offset)
        if table is None or table.inside is None:
            return None
        return Slide(table.inside, self.slots)

    def moved(self, move: Callable[[Ints], Ints]) -> Slide:
        """The same with the beginnings of every segment changed by ``move``."""
        slots = list(self.slots)
        for level in self.level.walk():
            for segment in level.segments:
                slots[segment.slot] = move(slots[segment.slot])
        return Slide(self.level, slots)


def occurrences(
    item: Field,
    occurs: Occurs,
    rows: int,
    slide: Slide | None,
    applies: npt.NDArray[np.bool_] | None,
) -> Ints:
    """How often a table occurs in each of the ``rows`` of its level, int64; not at all in those
    to which its REDEFINES does not apply. ValueError when ``slide`` should tell and does not."""
    counts = None if slide is None else slide.counts(item.offset)
    if counts is None:
        if occurs.is_variable:
            raise ValueError(f"{item.name} depends on a counter; walk the records first")
        counts = np.full(rows, occurs.maximum, np.int64)
    return counts if applies is None else np.where(applies, counts, 0)
