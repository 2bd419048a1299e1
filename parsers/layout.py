"""Where every field of a record lies: the result of reading a copybook.

A :class:`Record` is one 01 level, a :class:`Field` one item below it. Both are immutable, know
no bytes, and are what decoding, encoding and validation work from. All offsets and lengths are
bytes; offsets count from 0 at the first data byte of the record (RDW excluded).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Usage = Literal["display", "packed", "binary", "float", "national", "dbcs", "varchar", "group"]
Kind = Literal["text", "number", "float", "group"]

FILLER = "FILLER"


class ConditionValue(NamedTuple):
    """A value of an 88 level, or with ``high`` an inclusive range (THRU); texts as in the source,
    figurative constants written out to the length of the field (4,096 at the most).

    Hexadecimal literals, LOW-VALUES and HIGH-VALUES have no text form: ``low_bytes`` or
    ``high_bytes`` holds them and the text is empty.
    """

    low: str
    high: str | None = None
    low_bytes: bytes | None = None
    high_bytes: bytes | None = None


class Condition(NamedTuple):
    """An 88 level: its name and the values for which it is true."""

    name: str
    values: tuple[ConditionValue, ...]


@dataclass(frozen=True, slots=True)
class Occurs:
    """How often a field repeats. ``depending_on`` names the counter (OCCURS … DEPENDING ON);
    without one ``minimum`` equals ``maximum``. ``counter_offset`` tells which field it is when
    the name stands more than once: the ``offset`` of that field."""

    minimum: int
    maximum: int
    depending_on: str | None = None
    counter_offset: int | None = None

    @property
    def is_variable(self) -> bool:
        """Whether a counter in the record says how often."""
        return self.depending_on is not None


@dataclass(frozen=True, slots=True)
class Edit:
    """An edited numeric picture, written out to one symbol a character (``CR`` and ``DB`` are two).

    ``symbols`` are upper case, the currency character as ``$`` whatever it is; ``currency`` is the
    character in the data. With ``decimal_comma`` comma and point have changed places.
    """

    symbols: str
    currency: str = "$"
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One item of a record.

    ``offset`` is that of the first occurrence, at every OCCURS above it too; ``length`` is that
    of ONE occurrence. ``column`` is unique within the record or, inside a repeating group,
    within that group. ``digits`` are the digits stored; ``scale`` is the number of decimal
    places, negative for trailing ``P`` (9(3)PP: digits 3, scale -2), greater than ``digits``
    for leading ``P`` (VPP9(3): digits 3, scale 5). ``redefines`` is the name of the original,
    also when the copybook redefines a redefinition of it. ``native`` marks COMP-5 (and COMP
    under TRUNC(BIN), INDEX, POINTER), where the whole range of the bytes is valid and not only
    the digits of the picture.

    ``little_endian``: of binary, IEEE floats and national text. ``ieee``: of floats, else IBM
    hexadecimal. ``sign_nibble`` is False for COMP-6, packed digits without a sign. ``edit`` is
    set for numeric-edited pictures, which are numbers of usage ``display`` (or ``national``).
    ``justified``: text filled with spaces to the left. ``blank_when_zero``: a number (edited or
    not) that is all spaces is zero. Usage ``varchar`` is a pair of level-49 items, a binary
    length of two bytes and the text behind it; ``length`` covers both. Usage ``national`` is
    UTF-16, ``dbcs`` double-byte characters; lengths are bytes everywhere.
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
    little_endian: bool = False
    ieee: bool = False
    sign_nibble: bool = True
    edit: Edit | None = None
    justified: bool = False
    blank_when_zero: bool = False

    @property
    def is_filler(self) -> bool:
        """Whether the item has no name of its own, so that it becomes no column. A table without
        a name is a column all the same when items in it have one."""
        if self.name != FILLER:
            return False
        if not self.is_group or self.occurs is None:
            return True
        return all(item.is_filler for item in _columns_in(self.children))

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

    def items(self) -> Iterator[Field]:
        """This item and every one below it, groups before what is in them."""
        yield self
        for child in self.children:
            yield from child.items()

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

    An 01 level that is itself elementary has one field of that name. Offsets are those with
    every OCCURS DEPENDING ON at its maximum, so that items behind a table, and tables in tables,
    have one offset. ``renames`` are the 66 levels: further views that are described but do not
    become columns.
    """

    name: str
    length: int
    min_length: int
    fields: tuple[Field, ...]
    renames: tuple[Field, ...] = ()

    def walk(self) -> Iterator[Field]:
        """Elementary fields in file order, FILLER and every redefinition included."""
        for item in self.fields:
            yield from item.walk()

    def items(self) -> Iterator[Field]:
        """Every item below the record, groups before what is in them."""
        for item in self.fields:
            yield from item.items()


def _columns_in(items: tuple[Field, ...]) -> Iterator[Field]:
    """Items that may be columns: groups opened, tables as they are."""
    for item in items:
        if item.is_group and item.occurs is None:
            yield from _columns_in(item.children)
        else:
            yield item


def column_name(name: str) -> str:
    """Column of a COBOL name: ``NATIONAL-ID`` → ``national_id``."""
    return name.lower().replace("-", "_")
