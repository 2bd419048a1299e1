"""Months as numbers, against the standard library's calendar."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.periods import (
    add_months,
    buddhist,
    first_date,
    first_day,
    gregorian,
    index_of_date,
    index_of_days,
    is_period,
    last_date,
    last_day,
    month_index,
    period_of_index,
    twelve_months_before,
)

YEARS = st.integers(1900, 2200)
MONTHS = st.integers(1, 12)


def array(*periods: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(periods, np.int32)


@given(YEARS, MONTHS)
def test_first_and_last_day_are_those_of_the_calendar(year: int, month: int) -> None:
    period = array(year * 100 + month)
    length = calendar.monthrange(year, month)[1]
    assert first_day(period)[0].item() == date(year, month, 1)
    assert last_day(period)[0].item() == date(year, month, length)
    index = int(month_index(period)[0])
    assert (first_date(index), last_date(index)) == (
        date(year, month, 1),
        date(year, month, length),
    )


@given(YEARS, MONTHS, st.integers(-600, 600))
def test_adding_months_and_taking_them_away_gives_the_same_month(
    year: int, month: int, months: int
) -> None:
    period = array(year * 100 + month)
    moved = add_months(period, months)
    assert is_period(moved).all()
    assert int(month_index(moved)[0] - month_index(period)[0]) == months
    assert add_months(moved, -months).tolist() == period.tolist()
    assert period_of_index(month_index(period)).tolist() == period.tolist()


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_lies_in_its_month(day: date) -> None:
    index = int(index_of_days(np.array([day], "datetime64[D]"))[0])
    assert index == index_of_date(day)
    assert first_date(index) <= day <= last_date(index)


def test_december_is_followed_by_january_of_the_next_year() -> None:
    assert add_months(array(202612, 202601), 1).tolist() == [202701, 202602]
    assert add_months(array(202701), -1).tolist() == [202612]


def test_leap_february() -> None:
    days = last_day(array(202402, 202502, 200002, 210002))
    assert [day.item().day for day in days] == [29, 28, 29, 28]


def test_buddhist_era_is_543_years_ahead() -> None:
    assert buddhist(array(202611, 202402)).tolist() == [256911, 256702]
    assert gregorian(array(256911)).tolist() == [202611]


def test_what_is_no_period() -> None:
    assert is_period(array(202600, 202613, 0, 11, -202601, 999912)).tolist() == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("day", "earlier"),
    [
        (date(2026, 11, 22), date(2025, 11, 22)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2025, 2, 28), date(2024, 2, 28)),
    ],
)
def test_a_year_before(day: date, earlier: date) -> None:
    assert twelve_months_before(day) == earlier
    assert day - earlier <= timedelta(days=366)
