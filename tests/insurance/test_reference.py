"""References are read as they were made, and nothing that was not made is read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from insurance.reference import make_reference_2, read_references

NATIONAL_IDS = st.integers(0, 10**13 - 1).map("{:013d}".format)
PLANS = st.sampled_from([("39", None), ("40", "01"), ("40", "03"), ("40", "13"), ("40", "23")])
PERIODS = st.builds(
    lambda year, month: year * 100 + month, st.integers(1990, 2150), st.integers(1, 12)
)


def make(national_id: str, section: str, option: str | None, period: int | None) -> str | None:
    made = make_reference_2(
        pa.array([national_id]),
        pa.array([section]),
        pa.array([option], pa.utf8()),
        pa.array([period], pa.int32()),
    )
    return made[0].as_py()


def read(reference_1: str | None, reference_2: str | None) -> dict[str, object]:
    return read_references(
        pa.array([reference_1], pa.utf8()), pa.array([reference_2], pa.utf8())
    ).to_pylist()[0]


@given(NATIONAL_IDS, PLANS, PERIODS)
def test_what_was_made_is_read(national_id: str, plan: tuple[str, str | None], period: int) -> None:
    reference_2 = make(national_id, *plan, period)
    assert reference_2 is not None
    assert len(reference_2) == 12
    assert read(national_id, reference_2) == {
        "national_id": national_id,
        "section_code": plan[0],
        "option_code": plan[1],
        "period": period,
        "valid": True,
    }


@given(NATIONAL_IDS, PLANS, PERIODS)
def test_check_digits_agree_with_the_oracle(
    national_id: str, plan: tuple[str, str | None], period: int
) -> None:
    reference_2 = make(national_id, *plan, period)
    assert reference_2 is not None
    assert reference_2[10:] == mod_97_10.calc_check_digits(national_id + reference_2[:10])


def test_period_is_written_in_the_buddhist_era() -> None:
    reference_2 = make("1101234567890", "40", "02", 202612)
    assert reference_2 is not None
    assert reference_2[:10] == "4002256912"


@given(NATIONAL_IDS, PLANS, PERIODS, st.integers(0, 24), st.integers(1, 9))
def test_one_wrong_digit_in_either_reference_is_seen(
    national_id: str, plan: tuple[str, str | None], period: int, place: int, change: int
) -> None:
    both = national_id + str(make(national_id, *plan, period))
    wrong = both[:place] + str((int(both[place]) + change) % 10) + both[place + 1 :]
    assert read(wrong[:13], wrong[13:])["valid"] is False


@given(NATIONAL_IDS, NATIONAL_IDS, PERIODS)
def test_a_reference_belongs_to_one_person(one: str, other: str, period: int) -> None:
    reference_2 = str(make(one, "39", None, period))
    same_remainder = int(one) % 97 == int(other) % 97
    assert read(other, reference_2)["valid"] is same_remainder


def test_surrounding_spaces_are_ignored() -> None:
    reference_2 = make("1101234567890", "39", None, 202601)
    assert read("  1101234567890 ", f" {reference_2}   ")["period"] == 202601


def with_check(body: str) -> str:
    return body + mod_97_10.calc_check_digits("1101234567890" + body)


@pytest.mark.parametrize(
    "reference_2",
    [
        None,
        "",
        "3900256911",
        with_check("3901256911"),  # section 39 has no options
        with_check("4000256911"),  # section 40 has no option 00
        with_check("3300256911"),  # section 33 is not paid at a counter
        with_check("3900256913"),
        with_check("3900256900"),
        with_check("3900054301"),  # year 0
        with_check("3900256911").replace("39", "๓๙", 1),
        with_check("3900256911")[:6] + " " + with_check("3900256911")[6:],
        with_check("3900256911") + "0",
    ],
)
def test_what_was_never_made_is_not_valid_and_says_nothing(reference_2: str | None) -> None:
    assert read("1101234567890", reference_2) == {
        "national_id": None,
        "section_code": None,
        "option_code": None,
        "period": None,
        "valid": False,
    }


def test_check_digits_equal_modulo_97_but_not_made_are_refused() -> None:
    for number in range(2000):
        national_id = f"{number:013d}"
        reference_2 = str(make(national_id, "39", None, 202611))
        if reference_2.endswith("97"):
            assert read(national_id, reference_2)["valid"]
            assert not read(national_id, reference_2[:10] + "00")["valid"]
            return
    pytest.fail("no reference with check digits 97 among 2000 persons")


@pytest.mark.parametrize(
    ("national_id", "section", "option", "period"),
    [
        ("110", "39", None, 202611),
        ("1101234567890", "33", None, 202611),
        ("1101234567890", "40", None, 202611),
        ("1101234567890", "39", None, None),
        ("1101234567890", "39", None, 202613),
    ],
)
def test_no_reference_is_made_from_what_is_missing(
    national_id: str, section: str, option: str | None, period: int | None
) -> None:
    assert make(national_id, section, option, period) is None


def test_many_rows_keep_their_places() -> None:
    ids = [f"{number:013d}" for number in range(1000)]
    months = pa.array(np.where(np.arange(1000) % 2, 202601, 202512), pa.int32())
    made = make_reference_2(
        pa.array(ids), pa.array(["39"] * 1000), pa.nulls(1000, pa.utf8()), months
    )
    read_back = read_references(pa.array(ids), made)
    assert read_back["valid"].to_pylist() == [True] * 1000
    assert read_back["national_id"].to_pylist() == ids
    assert read_back["period"].to_pylist() == months.to_pylist()
