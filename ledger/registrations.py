"""Accepted registration files in the books: each is entered once, on an open day.

A registration moves no money. It has a book date all the same, so that the file for the mainframe
that is made of closed books holds every accepted line once, and no line that came afterwards.
"""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.books import book_day
from ledger.bulk import fetch_rows, insert_rows
from ledger.chain import append_entries
from ledger.chunks import chunks
from ledger.database import reading, writing
from ledger.landing import FileState

REGISTRATIONS = "registrations"
"""Kind of ``posting_batch``: an employer's registration file."""

SENDER = "employers"
"""Stands where other batches name a partner."""

RULE_VERSION = 1

REGISTRATION_FILES_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("part_uri", pa.string()),
    ]
)
"""Entered files with the part that holds their accepted lines, in the order of entering."""


def enter_registration_files(
    engine: Engine, file_ids: pa.ChunkedArray, business_date: date, *, recorded_at: datetime
) -> int:
    """Enter these accepted files in the books of a business date, or of the first open day after
    it, in one transaction; returns how many were not entered yet."""
    with writing(engine, "posting") as connection:
        new = file_ids.filter(
            pc.invert(pc.is_in(file_ids, value_set=_entered(connection, file_ids)))
        )
        if not len(new):
            return 0
        booked = book_day(connection, business_date)
        insert_rows(
            connection,
            schema.posting_batch,
            pa.table({"file_id": new}),
            rule_version=RULE_VERSION,
            partner=SENDER,
            posted_count=0,
            posted_satang=0,
            broken_count=0,
            broken_satang=0,
            debit_count=0,
            debit_satang=0,
            kind=REGISTRATIONS,
            book_date=booked,
            recorded_at=recorded_at,
        )
        told = {"files": len(new), "book_date": booked.isoformat()}
        append_entries(
            connection,
            [("registrations.entered", business_date.isoformat(), told)],
            recorded_at,
        )
    return len(new)


def registration_files(engine: Engine, after: date | None, up_to: date) -> pa.Table:
    """Files entered in the books after one business date (None: from the beginning), up to
    another: REGISTRATION_FILES_SCHEMA."""
    batch, file, result = schema.posting_batch, schema.file, schema.file_result
    query = (
        sa.select(batch.c.file_id, file.c.business_date, result.c.part_uri)
        .join(file, file.c.file_id == batch.c.file_id)
        .join(
            result,
            sa.and_(
                result.c.file_id == batch.c.file_id, result.c.state == FileState.ACCEPTED.value
            ),
        )
        .where(batch.c.kind == REGISTRATIONS, batch.c.book_date <= up_to)
        .order_by(batch.c.book_date, batch.c.recorded_at, file.c.recorded_at, batch.c.file_id)
    )
    if after is not None:
        query = query.where(batch.c.book_date > after)
    with reading(engine) as connection:
        return fetch_rows(connection, query, REGISTRATION_FILES_SCHEMA)


def _entered(connection: Connection, file_ids: pa.ChunkedArray) -> pa.Array:
    batch = schema.posting_batch
    found: list[str] = []
    for some in chunks(file_ids.to_pylist()):
        found += connection.scalars(
            sa.select(batch.c.file_id).where(batch.c.file_id.in_(some))
        ).all()
    return pa.array(found, pa.string())
