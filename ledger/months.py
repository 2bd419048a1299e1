"""Months paid: what the postings say, without those that were reversed."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.accounts import CONTRIBUTIONS
from ledger.bulk import fetch_rows
from ledger.database import reading

PAID_MONTHS_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("option_code", pa.string()),
        pa.field("period", pa.int32(), nullable=False),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("paid_date", pa.date32(), nullable=False),
    ]
)


def is_live_contribution(posting: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of (an alias of) ``posting`` pays a month and was never reversed."""
    reversal = schema.posting.alias()
    return sa.and_(
        posting.c.leg > 0,
        posting.c.credit_account.startswith(CONTRIBUTIONS),
        ~sa.exists().where(reversal.c.reverses == posting.c.posting_id),
    )


def paid_months(engine: Engine, *, up_to: date, excluding_file: str | None = None) -> pa.Table:
    """Months paid according to return files of business dates up to and including ``up_to``.

    A table of PAID_MONTHS_SCHEMA, one row for each person, section and month, in that order;
    ``paid_date`` is the payment's effective date. The business date of the *file* decides, not
    the payment date, so that a feed made again later sees what it saw the first time.
    ``excluding_file`` leaves out one file's own postings: a file that is matched again must not
    find its payments already paid.
    """
    posting, file = schema.posting.alias("paid"), schema.file
    conditions = [is_live_contribution(posting), file.c.business_date <= up_to]
    if excluding_file is not None:
        conditions.append(posting.c.file_id != excluding_file)
    month = (posting.c.national_id, posting.c.section_code, posting.c.period)
    query = (
        sa.select(
            posting.c.national_id,
            posting.c.section_code,
            sa.func.max(posting.c.option_code),
            posting.c.period,
            sa.cast(sa.func.sum(posting.c.amount_satang), sa.BigInteger),
            sa.type_coerce(sa.func.max(posting.c.effective_date), sa.Date),
        )
        .join(file, file.c.file_id == posting.c.file_id)
        .where(*conditions)
        .group_by(*month)
        .order_by(*month)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, PAID_MONTHS_SCHEMA)
