"""Giving an employer back what it paid too much: asked, approved, cancelled, each one transaction.

Only what stands as overpaid for the wage month at that moment goes. Above the sum declared with
the return that took the payment a second person has to approve it, as for breaks; what was
refunded for that month before counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.acts import OperatorAct, insert_act
from ledger.book_days import last_closed_in
from ledger.chain import append_entries
from ledger.database import writing
from ledger.detail import to_text
from ledger.employer_debits import unsettled_debits
from ledger.employer_refund_legs import (
    PaidMonth,
    make_payable,
    overpaid_of,
    paid_month,
    refund_of,
    refunded_of,
    take_back,
)
from ledger.employer_refund_records import (
    PAYABLE,
    PROPOSED,
    WITHDRAWN,
    EmployerRefund,
    RefundError,
    require_refund,
)
from ledger.kept_payees import keep_payee, kept_payee
from ledger.moves import Payee, masked_account, tells_account
from ledger.resolution_terms import By, same_person

REFUND, APPROVE, CANCEL = "refund", "refund-approve", "refund-cancel"
"""Verbs of the operator's acts."""

_DAYS_AHEAD = 31
"""A business date further ahead of today and of the books is a slip of the pen: the money would
wait in books of years to come."""

ApproveAbove = Callable[[str, int], int]
"""Name and version of the interface that took a payment → more than so many satang of it need a
second person."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an event says: the row of ``refund``, and in whose books its leg stands."""

    file_id: str
    record_number: int
    leg: int
    book_date: date | None = None


def refund(
    engine: Engine,
    account: str,
    period: int,
    satang: int | None,
    payee: Payee,
    by: By,
    approve_above: ApproveAbove,
) -> EmployerRefund:
    """Give back what is overpaid for a wage month (Gregorian yyyymm), or propose to.

    ``satang`` None: all of it that is not proposed already. RefundError says what is there when
    it is less, and when the bank takes money of that month back.
    """
    _require(by, payee)
    with writing(engine, "posting") as connection:
        satang = _free(connection, account, period, satang)
        month = _month(connection, account, period)
        _require_sound(connection, month, by)
        refund_id = _next_id(connection, account)
        connection.execute(
            sa.insert(schema.employer_refund).values(
                refund_id=refund_id,
                employer_account=account,
                period=period,
                amount_satang=satang,
                recorded_at=by.recorded_at,
            )
        )
        # In parts it is as much as at once.
        together = satang + refunded_of(connection, account, period, PAYABLE)
        if together > approve_above(month.interface, month.version):
            kept = refund_of(month, satang, payee, 0)
            leg = keep_payee(connection, kept, recorded_at=by.recorded_at)
            entry = _Entry(month.file_id, month.record_number, leg)
            return _record(connection, refund_id, PROPOSED, REFUND, entry, by, payee)
        entry = _pay(connection, month, satang, payee, by)
        return _record(connection, refund_id, PAYABLE, REFUND, entry, by, payee)


def approve_refund(engine: Engine, refund_id: str, by: By) -> EmployerRefund:
    """Make payable what another person proposed; RefundError when it is not proposed (any more),
    by the same person, not overpaid any more (cancel it then), or the bank takes it back."""
    _require(by)
    with writing(engine, "posting") as connection:
        found = require_refund(connection, refund_id)
        if found.state != PROPOSED:
            raise RefundError(f"refund {found.refund_id} is {found.state}: nothing to approve")
        if same_person(found.asked_by, by.who):
            raise RefundError(
                f"refund {found.refund_id} was proposed by {found.asked_by}: a second person has "
                "to approve it"
            )
        there = overpaid_of(connection, found.employer_account, found.period)
        if found.amount_satang > there:
            raise RefundError(
                f"refund {found.refund_id} is {_baht(found.amount_satang)} baht, but "
                f"{_baht(there)} stand as overpaid for {_shown(found.period)} now: cancel it"
            )
        month = _month(connection, found.employer_account, found.period)
        _require_sound(connection, month, by)
        payee = kept_payee(connection, found.file_id, found.record_number, found.leg)
        _require(by, payee)
        entry = _pay(connection, month, found.amount_satang, payee, by)
        return _record(connection, found.refund_id, PAYABLE, APPROVE, entry, by, payee)


def cancel_refund(engine: Engine, refund_id: str, by: By) -> EmployerRefund:
    """Withdraw a proposal, or a payable refund until its books are closed: it stands as overpaid
    again. RefundError when it is too late, or was withdrawn."""
    _require(by)
    with writing(engine, "posting") as connection:
        found = require_refund(connection, refund_id)
        if found.state == WITHDRAWN:
            raise RefundError(f"refund {found.refund_id} was cancelled already by {found.who}")
        _require(by, kept_payee(connection, found.file_id, found.record_number, found.leg))
        booked = None
        if found.state == PAYABLE:
            booked = take_back(
                connection, found, business_date=by.business_date, recorded_at=by.recorded_at
            )
        entry = _Entry(found.file_id, found.record_number, found.leg, booked)
        return _record(connection, found.refund_id, WITHDRAWN, CANCEL, entry, by)


