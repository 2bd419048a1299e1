"""The header record of a sheet: what its name and the file's name say, and its own totals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import ControlKind, ControlRule
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER
from parsers.layout import column_name
from parsers.spreadsheet.plan import SheetPlan


def header_batch(
    plan: SheetPlan, known: Mapping[str, object], number: int, details: pa.RecordBatch
) -> pa.RecordBatch:
    """One row. ``known``: values by COBOL name; ``number`` is that of the record. Totals are
    those of ``details``, of what could be read; a total that does not fit is null."""
    values: dict[str, object] = {RECORD_NUMBER: number, BYTE_OFFSET: 0}
    values |= plan.constants[plan.header.name]
    values |= {column_name(name): value for name, value in known.items()}
    schema = plan.header_schema
    arrays = {name: pa.array([values.get(name)], schema.field(name).type) for name in schema.names}
    for rule in plan.totals:
        column = column_name(rule.field)
        arrays[column] = _fitting(_total(rule, details), schema.field(column).type)
    return pa.RecordBatch.from_arrays([arrays[name] for name in schema.names], schema=schema)


def _total(rule: ControlRule, details: pa.RecordBatch) -> Decimal:
    if rule.kind is ControlKind.COUNT:
        return Decimal(details.num_rows)
    total = pc.sum(details.column(column_name(rule.of))).as_py()
    return (total or Decimal(0)) * rule.times


def _fitting(total: Decimal, type_: pa.DataType) -> pa.Array:
    value = total if pa.types.is_decimal(type_) else int(total)
    try:
        return pa.array([value], type_)
    except pa.ArrowInvalid:
        return pa.nulls(1, type_)
