"""Lengths of records that carry none in front of them, by the declared rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from interfaces.model import Dialect, Interface, LengthRule, RecordRule
from interfaces.toml_table import DeclarationError
from parsers.arrow_types import record_named
from parsers.codecs.fault import Bytes
from parsers.codepages import CodePage, code_page
from parsers.framing.descriptors import LONGEST_RDW
from parsers.framing.lengths.expressions import compile_expression
from parsers.framing.lengths.field_table import field_row, sign_carriers, text_bytes, whole_number
from parsers.framing.lengths.layouts import compile_layout
from parsers.framing.lengths.program import (
    FINISH,
    LOAD,
    LOOK_UP,
    TEXT,
    Column,
    Program,
    ProgramBuilder,
)
from parsers.layout import Field, Record
from parsers.recognition import by_name
from parsers.rows import Ints


def interface_measure(interface: Interface, layout: Sequence[Record]) -> RecordMeasure | None:
    """The measure of an interface's file; None when its records need none."""
    rule = interface.file.length
    if rule is None:
        return None
    page = code_page(interface.file.encoding)
    return record_measure(rule, interface.records, layout, page, interface.dialect)


def record_measure(
    rule: LengthRule,
    records: Sequence[RecordRule],
    layout: Sequence[Record],
    page: CodePage,
    dialect: Dialect,
) -> RecordMeasure:
    """Compile a length rule for the records that a file may hold.

    A field that tells a length lies at a fixed offset, outside tables, and at the same place in
    every record type that has it. DeclarationError when the rule cannot be used.
    """
    builder = ProgramBuilder()
    known = [record_named(layout, record.record) for record in records]
    if rule.field is None and rule.expression is None:
        for record_rule, record in zip(records, known, strict=True):
            _add_type(record_rule, record, builder, page, dialect)
            compile_layout(record, builder, page, dialect)
    else:
        builder.types.append((0, 0, 0, 0))
        _compile_value(rule, known, builder, page, dialect)
    longest = max([LONGEST_RDW, *(record.length for record in known)])
    return RecordMeasure(builder.build(sign_carriers(page, dialect), longest))


class RecordMeasure:
    """Follows records by a :class:`~parsers.framing.lengths.program.Program`."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def lengths(
        self, data: Bytes, at_end: bool, before: int, after: int
    ) -> tuple[Ints, Ints, int, bool]:
        """See :class:`parsers.framing.frame.Measure`."""
        from parsers.framing.lengths.measuring import UNKNOWN, measure_records

        program = self._program
        most = len(data) // (1 + before + after)
        starts, lengths = np.empty(most, np.int64), np.empty(most, np.int64)
        count, place, status = measure_records(
            data,
            at_end,
            before,
            after,
            program.longest,
            program.types,
            program.conditions,
            program.values,
            program.fields,
            program.code,
            program.texts,
            program.carriers,
            starts,
            lengths,
        )
        return starts[:count].copy(), lengths[:count].copy(), place, status == UNKNOWN


def _add_type(
    rule: RecordRule, record: Record, builder: ProgramBuilder, page: CodePage, dialect: Dialect
) -> None:
    """Enter the conditions of a record type; its instructions are to follow."""
    first = len(builder.conditions)
    needed = 0
    for name, texts in rule.when.items():
        field = _named(name, [record])
        row = field_row(field, page, dialect)
        values = _add_values(dict.fromkeys(texts, 0), field, row, builder, page)
        builder.conditions.append((builder.add_field(row), *values))
        needed = max(needed, field.offset + field.length)
    builder.types.append((first, len(builder.conditions), needed, len(builder.code)))


def _compile_value(
    rule: LengthRule,
    known: Sequence[Record],
    builder: ProgramBuilder,
    page: CodePage,
    dialect: Dialect,
) -> None:
    """The instructions for a field, a field with a table of lengths, or an expression."""

    def number_field(name: str) -> int:
        row = field_row(_named(name.upper(), known), page, dialect)
        if row[Column.USAGE] == TEXT:
            raise DeclarationError(f"{name}: text is no length; declare lengths for its values")
        return builder.add_field(row)

    if rule.expression is not None:
        compile_expression(rule.expression, builder, number_field)
        return
    name = rule.field or ""
    if rule.lengths:
        field = _named(name.upper(), known)
        row = field_row(field, page, dialect)
        first, stop = _add_values(rule.lengths, field, row, builder, page)
        builder.emit(LOOK_UP, builder.add_field(row), first, stop)
    else:
        builder.emit(LOAD, number_field(name))
    builder.emit(FINISH)


def _add_values(
    lengths: Mapping[str, int],
    field: Field,
    row: tuple[int, ...],
    builder: ProgramBuilder,
    page: CodePage,
) -> tuple[int, int]:
    """Enter values of a field with their lengths; returns the first place and that behind."""
    first = len(builder.values)
    for text, length in lengths.items():
        if row[Column.USAGE] == TEXT:
            builder.values.append((len(builder.texts), length))
            builder.texts += text_bytes(field, text, page)
        else:
            builder.values.append((whole_number(field, text), length))
    return first, len(builder.values)


def _named(name: str, records: Sequence[Record]) -> Field:
    """The field of that name; DeclarationError when there is none, or none at a fixed place."""
    found = [
        (record, field)
        for record in records
        if (field := by_name(record.fields).get(name)) is not None
    ]
    if not found:
        raise DeclarationError(f"no field {name} outside tables; a length cannot be told by it")
    for record, field in found:
        if _variable_before(record, field):
            raise DeclarationError(f"{record.name}: {name} has no fixed place, a table varies it")
        if (field.offset, field.length) != (found[0][1].offset, found[0][1].length):
            raise DeclarationError(
                f"{name} lies elsewhere in {record.name} than in {found[0][0].name}; a length "
                f"cannot be told by it before the type is known"
            )
    return found[0][1]


def _variable_before(record: Record, wanted: Field) -> bool:
    def variable(items: Sequence[Field]) -> bool:
        return any(
            ((item.occurs is not None and item.occurs.is_variable) or variable(item.children))
            for item in items
            if item.offset < wanted.offset
        )

    return variable(record.fields)
