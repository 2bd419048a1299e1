"""Segments: records of several types that belong together, and the keys that say so.

A file of segments has parent records followed by their children (an account, its transactions).
Nothing in a child's bytes need name its parent: the order does. So every child gets the physical
record number of its parent, which is the parent's own ``_record_number``: a key that joins the
tables of both, at any depth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.errors import WrongUse
from interfaces.model import RecordRule
from parsers.arrow_types import PARENT_NUMBER
from parsers.rows import Places, all_places

Ints = npt.NDArray[np.int64]

NO_PARENT = 0


class SegmentError(WrongUse):
    """Parents that are declared in a circle, or are no record of the interface."""


def check_parents(rules: Sequence[RecordRule]) -> None:
    """SegmentError unless every declared parent is another record and none is its own ancestor."""
    parents = {rule.record: rule.parent for rule in rules}
    for record, parent in parents.items():
        seen = {record}
        while parent is not None:
            if parent not in parents:
                raise SegmentError(f"{record}: its parent {parent} is no record of the interface")
            if parent in seen:
                raise SegmentError(f"{record}: {parent} is its own ancestor; correct the parents")
            seen.add(parent)
            parent = parents[parent]


def check_no_parents(rules: Sequence[RecordRule]) -> None:
    """SegmentError when a record has a parent: it may stand in a part of the file that another
    worker reads."""
    for rule in rules:
        if rule.parent is not None:
            raise SegmentError(
                f"{rule.record} has a parent before it in the file; read the file as a whole"
            )


class Segments:
    """Parents of the records of one file, block after block."""

    def __init__(self, rules: Sequence[RecordRule]) -> None:
        check_parents(rules)
        places = {rule.record: place for place, rule in enumerate(rules)}
        self._parents = {
            place: places[rule.parent]
            for place, rule in enumerate(rules)
            if rule.parent is not None
        }
        self._above = {place: self._ancestors(place) for place in self._parents}
        self._last: dict[int, int] = dict.fromkeys(self._parents.values(), NO_PARENT)

    def parents(self, kinds: npt.NDArray[np.integer], first_number: int) -> Mapping[int, Ints]:
        """Parents' record numbers of one block, by the place of the child's rule.

        ``kinds`` (n,): place of each record's rule in the interface, negative for records of no
        type; ``first_number`` is the physical number of the first. A child's parent is the last
        record of the parent's type before it, unless a record further up came in between, which
        begins a new family: then, and before the first parent, NO_PARENT.
        """
        found: dict[int, Ints] = {}
        marks = {place: np.flatnonzero(kinds == place) for place in self._needed()}
        for child, parent in self._parents.items():
            own = np.flatnonzero(kinds == child)
            number = self._before(marks[parent], own, self._last[parent], first_number)
            for ancestor in self._above[child]:
                if ancestor != parent:
                    newer = self._before(
                        marks[ancestor], own, self._last.get(ancestor, NO_PARENT), first_number
                    )
                    number = np.where(newer > number, NO_PARENT, number)
            found[child] = number
        for place in self._needed():
            if len(marks[place]):
                self._last[place] = first_number + int(marks[place][-1])
        return found

    def _needed(self) -> list[int]:
        return sorted({place for above in self._above.values() for place in above})

    def _ancestors(self, place: int) -> tuple[int, ...]:
        above = []
        while place in self._parents:
            place = self._parents[place]
            above.append(place)
        return tuple(above)

    @staticmethod
    def _before(marks: Ints, children: Ints, last: int, first_number: int) -> Ints:
        """Number of the last marked record before each child."""
        place = np.searchsorted(marks, children) - 1
        if len(marks) == 0:
            return np.full(len(children), last, np.int64)
        return np.where(place >= 0, first_number + marks[place], last)


def with_parents(
    batch: pa.RecordBatch, parents: Ints, places: Places, kept: Places
) -> pa.RecordBatch:
    """The batch with its column PARENT_NUMBER. ``parents``: numbers for the records at ``places``
    of the block, of which the batch has those at ``kept``."""
    numbers = parents[np.searchsorted(all_places(places), all_places(kept))]
    column = pa.array(numbers, pa.int64(), mask=numbers == NO_PARENT)
    return batch.append_column(pa.field(PARENT_NUMBER, pa.int64()), column)
