"""Flat batches → groups as structs, tables as lists of structs: the tree of the copybook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from interfaces.model import Interface
from parsers.arrow_types import ROW_IDENTITY, column_type, parent_fields, visible_fields
from parsers.layout import Field, Record, column_name

COBOL_NAME = b"cobol.name"
"""Key of a column's metadata that holds the item's name as the copybook spells it."""

Columns = Callable[[Field], pa.Array | None]
"""Column of an elementary field or a table; None when the batch does not have it."""


def nested_schema(record: Record, interface: Interface) -> pa.Schema:
    """Schema of :func:`nest` for a batch with every column."""
    fields = visible_fields(record.fields, interface)
    identity = (*ROW_IDENTITY, *parent_fields(record, interface))
    return pa.schema([*identity, *_members(fields, interface)])


def nest(batch: pa.RecordBatch, record: Record, interface: Interface) -> pa.RecordBatch:
    """The batch with a struct for each group.

    Columns that the layout does not know (the row's identity, preserved bytes) stay in front. A
    projected batch gives structs of what it has. The struct of a group that redefines by a
    declared condition is null where none of its values is there; every other group is not null.
    """
    names = set(batch.schema.names)
    fields = visible_fields(record.fields, interface)
    known = {column for field in fields for column in flat_columns(field)}
    others = [name for name in batch.schema.names if name not in known]
    found = _nested(
        fields, lambda item: batch.column(item.column) if item.column in names else None, interface
    )
    arrays = [batch.column(name) for name in others] + [array for _, array in found]
    schema = [batch.schema.field(name) for name in others] + [field for field, _ in found]
    if not arrays:
        return batch
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(schema))


def flat_columns(item: Field) -> list[str]:
    """Columns that an item has in a flat batch: its own, or those of the items in it."""
    if item.is_group and item.occurs is None:
        return [column for child in item.children for column in flat_columns(child)]
    return [item.column]


def member_names(fields: Sequence[Field]) -> dict[int, str]:
    """Name of each field within its group, by place: the item's own unless two share it."""
    names = [column_name(item.name) for item in fields]
    counted = Counter(names)
    return {
        place: name if counted[name] == 1 and not item.is_filler else item.column
        for place, (name, item) in enumerate(zip(names, fields, strict=True))
    }


def _members(fields: Sequence[Field], interface: Interface) -> list[pa.Field]:
    names = member_names(fields)
    return [
        _member(names[place], item, _nested_type(item, interface))
        for place, item in enumerate(fields)
    ]


def _member(name: str, item: Field, type_: pa.DataType) -> pa.Field:
    return pa.field(name, type_, metadata={COBOL_NAME: item.name.encode()})


def _nested_type(item: Field, interface: Interface) -> pa.DataType:
    if not item.is_group:
        return column_type(item, interface)
    struct = pa.struct(_members(item.children, interface))
    return pa.list_(struct) if item.occurs is not None else struct


def _nested(
    fields: Sequence[Field], columns: Columns, interface: Interface
) -> list[tuple[pa.Field, pa.Array]]:
    names = member_names(fields)
    found = []
    for place, item in enumerate(fields):
        array = _array(item, columns, interface)
        if array is not None:
            found.append((_member(names[place], item, array.type), array))
    return found


def _array(item: Field, columns: Columns, interface: Interface) -> pa.Array | None:
    if item.is_group and item.occurs is None:
        members = _nested(item.children, columns, interface)
        return _struct(members, nullable=item.name in interface.redefines) if members else None
    array = columns(item)
    if array is None or not item.is_group:
        return array
    values = array.values
    members = _nested(
        item.children, lambda child: values.field(_place(values, child.column)), interface
    )
    return _with_values(array, _struct(members, nullable=False))


def _place(struct: pa.StructArray, name: str) -> int:
    return int(struct.type.get_field_index(name))


def _struct(members: Sequence[tuple[pa.Field, pa.Array]], *, nullable: bool) -> pa.StructArray:
    arrays = [array for _, array in members]
    absent = None
    if nullable:
        absent = pa.array(np.logical_and.reduce([_nulls(array) for array in arrays]))
    return pa.StructArray.from_arrays(arrays, fields=[field for field, _ in members], mask=absent)


def _nulls(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    nulls: np.ndarray[tuple[int], np.dtype[np.bool_]] = array.is_null().to_numpy(
        zero_copy_only=False
    )
    return nulls


def _with_values(array: pa.ListArray, values: pa.Array) -> pa.ListArray:
    """The same lists over other values; offsets and nulls are shared."""
    return pa.Array.from_buffers(
        pa.list_(values.type),
        len(array),
        array.buffers()[:2],
        array.null_count,
        array.offset,
        [values],
    )
