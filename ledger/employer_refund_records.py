"""Employers' refunds as they stand: decided when, by whom, for what, and where the money goes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from interfaces.errors import WrongUse
from ledger import schema
from ledger.book_days import last_closed_in
from ledger.database import reading
from ledger.detail import from_text
from ledger.moves import masked_account

PROPOSED, PAYABLE, WITHDRAWN = "proposed", "payable", "withdrawn"
"""States: a second person has to approve it; it goes to the bank; nothing goes, ever."""


class RefundError(WrongUse):
    """An employer's refund cannot be decided so: one line that says why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class EmployerRefund:
    """A refund of what an employer paid too much for a wage month (Gregorian yyyymm).

    ``file_id``, ``record_number`` and ``leg`` name the row of ``refund`` that it stands for, and
    where ``leg`` is positive its posting too. ``book_date``: in whose books that posting, or the
    one that takes it back, stands; None: none was entered. ``asked_by`` is who proposed it,
    ``who`` and ``reason`` are those of its latest state. ``account`` is masked. ``fixed``: it
    stands in closed books and cannot be withdrawn any more.
    """

    refund_id: str
    employer_account: str
    period: int
    amount_satang: int
    state: str
    file_id: str
    record_number: int
    leg: int
    asked_by: str
    who: str
    reason: str
    business_date: date
    book_date: date | None
    bank_code: str
    branch_code: str
    account: str
    payee_name: str
    fixed: bool


def employer_refunds(
    engine: Engine,
    *,
    accounts: Collection[str] | None = None,
    period: int | None = None,
    state: str | None = None,
) -> list[EmployerRefund]:
    """Every refund of employers, of these accounts, this wage month, in this state: what waits for
    a second person first, then by id."""
    with reading(engine) as connection:
        found = select_employer_refunds(connection, accounts=accounts, period=period, state=state)
    return sorted(found, key=lambda one: one.state != PROPOSED)


def select_employer_refunds(
    connection: Connection,
    *,
    refund_id: str | None = None,
    accounts: Collection[str] | None = None,
    period: int | None = None,
    state: str | None = None,
    booked_after: date | None = None,
) -> list[EmployerRefund]:
    """As :func:`employer_refunds`, in the caller's transaction, by id; only those that stand in
    the books of a day after ``booked_after``."""
    asked, event, payee = schema.employer_refund, schema.employer_refund_event, schema.refund
    newest, first = event.alias("newest"), event.alias("first")
    query = (
        sa.select(
            *(asked.c[n] for n in ("refund_id", "employer_account", "period", "amount_satang")),
            *(newest.c[n] for n in ("state", "file_id", "record_number", "leg", "detail")),
            newest.c.business_date,
            newest.c.book_date,
            first.c.detail.label("first_detail"),
            *(payee.c[n] for n in ("bank_code", "branch_code", "account_number", "payee_name")),
        )
        .select_from(asked)
        .join(newest, newest.c.event_id == _event_of(asked, sa.func.max))
        .join(first, first.c.event_id == _event_of(asked, sa.func.min))
        .join(
            payee,
            sa.and_(
                payee.c.file_id == newest.c.file_id,
                payee.c.record_number == newest.c.record_number,
                payee.c.leg == newest.c.leg,
            ),
        )
        # The thousandth of an account comes after its 999th.
        .order_by(asked.c.employer_account, sa.func.length(asked.c.refund_id), asked.c.refund_id)
    )
    if refund_id is not None:
        query = query.where(asked.c.refund_id == refund_id)
    if accounts is not None:
        query = query.where(asked.c.employer_account.in_(sorted(accounts)))
    if period is not None:
        query = query.where(asked.c.period == period)
    if state is not None:
        query = query.where(newest.c.state == state)
    if booked_after is not None:
        query = query.where(newest.c.book_date > booked_after)
    closed = last_closed_in(connection)
    return [_refund(row, closed) for row in connection.execute(query)]


def require_refund(connection: Connection, refund_id: str) -> EmployerRefund:
    """The refund of that id; RefundError when there is none."""
    found = select_employer_refunds(connection, refund_id=refund_id.strip())
    if not found:
        raise RefundError(f"no refund {refund_id}: `prakan employers refunds` lists them")
    return found[0]


def find_refund(engine: Engine, refund_id: str) -> EmployerRefund:
    """As :func:`require_refund`, of what stands now."""
    with reading(engine) as connection:
        return require_refund(connection, refund_id)


def _event_of(asked: sa.Table, which: Callable[..., Any]) -> sa.ScalarSelect[Any]:
    """The number of a refund's newest event, or of its first."""
    event = schema.employer_refund_event
    return (
        sa.select(which(event.c.event_id))
        .where(event.c.refund_id == asked.c.refund_id)
        .correlate(asked)
        .scalar_subquery()
    )


def _refund(row: Any, closed: date | None) -> EmployerRefund:
    told, first = from_text(row.detail), from_text(row.first_detail)
    is_payable = row.state == PAYABLE and row.book_date is not None
    return EmployerRefund(
        refund_id=row.refund_id,
        employer_account=row.employer_account,
        period=row.period,
        amount_satang=row.amount_satang,
        state=row.state,
        file_id=row.file_id,
        record_number=row.record_number,
        leg=row.leg,
        asked_by=str(first["who"]),
        who=str(told["who"]),
        reason=str(told["reason"]),
        business_date=row.business_date,
        book_date=row.book_date,
        bank_code=row.bank_code,
        branch_code=row.branch_code,
        account=masked_account(row.account_number),
        payee_name=row.payee_name,
        fixed=is_payable and closed is not None and row.book_date <= closed,
    )
