"""References of employers are read as they were made, and nothing that was not made is read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from insurance.employer_reference import make_references, read_references

ACCOUNTS = st.integers(0, 10**10 - 1).map("{:010d}".format)
BRANCHES = st.integers(0, 10**6 - 1).map("{:06d}".format)
PERIODS = st.builds(
    lambda year, month: year * 100 + month, st.integers(1990, 2150), st.integers(1, 12)
)
EMPLOYER = "1000000012000000"


def make(account: str | None, branch: str | None, period: int | None) -> tuple[str, str]:
    made = make_references(
        pa.array([account], pa.utf8()),
        pa.array([branch], pa.utf8()),
        pa.array([period], pa.int32()),
    )
    (row,) = made.to_pylist()
    return row["reference_1"], row["reference_2"]


def read(reference_1: str | None, reference_2: str | None) -> dict[str, object]:
    (row,) = read_references(
        pa.array([reference_1], pa.utf8()), pa.array([reference_2], pa.utf8())
    ).to_pylist()
    return dict(row)


def said(account: str | None, branch: str | None, period: int | None) -> dict[str, object]:
    return {
        "employer_account": account,
        "employer_branch": branch,
        "period": period,
        "valid": period is not None,
    }


@given(ACCOUNTS, BRANCHES, PERIODS)
def test_what_was_made_is_read(account: str, branch: str, period: int) -> None:
    first, second = make(account, branch, period)
    assert (len(first), len(second)) == (18, 10)
    assert read(first, second) == said(account, branch, period)
    assert read(f"  {first} ", f" {second}   ") == said(account, branch, period)


@given(ACCOUNTS, BRANCHES, PERIODS)
def test_check_digits_agree_with_the_oracle(account: str, branch: str, period: int) -> None:
    first, second = make(account, branch, period)
    assert first[16:] == mod_97_10.calc_check_digits(account + branch)
    assert second[8:] == mod_97_10.calc_check_digits(account + branch + second[:8])


def test_the_worked_example_of_the_specification_page() -> None:
    assert make("1000000012", "000000", 202701) == ("100000001200000058", "3320270192")


@given(ACCOUNTS, BRANCHES, PERIODS, st.integers(0, 27), st.integers(1, 9))
def test_one_wrong_digit_in_either_reference_is_seen(
    account: str, branch: str, period: int, place: int, change: int
) -> None:
    both = "".join(make(account, branch, period))
    wrong = both[:place] + str((int(both[place]) + change) % 10) + both[place + 1 :]
    found = read(wrong[:18], wrong[18:])
    assert found["valid"] is False
    # A wrong month leaves the employer known; a wrong employer is never told.
    assert found == (said(None, None, None) if place < 18 else said(account, branch, None))


@given(ACCOUNTS, BRANCHES, BRANCHES, PERIODS)
def test_a_month_belongs_to_one_employer(account: str, one: str, other: str, period: int) -> None:
    first, _ = make(account, other, period)
    _, second = make(account, one, period)
    same_remainder = int(account + one) % 97 == int(account + other) % 97
    assert read(first, second)["valid"] is same_remainder


def with_check(body: str) -> str:
    return body + mod_97_10.calc_check_digits(EMPLOYER + body)


@pytest.mark.parametrize(
    "reference_2",
    [
        None,
        "",
        with_check("39202701"),  # another section
        with_check("33202713"),
        with_check("33202700"),
        with_check("33000001"),
        with_check("33202701").replace("33", "๓๓", 1),
        with_check("33202701")[:5] + " " + with_check("33202701")[5:],
        with_check("33202701") + "0",
        "0" + with_check("33202701"),
    ],
)
def test_a_month_that_was_never_made_is_not_read(reference_2: str | None) -> None:
    first = EMPLOYER + mod_97_10.calc_check_digits(EMPLOYER)
    assert read(first, reference_2) == said("1000000012", "000000", None)


def test_check_digits_equal_modulo_97_but_not_made_are_refused() -> None:
    account = next(
        text
        for text in (f"{number:010d}" for number in range(2000))
        if make(text, "000000", 202701)[0].endswith("97")
    )
    first, second = make(account, "000000", 202701)
    assert read(first, second)["valid"]
    assert read(first[:16] + "00", second) == said(None, None, None)


@pytest.mark.parametrize(
    ("account", "branch", "period"),
    [
        ("100000001", "000000", 202701),
        ("1000000012", "0", 202701),
        ("1000000012", "000000", None),
        ("1000000012", "000000", 202713),
        (None, "000000", 202701),
    ],
)
def test_no_reference_is_made_from_what_is_missing(
    account: str | None, branch: str | None, period: int | None
) -> None:
    assert make(account, branch, period) == (None, None)


def test_many_rows_keep_their_places() -> None:
    accounts = pa.array([f"{number:010d}" for number in range(1000)])
    branches = pa.array([f"{number % 7:06d}" for number in range(1000)])
    months = pa.array(np.where(np.arange(1000) % 2, 202701, 202612), pa.int32())
    made = make_references(accounts, branches, months)
    back = read_references(*(column.combine_chunks() for column in made.columns))
    assert back["valid"].to_pylist() == [True] * 1000
    assert back["employer_account"].to_pylist() == accounts.to_pylist()
    assert back["employer_branch"].to_pylist() == branches.to_pylist()
    assert back["period"].to_pylist() == months.to_pylist()
