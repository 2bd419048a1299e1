"""Arrow tables into and out of the database, column-wise.

COPY on PostgreSQL, executemany on SQLite.
"""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import LedgerError

CHUNK_ROWS = 65_536


def insert_rows(
    connection: Connection, table: sa.Table, rows: pa.Table, **constants: object
) -> None:
    """Insert every row of ``rows``; its columns carry names of columns of ``table``.

    ``constants`` are values that all rows share. Everything happens in the caller's
    transaction.
    """
    for name, value in constants.items():
        rows = rows.append_column(name, _constant(connection, table.c[name], value, len(rows)))
    # The driver takes values by place, in the order that the compiled statement has.
    insert = sa.insert(table).inline()
    compiled = insert.compile(dialect=connection.dialect, column_keys=rows.column_names)
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows.slice(start, CHUNK_ROWS)
        if connection.dialect.name == "postgresql":
            columns = ", ".join(chunk.column_names)
            _copy(connection, f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)", chunk)
        else:
            values = map(_values, chunk.select(compiled.positiontup).columns)
            connection.exec_driver_sql(str(compiled), list(zip(*values, strict=True)))


def fetch_rows(connection: Connection, query: sa.Select[Any], schema: pa.Schema) -> pa.Table:
    """Result of ``query`` as an Arrow table of ``schema`` (fields in the query's order)."""
    result = connection.execute(query, execution_options={"yield_per": CHUNK_ROWS})
    batches = []
    for rows in result.partitions():
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)
        ]
        batches.append(pa.record_batch(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def csv_bytes(rows: pa.Table) -> memoryview:
    """Lines of ``rows`` without a heading: text quoted, null empty and unquoted."""
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False)
    pyarrow.csv.write_csv(rows, sink, write_options=options)
    return sink.getbuffer()


def _constant(
    connection: Connection, column: sa.Column[Any], value: object, length: int
) -> pa.Array:
    if isinstance(value, int):
        return pa.repeat(pa.scalar(value, pa.int64()), length)
    convert = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    bound = convert(value) if convert else value
    return pa.repeat(pa.scalar(str(bound), pa.string()), length)


def _values(column: pa.ChunkedArray) -> list[object]:
    # SQLite keeps a day as ISO text, which is also how the schema's DATE reads it back.
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.string())
    values: list[object] = column.to_pylist()
    return values


def _copy(connection: Connection, statement: str, rows: pa.Table) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(csv_bytes(rows))
    except psycopg.Error as error:  # the driver is called directly: nobody else translates
        raise LedgerError(f"the database refused: {str(error).splitlines()[0]}") from error
