"""The table of months paid: kept up with every change of the postings, made anew at any time.

It is a view over ``posting`` that is stored because asking 100 million postings for the months
of a person's life takes too long. Nothing may be in it that the live postings do not say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.accounts import CONTRIBUTIONS
from ledger.bulk import fetch_rows
from ledger.chunks import KEYS_PER_QUERY
from ledger.database import reading, writing
from ledger.months import is_live_contribution

Month = tuple[str, str, int]
"""National ID, section code, period (Gregorian ``yyyymm``)."""

MONTHS_DIFFERING_SCHEMA = pa.schema(
    [
        pa.field("national_id", pa.string(), nullable=False),
        pa.field("section_code", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),
        pa.field("kept_satang", pa.int64(), nullable=False),  # in month_paid, 0 if not there
        pa.field("rebuilt_satang", pa.int64(), nullable=False),  # as the postings say
    ]
)

_COLUMNS = (
    "national_id",
    "section_code",
    "period",
    "option_code",
    "paid_satang",
    "payments",
    "paid_date",
)


def add_file(connection: Connection, file_id: str) -> None:
    """Enter the months that a file has just paid, in the transaction that loads it.

    None of them may be paid already: the database refuses it.
    """
    posting = schema.posting.alias("loaded")
    paying = sa.and_(
        posting.c.file_id == file_id,
        posting.c.leg > 0,
        posting.c.credit_account.startswith(CONTRIBUTIONS),
    )
    _enter(connection, _months(posting, paying))


def keep_up(connection: Connection, months: Iterable[Month]) -> None:
    """Work these months out anew, in the transaction that changed their postings."""
    kept, posting = schema.month_paid, schema.posting.alias("live")
    wanted = sorted(set(months))
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        listed = _listed(wanted[start : start + KEYS_PER_QUERY])
        connection.execute(sa.delete(kept).where(_key(kept).in_(listed)))
        of_them = _key(posting).in_(listed)
        _enter(connection, _months(posting, of_them, is_live_contribution(posting)))


def rebuild_months(engine: Engine) -> None:
    """Make the whole table anew from the postings."""
    posting = schema.posting.alias("live")
    with writing(engine, "posting") as connection:
        connection.execute(sa.delete(schema.month_paid))
        _enter(connection, _months(posting, is_live_contribution(posting)))


def months_differing(engine: Engine) -> pa.Table:
    """Months that the table tells otherwise than the postings: MONTHS_DIFFERING_SCHEMA."""
    with reading(engine) as connection:
        return fetch_rows(connection, differing(None), MONTHS_DIFFERING_SCHEMA)


def differing(touched: sa.Select[Any] | None) -> sa.Select[Any]:
    """Query for the months that differ, of all of them or of those that a query selects.

    ``touched`` selects national ID, section and period.
    """
    kept, posting = schema.month_paid, schema.posting.alias("live")
    rebuilt = _months(posting, is_live_contribution(posting))
    stored = sa.select(*(kept.c[name] for name in _COLUMNS))
    if touched is not None:
        # Not a join: a database without statistics would go through all postings for it.
        rebuilt = rebuilt.where(_key(posting).in_(touched))
        stored = stored.where(_key(kept).in_(touched))
    none = sa.literal(0, sa.BigInteger)
    both = sa.union_all(
        stored.add_columns(kept.c.paid_satang.label("kept"), none.label("made")),
        rebuilt.add_columns(none, _paid(posting)),
    ).subquery("told")
    option = sa.func.coalesce(both.c.option_code, "")
    apart = [
        sa.func.min(told) != sa.func.max(told)
        for told in (both.c.paid_satang, both.c.payments, both.c.paid_date, option)
    ]
    kept_sum = sa.cast(sa.func.sum(both.c.kept), sa.BigInteger).label("kept_satang")
    made_sum = sa.cast(sa.func.sum(both.c.made), sa.BigInteger).label("rebuilt_satang")
    month = (both.c.national_id, both.c.section_code, both.c.period)
    return (
        sa.select(*month, kept_sum, made_sum)
        .group_by(*month)
        .having(sa.or_(sa.func.count() != 2, *apart))
        .order_by(*month)
    )


def touched_since(book_date: date) -> sa.Select[Any]:
    """Query for the months of which something was entered after that business date."""
    posting = schema.posting.alias("entered")
    is_of_months = sa.or_(
        posting.c.credit_account.startswith(CONTRIBUTIONS),
        posting.c.debit_account.startswith(CONTRIBUTIONS),
    )
    return sa.select(posting.c.national_id, posting.c.section_code, posting.c.period).where(
        posting.c.book_date > book_date, is_of_months
    )


def _months(posting: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Months that these postings pay, in the order of _COLUMNS."""
    month = (posting.c.national_id, posting.c.section_code, posting.c.period)
    return (
        sa.select(
            *month,
            sa.func.max(posting.c.option_code).label("option_code"),
            _paid(posting).label("paid_satang"),
            sa.func.count().label("payments"),
            sa.type_coerce(sa.func.max(posting.c.effective_date), sa.Date).label("paid_date"),
        )
        .where(*conditions)
        .group_by(*month)
    )


def _paid(posting: sa.FromClause) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(posting.c.amount_satang), sa.BigInteger)


def _enter(connection: Connection, months: sa.Select[Any]) -> None:
    connection.execute(sa.insert(schema.month_paid).from_select(_COLUMNS, months))


def _listed(months: list[Month]) -> sa.Select[Any]:
    columns = (
        sa.column("national_id", sa.String),
        sa.column("section_code", sa.String),
        sa.column("period", sa.Integer),
    )
    listed = sa.values(*columns, name="wanted").data(months).cte("wanted")
    return sa.select(*listed.c)


def _key(months: sa.FromClause) -> sa.Tuple:
    return sa.tuple_(months.c.national_id, months.c.section_code, months.c.period)
