"""The same bytes filed again under a further name: a correction back to what was filed before.

A file is its content, so that a copy is received once. A copy that comes plain changes nothing:
it is the transfer that was repeated. One whose name says that it is a correction or a supplement
is the employer's word, and counts as if it had been another file.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from insurance.surcharge_terms import SurchargeTerms
from ledger import schema
from ledger.book_days import book_day
from ledger.bulk import fetch_rows
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.detail import to_text
from ledger.filing_entry import KIND, charge
from ledger.filings import (
    FILED_AGAIN,
    WAITING_SCHEMA,
    DueOf,
    counting,
    filings_of_months,
    select_filings,
)
from ledger.landing import FileState

_ADDS = "add"
_MICROSECOND = timedelta(microseconds=1)


def further_names(
    engine: Engine, interfaces: Collection[str], *, since: date, up_to: date
) -> pa.Table:
    """Further names under which accepted filings came, and of which nothing was noted yet.

    WAITING_SCHEMA with the name and business date of the copy, by both and file id.
    """
    file, result, sighting = schema.file, schema.file_result, schema.file_sighting
    event = schema.filing_event
    query = (
        sa.select(
            file.c.file_id,
            file.c.interface,
            file.c.version,
            sighting.c.name,
            sighting.c.business_date,
            result.c.part_uri,
        )
        .join(sighting, sighting.c.file_id == file.c.file_id)
        .join(result, result.c.file_id == file.c.file_id)
        .where(
            file.c.interface.in_(sorted(set(interfaces))),
            sighting.c.business_date.between(since, up_to),
            sighting.c.name != file.c.name,
            result.c.state == FileState.ACCEPTED.value,  # final, so there is one
            ~sa.exists().where(event.c.file_id == file.c.file_id, event.c.name == sighting.c.name),
        )
        .order_by(sighting.c.business_date, sighting.c.name, file.c.file_id)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, WAITING_SCHEMA)


def file_again(
    engine: Engine,
    file_id: str,
    name: str,
    purpose: str,
    due_of: DueOf,
    *,
    business_date: date,
    recorded_at: datetime,
    terms: SurchargeTerms | None = None,
) -> bool:
    """Let an entered file count as filed once more, under ``name``, for ``purpose``.

    From now on it stands behind all that was filed for its months, withdrawn or not. Of a
    supplement only blocks do that do not count: who is filed stays as filed. In the books of
    ``business_date`` or the first open day after it. False, and nothing is done, when the file
    is not entered yet or that name was noted before.
    """
    with writing(engine, "posting") as connection:
        if not _may_be_noted(connection, file_id, name):
            return False
        own = select_filings(connection, file_ids=[file_id])
        booked = book_day(connection, business_date)
        months = filings_of_months(connection, own)
        blocks = own["record_number"].to_pylist()
        if purpose == _ADDS:
            blocks = sorted({*blocks} - _counting(months, file_id))
        newest = pc.max(months["recorded_at"]).as_py()
        noted = {
            "file_id": file_id,
            "state": FILED_AGAIN,
            "detail": to_text({"name": name}),
            "book_date": booked,
            "recorded_at": max(recorded_at, newest + _MICROSECOND) if newest else recorded_at,
            "name": name,
            "purpose": purpose,
        }
        rows = [{**noted, "record_number": number} for number in blocks or [None]]
        connection.execute(sa.insert(schema.filing_event), rows)
        legs = 0
        if blocks:
            months = filings_of_months(connection, own)
            is_own = pc.equal(months["file_id"], file_id)
            legs = charge(
                connection,
                months.filter(is_own),
                months.filter(pc.invert(is_own)),
                due_of,
                effective_date=business_date,
                book_date=booked,
                recorded_at=recorded_at,
                terms=terms,
            )
        told = {"name": name, "purpose": purpose, "legs": legs}
        append_entries(connection, [(f"filing.{FILED_AGAIN}", file_id, told)], recorded_at)
    return True


def _may_be_noted(connection: Connection, file_id: str, name: str) -> bool:
    batch, event = schema.posting_batch, schema.filing_event
    entered = sa.select(batch.c.file_id).where(batch.c.file_id == file_id, batch.c.kind == KIND)
    noted = sa.select(event.c.event_id).where(event.c.file_id == file_id, event.c.name == name)
    return (
        connection.execute(entered).first() is not None
        and connection.execute(noted).first() is None
    )


def _counting(months: pa.Table, file_id: str) -> set[int]:
    """Headers of the file's blocks that count among the filings of their months."""
    live = counting(months)
    return set(live.filter(pc.equal(live["file_id"], file_id))["record_number"].to_pylist())
