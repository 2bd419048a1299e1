"""Insured people: each a pure function of the scenario and the person's number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from insurance.digits import text_of_numbers
from insurance.periods import first_day_of_index, month_index
from simulation.population.country import SECTIONS
from simulation.population.scenario import Scenario

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

STATUSES = ("A", "S", "E", "D")
HABITS = (
    "employed",
    "on_time",
    "late",
    "sometimes",
    "intermittent",
    "shortfall",
    "new",
    "prepaid",
)
ACTIVE, SUSPENDED, ENDED, DEAD = range(4)

_LATE_DIGITS_FROM = 198406  # month from which numbers were given at birth
_NEW_MONTHS = 12  # who joined within these months is new
_ENDED_MONTHS = 36  # ended and dead people stay in the master this long


@dataclass(frozen=True)
class People:
    """A block of people, one value each; ``numbers`` are their person numbers.

    ``section`` is 33, 39 or 40; ``status`` and ``habit`` are positions in STATUSES and HABITS;
    ``plan`` is section and option as in ``insurance.sections`` (3300 for s.33). Dates are days
    since 1970-01-01, ``ended_day`` only where ``has_ended``. ``joined`` and ``ended`` are month
    indices (``ended`` is far in the future for those who have not). ``employer`` is the
    employer (s.33) or the previous one (s.39), ``branch`` a position in the employer book's
    branches (s.33); both -1 for others. ``wage`` is satang a month (s.33, else 0).
    """

    numbers: Ints
    national_id: Ints
    section: Ints
    status: Ints
    habit: Ints
    plan: Ints
    is_female: Bools
    is_married: Bools
    is_alien: Bools
    born_day: Ints
    joined: Ints
    joined_day: Ints
    has_ended: Bools
    ended: Ints
    ended_day: Ints
    employer: Ints
    branch: Ints
    wage: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def works(self) -> Bools:
        """Employees whose insured status goes on: those an employer pays for."""
        result: Bools = (self.section == 33) & (self.status == ACTIVE)
        return result


def draw_people(scenario: Scenario, numbers: Ints) -> People:
    """The people of ``numbers`` (0 … persons − 1, in any order)."""
    dice = scenario.dice
    digit = scenario.ids.first_digits(numbers)
    is_alien = digit == 0
    section = np.array(SECTIONS)[
        dice.choice("section", numbers, [scenario.country.sections[s] for s in SECTIONS])
    ]
    section[is_alien] = 33
    habit = _habits(scenario, numbers, section)
    age = _ages(scenario, numbers, section, digit)
    employer = np.where(section == 40, -1, scenario.employers.of(dice, numbers))
    served, joined_day = _service(scenario, numbers, section, habit, age, employer)
    status = _statuses(scenario, numbers, section, served)
    ended, ended_day = _endings(scenario, numbers, section, status, served)
    is_female = dice.below("sex", numbers, 2) == 1
    at_work = np.flatnonzero(section == 33)
    branch = np.full(len(numbers), -1, dtype=np.int64)
    branch[at_work] = scenario.employers.branch_of(dice, numbers[at_work], employer[at_work])
    option_codes = np.array([int(code) for code in scenario.country.options])
    option = option_codes[dice.choice("option", numbers, list(scenario.country.options.values()))]
    return People(
        numbers=numbers,
        national_id=scenario.ids.numbers(dice, numbers),
        section=section,
        status=status,
        habit=habit,
        plan=section * 100 + np.where(section == 40, option, 0),
        is_female=is_female,
        is_married=dice.below("married", numbers, 1000) < np.clip((age // 12 - 18) * 40, 0, 750),
        is_alien=is_alien,
        born_day=month_days(scenario.month - age) + dice.below("birth day", numbers, 28),
        joined=scenario.month - served,
        joined_day=joined_day,
        has_ended=ended_day >= 0,
        ended=ended,
        ended_day=ended_day,
        employer=employer,
        branch=branch,
        wage=np.where(section == 33, _wages(scenario, numbers), 0),
    )


def titles(scenario: Scenario, people: People) -> pa.StringArray:
    """Title code of each person, by sex and marriage."""
    kind = np.where(people.is_female, 1 + people.is_married.astype(np.int64), 0)
    return scenario.titles.take(pa.array(kind))


def given_names(scenario: Scenario, people: People) -> pa.StringArray:
    """Given name of each person."""
    return scenario.names.given(scenario.dice, people.numbers, people.is_female)


def family_names(scenario: Scenario, people: People) -> pa.StringArray:
    """Family name of each person."""
    return scenario.names.family(scenario.dice, people.numbers, scenario.country.clan_per_thousand)


def id_texts(people: People) -> pa.StringArray:
    """National ID of each person as text."""
    return text_of_numbers(people.national_id, 13)


def month_days(months: Ints) -> Ints:
    """First day of month indices, in days since 1970-01-01."""
    return first_day_of_index(months).astype(np.int64)


def _habits(scenario: Scenario, numbers: Ints, section: Ints) -> Ints:
    result = np.zeros(len(numbers), dtype=np.int64)
    for code, weights in scenario.country.habits.items():
        named = np.array([HABITS.index(name) for name in weights])
        drawn = named[scenario.dice.choice("habit", numbers, list(weights.values()))]
        result = np.where(section == code, drawn, result)
    return result


def _ages(scenario: Scenario, numbers: Ints, section: Ints, digit: Ints) -> Ints:
    """Age in months, within the section's limits and the time of the first digit."""
    limits = scenario.country.ages
    low = _by_section(section, {code: years[0] * 12 + 1 for code, years in limits.items()})
    high = _by_section(section, {code: years[1] * 12 - 1 for code, years in limits.items()})
    turn = scenario.month - int(month_index(np.array([_LATE_DIGITS_FROM]))[0])
    born = {row.digit: row.born for row in scenario.country.first_digits}
    late = np.isin(digit, [number for number, when in born.items() if when == "late"])
    early = np.isin(digit, [number for number, when in born.items() if when == "early"])
    # Long before or after 1984 nobody of the right age fits the digit: then any age does.
    narrow_high = np.where(late, np.minimum(high, turn), high)
    narrow_low = np.where(early, np.maximum(low, turn + 1), low)
    fits = narrow_low < narrow_high
    low = np.where(fits, narrow_low, low)
    high = np.where(fits, narrow_high, high)
    return low + scenario.dice.below("age", numbers, high - low + 1)


