"""Feed validity and payment windows by named days."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.holidays import load_calendar
from insurance.payable import feed_validity, payable_months, payment_window
from insurance.periods import period_of_index
from insurance.sections import SECTION_39, SECTION_40

THAI = load_calendar()


def offered(section: int, day: date) -> list[int]:
    months = payable_months(section, feed_validity(day, THAI))
    return period_of_index(np.array(months)).tolist()


@pytest.mark.parametrize(
    ("day", "section_39", "section_40"),
    [
        pytest.param(date(2026, 11, 18), [202610, 202611], [202611], id="mid-month"),
        pytest.param(
            date(2026, 11, 30), [202610, 202611, 202612], [202611, 202612], id="month end"
        ),
        pytest.param(date(2026, 12, 1), [202611, 202612], [202612], id="first of a month"),
        pytest.param(
            date(2025, 12, 30), [202511, 202512, 202601], [202512, 202601], id="year's end"
        ),
        pytest.param(date(2026, 1, 5), [202512, 202601], [202601], id="first feed of the year"),
        pytest.param(date(2024, 2, 28), [202401, 202402], [202402], id="day before a leap day"),
        pytest.param(date(2024, 2, 29), [202401, 202402, 202403], [202402, 202403], id="leap day"),
        pytest.param(
            date(2025, 2, 28), [202501, 202502, 202503], [202502, 202503], id="Friday in February"
        ),
        pytest.param(
            date(2026, 5, 29), [202604, 202605, 202606], [202605, 202606], id="over a holiday"
        ),
        pytest.param(date(2026, 4, 10), [202603, 202604], [202604], id="before Songkran"),
    ],
)
def test_months_offered(day: date, section_39: list[int], section_40: list[int]) -> None:
    assert offered(SECTION_39, day) == section_39
    assert offered(SECTION_40, day) == section_40


def test_windows_reach_over_the_whole_month_and_for_section_39_the_next() -> None:
    february = 2024 * 12 + 1
    of_39 = payment_window(SECTION_39, february)
    of_40 = payment_window(SECTION_40, february)
    assert (of_39.first, of_39.last) == (date(2024, 2, 1), date(2024, 3, 31))
    assert (of_40.first, of_40.last) == (date(2024, 2, 1), date(2024, 2, 29))


@given(st.dates(date(2025, 1, 1), date(2027, 12, 29)), st.sampled_from([SECTION_39, SECTION_40]))
def test_exactly_the_months_payable_on_some_day_of_use_are_offered(day: date, section: int) -> None:
    validity = feed_validity(day, THAI)
    days = [day + timedelta(days=n) for n in range((validity.last - day).days + 1)]
    around = range(day.year * 12 + day.month - 6, day.year * 12 + day.month + 6)
    expected = [
        month
        for month in around
        if any(
            payment_window(section, month).first <= d <= payment_window(section, month).last
            for d in days
        )
    ]
    assert list(payable_months(section, validity)) == expected
