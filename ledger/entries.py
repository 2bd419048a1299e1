"""What stands in the books of a period, as others are told of it."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading

ENTRIES_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("rule_version", pa.int32(), nullable=False),
        pa.field("leg", pa.int32(), nullable=False),  # negative: reverses that leg
        pa.field("national_id", pa.string()),
        pa.field("section_code", pa.string()),
        pa.field("option_code", pa.string()),
        pa.field("period", pa.int32()),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("debit_account", pa.string(), nullable=False),
        pa.field("credit_account", pa.string(), nullable=False),
        pa.field("effective_date", pa.date32(), nullable=False),
        pa.field("recorded_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("book_date", pa.date32(), nullable=False),
        pa.field("pass_name", pa.string()),
        pa.field("partner", pa.string(), nullable=False),  # that the file came from
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("business_date", pa.date32(), nullable=False),  # of the file
    ]
)


def entries(engine: Engine, after: date | None, up_to: date) -> pa.Table:
    """Postings entered after one business date, up to and including another: ENTRIES_SCHEMA.

    ``after`` None: from the beginning. Ordered by file, record, rule version and leg.
    """
    posting, batch, file = schema.posting, schema.posting_batch, schema.file
    own = [posting.c[name] for name in ENTRIES_SCHEMA.names if name in posting.c]
    query = (
        sa.select(*own, batch.c.partner, file.c.name, file.c.business_date)
        .join(batch, batch.c.file_id == posting.c.file_id)
        .join(file, file.c.file_id == posting.c.file_id)
        .where(posting.c.book_date <= up_to)
        .order_by(posting.c.file_id, posting.c.record_number, posting.c.rule_version, posting.c.leg)
    )
    if after is not None:
        query = query.where(posting.c.book_date > after)
    with reading(engine) as connection:
        return fetch_rows(connection, query, ENTRIES_SCHEMA)
