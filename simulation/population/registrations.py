"""Registration files of employers: who begins work with them, and who has left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from exporters.writer import FileWriter
from insurance.digits import text_of_numbers
from interfaces.model import Interface
from interfaces.names import make_name
from simulation.population.filings import Workforce
from simulation.population.persons import (
    ACTIVE,
    People,
    draw_people,
    family_names,
    given_names,
    id_texts,
    titles,
)
from simulation.population.scenario import Scenario

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEW_EMPLOYEE, LEAVING = "103", "609"
_ONE_IN = 10  # of the employers that file
_LEAVING_ONE_IN = 3  # of those
_RESIGNED = "1"
_SEARCHED = 64
_ADULT_DAYS, _OLD_DAYS = 20 * 366, 59 * 365
_HOSPITALS = ("1000001", "1000002", "1000003")
_THAI, _OTHER = "099", "000"


def write_registrations(
    scenario: Scenario, interface: Interface, folder: Path, workforce: Workforce
) -> int:
    """A file for one of ten employers: a person of section 40 begins there, and at every third of
    them an employee has left. The number of files."""
    branches = scenario.employers.branch_employer
    employers = np.unique(branches[workforce.branches])[::_ONE_IN]
    newcomers = _newcomers(scenario, len(employers))
    for place, employer in enumerate(employers[: len(newcomers)].tolist()):
        branch = int(scenario.employers.first_branch[employer])
        rows = [_rows(scenario, newcomers[place : place + 1], branch, NEW_EMPLOYEE)]
        if place % _LEAVING_ONE_IN == 0:
            at_work = workforce.numbers[branches[workforce.branches] == employer]
            rows.append(_rows(scenario, at_work[:1], branch, LEAVING))
        account = int(scenario.employers.accounts[employer])
        name = f"{account:010d}_{scenario.business_date:%Y%m%d}"
        path = folder / make_name(interface.file, scenario.business_date, 1, any_part=name)
        with FileWriter(path, interface, {}) as writer:
            for batch in rows:
                writer.write_details(batch)
            writer.close()
    return min(len(employers), len(newcomers))


def _newcomers(scenario: Scenario, count: int) -> Ints:
    """Numbers of adults of section 40, as far apart as the country allows."""
    step = max(scenario.persons // max(count, 1), 1)
    starts = np.arange(count, dtype=np.int64) * step
    offered = np.unique((starts[:, None] + np.arange(min(step, _SEARCHED))) % scenario.persons)
    people = draw_people(scenario, offered)
    age = scenario.day - people.born_day
    fits = (people.section == 40) & (people.status == ACTIVE)
    fits &= (age > _ADULT_DAYS) & (age < _OLD_DAYS)
    found: Ints = people.numbers[fits][:count]
    return found


def _rows(scenario: Scenario, numbers: Ints, branch: int, kind: str) -> pa.RecordBatch:
    people = draw_people(scenario, numbers)
    employers = scenario.employers
    employer = np.repeat(employers.branch_employer[branch], len(numbers))
    office = employers.offices[employer]
    is_new = kind == NEW_EMPLOYEE
    return pa.record_batch(
        {
            "record_type": pa.repeat(kind, len(numbers)),
            "province": text_of_numbers(office // 100, 2),
            "province_branch": text_of_numbers(office % 100, 2),
            "acc_no": employers.account_texts(employer),
            "branch_no": employers.branch_texts(np.repeat(branch, len(numbers))),
            "sso_id": id_texts(people),
            "id_type": pa.repeat("1", len(numbers)),
            "nationality": pa.array([_THAI, _OTHER]).take(
                pa.array(people.is_alien.astype(np.int8))
            ),
            "sex": pa.array(["1", "2"]).take(pa.array(people.is_female.astype(np.int8))),
            "prefix": titles(scenario, people),
            "fname": given_names(scenario, people),
            "lname": family_names(scenario, people),
            **_beginning(scenario, people, is_there=is_new),
            **_leaving(scenario, people, is_there=not is_new),
        }
    )


def _beginning(scenario: Scenario, people: People, *, is_there: bool) -> dict[str, pa.Array]:
    count = len(people)
    start = np.full(count, scenario.day - 7)
    return {
        "birth_date": _days(people.born_day, is_there=is_there),
        "marital_status": _text("1", count, is_there=is_there),
        "start_date": _days(start, is_there=is_there),
        "employment_type": _text("1", count, is_there=is_there),
        "alien_type": _text(None, count, is_there=is_there),
        "child_data": _text(None, count, is_there=is_there),
        "hospital_code": pa.array([list(_HOSPITALS) if is_there else None] * count),
    }


def _leaving(scenario: Scenario, people: People, *, is_there: bool) -> dict[str, pa.Array]:
    count = len(people)
    return {
        "leaving_date": _days(np.full(count, scenario.day - 1), is_there=is_there),
        "leaving_reason": _text(_RESIGNED, count, is_there=is_there),
        "employed_since": _days(people.joined_day, is_there=is_there),
    }


def _days(values: Ints, *, is_there: bool) -> pa.Array:
    return pa.array(values.astype(np.int32), pa.date32(), mask=np.full(len(values), not is_there))


def _text(value: str | None, count: int, *, is_there: bool) -> pa.Array:
    return pa.repeat(pa.scalar(value if is_there else None, pa.utf8()), count)
