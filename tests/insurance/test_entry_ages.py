"""Full years of age, and who may be insured under section 33 for the first time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.ages import full_years, outside_entry_age

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
ENTRY = date(2027, 1, 4)


def years(born: date | None, on: date | None) -> int | None:
    found: int | None = full_years(pa.array([born], pa.date32()), pa.array([on], pa.date32()))[
        0
    ].as_py()
    return found


def outside(born: date | None) -> bool:
    days = pa.array([born], pa.date32()), pa.array([ENTRY], pa.date32())
    return bool(outside_entry_age(*days)[0])


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2012, 1, 4), 15),
        (date(2012, 1, 5), 14),
        (date(2011, 12, 31), 15),
        (date(1966, 1, 4), 61),
        (date(1966, 1, 5), 60),
        (date(2027, 1, 4), 0),
        (date(2027, 1, 5), -1),
    ],
)
def test_years_are_full_on_the_birthday_and_not_before(born: date, expected: int) -> None:
    assert years(born, ENTRY) == expected


def test_a_birthday_of_29_february_is_1_march_in_other_years() -> None:
    assert years(date(2008, 2, 29), date(2027, 2, 28)) == 18
    assert years(date(2008, 2, 29), date(2027, 3, 1)) == 19
    assert years(date(2008, 2, 29), date(2028, 2, 29)) == 20


@given(DAYS, DAYS)
def test_full_years_as_counted_by_birthdays(born: date, on: date) -> None:
    counted = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    assert years(born, on) == counted


@pytest.mark.parametrize(
    ("born", "is_outside"),
    [
        (date(2012, 1, 4), False),
        (date(2012, 1, 5), True),
        (date(1966, 1, 5), False),
        (date(1966, 1, 4), True),
        (None, False),
    ],
)
def test_fifteen_to_sixty_may_enter(born: date | None, is_outside: bool) -> None:
    assert outside(born) is is_outside


def test_no_row_has_no_age() -> None:
    nobody = pa.array([], pa.date32())
    assert full_years(nobody, nobody).to_pylist() == []
    assert outside_entry_age(nobody, nobody).tolist() == []
    assert outside_entry_age(nobody, nobody).dtype == np.bool_
