"""What moved on every account in the books of a period."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading

MOVEMENTS_SCHEMA = pa.schema(
    [
        pa.field("account", pa.string(), nullable=False),
        pa.field("debit_satang", pa.int64(), nullable=False),
        pa.field("credit_satang", pa.int64(), nullable=False),
        pa.field("entries", pa.int64(), nullable=False),  # that debit or credit the account
    ]
)


def movements(engine: Engine, after: date | None, up_to: date) -> pa.Table:
    """Debits and credits of accounts in the books after one day and up to another.

    A table of MOVEMENTS_SCHEMA, ordered by account; accounts without an entry are left out.
    ``after`` None: from the beginning.
    """
    posting = schema.posting
    conditions = [posting.c.book_date <= up_to]
    if after is not None:
        conditions.append(posting.c.book_date > after)
    amount = sa.cast(sa.func.sum(posting.c.amount_satang), sa.BigInteger)
    none = sa.literal(0, sa.BigInteger)
    debit, credit = posting.c.debit_account, posting.c.credit_account
    counted = sa.func.count()
    sides = sa.union_all(
        sa.select(debit.label("account"), amount.label("debit"), none.label("credit"), counted)
        .where(*conditions)
        .group_by(debit),
        sa.select(credit, none, amount, counted).where(*conditions).group_by(credit),
    ).subquery("side")
    account, debits, credits, entries = sides.c
    totals = [sa.cast(sa.func.sum(one), sa.BigInteger) for one in (debits, credits, entries)]
    query = sa.select(account, *totals).group_by(account).order_by(account)
    with reading(engine) as connection:
        return fetch_rows(connection, query, MOVEMENTS_SCHEMA)
