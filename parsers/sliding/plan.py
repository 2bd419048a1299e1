"""A layout cut into the runs of bytes that move as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interfaces.errors import WrongUse
from parsers.layout import Field, Record


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a level's bytes without a sliding table in it.

    ``origin``: its offset in the layout; ``length``: its bytes, perhaps none. ``slot``: its
    number among the segments and tables of the record.
    """

    slot: int
    origin: int
    length: int


@dataclass(frozen=True, slots=True)
class SlidingTable:
    """A table behind which items move: it occurs by a ``counter``, or its elements vary.

    ``source``: the segment that the counter lies in, of the same level or one above. ``inside``:
    the level of elements that vary themselves, None where all have one length. ``slot``: as of a
    segment.
    """

    slot: int
    item: Field
    minimum: int
    maximum: int
    counter: Field | None
    source: Segment | None
    inside: SlidingLevel | None


@dataclass(frozen=True, slots=True)
class SlidingLevel:
    """Segments and tables of a level in turn: the n-th table lies between the n-th segment, which
    may be empty, and the next; there is none behind the last table when nothing stands there.
    ``item``: the table whose elements the level's rows are, None for the record."""

    item: Field | None
    segments: tuple[Segment, ...]
    tables: tuple[SlidingTable, ...]

    def segment_at(self, offset: int) -> Segment:
        """The segment in which an item at ``offset`` in the layout lies; for a sliding table
        the segment before it."""
        found = self.segments[0]
        for segment in self.segments[1:]:
            if segment.origin > offset:
                break
            found = segment
        return found

    def table_at(self, offset: int) -> SlidingTable | None:
        """The sliding table at ``offset`` in the layout, if there is one."""
        return next((table for table in self.tables if table.item.offset == offset), None)

    def walk(self) -> Iterator[SlidingLevel]:
        """This level and those below it, in file order."""
        yield self
        for table in self.tables:
            if table.inside is not None:
                yield from table.inside.walk()

    @property
    def slots(self) -> int:
        """How many segments and tables there are, those of all levels below included."""
        return sum(len(level.segments) + len(level.tables) for level in self.walk())


def sliding_level(record: Record) -> SlidingLevel | None:
    """The plan of a record; None where nothing depends on a counter. WrongUse where a
    counter is not to be found in front of its table."""
    if not any(_slides(field) for field in record.fields):
        return None
    return _Planner(record).level(None, record.fields, 0, record.length)


class _Planner:
    """``_around``: segments of the levels above, and of the one being cut, so far."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._counters = {(field.offset, field.name): field for field in record.walk()}
        self._around: list[Segment] = []
        self._slots = 0

    def level(
        self, item: Field | None, fields: Iterable[Field], origin: int, end: int
    ) -> SlidingLevel:
        """The level of ``item`` with these fields, of the bytes from ``origin`` to ``end``."""
        above = len(self._around)
        segments: list[Segment] = []
        tables: list[SlidingTable] = []
        for table in _sliding_items(fields):
            segments.append(self._segment(origin, table.offset))
            tables.append(self._table(table))
            origin = table.offset + table.total_length
        if origin < end:
            segments.append(self._segment(origin, end))
        del self._around[above:]
        return SlidingLevel(item, tuple(segments), tuple(tables))

    def _segment(self, origin: int, end: int) -> Segment:
        self._around.append(Segment(self._slot(), origin, end - origin))
        return self._around[-1]

    def _slot(self) -> int:
        self._slots += 1
        return self._slots - 1

    def _table(self, item: Field) -> SlidingTable:
        occurs = item.occurs
        if occurs is None:
            raise TypeError(f"{item.name} is no table")
        counter = source = None
        if occurs.depending_on is not None:
            counter, source = self._counter(item, occurs.depending_on, occurs.counter_offset)
        slot = self._slot()
        inside = None
        if any(_slides(child) for child in item.children):
            inside = self.level(item, item.children, item.offset, item.offset + item.length)
        return SlidingTable(slot, item, occurs.minimum, occurs.maximum, counter, source, inside)

    def _counter(self, item: Field, name: str, offset: int | None) -> tuple[Field, Segment]:
        found = [
            field
            for (place, called), field in self._counters.items()
            if called == name and offset in (None, place)
        ]
        for segment in reversed(self._around):
            for field in found:
                if segment.origin <= field.offset < segment.origin + segment.length:
                    return field, segment
        raise WrongUse(
            f"{self._record.name}: {item.name} depends on {name}, which does not stand in front "
            "of it; move the counter there"
        )


def _sliding_items(fields: Iterable[Field]) -> Iterator[Field]:
    """Tables of one level behind which items move, plain groups opened."""
    for field in fields:
        if field.occurs is None:
            yield from _sliding_items(field.children)
        elif _slides(field):
            yield field


def _slides(field: Field) -> bool:
    """Whether what is behind an item moves."""
    if field.occurs is not None and field.occurs.is_variable:
        return True
    return any(_slides(child) for child in field.children)
