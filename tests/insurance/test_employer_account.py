"""What an employer owes for a wage month: due days, months of delay, surcharge, overpayment."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.employer_account import Settled, settle, settle_many, surcharge_months
from insurance.holidays import load_calendar
from insurance.surcharge_terms import (
    SurchargeError,
    SurchargeRule,
    due_date,
    load_surcharge_terms,
    shipped_terms,
)

RULE = SurchargeRule(200, 15, True, 15, 100)
DUE = date(2027, 1, 15)
WORKDAY = load_calendar().is_business_day

AMOUNTS = st.integers(0, 200_000)
PAYMENTS = st.lists(
    st.tuples(st.dates(date(2026, 12, 1), date(2033, 1, 1)), st.integers(-50_000, 150_000)),
    max_size=6,
)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (202611, date(2026, 12, 15)),
        (202612, date(2027, 1, 15)),
        (202701, date(2027, 2, 15)),
        (202704, date(2027, 5, 17)),  # the 15th is a Saturday
    ],
)
def test_due_on_the_15th_or_the_next_business_day(period: int, expected: date) -> None:
    assert shipped_terms().due(period) == expected
    assert due_date(period, RULE, WORKDAY) == expected


def test_a_due_day_that_stays_where_it_is() -> None:
    fixed = SurchargeRule(200, 15, False, 15, 100)
    assert due_date(202704, fixed, WORKDAY) == date(2027, 5, 15)


def test_due_days_of_years_without_declared_holidays_avoid_weekends() -> None:
    assert shipped_terms().due(201101) == date(2011, 2, 15)
    assert shipped_terms().due(201104) == date(2011, 5, 16)  # the 15th is a Sunday


@pytest.mark.parametrize(
    ("paid", "months"),
    [
        (date(2026, 12, 31), 0),
        (date(2027, 1, 15), 0),
        (date(2027, 1, 16), 0),
        (date(2027, 1, 29), 0),  # 14 days late
        (date(2027, 1, 30), 1),  # 15 days late
        (date(2027, 2, 15), 1),  # exactly a month
        (date(2027, 3, 1), 1),  # a month and 14 days
        (date(2027, 3, 2), 2),
        (date(2028, 1, 15), 12),
    ],
)
def test_months_of_delay(paid: date, months: int) -> None:
    assert surcharge_months(DUE, paid, RULE) == months


def test_months_of_delay_from_a_day_that_other_months_lack() -> None:
    due = date(2027, 1, 30)  # counted from the 31st
    assert surcharge_months(due, date(2027, 2, 13), RULE) == 0
    assert surcharge_months(due, date(2027, 2, 14), RULE) == 1
    assert surcharge_months(due, date(2027, 2, 28), RULE) == 1
    assert surcharge_months(due, date(2027, 3, 30), RULE) == 2


@pytest.mark.parametrize(
    ("due_satang", "payments", "expected"),
    [
        (150_000, [], Settled(0, 0, 0, 150_000)),
        (150_000, [(DUE, 150_000)], Settled(150_000, 0, 0, 0)),
        # 2 % of what was late, for one month.
        (150_000, [(date(2027, 2, 15), 150_000)], Settled(150_000, 3_000, 0, 3_000)),
        (150_000, [(date(2027, 2, 15), 153_000)], Settled(150_000, 3_000, 0, 0)),
        (
            150_000,
            [(date(2027, 1, 10), 100_000), (date(2027, 2, 20), 60_000)],
            Settled(150_000, 1_000, 9_000, 0),
        ),
        # Paid before anything was filed, or after it was withdrawn.
        (0, [(DUE, 500)], Settled(0, 0, 500, 0)),
        # Money given back is taken off what was paid last.
        (100_000, [(DUE, 100_000), (DUE, 20_000), (date(2027, 3, 1), -20_000)],
         Settled(100_000, 0, 0, 0)),
        # Of what had been paid last by then: what comes later keeps its own day, and is late.
        (100_000, [(DUE, 100_000), (date(2027, 2, 15), 20_000), (date(2027, 3, 1), -20_000),
                   (date(2027, 4, 15), 5_000)],
         Settled(100_000, 0, 5_000, 0)),
        (100_000, [(DUE, 100_000), (date(2027, 2, 1), -20_000), (date(2027, 2, 15), 20_000)],
         Settled(100_000, 400, 0, 400)),
        # On one day, of what was paid on it.
        (100_000, [(DUE, 100_000), (date(2027, 2, 15), -20_000), (date(2027, 2, 15), 20_000)],
         Settled(100_000, 0, 0, 0)),
        # Given back before anything was paid: the next payment makes that good first.
        (100_000, [(date(2027, 1, 4), -20_000), (date(2027, 2, 15), 120_000)],
         Settled(100_000, 2_000, 0, 2_000)),
        (100_000, [(date(2027, 1, 4), -20_000)], Settled(0, 0, 0, 120_000)),
        # No more than the contribution itself.
        (100_000, [(date(2035, 1, 1), 100_000)], Settled(100_000, 100_000, 0, 100_000)),
        # Half a satang is a satang: 25 at 2 %.
        (25, [(date(2027, 2, 15), 25)], Settled(25, 1, 0, 1)),
        (24, [(date(2027, 2, 15), 24)], Settled(24, 0, 0, 0)),
    ],
)  # fmt: skip
def test_settled(due_satang: int, payments: list[tuple[date, int]], expected: Settled) -> None:
    assert settle(due_satang, payments, DUE, RULE) == expected


def test_without_a_bound_the_surcharge_goes_on() -> None:
    unbounded = SurchargeRule(200, 15, True, 15, None)
    assert settle(100_000, [(date(2035, 1, 15), 100_000)], DUE, unbounded) == Settled(
        100_000, 192_000, 0, 192_000
    )


@given(AMOUNTS, PAYMENTS, st.integers(0, 9))
def test_settled_as_a_person_would_reckon(
    due_satang: int, payments: list[tuple[date, int]], seed: int
) -> None:
    expected = _reckoned(due_satang, payments)
    assert settle(due_satang, payments, DUE, RULE) == expected
    shuffled = random.Random(seed).sample(payments, len(payments))
    assert settle(due_satang, shuffled, DUE, RULE) == expected


@given(AMOUNTS, PAYMENTS)
def test_every_satang_is_somewhere(due_satang: int, payments: list[tuple[date, int]]) -> None:
    found = settle(due_satang, payments, DUE, RULE)
    paid = sum(satang for _, satang in payments)
    owed = due_satang + found.surcharge_satang
    assert owed - paid == found.outstanding_satang - found.overpaid_satang
    assert min(found.outstanding_satang, found.overpaid_satang) == 0
    assert 0 <= found.principal_satang <= due_satang
    assert 0 <= found.surcharge_satang <= due_satang


def test_what_was_refunded_and_is_due_after_all_is_paid_late() -> None:
    """1,000 paid for 800, 200 refunded; a correction makes 1,000 due, and 200 are paid again."""
    story = [(DUE, 100_000)]
    assert settle(80_000, story, DUE, RULE) == Settled(80_000, 0, 20_000, 0)
    story.append((date(2027, 1, 20), -20_000))
    assert settle(80_000, story, DUE, RULE) == Settled(80_000, 0, 0, 0)
    assert settle(100_000, story, DUE, RULE) == Settled(80_000, 0, 0, 20_000)
    story.append((date(2027, 2, 15), 20_000))
    assert settle(100_000, story, DUE, RULE) == Settled(100_000, 400, 0, 400)


@given(AMOUNTS, PAYMENTS, st.integers(0, 400), st.integers(1, 200_000))
def test_giving_back_what_is_overpaid_changes_nothing_else(
    due_satang: int, payments: list[tuple[date, int]], later: int, asked: int
) -> None:
    before = settle(due_satang, payments, DUE, RULE)
    last = max((day for day, _ in payments), default=DUE) + timedelta(days=later)
    back = min(asked, before.overpaid_satang)
    after = settle(due_satang, [*payments, (last, -back)], DUE, RULE)
    assert after == replace(before, overpaid_satang=before.overpaid_satang - back)


@given(st.lists(st.tuples(AMOUNTS, PAYMENTS), max_size=5))
def test_many_are_settled_as_each_alone(accounts: list[tuple[int, list[tuple[date, int]]]]) -> None:
    terms = shipped_terms()
    periods = np.array([202612 + (n % 2) * 89 for n in range(len(accounts))], np.int32)
    rows = [(n, *one) for n, (_, payments) in enumerate(accounts) for one in payments]
    many = settle_many(
        np.array([due for due, _ in accounts], np.int64),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], "datetime64[D]"),
        np.array([row[2] for row in rows], np.int64),
        terms.of(periods),
    )
    alone = [
        settle(due, payments, terms.due(int(period)), terms.rule(int(period)))
        for (due, payments), period in zip(accounts, periods, strict=True)
    ]
    assert [Settled(*map(int, values)) for values in zip(*many, strict=True)] == alone


def test_a_table_that_says_something_impossible(tmp_path: Path) -> None:
    heading = (
        "rate,due_day,moves_to_business_day,full_month_from_days,cap_percent,"
        "from,to,source,confidence\n"
    )
    table = tmp_path / "surcharge.csv"
    for row in ("200,31,1,15,100", "200,15,2,15,100", "200,15,1,0,100"):
        table.write_text(f"{heading}{row},2020-01-01,,made up,D\n")
        with pytest.raises(SurchargeError, match="surcharge from 2020-01-01"):
            load_surcharge_terms(WORKDAY, table)
    table.write_text(f"{heading}200,15,1,15,100,2027-01-01,,made up,D\n")
    with pytest.raises(SurchargeError, match="wage month 202612"):
        load_surcharge_terms(WORKDAY, table).rule(202612)


def test_before_the_bound_was_made_law() -> None:
    assert shipped_terms().rule(201509).cap_percent is None
    assert shipped_terms().rule(201510).cap_percent == 100


def _reckoned(due_satang: int, payments: Sequence[tuple[date, int]]) -> Settled:
    """The same by hand: coin by coin would be slow, payment by payment will do."""
    purse: list[tuple[date, int]] = []
    missing = 0  # given back beyond what there was
    for day, _, satang in sorted((day, satang < 0, satang) for day, satang in payments):
        if satang < 0:
            missing += _taken_from(purse, -satang)
            continue
        made_good = min(missing, satang)
        missing -= made_good
        purse.append((day, satang - made_good))
    open_satang, weighed, rest = due_satang, 0, -missing
    for day, satang in purse:
        used = min(open_satang, satang)
        open_satang -= used
        rest += satang - used
        weighed += used * _months(day)
    surcharge = min((weighed * 200 + 5_000) // 10_000, due_satang)
    return Settled(
        due_satang - open_satang,
        surcharge,
        max(rest - surcharge - open_satang, 0),
        max(open_satang + surcharge - rest, 0),
    )


def _taken_from(purse: list[tuple[date, int]], satang: int) -> int:
    """Take money off what was put in last; what could not be taken."""
    while satang and purse:
        day, there = purse.pop()
        taken = min(satang, there)
        satang -= taken
        if there > taken:
            purse.append((day, there - taken))
    return satang


def _months(paid: date) -> int:
    """Months counted day by day from the day after the due date."""
    months, days, day = 0, 0, DUE + timedelta(days=1)
    while day <= paid:
        days += 1
        day += timedelta(days=1)
        if day.day == (DUE + timedelta(days=1)).day:
            months, days = months + 1, 0
    return months + (days >= RULE.full_month_from_days)
