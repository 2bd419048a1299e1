"""Tables that fit a record type, and tables that do not quite."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

_TEXTS = (
    "",
    " ",
    "A",
    "ABC  ",
    "ก",
    "\u0e33",
    "é",
    "\U0001f600",
    "\n",
    "\x00",
    "Z" * 40,
    "0",
    "-1",
)
_INTEGERS = (0, 1, -1, 7, 99, -100, 10**6, 10**9, 2**31, -(2**31), 2**63 - 1, -(2**63), 10**17)
_DATES = (
    date(1, 1, 1),
    date(1999, 12, 31),
    date(2026, 2, 28),
    date(2100, 3, 1),
    date(9999, 12, 31),
)
_FLOATS = (0.0, -0.0, 1.5, 1e-80, 7e75, -1e300, float("nan"), float("inf"), 0.1)
_PERIODS = (199912, 202601, 0, -1, 202613, 9999, 25690101)


def random_table(dice: Random, schema: pa.Schema, rows: int) -> pa.RecordBatch:
    """A batch of the schema with any values."""
    columns = [pa.array([_value(dice, f.type) for _ in range(rows)], f.type) for f in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _value(dice: Random, kind: pa.DataType) -> Any:
    if dice.random() < 0.12:
        return None
    if pa.types.is_list(kind):
        return [_value(dice, kind.value_type) for _ in range(dice.choice((0, 1, 2, 2, 3, 9)))]
    if pa.types.is_struct(kind):
        return {f.name: _value(dice, f.type) for f in kind}
    if pa.types.is_string(kind):
        return dice.choice(_TEXTS)
    if pa.types.is_date(kind):
        return dice.choice(_DATES)
    if pa.types.is_int32(kind):
        return dice.choice(_PERIODS)
    if pa.types.is_integer(kind):
        return dice.choice(_INTEGERS)
    if pa.types.is_float32(kind):
        return dice.choice((0.0, 1.5, -3.25, float("nan")))
    if pa.types.is_floating(kind):
        return dice.choice(_FLOATS)
    largest = 10**kind.precision - 1
    number = dice.choice((0, 1, -1, largest, -largest, 10 ** (kind.precision // 2)))
    return Decimal(f"{number}E{-kind.scale}")


def mistaken(dice: Random, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with a column missing, of another type, twice in it, or cut out of a larger one."""
    place = dice.randrange(batch.num_columns)
    name = batch.schema.names[place]
    column = batch.column(place)
    match dice.randrange(6):
        case 0:
            return batch.remove_column(place)
        case 1:
            return batch.set_column(place, name, pa.nulls(batch.num_rows))
        case 2:
            return batch.set_column(place, name, _recast(dice, column))
        case 3:
            whole = pa.concat_batches([batch, batch])
            return whole.slice(dice.randrange(batch.num_rows + 1), batch.num_rows)
        case 4:
            return batch.set_column(place, name, pa.array(["x"] * batch.num_rows))
        case _:
            return batch.select(dice.sample(batch.schema.names, batch.num_columns))


def _recast(dice: Random, column: pa.Array) -> pa.Array:
    kinds = (
        *(pa.int8(), pa.uint64(), pa.float64(), pa.large_string(), pa.string_view(), pa.bool_()),
        *(pa.decimal128(38, 0), pa.decimal128(20, 5), pa.decimal256(50, 10), pa.date64()),
        *(pa.timestamp("us"), pa.binary(), pa.dictionary(pa.int32(), pa.utf8()), pa.int16()),
        *(pa.large_list(pa.utf8()), pa.decimal32(5, 1), pa.float16()),
    )
    kind = dice.choice(kinds)
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return pa.nulls(len(column), kind)
