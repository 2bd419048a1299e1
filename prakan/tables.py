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
from prakan.table_values import as_series, json_type, text_type, typed

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

    Text is read as the types of ``schema``; decimals that are too large for theirs have 38 digits
    instead, so that whoever writes them says which. Parquet keeps its own types. WrongUse, with
    the column where it is known, for a value that is none of its type.
    """
    _check_suffix(input_file(path))
    try:
        if path.suffix == ".parquet":
            yield from _parquet_batches(path, schema)
        elif not _is_empty(path):
            source = _csv_batches(path) if path.suffix == ".csv" else _json_batches(path, schema)
            row = 1
            for batch in source:
                yield typed(batch, schema, path, row)
                row += batch.num_rows
    except pa.ArrowInvalid as error:
        raise _unreadable(path, error) from None


def table_columns(path: Path) -> list[str]:
    """Names of a table file's columns: of its schema, its heading or its first lines; none of
    lines that there are none of. WrongUse for a file that cannot be read."""
    _check_suffix(input_file(path))
    if _is_empty(path):
        return []
    try:
        if path.suffix == ".parquet":
            with pq.ParquetFile(path) as file:
                return list(file.schema_arrow.names)
        if path.suffix == ".csv":
            return _heading(path)
        with pa_json.open_json(path) as lines:
            return list(lines.schema.names)
    except pa.ArrowInvalid as error:
        raise _unreadable(path, error) from None


def as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with every decimal, date and binary as text, at any depth."""
    names = batch.schema.names
    columns = [_hexadecimal(c) if pa.types.is_binary(c.type) else c for c in batch.columns]
    texts = [column.cast(text_type(column.type)) for column in columns]
    return pa.RecordBatch.from_arrays(texts, names=names)


def _is_empty(path: Path) -> bool:
    """Whether it is a file of JSON lines without a line: a table of no rows."""
    if path.suffix != ".jsonl":
        return False
    with path.open("rb") as lines:
        return all(line.isspace() for line in lines)


def _unreadable(path: Path, error: Exception) -> WrongUse:
    first = str(error).splitlines()[0]
    return WrongUse(f"{path.name} cannot be read as {path.suffix[1:]}: {first}")


def _check_suffix(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise WrongUse(f"{path}: the name must end in one of {', '.join(SUFFIXES)}")


def _hexadecimal(column: pa.Array) -> pa.Array:
    return _plain_strings(as_series(column).bin.encode("hex"))


def _cells(schema: pa.Schema) -> pa.Schema:
    nested_or_binary = {
        f.name for f in schema if pa.types.is_nested(f.type) or pa.types.is_binary(f.type)
    }
    return pa.schema(
        [
            pa.field(f.name, pa.utf8() if f.name in nested_or_binary else text_type(f.type))
            for f in schema
        ]
    )


def _as_cells(batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = as_text(batch)
    columns = [_json_cells(c) if pa.types.is_nested(c.type) else c for c in texts.columns]
    return pa.RecordBatch.from_arrays(columns, names=texts.schema.names)


def _json_cells(column: pa.Array) -> pa.Array:
    """Each value as JSON, null as null: written inside an object, whose wrapping comes off."""
    frame = pl.DataFrame({"v": as_series(column)})
    wrapped = pl.struct("v").struct.json_encode()
    bare = wrapped.str.strip_prefix('{"v":').str.strip_suffix("}")
    cells = frame.select(pl.when(pl.col("v").is_not_null()).then(bare)).to_series()
    return _plain_strings(cells)


def _parquet_batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if name in schema.names]
        yield from file.iter_batches(BATCH_ROWS, columns=names)


def _heading(path: Path) -> list[str]:
    with pa_csv.open_csv(path) as reader:
        names: list[str] = list(reader.schema.names)
    for name in names:
        if names.count(name) > 1:
            raise WrongUse(f"{path.name}: column {name} stands twice in the heading; rename one")
    return names


def _csv_batches(path: Path) -> Iterator[pa.RecordBatch]:
    heading = _heading(path)
    as_strings = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(heading, pa.utf8()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    # Where there is one column, an empty line is a row whose value is null.
    parsing = pa_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(heading) > 1)
    with pa_csv.open_csv(path, convert_options=as_strings, parse_options=parsing) as reader:
        yield from reader


def _json_batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    expected = pa.schema([pa.field(f.name, json_type(f.type)) for f in schema])
    parsing = pa_json.ParseOptions(explicit_schema=expected, unexpected_field_behavior="ignore")
    with pa_json.open_json(path, parse_options=parsing) as reader:
        yield from reader


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a batch is a table")
    return frame


def _plain_strings(series: pl.Series) -> pa.Array:
    return series.to_arrow().cast(pa.utf8())
