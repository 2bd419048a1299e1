"""Movements of employers' accounts, appended many at once to the records that caused them."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from insurance.digits import Ints
from ledger import schema
from ledger.book_days import require_open
from ledger.bulk import fetch_rows, insert_rows
from ledger.chunks import chunks
from ledger.errors import LedgerError

SECTION = "33"
_FEW_RECORDS = 100
"""So many are looked for one by one: a bank's return may have half a million others."""

TOUCHED_SCHEMA = pa.schema(
    [
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("employer_branch", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),  # Gregorian yyyymm
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
    ]
)
"""An account and wage month, and the record that changed what stands there."""

LEGS_SCHEMA = pa.schema(
    [
        *TOUCHED_SCHEMA,
        pa.field("amount_satang", pa.int64(), nullable=False),  # positive
        pa.field("debit_account", pa.string(), nullable=False),
        pa.field("credit_account", pa.string(), nullable=False),
    ]
)

_LAST_SCHEMA = pa.schema(
    [("file_id", pa.string()), ("record_number", pa.int64()), ("leg", pa.int64())]
)
_VERSIONS_SCHEMA = pa.schema([("file_id", pa.string()), ("rule_version", pa.int64())])


def insert_employer_legs(
    connection: Connection,
    legs: pa.Table,
    *,
    pass_name: str,
    effective_date: date,
    book_date: date,
    recorded_at: datetime,
    new_files: bool = False,
) -> None:
    """Append legs (LEGS_SCHEMA) to their records, each numbered after the last of its record.

    In the caller's transaction, ``writing(engine, "posting")``. ``new_files``: none of the
    records has a leg yet. LedgerError when a file is not loaded or the book date is closed.
    """
    if not len(legs):
        return
    require_open(connection, book_date)
    records = legs.select(["file_id", "record_number"])
    before = np.zeros(len(legs), np.int64) if new_files else _last_legs(connection, records)
    rows = (
        legs.append_column("leg", pa.array(before + _counted(records)))
        .append_column("rule_version", pa.array(_rule_versions(connection, legs["file_id"])))
        .append_column("section_code", pa.repeat(SECTION, len(legs)))
        .append_column("pass_name", pa.repeat(pass_name, len(legs)))
    )
    insert_rows(
        connection,
        schema.posting,
        rows,
        effective_date=effective_date,
        book_date=book_date,
        recorded_at=recorded_at,
    )


def _counted(records: pa.Table) -> Ints:
    """Number of each row among those of its record, from 1, in their order."""
    numbers = _numbers(records)
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    first = np.searchsorted(ordered, ordered)
    counted = np.empty(len(numbers), np.int64)
    counted[order] = np.arange(len(numbers)) - first + 1
    return counted


def _numbers(records: pa.Table) -> Ints:
    files = records["file_id"].combine_chunks().dictionary_encode().indices
    number = np.asarray(records["record_number"], np.int64)
    pairs = np.stack([np.asarray(files, np.int64), number], axis=1)
    _, numbers = np.unique(pairs, axis=0, return_inverse=True)
    return np.asarray(numbers, np.int64).ravel()


def _last_legs(connection: Connection, records: pa.Table) -> Ints:
    """Number of the last leg of each record, 0 where it has none; int64[n]."""
    posting = schema.posting
    query = sa.select(
        posting.c.file_id, posting.c.record_number, sa.func.max(posting.c.leg)
    ).group_by(posting.c.file_id, posting.c.record_number)
    numbers = pc.unique(records["record_number"]).to_pylist()
    if len(numbers) <= _FEW_RECORDS:
        query = query.where(posting.c.record_number.in_(numbers))
    found = pa.concat_tables(
        fetch_rows(connection, query.where(posting.c.file_id.in_(some)), _LAST_SCHEMA)
        for some in chunks(pc.unique(records["file_id"]).to_pylist())
    )
    own = records.append_column("place", pa.array(np.arange(len(records))))
    joined = own.join(found, ["file_id", "record_number"], join_type="left outer")
    joined = joined.sort_by("place")
    return np.asarray(pc.fill_null(joined["leg"], 0), np.int64)


def _rule_versions(connection: Connection, file_ids: pa.ChunkedArray) -> Ints:
    batch = schema.posting_batch
    query = sa.select(batch.c.file_id, batch.c.rule_version)
    found = pa.concat_tables(
        fetch_rows(connection, query.where(batch.c.file_id.in_(some)), _VERSIONS_SCHEMA)
        for some in chunks(pc.unique(file_ids).to_pylist())
    )
    place = pc.index_in(file_ids, value_set=found["file_id"].combine_chunks())
    if place.null_count:
        missing = file_ids.filter(pc.is_null(place))[0].as_py()
        raise LedgerError(f"file {missing} is not loaded: its records can get no further legs")
    return np.asarray(found["rule_version"].take(place), np.int64)
