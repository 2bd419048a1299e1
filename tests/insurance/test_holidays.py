"""Business days over the shipped calendar, by name, and the rules that hold on any calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.holidays import HOLIDAY_RULE, BusinessCalendar, CalendarError, load_calendar
from interfaces.dated import SHIPPED, read_table

THAI = load_calendar()
ROWS = read_table(SHIPPED / "calendar" / "th_holidays.csv", HOLIDAY_RULE).to_pylist()


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 11, 20), date(2026, 11, 23)),  # Friday
        (date(2026, 4, 10), date(2026, 4, 16)),  # Songkran, Monday to Wednesday
        (date(2026, 12, 4), date(2026, 12, 8)),  # 5 December is a Saturday, moved to Monday
        (date(2025, 12, 30), date(2026, 1, 5)),  # New Year, and a day added by the cabinet
        (date(2026, 5, 29), date(2026, 6, 2)),  # Visakha Bucha on the last Sunday of May
        (date(2027, 7, 16), date(2027, 7, 21)),  # Sunday and Monday, moved to Tuesday
    ],
)
def test_next_and_previous_business_day(day: date, following: date) -> None:
    assert THAI.next_business_day(day) == following
    assert THAI.previous_business_day(following) == day


@given(st.dates(date(2024, 1, 8), date(2027, 12, 29)))
def test_next_business_day_is_the_first_open_one(day: date) -> None:
    following = THAI.next_business_day(day)
    between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
    assert THAI.is_business_day(following)
    assert not any(THAI.is_business_day(closed) for closed in between)
    assert THAI.on_or_after(following) == following
    assert following - day < timedelta(days=8)


def test_a_year_without_declared_holidays_is_refused() -> None:
    with pytest.raises(CalendarError, match=r"2028.*2024, 2025, 2026, 2027.*add the year's rows"):
        THAI.next_business_day(date(2027, 12, 31))
    with pytest.raises(CalendarError, match="none"):
        BusinessCalendar([]).is_business_day(date(2026, 1, 5))


def test_substitutions_and_added_days_fall_on_working_days() -> None:
    moved = [row["date"] for row in ROWS if row["kind"] in ("substitution", "special")]
    assert moved
    assert all(day.weekday() < 5 for day in moved)
    assert {row["kind"] for row in ROWS} == {"public", "substitution", "special"}


def test_a_weekend_holiday_has_a_closed_working_day_after_it() -> None:
    closed = {row["date"] for row in ROWS}
    for day in (row["date"] for row in ROWS if row["date"].weekday() >= 5):
        after = day
        while after.weekday() >= 5:
            after += timedelta(days=1)
        assert after in closed, day


def test_movable_days_are_never_marked_as_certain() -> None:
    lunar = [row for row in ROWS if "Bucha" in row["name"] or row["name"] == "Buddhist Lent"]
    assert {row["date"].year for row in lunar} == {2024, 2025, 2026, 2027}
    assert {row["confidence"] for row in lunar} <= {"C", "D"}
    assert {row["confidence"] for row in lunar if row["date"].year == 2027} == {"D"}
