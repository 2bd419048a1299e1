"""Arrow schema of a decoded record: which fields become columns, and of which type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from interfaces.errors import WrongUse
from interfaces.model import FieldRule, FieldType, Interface, Role
from parsers.codecs.digits import INT64_DIGITS
from parsers.copybook import load_layout
from parsers.layout import Field, Record

RECORD_NUMBER = "_record_number"
BYTE_OFFSET = "_byte_offset"
ROW_IDENTITY = (
    pa.field(RECORD_NUMBER, pa.int64(), nullable=False),
    pa.field(BYTE_OFFSET, pa.int64(), nullable=False),
)
"""First columns of every decoded batch: 1-based physical record number (headers counted) and
0-based offset of the record's first data byte in the file (RDW excluded)."""

COBOL_NAME = b"cobol.name"
"""Metadata key of a column: the item's name as it is in the copybook."""
MOST_DIGITS = 38
"""Digits of an Arrow decimal128."""


class PictureSizeError(WrongUse):
    """A picture whose values no Arrow type holds exactly; the message names field and digits."""


PARENT_NUMBER = "_parent_record_number"
"""Column of a child record (segments): ``_record_number`` of its parent, null before the first."""


def decoded_schema(record: Record, interface: Interface) -> pa.Schema:
    """Schema of a batch as decoding gives it: :func:`record_schema`, and the parent's number
    where the interface declares a parent."""
    schema = record_schema(record, interface)
    for field in parent_fields(record, interface):
        schema = schema.append(field)
    return schema


def parent_fields(record: Record, interface: Interface) -> tuple[pa.Field, ...]:
    """The column PARENT_NUMBER of a record that has a declared parent."""
    has_parent = any(r.record == record.name and r.parent is not None for r in interface.records)
    return (pa.field(PARENT_NUMBER, pa.int64()),) if has_parent else ()


def record_schema(record: Record, interface: Interface) -> pa.Schema:
    """Schema of a decoded batch of ``record``: row identity, then a column for each field."""
    fields = visible_fields(record.fields, interface)
    return pa.schema([*ROW_IDENTITY, *_columns(fields, interface)])


def detail_schema(interface: Interface) -> pa.Schema:
    """Schema of the interface's detail records; KeyError when it declares none."""
    name = interface.record(Role.DETAIL).record
    return record_schema(record_named(load_layout(interface), name), interface)


def record_named(layout: Sequence[Record], name: str) -> Record:
    """The 01 level of that name; KeyError with the known names when there is none."""
    for record in layout:
        if record.name == name:
            return record
    raise KeyError(f"no record {name!r} in the copybook; it has: {[r.name for r in layout]}")


def visible_fields(fields: Sequence[Field], interface: Interface) -> tuple[Field, ...]:
    """Fields that carry data, at every level: no FILLER, and no original that a conditional
    redefinition covers to the last byte (an alphanumeric overlay base says nothing itself)."""
    return tuple(
        replace(field, children=visible_fields(field.children, interface))
        for field in fields
        if any(not below.is_filler for below in field.walk())
        and not _is_covered(field, fields, interface)
    )


def _is_covered(original: Field, siblings: Sequence[Field], interface: Interface) -> bool:
    return any(
        field.redefines == original.name
        and field.name in interface.redefines
        and field.total_length >= original.total_length
        and original.name not in interface.redefines
        for field in siblings
    )


def _columns(fields: Sequence[Field], interface: Interface) -> list[pa.Field]:
    columns: list[pa.Field] = []
    for field in fields:
        if field.is_group and field.occurs is None:
            columns += _columns(field.children, interface)
        else:
            type_ = column_type(field, interface)
            columns.append(pa.field(field.column, type_, metadata={COBOL_NAME: field.name}))
    return columns


def column_type(field: Field, interface: Interface) -> pa.DataType:
    """Arrow type of a visible field's column: a list when the field occurs."""
    if field.is_group:
        element: pa.DataType = pa.struct(_columns(field.children, interface))
    else:
        element = element_type(field, interface.fields.get(field.name))
    return pa.list_(element) if field.occurs is not None else element


def element_type(field: Field, rule: FieldRule | None) -> pa.DataType:
    """Arrow type of one value of an elementary field.

    Numbers are int64 where the picture has no fraction and at most 18 digits (or is binary of
    up to eight bytes that fits), else decimal128. Short hexadecimal floats are doubles, since
    float32 does not hold their range. PictureSizeError beyond 38 digits, positions of P counted.
    """
    if rule is not None and rule.type is FieldType.DATE:
        return pa.date32()
    if rule is not None and rule.type is FieldType.PERIOD:
        return pa.int32()
    if field.kind == "text":
        return pa.utf8()
    if field.kind == "float":
        return pa.float32() if field.ieee and field.length == 4 else pa.float64()
    return _number_type(field)


def value_digits(field: Field) -> int:
    """Most decimal digits of a number's values, positions of P counted: those of the picture,
    or those that its bytes can hold (COMP-5)."""
    if not field.native:
        return field.precision
    stored = len(str(1 << (8 * field.length - field.signed)))
    return stored - field.scale if field.scale < 0 else max(stored, field.scale)


def _number_type(field: Field) -> pa.DataType:
    digits = value_digits(field)
    if digits > MOST_DIGITS:
        raise PictureSizeError(
            f"{field.name}: {field.picture} has values of {digits} digits, more than {MOST_DIGITS}"
        )
    if field.scale > 0:
        return pa.decimal128(digits, field.scale)
    fits_int64 = digits <= INT64_DIGITS or _is_signed_doubleword(field)
    return pa.int64() if fits_int64 else pa.decimal128(digits, 0)


def _is_signed_doubleword(field: Field) -> bool:
    """Eight native signed bytes have 19 digits, yet are an int64 as they stand."""
    return field.native and field.signed and field.length == 8 and field.scale == 0