def _free(connection: Connection, account: str, period: int, satang: int | None) -> int:
    """What is to go; RefundError when so much is not there."""
    there = overpaid_of(connection, account, period)
    waiting = refunded_of(connection, account, period, PROPOSED)
    left = there - waiting
    wanted = left if satang is None else satang
    if 0 < wanted <= left:
        return wanted
    if satang is not None and satang <= 0:
        raise RefundError("a refund of nothing: give an amount, or leave it out for all of it")
    month = f"account {account} has {_baht(there)} baht overpaid for {_shown(period)}"
    if waiting:
        month += f", {_baht(waiting)} of it proposed to be refunded already"
    asked = "nothing" if left <= 0 else f"no more than {_baht(max(left, 0))}"
    raise RefundError(f"{month}: {asked} can be refunded")


def _month(connection: Connection, account: str, period: int) -> PaidMonth:
    month = paid_month(connection, account, period)
    if month is None:
        raise RefundError(f"account {account} has no payment that stands for {_shown(period)}")
    return month


def _require_sound(connection: Connection, month: PaidMonth, by: By) -> None:
    """RefundError where the bank wants money of that month itself, or for a day far ahead."""
    debits = unsettled_debits(connection, month.employer_account, month.period)
    if debits:
        raise RefundError(
            f"the bank takes money of account {month.employer_account} for "
            f"{_shown(month.period)} back: settle {', '.join(debits)} first (`prakan breaks show`)"
        )
    known = [by.recorded_at.date(), month.newest_booked, last_closed_in(connection)]
    newest = max(day for day in known if day is not None)
    if by.business_date > newest + timedelta(days=_DAYS_AHEAD):
        raise RefundError(
            f"{by.business_date} is far ahead of the books ({newest}): the bank would have the "
            "refund no sooner; give the business date of today"
        )


def _next_id(connection: Connection, account: str) -> str:
    """The account and its next number; the lock on postings keeps others from taking it."""
    table = schema.employer_refund
    count = connection.scalar(sa.select(sa.func.count()).where(table.c.employer_account == account))
    return f"{account}-{int(count or 0) + 1:03d}"


def _pay(connection: Connection, month: PaidMonth, satang: int, payee: Payee, by: By) -> _Entry:
    leg, booked = make_payable(
        connection,
        month,
        satang,
        payee,
        business_date=by.business_date,
        recorded_at=by.recorded_at,
    )
    return _Entry(month.file_id, month.record_number, leg, booked)


def _record(
    connection: Connection,
    refund_id: str,
    state: str,
    verb: str,
    entry: _Entry,
    by: By,
    payee: Payee | None = None,
) -> EmployerRefund:
    """Write the state, the act behind it, and its entry in the audit, which holds no readable
    account number."""
    insert_act(connection, OperatorAct(verb, refund_id, by.who, by.reason, by.recorded_at))
    connection.execute(
        sa.insert(schema.employer_refund_event).values(
            refund_id=refund_id,
            state=state,
            file_id=entry.file_id,
            record_number=entry.record_number,
            leg=entry.leg,
            detail=to_text({"who": by.who, "reason": by.reason}),
            business_date=by.business_date,
            book_date=entry.book_date,
            recorded_at=by.recorded_at,
        )
    )
    now = require_refund(connection, refund_id)
    told: dict[str, object] = {
        "who": by.who,
        "reason": by.reason,
        "employer_account": now.employer_account,
        "period": now.period,
        "amount_satang": now.amount_satang,
    }
    if entry.leg > 0:
        told["posting"] = f"{entry.file_id}:{entry.record_number}:{entry.leg}"
    if entry.book_date is not None:
        told["book_date"] = str(entry.book_date)
    if payee is not None:
        told["payee"] = {
            "bank_code": payee.bank_code,
            "branch_code": payee.branch_code,
            "account": masked_account(payee.account_number),
        }
    append_entries(connection, [(f"refund.{state}", refund_id, told)], by.recorded_at)
    return now


def _require(by: By, payee: Payee | None = None) -> None:
    if not by.who.strip() or not by.reason.strip():
        raise RefundError("say who refunds and why")
    if payee is not None and tells_account(by.reason, payee):
        raise RefundError(
            "the reason holds the account number, and reasons are shown to everybody: leave it out"
        )


def _shown(period: int) -> str:
    return f"{period // 100:04d}-{period % 100:02d}"


def _baht(satang: int) -> str:
    return f"{satang // 100:,}.{satang % 100:02d}"
