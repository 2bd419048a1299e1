"""The posting that a bank's debit takes back, and what may be posted again in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ledger import accounts, schema
from ledger.break_records import BrokenPayment
from ledger.moves import Employer
from ledger.taken_months import SEVERAL_PAYMENTS

BY_REVERSAL = "resolution.reverse.1"
"""Pass name of what a debit reverses, and of what its reopening posts again."""


def legs_taken_back(connection: Connection, broken: BrokenPayment) -> Sequence[Row[Any]]:
    """Legs that stand of the payment which a debit takes back, the newest such; empty: none.

    It is of the same partner, pays the month that the debit names, and comes to the debit's whole
    amount. A payment of several months is taken back with all of them, or that month alone where
    the debit is no more than it; one within a tolerance with its difference; of money that had
    been a break only what was moved to that month. Of an employer it is one payment of that branch,
    month and amount.
    """
    if broken.employer is not None:
        return _employers_leg(connection, broken, broken.employer)
    posting, batch = schema.posting, schema.posting_batch
    clearing, suspense = accounts.clearing(broken.partner), accounts.suspense(broken.partner)
    found = connection.execute(
        sa.select(posting)
        .join(batch, batch.c.file_id == posting.c.file_id)
        .where(
            posting.c.national_id == broken.national_id,
            posting.c.section_code == broken.section_code,
            posting.c.period == broken.period,
            # Of whichever option: what was offered counts, not what the reference says.
            posting.c.credit_account.startswith(accounts.CONTRIBUTIONS),
            posting.c.debit_account.in_([clearing, suspense]),
            batch.c.partner == broken.partner,
            _stands(posting),
        )
        .order_by(posting.c.effective_date.desc(), posting.c.posting_id.desc())
    )
    candidates = [
        (row, _standing_legs(connection, row) if row.debit_account == clearing else [row])
        for row in found.all()
    ]
    for row, legs in candidates:
        taken_in = [leg.amount_satang for leg in legs if leg.debit_account == row.debit_account]
        if sum(taken_in) == broken.amount_satang:
            return legs
    for row, legs in candidates:
        if row.amount_satang == broken.amount_satang and all(map(_pays, legs)):
            return [row]
    return []


def _employers_leg(
    connection: Connection, broken: BrokenPayment, employer: Employer
) -> Sequence[Row[Any]]:
    posting, batch = schema.posting, schema.posting_batch
    clearing, suspense = accounts.clearing(broken.partner), accounts.suspense(broken.partner)
    return connection.execute(
        sa.select(posting)
        .join(batch, batch.c.file_id == posting.c.file_id)
        .where(
            posting.c.employer_account == employer.account,
            posting.c.employer_branch == employer.branch,
            posting.c.period == broken.period,
            posting.c.amount_satang == broken.amount_satang,
            posting.c.credit_account == accounts.receivable("33"),
            posting.c.debit_account.in_([clearing, suspense]),
            batch.c.partner == broken.partner,
            _stands(posting),
        )
        .order_by(posting.c.effective_date.desc(), posting.c.posting_id.desc())
        .limit(1)
    ).all()


def is_paid_otherwise(connection: Connection, original: Row[Any]) -> bool:
    """Whether another payment than those that pay it together with this leg has its month."""
    posting = schema.posting
    live = connection.execute(
        sa.select(posting).where(
            posting.c.national_id == original.national_id,
            posting.c.section_code == original.section_code,
            posting.c.period == original.period,
            posting.c.credit_account.startswith(accounts.CONTRIBUTIONS),
            _stands(posting),
        )
    ).all()
    shares = (original.pass_name or "").startswith(SEVERAL_PAYMENTS)
    return any(not (shares and _is_part(row, original)) for row in live)


def leg_standing_for(connection: Connection, original: Row[Any]) -> Row[Any] | None:
    """The leg itself, or the one that was posted again in its place; None when neither stands."""
    for row in _standing_legs(connection, original):
        again = row.pass_name == BY_REVERSAL and row.leg > original.leg
        if row.leg == original.leg or (again and _moved(row) == _moved(original)):
            return row
    return None


def _standing_legs(connection: Connection, of: Row[Any]) -> Sequence[Row[Any]]:
    posting = schema.posting
    return connection.execute(
        sa.select(posting)
        .where(
            posting.c.file_id == of.file_id,
            posting.c.record_number == of.record_number,
            _stands(posting),
        )
        .order_by(posting.c.leg)
    ).all()


def _stands(posting: sa.Table) -> sa.ColumnElement[bool]:
    reversal = posting.alias("reversal")
    undone = sa.exists().where(reversal.c.reverses == posting.c.posting_id)
    return sa.and_(posting.c.leg > 0, ~undone)


def _pays(row: Row[Any]) -> bool:
    """Whether a leg is a month paid by what came in, not a difference."""
    is_of_clearing = str(row.debit_account).startswith(accounts.clearing(""))
    return is_of_clearing and str(row.credit_account).startswith(accounts.CONTRIBUTIONS)


def _is_part(row: Row[Any], original: Row[Any]) -> bool:
    name = row.pass_name or ""
    return (
        row.file_id == original.file_id
        and row.debit_account == original.debit_account
        and (name.startswith(SEVERAL_PAYMENTS) or name == BY_REVERSAL)
    )


def _moved(row: Row[Any]) -> tuple[object, ...]:
    month = (row.national_id, row.section_code, row.option_code, row.period)
    return (*month, row.amount_satang, row.debit_account, row.credit_account)