def _service(
    scenario: Scenario, numbers: Ints, section: Ints, habit: Ints, age: Ints, employer: Ints
) -> tuple[Ints, Ints]:
    """Months since joining the section, and the day of joining (before the business date)."""
    limits = scenario.country.ages
    begun = _by_section(
        section,
        {
            code: int(month_index(np.array([period]))[0])
            for code, period in scenario.country.begun.items()
        },
    )
    since = np.where(section == 33, scenario.employers.registered_month[employer] + 1, begun)
    youngest = _by_section(section, {code: years[0] * 12 for code, years in limits.items()})
    longest = np.maximum(np.minimum(age - youngest - 1, scenario.month - since), 0)
    is_new = habit == HABITS.index("new")
    longest = np.where(is_new, np.minimum(longest, _NEW_MONTHS - 1), longest)
    # The smaller of two draws: short service is more common than long.
    served = np.minimum(
        scenario.dice.below("served", numbers, longest + 1),
        scenario.dice.below("served again", numbers, longest + 1),
    )
    at_least = np.where(is_new, 0, np.minimum(_NEW_MONTHS, longest))
    served = np.maximum(served, at_least)
    day = month_days(scenario.month - served) + scenario.dice.below("joined day", numbers, 28)
    return served, np.minimum(day, scenario.day)


def _statuses(scenario: Scenario, numbers: Ints, section: Ints, served: Ints) -> Ints:
    result = np.zeros(len(numbers), dtype=np.int64)
    for code, weights in scenario.country.statuses.items():
        drawn = scenario.dice.choice("status", numbers, [weights[name] for name in STATUSES])
        result = np.where(section == code, drawn, result)
    return np.where((result >= ENDED) & (served < 2), ACTIVE, result)


def _endings(
    scenario: Scenario, numbers: Ints, section: Ints, status: Ints, served: Ints
) -> tuple[Ints, Ints]:
    """Month index and day on which status E or D began; day -1 for the others."""
    has_ended = status >= ENDED
    ago = 1 + scenario.dice.below("ended", numbers, np.clip(served - 1, 1, _ENDED_MONTHS))
    month = scenario.month - ago
    day = month_days(month)
    # Voluntary insurance ends with the first day of an unpaid month; work and life on any day.
    any_day = (section == 33) | (status == DEAD)
    day = day + np.where(any_day, scenario.dice.below("ended day", numbers, 28), 0)
    never = scenario.month + 1000
    return np.where(has_ended, month, never), np.where(has_ended, day, -1)


def _wages(scenario: Scenario, numbers: Ints) -> Ints:
    wages = scenario.country.wages
    baht = scenario.dice.quantile("wage", numbers, wages.shares, wages.values)
    # Most are paid a whole multiple of ten baht, some by the hour and so with satang.
    with_satang = scenario.dice.chance("wage has satang", numbers, 150)
    satang = scenario.dice.below("wage satang", numbers, 100)
    wage = np.where(with_satang, baht * 100 + satang, baht // 10 * 1000)
    # Exactly the ceiling looks like a capped wage: that is left to the filings wrong in it.
    return np.where(wage == scenario.ceiling, wage + 1000, wage)


def _by_section(section: Ints, values: Mapping[int, int]) -> Ints:
    return np.array([values[code] for code in SECTIONS])[np.searchsorted(SECTIONS, section)]
