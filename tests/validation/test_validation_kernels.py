"""What the compiled kernels do is what the plain code does, which small batches go through."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import person

from interfaces.model import FieldRule
from validation import exact, packing, screens, seen
from validation.checks import FIELD_CHECKS
from validation.screens import FieldScreen

ids = st.one_of(
    st.none(),
    st.integers(0, 60).map(person),
    st.text(alphabet="0123456789", max_size=14),
    st.sampled_from(["", "A", "๑๒๓", "1234567890128 ", "12345678901๑", "9999999999999"]),
)
texts = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["สมชาย", "€", "ก" * 40, "😀"]))
codes = st.one_of(st.none(), st.sampled_from(["33", "39", "40", "", "3", "033", "หก", "33 "]))


@pytest.fixture(scope="module", autouse=True)
def every_batch_is_worth_compiling() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (screens, exact, packing):
            patch.setattr(module, "WORTH_COMPILED", 1)
        patch.setattr(seen, "MANY", 1)
        yield


def sliced(values: list[str | None]) -> pa.Array:
    """The values at an offset within a longer array, as a batch may have them."""
    return pa.array(["x", None, *values, "y"], pa.utf8()).slice(2, len(values))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("national_id", ids),
        ("juristic_id", ids),
        ("employer_account", ids),
        ("digits", ids),
        ("cp874", texts),
    ],
)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_fault_escapes_the_screen(
    name: str, values: st.SearchStrategy[str | None], data: st.DataObject
) -> None:
    column = sliced(data.draw(st.lists(values, min_size=1, max_size=30)))
    faulty = np.logical_or.reduce(list(FIELD_CHECKS[name](column).values()))
    suspects = FieldScreen(FieldRule(checks=(name,)), None).suspects(column)
    assert suspects is not None
    assert set(np.flatnonzero(faulty)) <= set(suspects.tolist())


def test_sound_values_are_no_suspects() -> None:
    names = sliced(["สมชาย", None, "SOMCHAI", ""])
    assert FieldScreen(FieldRule(checks=("cp874",)), None).suspects(names).tolist() == []
    persons = sliced([person(n) for n in range(50)])
    screen = FieldScreen(FieldRule(checks=("national_id",), required=True), None)
    assert screen.suspects(persons).tolist() == []


@settings(deadline=None, max_examples=60)
@given(values=st.lists(codes, min_size=1, max_size=30))
def test_only_values_that_are_no_code_are_suspects(values: list[str | None]) -> None:
    allowed = ("33", "39", "40")
    expected = [at for at, value in enumerate(values) if value is not None and value not in allowed]
    by_values = FieldScreen(FieldRule(values=allowed), None)
    by_list = FieldScreen(FieldRule(codes="sections"), pa.array(allowed))
    assert by_values.suspects(sliced(values)).tolist() == expected
    assert by_list.suspects(sliced(values)).tolist() == expected


def test_a_missing_value_is_a_suspect_where_it_is_required() -> None:
    screen = FieldScreen(FieldRule(values=("33",), required=True), None)
    assert screen.suspects(sliced(["33", None, "34"])).tolist() == [1, 2]


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(
        st.tuples(
            st.one_of(
                st.none(), st.integers(-(10**30), 10**30), st.sampled_from([-(2**64), 2**64])
            ),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_sums_of_groups_are_exact(values: list[tuple[int | None, int]]) -> None:
    values.sort(key=lambda pair: pair[1])
    numbers = [None if n is None else Decimal(f"{n}E-2") for n, _ in values]
    groups = np.array([group for _, group in values], np.int64)
    column = pa.array([None, *numbers], pa.decimal128(38, 2)).slice(1)
    expected = [sum(n or 0 for n, group in values if group == wanted) for wanted in range(4)]
    assert [total * 100 for total in exact.group_sums(column, groups, 4)] == expected
    assert [total * 100 for total in exact.group_sums(column, groups * 0, 1)] == [sum(expected)]


def test_sums_of_integers_do_not_overflow() -> None:
    column = pa.array([None, 2**62, 2**62, 2**62, -1], pa.int64())
    assert exact.group_sums(column, np.zeros(5, np.int64), 1) == [3 * 2**62 - 1]


@settings(deadline=None, max_examples=60)
@given(values=st.lists(ids, min_size=1, max_size=30))
def test_digits_are_read_as_numbers(values: list[str | None]) -> None:
    numbers, wrong = exact.digit_numbers(sliced(values))
    is_number = [v is not None and v.isascii() and v.isdigit() for v in values]
    assert wrong.tolist() == [
        v is not None and not good for v, good in zip(values, is_number, strict=True)
    ]
    total = sum(int(v or 0) for v, good in zip(values, is_number, strict=True) if good)
    assert exact.group_sums(numbers, np.zeros(len(values), np.int64), 1) == [total]


@pytest.mark.parametrize(
    ("bits", "most"), [(7, 99), (44, 10**13 - 1), (44, 3000), (60, 10**18 - 1)]
)
def test_seen_numbers_are_those_of_a_plain_set(bits: int, most: int) -> None:
    random = np.random.default_rng(8)
    numbers = seen.SeenNumbers(bits)
    known: set[int] = set()
    for size in (1, 70, 3000, 2000):
        keys = random.integers(0, most + 1, size)
        expected = []
        for key in keys.tolist():
            expected.append(key in known)
            known.add(key)
        assert numbers.again(keys).tolist() == expected


def test_the_table_grows_and_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_FEWEST_SLOTS", 4)
    numbers = seen.SeenNumbers(44)
    keys = np.random.default_rng(3).choice(10**12, 20_000, replace=False)
    for start in range(0, len(keys), 37):
        assert not numbers.again(keys[start : start + 37]).any()
    assert numbers.again(keys[::-1].copy()).all()


def test_small_keys_take_four_bytes_in_a_large_table() -> None:
    large = seen.SeenNumbers(44, expected=4_000_000)
    assert not large.again(np.arange(10)).any()
    assert large.again(np.arange(10)).all()
    table = large._table
    assert table is not None and table._slots.itemsize == 4
