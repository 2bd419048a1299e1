"""A length rule as numbers that a compiled loop can run.

A program is a table of instructions (n, 5): an operation and up to four operands. It works out the
length of one record: some operations walk along the record (``ADVANCE`` … ``NEXT``) and add to it,
the others are postfix arithmetic whose result ``FINISH`` makes the length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from interfaces.toml_table import DeclarationError
from parsers.rows import Ints

Code = tuple[int, int, int, int, int]

ADVANCE: Final = 1  # a: bytes that are always there
COUNT: Final = 2  # a: register ← b: number field, c: its distance from here
CONSTANT: Final = 3  # a: register ← b
REPEAT: Final = 4  # a: register, b: bytes of an occurrence, c, d: fewest and most occurrences
LOOP: Final = 5  # a: register, b: instruction behind its NEXT, c, d: fewest and most rounds
NEXT: Final = 6
PUSH: Final = 7  # a: whole number
LOAD: Final = 8  # a: number field
LOOK_UP: Final = 9  # a: field, b: first of its values, c: the value after the last
ADD: Final = 10
SUBTRACT: Final = 11
MULTIPLY: Final = 12
DIVIDE: Final = 13
NEGATE: Final = 14
FINISH: Final = 15

NUMBER_LIMIT: Final = 1 << 53
"""No intermediate result may be larger: a length never is, and int64 would overflow unseen."""
FACTOR_LIMIT: Final = 1 << 31
"""Nor a factor: two of them still fit an int64."""

MOST_REGISTERS: Final = 64
DEEPEST: Final = 64
"""Numbers on the stack, and loops within loops."""


class Column(IntEnum):
    """Columns of the table of fields."""

    OFFSET = 0
    LENGTH = 1
    USAGE = 2
    DIGITS = 3
    SIGNED = 4
    SIGN_LEADING = 5
    SIGN_SEPARATE = 6
    LITTLE_ENDIAN = 7
    SIGN_NIBBLE = 8
    NATIVE = 9
    SPACE = 10  # byte of a space
    ZERO = 11  # byte of the digit 0
    PLUS = 12
    MINUS = 13
    SIGNS = 14  # bit n: sign nibble n of a packed number is known
    ANY_ZONE = 15  # zones of digits without a sign do not matter


CARRIES_MINUS: Final = 0x10
"""In ``Program.carriers``: the byte makes its number negative."""

ZONED: Final = 0
PACKED: Final = 1
BINARY: Final = 2
TEXT: Final = 3


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """What the loop needs, all int64 but ``texts`` (uint8).

    ``types`` (n, 4): first and last condition of a record type, bytes that they need, its first
    instruction. ``conditions`` (n, 3): a field and its values, first and behind the last.
    ``values`` (n, 2): a number, or where in ``texts`` a text begins, and the length that it
    stands for. ``fields`` (n, len(Column)). ``carriers`` (256,): the digit of a byte that carries
    the sign of a zoned number, 15 where it carries none, with CARRIES_MINUS. ``longest``: no
    record is longer.
    """

    types: Ints
    conditions: Ints
    values: Ints
    fields: Ints
    code: Ints
    texts: npt.NDArray[np.uint8]
    carriers: Ints
    longest: int


@dataclass(slots=True)
class ProgramBuilder:
    """Collects the tables of a :class:`Program`."""

    types: list[tuple[int, int, int, int]] = field(default_factory=list)
    conditions: list[tuple[int, int, int]] = field(default_factory=list)
    values: list[tuple[int, int]] = field(default_factory=list)
    fields: list[tuple[int, ...]] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)
    texts: bytearray = field(default_factory=bytearray)

    def emit(self, operation: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> None:
        """Append an instruction."""
        self.code.append((operation, a, b, c, d))

    def add_field(self, row: tuple[int, ...]) -> int:
        """Number of a field in the table; the same field is there once."""
        if row not in self.fields:
            self.fields.append(row)
        return self.fields.index(row)

    def build(self, carriers: Ints, longest: int) -> Program:
        """The finished tables."""
        return Program(
            _table(self.types, 4),
            _table(self.conditions, 3),
            _table(self.values, 2),
            _table(self.fields, len(Column)),
            _table(self.code, 5),
            np.frombuffer(bytes(self.texts), np.uint8),
            carriers,
            longest,
        )


def check_depth(depth: int, what: str) -> None:
    """DeclarationError when ``what`` needs more than the loop has room for."""
    if depth > DEEPEST:
        raise DeclarationError(f"{what} is nested more than {DEEPEST} deep")


def _table(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.array(rows, np.int64).reshape(len(rows), width)
