"""The balance of every account."""

from __future__ import annotations

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

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


def balances(engine: Engine) -> pa.Table:
    """Debits, credits and balance by account: BALANCES_SCHEMA, ordered by account.

    The balances of all accounts together are zero.
    """
    posting = schema.posting
    none = sa.literal(0, sa.BigInteger)
    sides = sa.union_all(
        sa.select(
            posting.c.debit_account.label("account"),
            posting.c.amount_satang.label("debit"),
            none.label("credit"),
        ),
        sa.select(posting.c.credit_account, none, posting.c.amount_satang),
    ).subquery("side")
    debit = sa.cast(sa.func.sum(sides.c.debit), sa.BigInteger)
    credit = sa.cast(sa.func.sum(sides.c.credit), sa.BigInteger)
    query = (
        sa.select(sides.c.account, debit, credit, debit - credit)
        .group_by(sides.c.account)
        .order_by(sides.c.account)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, BALANCES_SCHEMA)
