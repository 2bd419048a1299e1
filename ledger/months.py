"""Months paid as the books of a business date tell them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

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


def is_live_contribution(
    posting: sa.FromClause, *, up_to: date | None = None, settled_to: date | None = None
) -> sa.ColumnElement[bool]:
    """Whether a row of (an alias of) ``posting`` pays a month and was not reversed.

    In the books of ``up_to`` and of what people settled up to ``settled_to`` (None: ``up_to``
    too), or as everything stands now (``up_to`` None).
    """
    reversal = schema.posting.alias()
    reversed_by = sa.exists().where(reversal.c.reverses == posting.c.posting_id)
    conditions = [posting.c.leg > 0, posting.c.credit_account.startswith(CONTRIBUTIONS)]
    if up_to is not None:
        reversed_by = reversed_by.where(_is_entered(reversal, up_to, settled_to))
        conditions.append(_is_entered(posting, up_to, settled_to))
    return sa.and_(*conditions, ~reversed_by)


def _is_entered(
    posting: sa.FromClause, up_to: date, settled_to: date | None
) -> sa.ColumnElement[bool]:
    entered = posting.c.book_date <= up_to
    if settled_to is None or settled_to <= up_to:
        return entered
    by_hand = sa.or_(*(posting.c.pass_name.startswith(kind) for kind in _SETTLED))
    return sa.or_(entered, sa.and_(posting.c.book_date <= settled_to, by_hand))


_SETTLED = ("resolution.", "held.")
"""Beginnings of the passes of postings that come from settling a break, not from a file."""


def paid_months(
    engine: Engine,
    *,
    up_to: date,
    settled_to: date | None = None,
    excluding_file: str | None = None,
) -> pa.Table:
    """Months paid in the books up to and including the business date ``up_to``.

    A table of PAID_MONTHS_SCHEMA, one row for each person, section and month, in that order;
    ``paid_date`` is the payment's effective date. The *book date* decides, of a posting as of its
    reversal: not when a payment was made, and not what was entered later for an earlier day, so
    that a feed made again sees what it saw the first time.
    ``settled_to`` also counts what became of breaks in the books up to that later day.
    ``excluding_file`` leaves out one file's own postings: a file that is matched again must not
    find its payments already paid.
    """
    with reading(engine) as connection:
        if _is_present(connection, up_to, settled_to, excluding_file):
            return fetch_rows(connection, _kept(), PAID_MONTHS_SCHEMA)
        query = _as_of(up_to, settled_to, excluding_file)
        return fetch_rows(connection, query, PAID_MONTHS_SCHEMA)


def _is_present(
    connection: Connection, up_to: date, settled_to: date | None, excluding_file: str | None
) -> bool:
    """Whether ``month_paid`` is the answer: nothing was entered later, nothing is left out."""
    posting, batch = schema.posting, schema.posting_batch
    later = sa.exists().where(
        posting.c.book_date > up_to,  # by the index; few are, as a rule
        sa.not_(sa.func.coalesce(_is_entered(posting, up_to, settled_to), sa.false())),
    )
    loaded = sa.exists().where(batch.c.file_id == excluding_file)
    return not connection.scalar(sa.select(sa.or_(later, loaded)))


def _kept() -> sa.Select[Any]:
    kept = schema.month_paid
    return sa.select(
        kept.c.national_id,
        kept.c.section_code,
        kept.c.option_code,
        kept.c.period,
        kept.c.paid_satang,
        kept.c.paid_date,
    ).order_by(kept.c.national_id, kept.c.section_code, kept.c.period)


def _as_of(up_to: date, settled_to: date | None, excluding_file: str | None) -> sa.Select[Any]:
    posting = schema.posting.alias("paid")
    conditions = [is_live_contribution(posting, up_to=up_to, settled_to=settled_to)]
    if excluding_file is not None:
        conditions.append(posting.c.file_id != excluding_file)
    month = (posting.c.national_id, posting.c.section_code, posting.c.period)
    return (
        sa.select(
            posting.c.national_id,
            posting.c.section_code,
            sa.func.max(posting.c.option_code),
            posting.c.period,
            sa.cast(sa.func.sum(posting.c.amount_satang), sa.BigInteger),
            sa.type_coerce(sa.func.max(posting.c.effective_date), sa.Date),
        )
        .where(*conditions)
        .group_by(*month)
        .order_by(*month)
    )
