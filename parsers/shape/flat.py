"""Batches → one column for each value: tables spread out to numbered columns.

``HOSPITAL-CODE OCCURS 3`` becomes ``hospital_code_1`` … ``hospital_code_3``, a member of a table of
groups ``payment_1_amount``. Occurrences that a record does not have (DEPENDING ON) are null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.arrow_types import ROW_IDENTITY, element_type, parent_fields, visible_fields
from parsers.layout import Field, Record
from parsers.shape.nested import COBOL_NAME

MOST_COLUMNS = 10_000


class TooWideError(WrongUse):
    """A record whose tables would give too many columns, or two columns of one name."""


def flattened_schema(record: Record, interface: Interface) -> pa.Schema:
    """Schema of :func:`flatten` for a batch with every column; TooWideError."""
    columns = []
    for name, item in _named(visible_fields(record.fields, interface), "", record.name):
        type_ = element_type(item, interface.fields.get(item.name))
        columns.append(pa.field(name, type_, metadata={COBOL_NAME: item.name.encode()}))
    return pa.schema([*ROW_IDENTITY, *parent_fields(record, interface), *columns])


def flatten(batch: pa.RecordBatch, record: Record, interface: Interface) -> pa.RecordBatch:
    """The batch with every value in a column of its own; TooWideError when that is too many.

    Columns that the layout does not know stay in front; columns that the batch does not have
    are left out.
    """
    fields = visible_fields(record.fields, interface)
    known = {name for name, _ in _named(fields, "", record.name)}
    tables = {item.column for item in _tables(fields)}
    arrays: list[pa.Array] = []
    schema: list[pa.Field] = []
    for name in batch.schema.names:
        if name not in known and name not in tables:
            arrays.append(batch.column(name))
            schema.append(batch.schema.field(name))
    there = set(batch.schema.names)
    for item, name, array in _spread(fields, batch, there):
        arrays.append(array)
        schema.append(pa.field(name, array.type, metadata={COBOL_NAME: item.name.encode()}))
    if not arrays:
        return batch
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(schema))


def flat_name(above: str, item: Field, place: int | None = None) -> str:
    """Column of a value: the prefix of the occurrence it stands in, its own column, its number."""
    return f"{above}{item.column}" if place is None else f"{above}{item.column}_{place + 1}"


def _named(
    fields: Sequence[Field], above: str, record: str, taken: set[str] | None = None
) -> Iterator[tuple[str, Field]]:
    names = set() if taken is None else taken
    for item in fields:
        if item.is_group and item.occurs is None:
            yield from _named(item.children, above, record, names)
            continue
        for place in range(item.occurs.maximum) if item.occurs else (None,):
            name = flat_name(above, item, place)
            if item.is_group:
                yield from _named(item.children, f"{name}_", record, names)
                continue
            if name in names or len(names) == MOST_COLUMNS:
                why = "two values" if name in names else f"more than {MOST_COLUMNS:,} columns"
                raise TooWideError(
                    f"{record}: flattened it has {why} (at {name}); leave the tables nested"
                )
            names.add(name)
            yield name, item


def _tables(fields: Sequence[Field]) -> Iterator[Field]:
    for item in fields:
        if item.occurs is not None:
            yield item
        elif item.is_group:
            yield from _tables(item.children)


def _spread(
    fields: Sequence[Field], batch: pa.RecordBatch, there: set[str]
) -> Iterator[tuple[Field, str, pa.Array]]:
    for item in fields:
        if item.is_group and item.occurs is None:
            yield from _spread(item.children, batch, there)
        elif item.column in there:
            yield from _values(item, batch.column(item.column), "", None)


def _values(
    item: Field, array: pa.Array, above: str, rows: pa.Array | None
) -> Iterator[tuple[Field, str, pa.Array]]:
    """Columns of an item. ``rows``: place in ``array`` of each row's value, null for none; None
    when they are the same."""
    if item.occurs is None:
        yield item, flat_name(above, item), array if rows is None else array.take(rows)
        return
    starts, stops = _bounds(array, rows)
    for place in range(item.occurs.maximum):
        at = starts + place
        inside = pa.array(at, mask=at >= stops)
        name = flat_name(above, item, place)
        if not item.is_group:
            yield item, name, array.values.take(inside)
            continue
        for child in _members(item.children):
            column = array.values.field(array.values.type.get_field_index(child.column))
            yield from _values(child, column, f"{name}_", inside)


def _members(fields: Sequence[Field]) -> Iterator[Field]:
    """Members of a table's struct: plain groups inside are opened there too."""
    for item in fields:
        if item.is_group and item.occurs is None:
            yield from _members(item.children)
        else:
            yield item


def _bounds(
    array: pa.ListArray, rows: pa.Array | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where the values of each row's list begin and end; empty where there is no list."""
    offsets = array.offsets.to_numpy().astype(np.int64)
    starts, stops = offsets[:-1], offsets[1:]
    if array.null_count:
        stops = np.where(array.is_null().to_numpy(zero_copy_only=False), starts, stops)
    if rows is None:
        return starts, stops
    absent = rows.is_null().to_numpy(zero_copy_only=False)
    places = rows.fill_null(0).to_numpy()
    if len(starts) == 0:
        return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    return starts[places], np.where(absent, starts[places], stops[places])
