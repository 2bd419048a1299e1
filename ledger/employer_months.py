"""How employers stood for the wage months that a day's filings are about."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.employer_accounts import FILED, OVERPAID, RECEIVABLE, STANDINGS_SCHEMA, SURCHARGE


def months_filed_on(engine: Engine, business_date: date) -> pa.Table:
    """The accounts and months that the business date's filings are about, as the books say once
    these filings are in them: STANDINGS_SCHEMA, by account and month.

    Of an account and month the books count in which the last of them was entered: those of a
    later day, where it was accepted after its own was closed. Payments count up to the books of
    the day before, so that it does not matter whether the day's own have come meanwhile.
    """
    posting, batch, filing = schema.posting, schema.posting_batch, schema.filing
    touched = (
        sa.select(
            filing.c.employer_account,
            filing.c.period,
            sa.func.max(filing.c.book_date).label("entered"),
        )
        .where(filing.c.business_date == business_date)
        .group_by(filing.c.employer_account, filing.c.period)
        .subquery("touched")
    )
    counted = sa.or_(
        posting.c.book_date < touched.c.entered,
        sa.and_(batch.c.kind == "filing", posting.c.book_date == touched.c.entered),
    )
    joined = posting.join(batch, batch.c.file_id == posting.c.file_id).join(
        touched,
        sa.and_(
            touched.c.employer_account == posting.c.employer_account,
            touched.c.period == posting.c.period,
        ),
    )
    return _sums(engine, joined, counted)


def _sums(engine: Engine, source: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> pa.Table:
    posting = schema.posting
    debit, credit = posting.c.debit_account, posting.c.credit_account
    filed, surcharge, overpaid = (
        _moved(credit == account, debit == account) for account in (FILED, SURCHARGE, OVERPAID)
    )
    own = (FILED, SURCHARGE, OVERPAID)
    paid = _moved(
        sa.and_(credit == RECEIVABLE, debit.not_in(own)),
        sa.and_(debit == RECEIVABLE, credit.not_in(own)),
    )
    outstanding = _moved(debit == RECEIVABLE, credit == RECEIVABLE)
    query = (
        sa.select(
            posting.c.employer_account,
            posting.c.period,
            filed,
            paid,
            surcharge,
            overpaid,
            outstanding,
        )
        .select_from(source)
        .where(posting.c.employer_account.is_not(None), *conditions)
        .group_by(posting.c.employer_account, posting.c.period)
        .order_by(posting.c.employer_account, posting.c.period)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, STANDINGS_SCHEMA)


def _moved(added: sa.ColumnElement[bool], taken: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """Sum of the amounts for which ``added`` holds, less that for which ``taken`` does."""
    amount = schema.posting.c.amount_satang
    total = sa.func.sum(sa.case((added, amount), (taken, -amount), else_=0))
    return sa.cast(total, sa.BigInteger)
