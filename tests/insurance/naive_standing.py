"""Standing worked out one person at a time, slowly and plainly, from the sentences of the law.

Shares no code with the insurance room: the tests compare the two.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import interfaces

DATA = Path(interfaces.__file__).parent
AMOUNTS = {("39", None): 432, ("40", "01"): 70, ("40", "02"): 100, ("40", "03"): 300}

with (DATA / "calendar" / "th_holidays.csv").open(encoding="utf-8") as handle:
    HOLIDAYS = {date.fromisoformat(row["date"]) for row in csv.DictReader(handle)}


class Month(NamedTuple):
    """A calendar month, one based."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def of_period(cls, period: int) -> Month:
        return cls(period // 100, period % 100)

    @property
    def period(self) -> int:
        return self.year * 100 + self.month

    @property
    def following(self) -> Month:
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    @property
    def preceding(self) -> Month:
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return self.following.first - timedelta(days=1)


@dataclass(frozen=True)
class Person:
    national_id: str
    section: str
    option: str | None
    status: str
    effective: date
    ended: date | None
    history_from: int | None
    last_recorded: int | None = None  # last month paid, as the register says
    history_refused: bool = False


@dataclass(frozen=True)
class Payment:
    national_id: str
    section: str
    period: int
    satang: int
    channel: str
    paid_on: date


@dataclass(frozen=True)
class Standing:
    status: str
    effective: date
    return_code: int
    listed: bool
    last: Payment | None
    payable: tuple[tuple[int, int, date, date], ...]  # period, baht, from, until


def is_open(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def due(month: Month) -> date:
    day = month.following.first.replace(day=15)
    while not is_open(day):
        day += timedelta(days=1)
    return day


def days_in_use(business_date: date) -> list[date]:
    days = [business_date, business_date + timedelta(days=1)]
    while not is_open(days[-1]):
        days.append(days[-1] + timedelta(days=1))
    return days


def lapse(person: Person, paid: set[Month], today: date) -> tuple[int, Month] | None:
    """Reason and first month without status, taking the months as they fell due one by one."""
    if person.section != "39" or person.status not in "AE" or person.history_from is None:
        return None
    month = max(Month.of(person.effective), Month.of_period(person.history_from))
    unpaid: list[Month] = []
    while due(month) < today:
        if person.status == "E" and (person.ended is None or month >= Month.of(person.ended)):
            return None
        if month not in paid:
            unpaid.append(month)
            if unpaid[-3:] == [month.preceding.preceding, month.preceding, month]:
                return 21, month.preceding.preceding
            year_of_months = [month]
            while len(year_of_months) < 12:
                year_of_months.append(year_of_months[-1].preceding)
            if 12 - len([m for m in year_of_months if m in unpaid]) < 9:
                return 22, month
        month = month.following
    return None


def stand(person: Person, payments: list[Payment], today: date) -> Standing:
    mine = [
        p for p in payments if (p.national_id, p.section) == (person.national_id, person.section)
    ]
    paid = {Month.of_period(p.period) for p in mine}
    last = max(mine, key=lambda p: (p.period, p.paid_on, p.satang, p.channel), default=None)
    ended_by_law = lapse(person, paid, today)
    status, since = person.status, person.effective
    if status == "E" and person.ended is not None:
        since = person.ended
    if status == "A" and ended_by_law is not None:
        status, since = "E", ended_by_law[1].first
    without: list[Month] = []
    if ended_by_law is not None:
        without.append(ended_by_law[1])
    if person.status == "E":
        without.append(Month(1, 1) if person.ended is None else Month.of(person.ended))
    payable, amount_missing = [], False
    unknown = person.history_refused or (
        person.history_from is None
        and person.last_recorded is not None
        and Month.of_period(person.last_recorded) >= Month.of(person.effective)
    )
    if person.status in "AE" and not unknown:
        month = Month.of(today).preceding.preceding
        while month <= Month.of(days_in_use(today)[-1]):
            until = month.following.last if person.section == "39" else month.last
            open_days = [day for day in days_in_use(today) if month.first <= day <= until]
            insured = Month.of(person.effective) <= month and all(month < w for w in without)
            if open_days and insured and month not in paid:
                baht = AMOUNTS.get((person.section, person.option))
                if baht is None:
                    amount_missing = True
                else:
                    payable.append((month.period, baht, month.first, until))
            month = month.following
    if person.status == "D":
        code = 23
    elif person.status == "S":
        code = 30
    elif person.status == "A" and unknown:
        code = 31
    elif payable:
        code = 0
    elif person.status == "E":
        code = 20
    elif ended_by_law is not None:
        code = ended_by_law[0]
    else:
        code = 40 if amount_missing else 10
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    year_ago = date(today.year - 1, today.month, day)
    known_end = person.status == "A" or person.ended is not None
    listed = status in "AS" or (status == "E" and known_end and since >= year_ago)
    return Standing(status, since, code, listed, last, tuple(payable))
