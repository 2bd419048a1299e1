"""What matching is given: times as seconds, and the days whose feeds have to be opened."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from exchange.returns.matching_inputs import days_of_late_months, days_of_payment, seconds_of_day
from interfaces.model import MatchingRule
from tests.ledger.matching_tables import payments

MIDNIGHT = MatchingRule(post=("exact.1", "midnight.1"), midnight_grace_minutes=10)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (0, 0),
        (1, 1),
        (959, 599),
        (960, None),
        (1000, 600),
        (93_005, 34_205),
        (235_959, 86_399),
        (240_000, None),
        (126_000, None),
        (-1, None),
        (None, None),
    ],
)
def test_a_time_is_seconds_of_the_day(written: int | None, seconds: int | None) -> None:
    times = seconds_of_day(pa.chunked_array([pa.array([written], pa.int64())]))
    assert times.type == pa.int32()
    assert times.to_pylist() == [seconds]


def test_the_day_before_counts_only_within_the_grace_of_midnight() -> None:
    table = payments(
        {"payment_date": date(2026, 12, 1), "payment_time": 599},
        {"payment_date": date(2026, 12, 3), "payment_time": 600},
        {"payment_date": date(2026, 12, 5)},
        {"payment_date": None, "payment_time": 0},
    )
    own = [date(2026, 12, day) for day in (1, 3, 5)]
    assert days_of_payment(table, MIDNIGHT) == [date(2026, 11, 30), *own]
    assert days_of_payment(table, MatchingRule()) == own


@pytest.mark.parametrize(
    ("section", "period", "last"),
    [
        ("39", 202609, date(2026, 10, 31)),
        ("39", 202610, None),  # until the last of November
        ("40", 202610, date(2026, 10, 31)),
        ("40", 202611, None),
        ("40", 202511, date(2025, 11, 30)),
        ("40", 202510, None),  # too long ago to open feeds for
        ("40", 202701, None),
        ("40", None, None),
    ],
)
def test_a_month_paid_late_is_looked_up_in_the_feed_of_its_last_day(
    section: str, period: int | None, last: date | None
) -> None:
    table = payments({"section_code": section, "period": period})
    assert days_of_late_months(table) == ([last] if last else [])
