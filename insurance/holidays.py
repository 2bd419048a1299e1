"""Business days: Monday to Friday, without the declared holidays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from interfaces.dated import DATE, SHIPPED, TEXT, TableRule, read_table
from interfaces.errors import WrongUse

HOLIDAY_RULE = TableRule({"date": DATE, "name": TEXT, "kind": TEXT}, key=("date",), dated=False)

_SATURDAY = 5


class CalendarError(WrongUse):
    """A day in a year for which no holidays are declared."""


class BusinessCalendar:
    """Business days over declared holidays.

    A year of which no holiday is declared is refused, not taken as a year without holidays:
    a feed or a due date would silently fall on a closed day.
    """

    def __init__(self, holidays: Iterable[date]) -> None:
        self._holidays = frozenset(holidays)
        self._years = frozenset(day.year for day in self._holidays)

    @classmethod
    def from_table(cls, table: pa.Table) -> BusinessCalendar:
        """From a table with a date32 column ``date``, as :func:`load_calendar` reads it."""
        return cls(table["date"].to_pylist())

    def is_business_day(self, day: date) -> bool:
        """Whether ``day`` is a working day; CalendarError if its year is not declared."""
        if day.year not in self._years:
            known = ", ".join(str(year) for year in sorted(self._years)) or "none"
            raise CalendarError(
                f"no holidays are declared for {day.year} (needed for {day}; declared: {known}); "
                "add the year's rows to the calendar"
            )
        return day.weekday() < _SATURDAY and day not in self._holidays

    def next_business_day(self, day: date) -> date:
        """First business day after ``day``."""
        return self.on_or_after(day + timedelta(days=1))

    def previous_business_day(self, day: date) -> date:
        """Last business day before ``day``."""
        earlier = day - timedelta(days=1)
        while not self.is_business_day(earlier):
            earlier -= timedelta(days=1)
        return earlier

    def on_or_after(self, day: date) -> date:
        """``day`` itself if it is a business day, else the next one."""
        while not self.is_business_day(day):
            day += timedelta(days=1)
        return day


def load_calendar(path: Path = SHIPPED / "calendar" / "th_holidays.csv") -> BusinessCalendar:
    """The calendar of a holiday table, by default the shipped one.

    Raises interfaces.dated.DatedTableError for a table that cannot be used.
    """
    return BusinessCalendar.from_table(read_table(path, HOLIDAY_RULE))
