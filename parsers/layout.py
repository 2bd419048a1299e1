"""Where every field of a record lies: the result of reading a copybook.

A :class:`Record` is one 01 level, a :class:`Field` one item below it. Both are immutable, know
no bytes, and are what decoding, encoding and validation work from. All offsets and lengths are
bytes; offsets count from 0 at the first data byte of the record (RDW excluded).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Usage = Literal["display", "packed", "binary", "group"]
Kind = Literal["text", "number", "group"]

FILLER = "FILLER"


class ConditionValue(NamedTuple):
    """A value of an 88 level, or with ``high`` an inclusive range (THRU); texts as in the source,
    figurative constants written out to the length of the field."""

    low: str
    high: str | None = None


class Condition(NamedTuple):
    """An 88 level: its name and the values for which it is true."""

    name: str
    values: tuple[ConditionValue, ...]


@dataclass(frozen=True, slots=True)
class Occurs:
    """How often a field repeats. ``depending_on`` names the counter (OCCURS … DEPENDING ON);
    without one ``minimum`` equals ``maximum``."""

    minimum: int
    maximum: int
    depending_on: str | None = None

    @property
    def is_variable(self) -> bool:
        """Whether a counter in the record says how often."""
        return self.depending_on is not None


@dataclass(frozen=True, slots=True)
class Field:
    """One item of a record.

    ``offset`` is that of the first occurrence, at every OCCURS above it too; ``length`` is that
    of ONE occurrence. ``column`` is unique within the record or, inside a repeating group,
    within that group. ``digits`` are the digits stored; ``scale`` is the number of decimal
    places, negative for trailing ``P`` (9(3)PP: digits 3, scale -2), greater than ``digits``
    for leading ``P`` (VPP9(3): digits 3, scale 5). ``redefines`` is the name of the original,
    also when the copybook redefines a redefinition of it. ``native`` marks COMP-5, where the
    whole range of the bytes is valid and not only the digits of the picture.
    """

    name: str
    column: str
    level: int
    offset: int
    length: int
    picture: str | None
    usage: Usage
    kind: Kind
    digits: int = 0
    scale: int = 0
    signed: bool = False
    sign_leading: bool = False
    sign_separate: bool = False
    occurs: Occurs | None = None
    redefines: str | None = None
    conditions: tuple[Condition, ...] = ()
    children: tuple[Field, ...] = ()
    native: bool = False

    @property
    def is_filler(self) -> bool:
        """Whether the item has no name of its own, so that it becomes no column."""
        return self.name == FILLER

    @property
    def is_group(self) -> bool:
        """Whether the item is made of other items."""
        return self.kind == "group"

    @property
    def precision(self) -> int:
        """Decimal digits that the value needs, positions of ``P`` included (0 for text)."""
        return self.digits - self.scale if self.scale < 0 else max(self.digits, self.scale)

    @property
    def total_length(self) -> int:
        """Bytes of all occurrences, at the most."""
        return self.length * (self.occurs.maximum if self.occurs else 1)

    def walk(self) -> Iterator[Field]:
        """Elementary fields at or below this one in file order, FILLER included."""
        if not self.is_group:
            yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Record:
    """One 01 level. ``length`` is the greatest length, ``min_length`` that with every
    OCCURS DEPENDING ON at its minimum; they are equal for a fixed record.

    An 01 level that is itself elementary has one field of that name.
    """

    name: str
    length: int
    min_length: int
    fields: tuple[Field, ...]

    def walk(self) -> Iterator[Field]:
        """Elementary fields in file order, FILLER and every redefinition included."""
        for item in self.fields:
            yield from item.walk()


def column_name(name: str) -> str:
    """Column of a COBOL name: ``NATIONAL-ID`` → ``national_id``."""
    return name.lower().replace("-", "_")
