"""One employer's account: by wage month what was filed, what was paid, and what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from exchange.employers.refunding import RefundLine, refund_lines
from exchange.site import Site
from insurance.employer_account import settle
from insurance.surcharge_terms import SurchargeTerms, shipped_terms
from interfaces.errors import WrongUse
from ledger.accounts import REFUNDS_PAYABLE
from ledger.employer_accounts import FILED, OVERPAID, RECEIVABLE, SURCHARGE
from ledger.employer_movements import Movement, movements_of
from ledger.filings import counting, filings_of

_OWN = frozenset({FILED, SURCHARGE, OVERPAID})


@dataclass(frozen=True, slots=True)
class FiledBlock:
    """A filing of a branch for the month, in the order of entry.

    ``counts``: it is neither withdrawn nor replaced by a later one. Satang of both sides.
    """

    employer_branch: str
    file_id: str
    file_name: str
    record_number: int
    purpose: str
    persons: int
    contribution_satang: int
    declared_satang: int
    book_date: date
    withdrawn: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class EmployerMonth:
    """How the account stands for a wage month (Gregorian yyyymm), in satang.

    ``to_pay_satang`` is what has to be paid on the day asked about so that nothing is owed: the
    surcharge until that day is in it. ``paid_satang`` is less what was given back, of which
    ``refunded_satang`` is what was made payable to the employer's bank. ``payments`` and
    ``movements`` are in the order of writing, ``refunds`` by id.
    """

    period: int
    due_date: date
    filed_satang: int
    paid_satang: int
    refunded_satang: int
    surcharge_satang: int
    overpaid_satang: int
    outstanding_satang: int
    to_pay_satang: int
    filings: tuple[FiledBlock, ...]
    payments: tuple[Movement, ...]
    movements: tuple[Movement, ...]
    refunds: tuple[RefundLine, ...]


def account_of(
    site: Site, account: str, on: date, period: int | None = None
) -> list[EmployerMonth]:
    """The months of an employer's account, of one wage month or of all, the oldest first.

    WrongUse when nothing was ever filed or paid for it.
    """
    movements = movements_of(site.ledger, account, period)
    filings = _blocks(site, account, period)
    periods = sorted({one.period for one in movements} | filings.keys())
    if not periods:
        of_month = "" if period is None else f" for {period}"
        raise WrongUse(
            f"nothing was filed or paid under account {account}{of_month}; an account has ten "
            "digits, as in the registration letter"
        )
    of_period = {
        found: list(some) for found, some in groupby(movements, key=lambda one: one.period)
    }
    refunds = sorted(
        refund_lines(site, accounts=[account], period=period), key=lambda one: one.refund_id
    )
    terms = shipped_terms()
    return [
        _month(
            found,
            on,
            of_period.get(found, []),
            filings.get(found, []),
            [one for one in refunds if one.period == found],
            terms,
        )
        for found in periods
    ]


def _month(
    period: int,
    on: date,
    movements: Sequence[Movement],
    filings: Sequence[FiledBlock],
    refunds: Sequence[RefundLine],
    terms: SurchargeTerms,
) -> EmployerMonth:
    filed, surcharge, overpaid = (
        _from_receivable(movements, a) for a in (FILED, SURCHARGE, OVERPAID)
    )
    payments = [one for one in movements if _is_payment(one)]
    paid = sum(_paid(one) for one in payments)
    outstanding = filed + surcharge + overpaid - paid
    return EmployerMonth(
        period=period,
        due_date=terms.due(period),
        filed_satang=filed,
        paid_satang=paid,
        refunded_satang=-sum(_paid(one) for one in payments if _is_refund(one)),
        surcharge_satang=surcharge,
        overpaid_satang=overpaid,
        outstanding_satang=outstanding,
        to_pay_satang=_to_pay(period, filed, payments, on, terms),
        filings=tuple(filings),
        payments=tuple(payments),
        movements=tuple(movements),
        refunds=tuple(refunds),
    )


def _to_pay(
    period: int, filed: int, payments: Sequence[Movement], on: date, terms: SurchargeTerms
) -> int:
    """As if everything owed were paid on that day."""
    due, rule = terms.due(period), terms.rule(period)
    reversed_legs = {(p.file_id, p.record_number, -p.leg) for p in payments if p.leg < 0}
    standing = [
        (p.effective_date, _paid(p))
        for p in payments
        if p.leg > 0 and (p.file_id, p.record_number, p.leg) not in reversed_legs
    ]
    # Of money that is missing beyond what was paid, because a payment behind a refund was taken
    # back, nothing pays what is due before that is made good.
    unpaid = filed - sum(satang for _, satang in standing)
    if unpaid <= 0:
        return settle(filed, standing, due, rule).outstanding_satang
    then = settle(filed, [*standing, (on, unpaid)], due, rule)
    return then.outstanding_satang + unpaid


def _blocks(site: Site, account: str, period: int | None) -> dict[int, list[FiledBlock]]:
    filings = filings_of(
        site.ledger, accounts=[account], periods=None if period is None else [period]
    )
    place = ("file_id", "record_number")
    live = {tuple(row.values()) for row in counting(filings).select(list(place)).to_pylist()}
    blocks: dict[int, list[FiledBlock]] = {}
    for row in filings.to_pylist():
        own = {name: row[name] for name in FiledBlock.__slots__ if name in row}
        counts = tuple(row[name] for name in place) in live
        blocks.setdefault(row["period"], []).append(FiledBlock(**own, counts=counts))
    return blocks


def _from_receivable(movements: Sequence[Movement], account: str) -> int:
    """What went from an account to the receivable, less what went back."""
    total = 0
    for one in movements:
        sides = one.debit_account, one.credit_account
        if sides == (RECEIVABLE, account):
            total += one.amount_satang
        elif sides == (account, RECEIVABLE):
            total -= one.amount_satang
    return total


def _is_payment(one: Movement) -> bool:
    sides = {one.debit_account, one.credit_account}
    return RECEIVABLE in sides and not sides & _OWN


def _is_refund(one: Movement) -> bool:
    return REFUNDS_PAYABLE in (one.debit_account, one.credit_account)


def _paid(one: Movement) -> int:
    return one.amount_satang if one.credit_account == RECEIVABLE else -one.amount_satang
