"""Payments of the first minutes after midnight in the return of the day before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from made_files import TODAY, MadeFile, payments, references, validate

from interfaces.model import AcceptRule

FUTURE = [(2, "PAYMENT-DATE", "PAYMENT_DATE_FUTURE")]


def paid_at(days: int, time: int | None, *, grace: int | None = None) -> MadeFile:
    """A return whose first payment is of so many days after its own, at that time (hhmmss)."""
    file = payments()
    file.rows[1][1].update(payment_date=TODAY + timedelta(days=days), payment_time=time)
    matching = file.interface.matching
    if grace is not None:
        matching = replace(matching, midnight_grace_minutes=grace)
    return replace(
        file, interface=replace(file.interface, accept=AcceptRule(1.0), matching=matching)
    )


@pytest.mark.parametrize(
    ("days", "time", "is_right"),
    [
        (1, 0, True),
        (1, 500, True),
        (1, 959, True),
        (1, 1_000, False),  # the grace is ten minutes, its end excluded
        (1, 10_500, False),  # five minutes past, but of one o'clock
        (1, 90_000, False),
        (1, 240_500, False),
        (1, None, False),
        (2, 500, False),
        (0, None, True),
        (0, 235_959, True),
        (-1, 500, True),
    ],
)
def test_only_the_first_minutes_of_the_next_day_still_count(
    days: int, time: int | None, is_right: bool
) -> None:
    outcome = validate(paid_at(days, time))
    assert [f for f in outcome.findings if f[1] == "PAYMENT-DATE"] == ([] if is_right else FUTURE)
    assert (2 in outcome.accepted) is is_right
    assert 3 in outcome.accepted


def test_an_interface_without_a_grace_takes_nothing_of_the_next_day() -> None:
    assert validate(paid_at(1, 500, grace=0)).findings == FUTURE


def test_the_last_day_of_a_month_has_its_minutes_in_the_next() -> None:
    file = paid_at(0, 500)
    month_end = TODAY.replace(day=30)
    file.rows[0][1]["effective_date"] = month_end
    file.rows[1][1]["payment_date"] = month_end + timedelta(days=1)
    outcome = validate(file, known=references(business_date=month_end))
    assert (outcome.findings, outcome.accepted) == ([], [2, 3])
