"""What a business date did to employers' accounts: what was filed, and what its books moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.accounts import REFUNDS_PAYABLE
from ledger.database import reading
from ledger.employer_accounts import FILED, OVERPAID, RECEIVABLE, SURCHARGE


@dataclass(frozen=True, slots=True)
class FiledDay:
    """Filings of a business date as entered: files, branch months, lines that count in their own
    file, and both sides' contributions of these in satang."""

    files: int
    branch_months: int
    persons: int
    contribution_satang: int


@dataclass(frozen=True, slots=True)
class MovedDay:
    """Movements of employers' accounts in the books of a day, in satang, decreases deducted.
    ``refunded_satang`` went back to employers' banks, ``paid_satang`` is before that."""

    filed_satang: int
    paid_satang: int
    refunded_satang: int
    surcharge_satang: int
    overpaid_satang: int


def filed_on(engine: Engine, business_date: date) -> FiledDay:
    """Sums over the filings that came on that business date."""
    filing = schema.filing
    query = sa.select(
        sa.func.count(filing.c.file_id.distinct()),
        sa.func.count(),
        _sum(filing.c.persons),
        _sum(filing.c.contribution_satang),
    ).where(filing.c.business_date == business_date)
    with reading(engine) as connection:
        return FiledDay(*connection.execute(query).one())


def moved_on(engine: Engine, book_date: date) -> MovedDay:
    """What stands of employers in the books of that day."""
    posting = schema.posting
    debit, credit, amount = (
        posting.c.debit_account,
        posting.c.credit_account,
        posting.c.amount_satang,
    )

    def moved(
        gains: sa.ColumnElement[bool], loses: sa.ColumnElement[bool]
    ) -> sa.ColumnElement[int]:
        return _sum(sa.case((gains, amount), (loses, -amount), else_=0))

    own = (FILED, SURCHARGE, OVERPAID, REFUNDS_PAYABLE)
    paid = moved(
        sa.and_(credit == RECEIVABLE, debit.not_in(own)),
        sa.and_(debit == RECEIVABLE, credit.not_in(own)),
    )
    filed, surcharge, overpaid, refunded = (moved(credit == one, debit == one) for one in own)
    query = sa.select(filed, paid, refunded, surcharge, overpaid).where(
        posting.c.employer_account.is_not(None), posting.c.book_date == book_date
    )
    with reading(engine) as connection:
        return MovedDay(*connection.execute(query).one())


def _sum(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)
