"""Giving employers back what they paid too much, and how far each refund has come."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.books.refunds_paid import credit_deliveries, file_ordering
from exchange.breaks.asked import reason_written
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger import employer_refunds as decisions
from ledger.database import reading
from ledger.delivery import DeliveryState
from ledger.employer_accounts import standings
from ledger.employer_refund_records import PAYABLE, WITHDRAWN, EmployerRefund, employer_refunds
from ledger.moves import Payee
from ledger.refund_payments import refunds_of_records
from ledger.resolution_terms import By

ORDERED, PAID = "ordered", "paid"
"""How far a payable refund has come: it stands in a credit file; the bank has that file."""

_Leg = tuple[str, int, int]
_SHOWN_DIGITS = 12
_ACCOUNT = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund as people see it; the account number is masked.

    ``state``: proposed, payable, ordered, paid or withdrawn. ``posting``: FILE12:RECORD:LEG of
    the entry that made it payable, None while it is proposed. ``order``: the delivery to the
    bank that carries it. ``owed_satang`` is what the account owes for that month now: of a
    refund that has not gone yet it should be nothing.
    """

    refund_id: str
    employer_account: str
    period: int
    amount_satang: int
    state: str
    posting: str | None
    asked_by: str
    who: str
    reason: str
    business_date: date
    book_date: date | None
    bank_code: str
    branch_code: str
    account: str
    payee_name: str
    can_be_cancelled: bool
    order: str | None
    owed_satang: int


def refund_overpaid(
    site: Site, account: str, period: int, satang: int | None, payee: Payee, by: By
) -> RefundLine:
    """Give back what is overpaid for a wage month (Gregorian yyyymm), all of it where ``satang``
    is None; above the limit of the return that took the payment only propose to. WrongUse in one
    line where so much is not there."""
    by = _plain(by)
    if not _ACCOUNT.fullmatch(account):
        raise WrongUse(f"{account!r} is no employer account: write its ten digits")

    def approve_above(interface: str, version: int) -> int:
        return site.registry.get(f"{interface}.{version}").breaks.approve_above_satang

    done = decisions.refund(site.ledger, account, period, satang, payee, by, approve_above)
    return _line(site, done)


def approve(site: Site, refund_id: str, by: By) -> RefundLine:
    """Make payable what another person proposed; WrongUse says why not."""
    return _line(site, decisions.approve_refund(site.ledger, refund_id, _plain(by)))


def cancel(site: Site, refund_id: str, by: By) -> RefundLine:
    """Withdraw a refund until its books are closed; WrongUse when it is too late."""
    return _line(site, decisions.cancel_refund(site.ledger, refund_id, _plain(by)))


def refund_lines(
    site: Site,
    *,
    accounts: Collection[str] | None = None,
    period: int | None = None,
    state: str | None = None,
) -> list[RefundLine]:
    """Refunds of employers: what waits for a second person first, then by id."""
    found = _lines(site, employer_refunds(site.ledger, accounts=accounts, period=period))
    return [line for line in found if state in (None, line.state)]


def _plain(by: By) -> By:
    return By(by.who, reason_written(by.reason), by.business_date, by.recorded_at)


def _line(site: Site, refund: EmployerRefund) -> RefundLine:
    (line,) = _lines(site, [refund])
    return line


def _lines(site: Site, refunds: Sequence[EmployerRefund]) -> list[RefundLine]:
    if not refunds:
        return []
    payable = {(one.file_id, one.record_number, one.leg) for one in refunds if one.state == PAYABLE}
    progress = _progress(site, payable)
    owed = _owed(site, refunds)
    lines = []
    for one in refunds:
        state, order = progress.get((one.file_id, one.record_number, one.leg), (one.state, None))
        shown = f"{one.file_id[:_SHOWN_DIGITS]}:{one.record_number}:{one.leg}"
        lines.append(
            RefundLine(
                refund_id=one.refund_id,
                employer_account=one.employer_account,
                period=one.period,
                amount_satang=one.amount_satang,
                state=state,
                posting=shown if one.leg > 0 else None,
                asked_by=one.asked_by,
                who=one.who,
                reason=one.reason,
                business_date=one.business_date,
                book_date=one.book_date,
                bank_code=one.bank_code,
                branch_code=one.branch_code,
                account=one.account,
                payee_name=one.payee_name,
                can_be_cancelled=one.state != WITHDRAWN and not one.fixed,
                order=order,
                owed_satang=owed.get((one.employer_account, one.period), 0),
            )
        )
    return lines


def _progress(site: Site, payable: Collection[_Leg]) -> Mapping[_Leg, tuple[str, str | None]]:
    """State and delivery of payable refunds. Of two of one record and amount the one with the lower
    leg counts as paid first, of those in files that the bank may have."""
    if not payable:
        return {}
    deliveries = credit_deliveries(site, date.max)
    with reading(site.ledger) as connection:
        refunds, paid = refunds_of_records(connection, {key[:2] for key in payable})
    left: dict[_Leg, int] = defaultdict(int)
    for leg in paid:
        left[leg.file_id, leg.record_number, leg.amount_satang] += 1
    found: dict[_Leg, tuple[str, str | None]] = {}
    for one in refunds:
        if one.reversed_on is not None:
            continue
        alike = (one.file_id, one.record_number, one.amount_satang)
        delivery = file_ordering(one, deliveries)
        state, order = PAYABLE, None
        if delivery is not None:
            state, order = ORDERED, delivery.delivery_id
            may_be_taken = delivery.arrived and delivery.state is not DeliveryState.REFUSED
            if may_be_taken and left[alike]:
                state = PAID
                left[alike] -= 1
        found[one.file_id, one.record_number, one.leg] = (state, order)
    return {key: state for key, state in found.items() if key in payable}


def _owed(site: Site, refunds: Sequence[EmployerRefund]) -> dict[tuple[str, int], int]:
    found = standings(
        site.ledger,
        accounts={one.employer_account for one in refunds},
        periods={one.period for one in refunds},
    )
    names = ("employer_account", "period", "outstanding_satang")
    columns = (found[name].to_pylist() for name in names)
    return {(account, period): owed for account, period, owed in zip(*columns, strict=True)}
