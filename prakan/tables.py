"""Table files that people read and edit: Parquet, CSV and JSON lines, streamed, exact.

In text a decimal is its plain digits ("432.00", a JSON text, so that no reader makes a float of
it), a date is ISO 8601, bytes are hexadecimal, null is an empty CSV cell. A CSV cell of a
repeating group holds JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pq

from exchange.home import replacing
from interfaces.errors import WrongUse
from prakan.layouts import input_file, output_file

SUFFIXES = (".parquet", ".csv", ".jsonl")
BATCH_ROWS = 65_536
_PARQUET = {"compression": "zstd", "compression_level": 1}
"""Encodings are left to the writer: what is handed to people must open in any reader (DuckDB
reads no byte-stream split of decimals)."""

WriteBatch = Callable[[pa.RecordBatch], None]


@contextmanager
def new_table(path: Path, schema: pa.Schema) -> Iterator[WriteBatch]:
    """Write a table file whole or not at all; yields what appends a batch. The suffix of
    ``path`` says the format; WrongUse for another one."""
    _check_suffix(path)
    output_file(path)
    if path.suffix == ".parquet":
        with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, **_PARQUET) as file:
            yield file.write_batch
    elif path.suffix == ".csv":
        with replacing(path) as temporary, pa_csv.CSVWriter(temporary, _cells(schema)) as writer:
            yield lambda batch: writer.write_batch(_as_cells(batch))
    else:
        with replacing(path) as temporary, temporary.open("wb") as handle:
            yield lambda batch: _frame(as_text(batch)).write_ndjson(handle)


def table_batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a table file, with those of its columns that ``schema`` has.

    Text is read as the types of ``schema``; Parquet keeps its own types. WrongUse, with the
    column, for a value that is none of its type.
    """
    _check_suffix(input_file(path))
    try:
        if path.suffix == ".parquet":
            yield from _parquet_batches(path, schema)
        else:
            source = _csv_batches(path) if path.suffix == ".csv" else _json_batches(path, schema)
            for batch in source:
                yield _typed(batch, schema, path)
    except pa.ArrowInvalid as error:
        raise _unreadable(path, error) from None


def table_columns(path: Path) -> list[str]:
    """Names of a table file's columns: of its schema, its heading or its first lines. WrongUse
    for a file that cannot be read."""
    _check_suffix(input_file(path))
    try:
        if path.suffix == ".parquet":
            with pq.ParquetFile(path) as file:
                return list(file.schema_arrow.names)
        if path.suffix == ".csv":
            with pa_csv.open_csv(path) as reader:
                return list(reader.schema.names)
        with pa_json.open_json(path) as lines:
            return list(lines.schema.names)
    except pa.ArrowInvalid as error:
        raise _unreadable(path, error) from None


def as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with every decimal, date and binary as text, at any depth."""
    names = batch.schema.names
    columns = [_hexadecimal(c) if pa.types.is_binary(c.type) else c for c in batch.columns]
    texts = [column.cast(_text_type(column.type)) for column in columns]
    return pa.RecordBatch.from_arrays(texts, names=names)


def _unreadable(path: Path, error: Exception) -> WrongUse:
    first = str(error).splitlines()[0]
    return WrongUse(f"{path.name} cannot be read as {path.suffix[1:]}: {first}")


def _check_suffix(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise WrongUse(f"{path}: the name must end in one of {', '.join(SUFFIXES)}")


def _text_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(kind) or pa.types.is_date(kind) or pa.types.is_binary(kind):
        return pa.utf8()
    if pa.types.is_list(kind):
        return pa.list_(_text_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, _text_type(f.type)) for f in kind])
    return kind


def _hexadecimal(column: pa.Array) -> pa.Array:
    return _plain_strings(_series(column).bin.encode("hex"))


def _cells(schema: pa.Schema) -> pa.Schema:
    nested_or_binary = {
        f.name for f in schema if pa.types.is_nested(f.type) or pa.types.is_binary(f.type)
    }
    return pa.schema(
        [
            pa.field(f.name, pa.utf8() if f.name in nested_or_binary else _text_type(f.type))
            for f in schema
        ]
    )


def _as_cells(batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = as_text(batch)
    columns = [_json_cells(c) if pa.types.is_nested(c.type) else c for c in texts.columns]
    return pa.RecordBatch.from_arrays(columns, names=texts.schema.names)


def _json_cells(column: pa.Array) -> pa.Array:
    """Each value as JSON, null as null: written inside an object, whose wrapping comes off."""
    frame = pl.DataFrame({"v": _series(column)})
    wrapped = pl.struct("v").struct.json_encode()
    bare = wrapped.str.strip_prefix('{"v":').str.strip_suffix("}")
    cells = frame.select(pl.when(pl.col("v").is_not_null()).then(bare)).to_series()
    return _plain_strings(cells)


def _parquet_batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if name in schema.names]
        yield from file.iter_batches(BATCH_ROWS, columns=names)


def _csv_batches(path: Path) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as handle:
        heading = pa_csv.open_csv(handle).schema.names
    as_strings = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(heading, pa.utf8()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    parsing = pa_csv.ParseOptions(newlines_in_values=True)
    with pa_csv.open_csv(path, convert_options=as_strings, parse_options=parsing) as reader:
        yield from reader


def _json_batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    expected = pa.schema([pa.field(f.name, _text_type(f.type)) for f in schema])
    parsing = pa_json.ParseOptions(explicit_schema=expected, unexpected_field_behavior="ignore")
    with pa_json.open_json(path, parse_options=parsing) as reader:
        yield from reader


def _typed(batch: pa.RecordBatch, schema: pa.Schema, path: Path) -> pa.RecordBatch:
    fields = [field for field in schema if field.name in batch.schema.names]
    columns = [_column(batch.column(field.name), field, path) for field in fields]
    return pa.RecordBatch.from_arrays(columns, names=[field.name for field in fields])


def _column(column: pa.Array, field: pa.Field, path: Path) -> pa.Array:
    try:
        if pa.types.is_nested(field.type) and pa.types.is_string(column.type):
            return _from_json_cells(column, field.type)
        if pa.types.is_binary(field.type) and pa.types.is_string(column.type):
            return _series(column).str.decode("hex").to_arrow().cast(pa.binary())
        return column.cast(field.type)
    except (pa.ArrowInvalid, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0]
        raise WrongUse(f"{path.name}: column {field.name} is not {field.type}: {first}") from None


def _from_json_cells(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cells of JSON (null where null) as values of a nested type."""
    text_type = _text_type(kind)
    dtype = pl.from_arrow(pa.array([], text_type)).dtype  # type: ignore[union-attr]
    return _series(column).str.json_decode(dtype).to_arrow().cast(text_type).cast(kind)


def _series(column: pa.Array) -> pl.Series:
    series = pl.from_arrow(column)
    if not isinstance(series, pl.Series):
        raise TypeError(f"{column.type} is one column")
    return series


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a batch is a table")
    return frame


def _plain_strings(series: pl.Series) -> pa.Array:
    return series.to_arrow().cast(pa.utf8())
