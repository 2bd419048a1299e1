"""Values of text tables as the types of a schema: exact, at any depth.

A decimal comes as text or, in JSON, as a number; either is taken digit by digit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa

from interfaces.errors import WrongUse


def text_type(kind: pa.DataType) -> pa.DataType:
    """The type that values are written with: decimals, dates and bytes as text."""
    if pa.types.is_decimal(kind) or pa.types.is_date(kind) or pa.types.is_binary(kind):
        return pa.utf8()
    if pa.types.is_list(kind):
        return pa.list_(text_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, text_type(f.type)) for f in kind])
    return kind


def typed(batch: pa.RecordBatch, schema: pa.Schema, path: Path, row: int) -> pa.RecordBatch:
    """The batch with the types of ``schema``; ``row`` is the number of its first.

    A decimal that is too large for its type leaves the column with 38 digits. WrongUse, with
    column and row, for a value that is none of its type.
    """
    fields = [field for field in schema if field.name in batch.schema.names]
    columns = []
    for field in fields:
        column = batch.column(field.name)
        try:
            columns.append(_column(column, field.type))
        except (pa.ArrowInvalid, pl.exceptions.PolarsError) as error:
            first = str(error).splitlines()[0]
            raise WrongUse(
                f"{path.name}: column {field.name}, row {row + _first_bad(column, field.type):,}: "
                f"not {field.type}: {first}"
            ) from None
    return pa.RecordBatch.from_arrays(columns, names=[field.name for field in fields])


def _column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_binary(kind) and pa.types.is_string(column.type):
        return as_series(column).str.decode("hex").to_arrow().cast(pa.binary())
    if pa.types.is_nested(kind) and pa.types.is_string(column.type):
        values = _from_json_cells(column, _wide(kind))
    else:
        values = column.cast(_wide(kind))
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        return values


def _first_bad(column: pa.Array, kind: pa.DataType) -> int:
    """Place of the first value that is not of that type, when one is not."""
    start, stop = 0, len(column)
    while stop - start > 1:
        middle = (start + stop) // 2
        try:
            _column(column.slice(start, middle - start), kind)
            start = middle
        except (pa.ArrowInvalid, pl.exceptions.PolarsError):
            stop = middle
    return start


def _wide(kind: pa.DataType) -> pa.DataType:
    """The type with room for decimals of any size."""
    return _with_decimals(kind, _with_all_digits)


def _with_all_digits(decimal: pa.DataType) -> pa.DataType:
    return pa.decimal128(38, decimal.scale)


def json_type(kind: pa.DataType) -> pa.DataType:
    """What a JSON value is read as: a decimal as exactly the digits of its text or number.

    At once with its own decimals: pyarrow 26 refuses to bring 18446744073709551615 from a
    decimal256 with 38 of them down to a decimal128 with none.
    """
    return _with_decimals(kind, _with_all_digits, text_type)


def _with_decimals(
    kind: pa.DataType,
    of_decimal: Callable[[pa.DataType], pa.DataType],
    of_other: Callable[[pa.DataType], pa.DataType] = lambda kind: kind,
) -> pa.DataType:
    """The type with its decimals and other values, at any depth, replaced."""
    if pa.types.is_decimal(kind):
        return of_decimal(kind)
    if pa.types.is_list(kind):
        return pa.list_(_with_decimals(kind.value_type, of_decimal, of_other))
    if pa.types.is_struct(kind):
        fields = [(f.name, _with_decimals(f.type, of_decimal, of_other)) for f in kind]
        return pa.struct([pa.field(name, type_) for name, type_ in fields])
    return of_other(kind)


def _from_json_cells(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cells of JSON (null where null) as values of a nested type."""
    texts = text_type(kind)
    dtype = pl.from_arrow(pa.array([], texts)).dtype  # type: ignore[union-attr]
    return as_series(column).str.json_decode(dtype).to_arrow().cast(texts).cast(kind)


def as_series(column: pa.Array) -> pl.Series:
    """A column for polars."""
    series = pl.from_arrow(column)
    if not isinstance(series, pl.Series):
        raise TypeError(f"{column.type} is one column")
    return series
