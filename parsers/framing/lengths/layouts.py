"""A record's layout → the instructions that walk along it and count its bytes.

Only a variable table changes a length, so that everything up to one is a single step. A table of
elements that vary themselves (nested OCCURS DEPENDING ON) is walked element by element.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interfaces.model import Dialect
from interfaces.toml_table import DeclarationError
from parsers.codepages import CodePage
from parsers.framing.lengths.field_table import field_row
from parsers.framing.lengths.program import (
    ADVANCE,
    CONSTANT,
    COUNT,
    FINISH,
    LOOP,
    MOST_REGISTERS,
    NEXT,
    REPEAT,
    Column,
    ProgramBuilder,
    check_depth,
)
from parsers.layout import Field, Occurs, Record

_Counter = tuple[str, int | None]
"""Name and offset, as :class:`~parsers.layout.Occurs` has them: several may have one name."""


def compile_layout(
    record: Record, builder: ProgramBuilder, page: CodePage, dialect: Dialect
) -> None:
    """Append the instructions that work out the length of ``record``.

    DeclarationError for a counter that stands behind its table or is of a type that cannot be
    read, and for redefinitions of what varies.
    """
    walker = _Walker(record, builder, page, dialect)
    walker.items(record.fields, 0, 1)
    walker.advance_to(walker.end)
    builder.emit(FINISH)


class _Walker:
    """Goes through a record in file order.

    ``_here`` is the offset (all tables at their maximum, as in the layout) up to which the
    emitted instructions have come.
    """

    def __init__(
        self, record: Record, builder: ProgramBuilder, page: CodePage, dialect: Dialect
    ) -> None:
        self.end = record.length
        self._record = record
        self._builder = builder
        self._page = page
        self._dialect = dialect
        self._here = 0
        self._counters = set(_counters(record.fields))
        self._registers: dict[_Counter, int] = {}
        self._used = 0

    def items(self, fields: Sequence[Field], begin: int, depth: int) -> None:
        """Emit what the items of one level need; ``begin`` is where the level begins."""
        check_depth(depth + 1, f"record {self._record.name}")
        redefined = {item.redefines for item in fields if item.redefines}
        for item in fields:
            varies = _varies(item)
            if varies and (item.redefines or item.name in redefined):
                raise DeclarationError(
                    f"{self._record.name}: {item.name} varies and is redefined or a "
                    f"redefinition; its length cannot be told"
                )
            if varies and item.offset < begin:
                raise DeclarationError(f"{self._record.name}: {item.name} lies out of order")
            self._item(item, varies, depth)

    def advance_to(self, offset: int) -> None:
        """Emit the step over what is always there, up to ``offset``."""
        if offset != self._here:
            self._builder.emit(ADVANCE, offset - self._here)
            self._here = offset

    def _item(self, item: Field, varies: bool, depth: int) -> None:
        if not varies:
            if item.occurs is None:
                for field in item.walk():
                    self._note_counter(field)
            return
        if item.occurs is None:
            self.items(item.children, item.offset, depth)
            return
        self.advance_to(item.offset)
        register = self._register_of(item, item.occurs)
        fewest, most = item.occurs.minimum, item.occurs.maximum
        if any(_varies(child) for child in item.children):
            self._loop(item, (register, fewest, most), depth)
        else:
            self._builder.emit(REPEAT, register, item.length, fewest, most)
        self._here = item.offset + item.total_length

    def _loop(self, item: Field, rounds: tuple[int, int, int], depth: int) -> None:
        """A table of elements that vary: the instructions of one, run for each. ``rounds``:
        register, fewest, most."""
        register, fewest, most = rounds
        place = len(self._builder.code)
        self._builder.emit(LOOP)
        self.items(item.children, item.offset, depth + 1)
        self.advance_to(item.offset + item.length)
        self._builder.emit(NEXT)
        self._builder.code[place] = (LOOP, register, len(self._builder.code), fewest, most)

    def _note_counter(self, field: Field) -> None:
        """Read a field into a register if a table of the record depends on it."""
        counter = (field.name, field.offset)
        if counter not in self._counters and (field.name, None) not in self._counters:
            return
        row = list(field_row(field, self._page, self._dialect))
        row[Column.OFFSET] = 0
        register = self._registers.get(counter)
        if register is None:
            register = self._registers[counter] = self._new_register()
        self._registers[field.name, None] = register
        number = self._builder.add_field(tuple(row))
        self._builder.emit(COUNT, register, number, field.offset - self._here)

    def _register_of(self, table: Field, occurs: Occurs) -> int:
        """The register that holds how often ``table`` occurs."""
        if occurs.depending_on is None:
            register = self._new_register()
            self._builder.emit(CONSTANT, register, occurs.maximum)
            return register
        counter = (occurs.depending_on, occurs.counter_offset)
        if counter not in self._registers:
            raise DeclarationError(
                f"{self._record.name}: {table.name} depends on {counter[0]}, which does not stand "
                f"before it in the record; its length cannot be told"
            )
        return self._registers[counter]

    def _new_register(self) -> int:
        self._used += 1
        if self._used > MOST_REGISTERS:
            raise DeclarationError(
                f"{self._record.name} has more than {MOST_REGISTERS} counters and tables that vary"
            )
        return self._used - 1


def _varies(item: Field) -> bool:
    is_variable = item.occurs is not None and item.occurs.is_variable
    return is_variable or any(_varies(child) for child in item.children)


def _counters(fields: Sequence[Field]) -> Iterator[_Counter]:
    for item in fields:
        if item.occurs is not None and item.occurs.depending_on is not None:
            yield item.occurs.depending_on, item.occurs.counter_offset
        yield from _counters(item.children)
