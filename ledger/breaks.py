"""Reading what became of payments: breaks, and the outcome of every record of a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import accounts, schema
from ledger.bulk import fetch_rows
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.detail import to_text
from ledger.errors import LedgerError
from ledger.loaded_rows import is_of_loading
from ledger.outcomes import Outcome

OPEN = "open"
"""State of a break to which nothing has happened yet, or that was opened again."""

REOPENED = "reopened"
"""State of the event that opens a break again."""

BREAKS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("partner", pa.string(), nullable=False),
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("national_id", pa.string()),
        pa.field("section_code", pa.string()),
        pa.field("option_code", pa.string()),
        pa.field("period", pa.int32()),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("payment_date", pa.date32()),
        pa.field("expected_satang", pa.int64()),
        pa.field("status_code", pa.string()),
        pa.field("feed_date", pa.date32()),
        pa.field("ended_date", pa.date32()),
        pa.field("suggestion", pa.string()),  # JSON object: what matching passes suggest
        pa.field("book_date", pa.date32(), nullable=False),
    ]
)

LEDGER_OUTCOMES_SCHEMA = pa.schema(
    [
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("amount_satang", pa.int64(), nullable=False),
    ]
)


def breaks_of(
    engine: Engine, *, file_id: str | None = None, business_date: date | None = None
) -> pa.Table:
    """Breaks of one return file, or of all of a business date, or all: BREAKS_SCHEMA.

    Ordered by file and record. ``business_date`` is that of the return file.
    """
    broken, file, batch = schema.payment_break, schema.file, schema.posting_batch
    event = schema.payment_break_event
    latest_state = (
        sa.select(event.c.state)
        .where(event.c.file_id == broken.c.file_id, event.c.record_number == broken.c.record_number)
        .order_by(event.c.event_id.desc())
        .limit(1)
        .correlate(broken)
        .scalar_subquery()
    )
    query = (
        sa.select(
            broken.c.file_id,
            broken.c.record_number,
            batch.c.partner,
            file.c.business_date,
            broken.c.code,
            sa.func.coalesce(sa.func.nullif(latest_state, REOPENED), OPEN),
            broken.c.national_id,
            broken.c.section_code,
            broken.c.option_code,
            broken.c.period,
            broken.c.amount_satang,
            broken.c.payment_date,
            broken.c.expected_satang,
            broken.c.status_code,
            broken.c.feed_date,
            broken.c.ended_date,
            broken.c.suggestion,
            batch.c.book_date,
        )
        .join(batch, batch.c.file_id == broken.c.file_id)
        .join(file, file.c.file_id == broken.c.file_id)
        .order_by(broken.c.file_id, broken.c.record_number)
    )
    if file_id is not None:
        query = query.where(broken.c.file_id == file_id)
    if business_date is not None:
        query = query.where(file.c.business_date == business_date)
    with reading(engine) as connection:
        return fetch_rows(connection, query, BREAKS_SCHEMA)


def outcomes_of(engine: Engine, file_id: str) -> pa.Table:
    """What the ledger holds for each record of a return file: LEDGER_OUTCOMES_SCHEMA.

    Ordered by record number; empty when the file is not loaded. ``amount_satang`` is all that was
    paid, whatever months it went to. An acknowledgement is written from this, so that it tells
    the same story however often the night is run, and whatever is resolved or reversed later.
    """
    posting, broken = schema.posting, schema.payment_break
    # A break has its row below; what it moved to suspense, and its later legs, are left out.
    is_broken = sa.exists().where(
        broken.c.file_id == posting.c.file_id, broken.c.record_number == posting.c.record_number
    )
    posted = (
        sa.select(
            posting.c.record_number,
            sa.literal(Outcome.POSTED.value).label("outcome"),
            sa.cast(sa.func.sum(posting.c.amount_satang), sa.BigInteger).label("amount_satang"),
        )
        .where(
            posting.c.file_id == file_id,
            is_of_loading(posting),
            posting.c.debit_account.startswith(accounts.clearing("")),
            ~is_broken,
        )
        .group_by(posting.c.record_number)
    )
    others = sa.select(broken.c.record_number, broken.c.code, broken.c.amount_satang).where(
        broken.c.file_id == file_id
    )
    both = sa.union_all(posted, others).subquery("outcome_of_record")
    query = sa.select(both).order_by(both.c.record_number)
    with reading(engine) as connection:
        return fetch_rows(connection, query, LEDGER_OUTCOMES_SCHEMA)


def record_break_event(
    engine: Engine,
    file_id: str,
    record_number: int,
    state: str,
    *,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Record a later state of a break; LedgerError when there is no such break."""
    broken = schema.payment_break
    with writing(engine, "posting") as connection:
        found = connection.scalar(
            sa.select(sa.func.count()).where(
                broken.c.file_id == file_id, broken.c.record_number == record_number
            )
        )
        if not found:
            raise LedgerError(f"no break at record {record_number} of file {file_id}")
        connection.execute(
            sa.insert(schema.payment_break_event).values(
                file_id=file_id,
                record_number=record_number,
                state=state,
                detail=to_text(detail or {}),
                recorded_at=recorded_at,
            )
        )
        entry = (f"break.{state}", f"{file_id}:{record_number}", detail or {})
        append_entries(connection, [entry], recorded_at)
