"""The two moments of an expectation: when somebody should look, and when it is late."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from exchange.watch.expectation import BANGKOK
from interfaces.model import ExpectedRule

_DAY = timedelta(days=1)


def deadlines(
    rule: ExpectedRule, business_date: date, *, after: datetime | None = None
) -> tuple[datetime, datetime]:
    """``(warn_at, due_at)`` of a business date, in Bangkok.

    A receipt or an answer follows a file that may itself have come late: ``after`` is the moment
    at which that file was there, and the days are counted on until the warning lies after it.
    """
    day = business_date + timedelta(days=rule.days_after)
    warn_at = datetime.combine(day, rule.warn, BANGKOK)
    due_at = datetime.combine(day, rule.due, BANGKOK)
    while after is not None and warn_at < after:
        warn_at, due_at = warn_at + _DAY, due_at + _DAY
    return warn_at, due_at
