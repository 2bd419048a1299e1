"""Random tables of a record type, as decoding gives them: hypothesis strategies by layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from interfaces.model import FieldRule, FieldType, Interface, Role
from parsers.arrow_types import ROW_IDENTITY, record_schema, visible_fields
from parsers.codepages import code_page
from parsers.layout import Field, Record

_MOST_OCCURRENCES = 4


def tables_of(record: Record, interface: Interface) -> st.SearchStrategy[pa.RecordBatch]:
    """Batches of up to eight records, without the row identity columns; of one at least where a
    file without details would be an empty one."""
    is_framed = any(rule.role is not Role.DETAIL for rule in interface.records)
    schema = pa.schema(list(record_schema(record, interface))[len(ROW_IDENTITY) :])
    return st.lists(_rows(record, interface), min_size=int(not is_framed), max_size=8).map(
        lambda rows: pa.RecordBatch.from_pylist(rows, schema=schema)
    )


@st.composite
def _rows(draw: st.DrawFn, record: Record, interface: Interface) -> dict[str, Any]:
    told = next(rule.when for rule in interface.records if rule.record == record.name)
    row: dict[str, Any] = {}
    _fill(draw, row, record.fields, interface, {n: st.sampled_from(v) for n, v in told.items()})
    for item in record.walk():
        table = next((i for i in record.fields if i.occurs and i.occurs.depending_on), None)
        if table is not None and table.occurs and table.occurs.depending_on == item.name:
            row[item.column] = len(row[table.column])
    return row


def _fill(
    draw: st.DrawFn,
    row: dict[str, Any],
    items: Sequence[Field],
    interface: Interface,
    fixed: Mapping[str, st.SearchStrategy[Any]],
) -> None:
    for item in visible_fields(items, interface):
        conditions = interface.redefines.get(item.name, {})
        if any(row[name.lower().replace("-", "_")] not in v for name, v in conditions.items()):
            continue
        if item.occurs is not None:
            row[item.column] = [
                _occurrence(draw, item, interface) for _ in range(_how_often(draw, item))
            ]
        elif item.is_group:
            _fill(draw, row, item.children, interface, fixed)
        else:
            row[item.column] = draw(fixed.get(item.name, _value(item, interface)))


def _how_often(draw: st.DrawFn, item: Field) -> int:
    assert item.occurs is not None
    if item.occurs.is_variable:
        most = min(item.occurs.maximum, _MOST_OCCURRENCES)
        return draw(st.integers(item.occurs.minimum, most))
    return item.occurs.maximum


def _occurrence(draw: st.DrawFn, item: Field, interface: Interface) -> Any:
    if not item.is_group:
        return draw(_value(item, interface))
    row: dict[str, Any] = {}
    _fill(draw, row, item.children, interface, {})
    return row


def _value(item: Field, interface: Interface) -> st.SearchStrategy[Any]:
    rule = interface.fields.get(item.name, FieldRule())
    if rule.type is not None:
        values = _dates(rule) if rule.type is FieldType.DATE else _periods(rule)
        return st.none() | values if rule.zero_is_null else values
    if item.kind == "number":
        summed = any(control.of == item.name for control in interface.controls)
        limit = 10 ** max(item.digits - 2 * summed, 1) - 1  # so that totals fit their pictures
        unscaled = st.integers(-limit if item.signed else 0, limit)
        if item.scale == 0:
            return unscaled
        return unscaled.map(lambda number: Decimal(f"{number}E-{item.scale}"))
    if rule.values:
        return st.sampled_from(rule.values)
    if any(control.of == item.name for control in interface.controls):
        return st.integers(0, 10**item.length - 1).map(lambda n: f"{n:0{item.length}d}")
    letters = sorted(map(chr, code_page(interface.file.encoding).encode_map))
    texts = st.text(st.sampled_from(letters), max_size=item.length)
    return texts.map(lambda text: text.rstrip(" ") or None)


def _dates(rule: FieldRule) -> st.SearchStrategy[date]:
    if rule.pivot_base is not None:
        return st.dates(date(1957, 1, 1), date(2056, 12, 31))
    return st.dates(date(1583, 1, 1), date(9999 - 543, 12, 31))


def _periods(rule: FieldRule) -> st.SearchStrategy[int]:
    last = 2056 if rule.pivot_base is not None else 9999 - 543
    return st.builds(lambda y, m: y * 100 + m, st.integers(1957, last), st.integers(1, 12))
