"""A slip is undone, every way it may have happened is told, and nothing else."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10
from stdnum.th import pin

from insurance.identifiers import national_ids
from insurance.reference import make_reference_2, read_references
from insurance.repair import REPAIRED_SCHEMA, repair_check_digits, repair_one_digit

IDS = st.integers(10**11, 10**12 - 1).map(lambda n: national_ids(np.array([n]))[0].as_py())
PLANS = st.sampled_from([("39", None), ("40", "01"), ("40", "03"), ("40", "13")])
PERIODS = st.builds(
    lambda year, month: year * 100 + month, st.integers(2024, 2030), st.integers(1, 12)
)


def made(national_id: str, plan: tuple[str, str | None], period: int) -> str:
    reference = make_reference_2(
        pa.array([national_id]),
        pa.array([plan[0]]),
        pa.array([plan[1]], pa.utf8()),
        pa.array([period], pa.int32()),
    )
    return str(reference[0].as_py())


def meant(national_id: str, plan: tuple[str, str | None], period: int) -> dict[str, object]:
    return {
        "row": 0,
        "national_id": national_id,
        "section_code": plan[0],
        "option_code": plan[1],
        "period": period,
    }


def by_digit(first: str | None, second: str | None) -> list[dict[str, object]]:
    found = repair_one_digit(pa.array([first], pa.utf8()), pa.array([second], pa.utf8()))
    assert found.schema == REPAIRED_SCHEMA
    return list(found.to_pylist())


def by_check(first: str | None, second: str | None) -> list[dict[str, object]]:
    found = repair_check_digits(pa.array([first], pa.utf8()), pa.array([second], pa.utf8()))
    assert found.schema == REPAIRED_SCHEMA
    return list(found.to_pylist())


def slips(first: str, second: str) -> set[tuple[str, str]]:
    """Every pair one slip away: one digit, or two neighbours, of the ID or of the body."""
    found = set()
    body, check = second[:10], second[10:]
    for text, put in ((first, lambda t: (t, second)), (body, lambda t: (first, t + check))):
        for place in range(len(text)):
            for digit in "0123456789":
                found.add(put(text[:place] + digit + text[place + 1 :]))
        for place in range(len(text) - 1):
            two = text[place + 1] + text[place]
            found.add(put(text[:place] + two + text[place + 2 :]))
    return found - {(first, second)}


def sound_among(pairs: set[tuple[str, str]]) -> set[tuple[object, ...]]:
    """Those that an oracle we did not write finds sound, and that say something."""
    found = set()
    for first, second in pairs:
        if mod_97_10.calc_check_digits(first + second[:10]) == second[10:] and (
            pin.calc_check_digit(first[:12]) == first[12]
        ):
            (read,) = read_references(pa.array([first]), pa.array([second])).to_pylist()
            if read["valid"]:
                found.add(tuple(read[name] for name in REPAIRED_SCHEMA.names[1:]))
    return found


@given(IDS, PLANS, PERIODS, st.data())
def test_a_slip_is_undone_and_all_its_readings_are_told(
    national_id: str, plan: tuple[str, str | None], period: int, data: st.DataObject
) -> None:
    second = made(national_id, plan, period)
    typed = data.draw(st.sampled_from(sorted(slips(national_id, second))))
    found = by_digit(*typed)
    assert meant(national_id, plan, period) in found
    told = {tuple(row.values())[1:] for row in found}
    assert len(told) == len(found)
    assert told == sound_among(slips(*typed))


@given(st.text("0123456789", min_size=13, max_size=13), st.text("0123", min_size=12, max_size=12))
def test_of_any_digits_exactly_the_sound_neighbours_are_told(first: str, second: str) -> None:
    told = {tuple(row.values())[1:] for row in by_digit(first, second)}
    assert told == sound_among(slips(first, second))


@given(IDS, PLANS, PERIODS, st.text(min_size=2, max_size=2))
def test_wrong_check_digits_are_overlooked_and_right_ones_are_no_repair(
    national_id: str, plan: tuple[str, str | None], period: int, written: str
) -> None:
    second = made(national_id, plan, period)
    wrong = second[:10] + written
    is_wrong = written != second[10:] and len(wrong.strip(" ")) == 12
    expected = [meant(national_id, plan, period)] if is_wrong else []
    assert by_check(national_id, wrong) == expected


@given(IDS, PLANS, PERIODS, st.integers(0, 12), st.integers(1, 9))
def test_check_digits_are_overlooked_only_for_a_sound_id(
    national_id: str, plan: tuple[str, str | None], period: int, place: int, change: int
) -> None:
    typed = list(national_id)
    typed[place] = str((int(typed[place]) + change) % 10)
    other = "".join(typed)
    is_sound = pin.calc_check_digit(other[:12]) == other[12]
    assert bool(by_check(other, made(national_id, plan, period))) is is_sound


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, None),
        ("", ""),
        ("1101234567890", None),
        ("1101234567890", "3900256911"),
        ("110123456789", "390025691100"),
        ("11012345678901", "390025691100"),
        ("๑101234567890", "390025691100"),
        ("1101234567890", "39002569๑100"),
        ("1101234567890", "330025691100"),
        ("1101234567890", "390025691300"),
    ],
)
def test_what_is_no_reference_is_not_repaired(first: str | None, second: str | None) -> None:
    assert by_check(first, second) == []
    if first is None or second is None or len(first) != 13 or len(second) != 12:
        assert by_digit(first, second) == []


def test_rows_keep_their_numbers_over_blocks() -> None:
    count = 70_000
    ids = national_ids(np.arange(10**11, 10**11 + count))
    plan = pa.array(["39"] * count), pa.nulls(count, pa.utf8())
    seconds = make_reference_2(ids, *plan, pa.array(np.full(count, 202611), pa.int32()))
    mixed = pa.array(
        [s if n % 7 else s[:9] + "9" + s[10:] for n, s in enumerate(seconds.to_pylist())]
    )
    found = repair_one_digit(ids, mixed).to_pylist()
    repaired = {row["row"] for row in found if row["national_id"] == ids[row["row"]].as_py()}
    assert repaired == set(range(0, count, 7))
