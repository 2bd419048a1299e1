"""What an employer owes for a wage month under section 33: principal, surcharge, overpayment.

Contributions of a month are due on a day of the month after it. What is paid later carries a
surcharge for each month of delay: Social Security Act B.E. 2533, section 49. Money pays the
contributions first, the oldest payment first; what is left pays the surcharge, and what is left
then was paid too much. Money given back is taken off what had been paid last by that day. The
outcome depends on what is due and on what was paid and given back when, and not on the order in
which that became known, nor on today's date: unpaid contributions carry no surcharge until they
are paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from insurance.digits import Ints
from insurance.periods import Days
from insurance.surcharge_terms import SurchargeRule, Terms

_HUNDREDTHS_OF_A_PERCENT = 10_000


@dataclass(frozen=True, slots=True)
class Settled:
    """How an employer stands for a wage month, in satang.

    ``principal_satang``: paid of what is due. ``surcharge_satang``: charged for what was paid
    late. ``overpaid_satang``: paid beyond both. ``outstanding_satang``: due and surcharge, not
    paid. What was paid = principal + surcharge paid + overpaid.
    """

    principal_satang: int
    surcharge_satang: int
    overpaid_satang: int
    outstanding_satang: int


def surcharge_months(due: date, paid: date, rule: SurchargeRule) -> int:
    """Months of delay of a payment: whole ones from the day after ``due`` through ``paid``, and
    one more for a rest of ``full_month_from_days`` or more."""
    days = np.array([due], "datetime64[D]"), np.array([paid], "datetime64[D]")
    return int(months_late(*days, np.array([rule.full_month_from_days], np.int64))[0])


def settle(
    due_satang: int, payments: Sequence[tuple[date, int]], due: date, rule: SurchargeRule
) -> Settled:
    """How one account stands for one wage month.

    ``due_satang``: contributions of both sides as filed. ``payments``: day and satang, in any
    order; a negative amount is money that was given back, of what had been paid last by the end
    of that day. What is given back beyond all that was paid is made good by the payments that
    follow, before they pay anything. ``due``: last day on which the month is paid in time.
    """
    terms = Terms.of_one(due, rule)
    many = settle_many(
        np.array([due_satang], np.int64),
        np.zeros(len(payments), np.int64),
        np.array([day for day, _ in payments], "datetime64[D]"),
        np.array([satang for _, satang in payments], np.int64),
        terms,
    )
    return Settled(*(int(values[0]) for values in many))


def settle_many(
    due_satang: Ints, account: Ints, paid: Days, satang: Ints, terms: Terms
) -> tuple[Ints, Ints, Ints, Ints]:
    """As :func:`settle` for n accounts and months at once.

    ``due_satang`` int64[n]; payments are rows ``account`` (index into it), ``paid`` (day) and
    ``satang``, in any order. Gives principal, surcharge, overpaid and outstanding, int64[n] each.
    """
    count = len(due_satang)
    total = _sums(account, satang, count)
    # Whatever is given back on a day is of what was paid up to its end.
    order = np.lexsort((satang < 0, paid, account))
    account, paid, satang = account[order], paid[order], satang[order]
    running = np.cumsum(satang)
    # Sum of all rows of the accounts before, so that each account begins at nought.
    begins = np.searchsorted(account, np.arange(count))
    until = running - np.concatenate([np.zeros(1, np.int64), running])[begins][account]
    # A payment lifts the account from one level to the next; what stands of it in the end lies
    # below every level to which the account has sunk since. The lowest of these levels, up to
    # what is due, pay what is due.
    most = np.minimum(due_satang[account], _lowest_since(account, until))
    paying = np.maximum(satang, 0)
    principal = np.clip(most - np.maximum(until - satang, 0), 0, paying)
    months = months_late(terms.due[account], paid, terms.full_month_from_days[account])
    weighed = _sums(account, principal * months, count) * terms.rate
    surcharge = (weighed + _HUNDREDTHS_OF_A_PERCENT // 2) // _HUNDREDTHS_OF_A_PERCENT
    bound = np.maximum(due_satang, 0) * terms.cap_percent // 100
    surcharge = np.where(terms.cap_percent < 0, surcharge, np.minimum(surcharge, bound))
    rest = total - due_satang - surcharge
    return (
        _sums(account, principal, count),
        surcharge,
        np.maximum(rest, 0),
        np.maximum(-rest, 0),
    )


def months_late(due: Days, paid: Days, full_month_from_days: Ints) -> Ints:
    """As :func:`surcharge_months`, for arrays; int64[n], 0 for what was paid in time."""
    begin = due + np.timedelta64(1, "D")
    end = paid + np.timedelta64(1, "D")
    whole = end.astype("datetime64[M]").astype(np.int64) - begin.astype("datetime64[M]").astype(
        np.int64
    )
    # A month that would end after the last day is none yet: its days are a rest.
    whole = np.where(_months_after(begin, whole) > end, whole - 1, whole)
    rest = (end - _months_after(begin, whole)).astype(np.int64)
    late = np.maximum(whole, 0) + (rest >= full_month_from_days)
    return np.where(paid > due, late, 0).astype(np.int64)


def _months_after(begin: Days, months: Ints) -> Days:
    """The same day so many months later; the month's last day where it has no such day."""
    month = begin.astype("datetime64[M]")
    day = (begin - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    reached: Days = np.minimum(target.astype("datetime64[D]") + day, last)
    return reached


def _lowest_since(account: Ints, level: Ints) -> Ints:
    """The lowest of each row's level and those of the rows after it of the same account; rows
    are ordered by account. int64[n]."""
    lowest = level.copy()
    longest = int(np.bincount(account).max()) if len(account) else 0
    step = 1  # rows that have been looked at
    while step < longest:
        own, later = lowest[:-step], lowest[step:]
        is_same = account[:-step] == account[step:]
        lowest[:-step] = np.where(is_same, np.minimum(own, later), own)
        step *= 2
    return lowest


def _sums(account: Ints, satang: Ints, count: int) -> Ints:
    total = np.zeros(count, np.int64)
    np.add.at(total, account, satang)
    return total
