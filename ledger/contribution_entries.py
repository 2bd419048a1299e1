"""Entries that pay months, or take that back, in the books of a period."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.accounts import CONTRIBUTIONS
from ledger.bulk import fetch_rows
from ledger.database import reading

CREDIT, REVERSAL = "C", "R"
SHOWN_DIGITS = 16

CONTRIBUTION_ENTRIES_SCHEMA = pa.schema(
    [
        pa.field("source_file", pa.string(), nullable=False),  # SHOWN_DIGITS of the file id
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("leg", pa.int32(), nullable=False),  # negative: reverses that leg
        pa.field("entry_kind", pa.string(), nullable=False),
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("option_code", pa.string()),
        pa.field("period", pa.int32(), nullable=False),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("effective_date", pa.date32(), nullable=False),
        pa.field("book_date", pa.date32(), nullable=False),
        pa.field("partner", pa.string(), nullable=False),  # that the file came from
    ]
)


def contribution_entries(engine: Engine, after: date | None, up_to: date) -> pa.Table:
    """What was credited to contributions (C) or debited to them (R), booked after one day and up
    to another: CONTRIBUTION_ENTRIES_SCHEMA.

    ``after`` None: from the beginning. Ordered by file, record and leg. Only these columns are
    read: on most days they are nearly all postings.
    """
    posting, batch = schema.posting, schema.posting_batch
    is_credit = posting.c.credit_account.startswith(CONTRIBUTIONS)
    kind = sa.case((is_credit, CREDIT), else_=REVERSAL)
    names = CONTRIBUTION_ENTRIES_SCHEMA.names
    own = [posting.c[name] for name in names if name in posting.c]
    own[2:2] = [kind.label("entry_kind")]
    query = (
        sa.select(sa.func.substr(posting.c.file_id, 1, SHOWN_DIGITS), *own, batch.c.partner)
        .join(batch, batch.c.file_id == posting.c.file_id)
        .where(
            sa.or_(is_credit, posting.c.debit_account.startswith(CONTRIBUTIONS)),
            posting.c.book_date <= up_to,
        )
        .order_by(posting.c.file_id, posting.c.record_number, posting.c.leg)
    )
    if after is not None:
        query = query.where(posting.c.book_date > after)
    with reading(engine) as connection:
        return fetch_rows(connection, query, CONTRIBUTION_ENTRIES_SCHEMA)
