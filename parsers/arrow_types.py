"""Arrow schema of a decoded record: which fields become columns, and of which type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

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

_NATIVE_DIGITS = {2: 5, 4: 10, 8: 19}


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
        for field in siblings
    )


def _columns(fields: Sequence[Field], interface: Interface) -> list[pa.Field]:
    columns: list[pa.Field] = []
    for field in fields:
        if field.is_group and field.occurs is None:
            columns += _columns(field.children, interface)
        else:
            columns.append(pa.field(field.column, column_type(field, interface)))
    return columns


def column_type(field: Field, interface: Interface) -> pa.DataType:
    """Arrow type of a visible field's column: a list when the field occurs."""
    if field.is_group:
        element: pa.DataType = pa.struct(_columns(field.children, interface))
    else:
        element = element_type(field, interface.fields.get(field.name))
    return pa.list_(element) if field.occurs is not None else element


def element_type(field: Field, rule: FieldRule | None) -> pa.DataType:
    """Arrow type of one value of an elementary field."""
    if rule is not None and rule.type is FieldType.DATE:
        return pa.date32()
    if rule is not None and rule.type is FieldType.PERIOD:
        return pa.int32()
    if field.kind == "text":
        return pa.utf8()
    if field.native:
        whole = field.scale <= 0
        return pa.int64() if whole else pa.decimal128(_NATIVE_DIGITS[field.length], field.scale)
    if field.scale > 0:
        return pa.decimal128(field.precision, field.scale)
    return pa.int64() if field.precision <= INT64_DIGITS else pa.decimal128(field.precision, 0)
