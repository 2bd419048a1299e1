"""Until when an employer's wage month is paid in time, and what is charged after that.

Contributions of a month are due on a day of the month after it. The day, the rate and how a part
of a month counts are dated rows of a table, of which the wage month decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.digits import Ints
from insurance.holidays import CalendarError, load_calendar
from insurance.periods import Days, first_date, month_index
from interfaces.dated import INTEGER, SHIPPED, TableRule, read_table
from interfaces.errors import WrongUse

SURCHARGE_RULE = TableRule(
    {
        "rate": INTEGER,  # hundredths of a percent a month: 200 is 2.00 %
        "due_day": INTEGER,  # of the month after the wage month
        "moves_to_business_day": INTEGER,  # 1: a due day that is no business day moves to the next
        "full_month_from_days": INTEGER,  # a part of a month of so many days counts as a month
        "cap_percent": INTEGER,  # most surcharge, percent of what is due; empty: no bound
    },
    key=(),
    nullable=frozenset({"cap_percent"}),
)
_KNOWN_PERIODS = 4_096
_SATURDAY = 5
_FIRST_DUE_DAYS = 28  # days that every month has


class SurchargeError(WrongUse):
    """Surcharge rows that cannot be applied, or a wage month for which there is none."""


@dataclass(frozen=True, slots=True)
class SurchargeRule:
    """A row of ``interfaces/rates/surcharge.csv``; the wage month decides which.

    ``rate``: hundredths of a percent a month. ``due_day``: day of the month after the wage month.
    ``full_month_from_days``: a part of a month of so many days is a month, a shorter one none.
    ``cap_percent``: most surcharge in percent of the contributions due; None: no bound.
    """

    rate: int
    due_day: int
    moves_to_business_day: bool
    full_month_from_days: int
    cap_percent: int | None


def due_date(period: int, rule: SurchargeRule, is_business_day: Callable[[date], bool]) -> date:
    """Last day on which the contributions of a wage month (Gregorian yyyymm) are paid in time."""
    day = _due_month(period).replace(day=rule.due_day)
    while rule.moves_to_business_day and not is_business_day(day):
        day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides the surcharge of each of n accounts and months: arrays of n.

    ``due``: datetime64[D]; ``cap_percent``: -1 for no bound; the others as in SurchargeRule.
    """

    due: Days
    rate: Ints
    full_month_from_days: Ints
    cap_percent: Ints

    @classmethod
    def of_one(cls, due: date, rule: SurchargeRule) -> Terms:
        """Terms of one account and month."""
        return cls(
            np.array([due], "datetime64[D]"),
            np.array([rule.rate], np.int64),
            np.array([rule.full_month_from_days], np.int64),
            np.array([-1 if rule.cap_percent is None else rule.cap_percent], np.int64),
        )


class SurchargeTerms:
    """Due date and surcharge of each wage month, from rows under SURCHARGE_RULE."""

    def __init__(self, rows: pa.Table, is_business_day: Callable[[date], bool]) -> None:
        """SurchargeError for a row that says something impossible."""
        self._rows = [(row["from"], row["to"], _rule(row)) for row in rows.to_pylist()]
        self._is_business_day = is_business_day
        self._known = lru_cache(_KNOWN_PERIODS)(self._find)

    def rule(self, period: int) -> SurchargeRule:
        """The rule in force for a wage month (Gregorian yyyymm); SurchargeError when none is."""
        return self._known(period)[0]

    def due(self, period: int) -> date:
        """Last day on which that month is paid in time."""
        return self._known(period)[1]

    def of(self, periods: npt.NDArray[np.int32]) -> Terms:
        """The terms of each period of an array; SurchargeError when one has none."""
        distinct, place = np.unique(np.asarray(periods, np.int32), return_inverse=True)
        known = [self._known(int(period)) for period in distinct]
        caps = [-1 if rule.cap_percent is None else rule.cap_percent for rule, _ in known]
        return Terms(
            np.array([due for _, due in known], "datetime64[D]")[place],
            np.array([rule.rate for rule, _ in known], np.int64)[place],
            np.array([rule.full_month_from_days for rule, _ in known], np.int64)[place],
            np.array(caps, np.int64)[place],
        )

    def _find(self, period: int) -> tuple[SurchargeRule, date]:
        first = first_date(int(month_index(np.array([period], np.int32))[0]))
        for begin, end, rule in self._rows:
            if (begin is None or begin <= first) and (end is None or first <= end):
                return rule, due_date(period, rule, self._is_business_day)
        raise SurchargeError(
            f"no surcharge is declared for the wage month {period}: add its row to surcharge.csv"
        )


def load_surcharge_terms(
    is_business_day: Callable[[date], bool], path: Path = SHIPPED / "rates" / "surcharge.csv"
) -> SurchargeTerms:
    """Terms of a table, by default the shipped one; DatedTableError or SurchargeError."""
    return SurchargeTerms(read_table(path, SURCHARGE_RULE), is_business_day)


@cache
def shipped_terms() -> SurchargeTerms:
    """Terms of the shipped table over the shipped holidays.

    In a year of which no holiday is declared, a due day moves over weekends alone: that an
    employer files for a month of long ago must not stop the filings of all others.
    """
    calendar = load_calendar()

    def is_business_day(day: date) -> bool:
        try:
            return calendar.is_business_day(day)
        except CalendarError:
            return day.weekday() < _SATURDAY

    return load_surcharge_terms(is_business_day)


def _rule(row: dict[str, object]) -> SurchargeRule:
    numbers = {name: row[name] for name in SURCHARGE_RULE.columns}
    rate, day, moves, rest, cap = (None if n is None else int(str(n)) for n in numbers.values())
    if rate is None or day is None or moves not in (0, 1) or rest is None:
        raise SurchargeError(f"surcharge from {row['from']}: moves_to_business_day is 0 or 1")
    if not 1 <= day <= _FIRST_DUE_DAYS or rest < 1:
        raise SurchargeError(
            f"surcharge from {row['from']}: a due day is 1 to {_FIRST_DUE_DAYS}, a rest that "
            "counts as a month at least 1 day"
        )
    return SurchargeRule(rate, day, moves == 1, rest, cap)


def _due_month(period: int) -> date:
    return first_date(int(month_index(np.array([period], np.int32))[0]) + 1)
