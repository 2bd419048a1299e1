"""One header or trailer record from plain values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa

from interfaces.model import Interface
from parsers.arrow_types import element_type
from parsers.layout import Field, Record


def one_row(record: Record, interface: Interface, values: Mapping[str, object]) -> pa.RecordBatch:
    """A batch of one row; ``values`` by column name, None for null.

    Numbers may be int, Decimal or text of one (never float: money is exact). Fields without a
    value get no column, except those that tell the record type. TypeError when a value has
    another type than its field.
    """
    told = {name for rule in interface.records if rule.record == record.name for name in rule.when}
    columns = {}
    for item in record.walk():
        if item.column in values:
            columns[item.column] = _value(item, interface, values[item.column])
        elif item.name in told:
            columns[item.column] = _value(item, interface, None)
    return pa.RecordBatch.from_pydict(columns)


def _value(item: Field, interface: Interface, value: object) -> pa.Array:
    kind = element_type(item, interface.fields.get(item.name))
    if item.kind == "text" or not (pa.types.is_decimal(kind) or pa.types.is_int64(kind)):
        return pa.array([value], kind)
    if value is None:
        return pa.nulls(1, kind)
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError(f"{item.name}: {value!r} is no exact number")
    return pa.array([Decimal(value)])
