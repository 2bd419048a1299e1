"""The balance of every account, now or as of any of the three dates of a posting."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading

BALANCES_SCHEMA = pa.schema(
    [
        pa.field("account", pa.string(), nullable=False),
        pa.field("debit_satang", pa.int64(), nullable=False),
        pa.field("credit_satang", pa.int64(), nullable=False),
        pa.field("balance_satang", pa.int64(), nullable=False),  # debit less credit
    ]
)


def balances(
    engine: Engine,
    *,
    booked_to: date | None = None,
    effective_to: date | None = None,
    recorded_to: datetime | None = None,
) -> pa.Table:
    """Debits, credits and balance by account: BALANCES_SCHEMA, ordered by account.

    ``booked_to`` counts postings in books up to that business date, ``effective_to`` payments
    made up to that day, ``recorded_to`` what was written up to that moment, all inclusive and
    together where several are given. A reversal counts by its own dates. The balances of all
    accounts together are zero.
    """
    posting = schema.posting
    limits = (
        (posting.c.book_date, booked_to),
        (posting.c.effective_date, effective_to),
        (posting.c.recorded_at, recorded_to),
    )
    conditions = [column <= limit for column, limit in limits if limit is not None]
    with reading(engine) as connection:
        return sums_by_account(connection, *conditions)


def sums_by_account(connection: Connection, *conditions: sa.ColumnElement[bool]) -> pa.Table:
    """As :func:`balances`, of the postings for which the conditions hold."""
    posting = schema.posting
    none = sa.literal(0, sa.BigInteger)
    amount = sa.cast(sa.func.sum(posting.c.amount_satang), sa.BigInteger)
    debits = sa.select(posting.c.debit_account.label("account"), amount.label("debit"), none)
    credits = sa.select(posting.c.credit_account, none, amount)
    sides = sa.union_all(
        debits.where(*conditions).group_by(posting.c.debit_account),
        credits.where(*conditions).group_by(posting.c.credit_account),
    ).subquery("side")
    account, debited, credited = sides.c
    debit = sa.cast(sa.func.sum(debited), sa.BigInteger)
    credit = sa.cast(sa.func.sum(credited), sa.BigInteger)
    query = sa.select(account, debit, credit, debit - credit).group_by(account).order_by(account)
    return fetch_rows(connection, query, BALANCES_SCHEMA)
