"""Arrow tables into and out of the database, column-wise.

COPY on PostgreSQL; on SQLite statements of many rows each: its driver takes and gives the lock of
the interpreter at every row of an executemany, which makes all other threads wait for it.
"""

from __future__ import annotations

import io
from itertools import chain
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger.errors import LedgerError

CHUNK_ROWS = 65_536
_STATEMENT_ROWS = 1_000
_MOST_PARAMETERS = 32_766  # of a statement of SQLite


def insert_rows(
    connection: Connection, table: sa.Table, rows: pa.Table, **constants: object
) -> None:
    """Insert every row of ``rows``; its columns carry names of columns of ``table``.

    ``constants`` are values that all rows share. Everything happens in the caller's
    transaction.
    """
    bound = {name: _bound(connection, table.c[name], value) for name, value in constants.items()}
    if connection.dialect.name != "postgresql":
        _insert(connection, table, rows, bound)
        return
    for name, value in bound.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(value), len(rows)))
    for start in range(0, len(rows), CHUNK_ROWS):
        columns = ", ".join(rows.column_names)
        statement = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)"
        _copy(connection, statement, rows.slice(start, CHUNK_ROWS))


def insert_again(
    connection: Connection, table: sa.Table, first: sa.Table, rows: pa.Table, **constants: object
) -> None:
    """Insert rows of which ``first`` has just got the same values, in columns of the same names.

    ``rows`` are the last that :func:`insert_rows` inserted into ``first``, in the same transaction
    and with no other row after them; their columns are those that go into ``table`` too.
    """
    if connection.dialect.name == "postgresql":
        insert_rows(connection, table, rows, **constants)
        return
    # SQLite numbers the rows of a table upwards, so that these are its last ones. The values come
    # from there without passing through the interpreter a second time.
    bound = {name: _bound(connection, table.c[name], value) for name, value in constants.items()}
    given = "".join(", ?" for _ in bound)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join([*rows.column_names, *bound])}) "  # noqa: S608  # names of the schema
        f"SELECT {', '.join(rows.column_names)}{given} FROM {first.name} "
        f"WHERE rowid > (SELECT max(rowid) FROM {first.name}) - ? ORDER BY rowid",
        (*bound.values(), len(rows)),
    )


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


def _bound(connection: Connection, column: sa.Column[Any], value: object) -> int | str:
    if isinstance(value, int):
        return int(value)
    convert = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return str(convert(value) if convert else value)


def _insert(
    connection: Connection, table: sa.Table, rows: pa.Table, constants: dict[str, int | str]
) -> None:
    columns = ", ".join([*rows.column_names, *constants])
    given = "".join(", ?" for _ in constants)
    row = f"({', '.join('?' for _ in rows.column_names)})"
    most = max(1, (_MOST_PARAMETERS - len(constants)) // rows.num_columns)
    step = min(most, _STATEMENT_ROWS)
    for start in range(0, len(rows), step):
        chunk = rows.slice(start, step)
        values = zip(*map(_values, chunk.columns), strict=True)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({columns}) "  # noqa: S608  # names of the schema
            f"SELECT v.*{given} FROM (VALUES {', '.join([row] * len(chunk))}) AS v",
            (*constants.values(), *chain.from_iterable(values)),
        )


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
