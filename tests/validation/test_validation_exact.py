from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from validation.exact import digit_numbers, group_sums

int64s = st.integers(-(2**63), 2**63 - 1)
amounts = st.decimals(
    min_value=-(10**35), max_value=10**35, places=2, allow_nan=False, allow_infinity=False
)


@given(st.lists(st.tuples(st.one_of(st.none(), int64s), st.integers(0, 3)), max_size=50))
def test_sums_of_integers_never_overflow(rows: list[tuple[int | None, int]]) -> None:
    rows.sort(key=lambda row: row[1])
    expected = [sum(v or 0 for v, g in rows if g == group) for group in range(4)]
    values = pa.array([v for v, _ in rows], pa.int64())
    assert group_sums(values, np.array([g for _, g in rows], np.int64), 4) == expected


@given(st.lists(st.one_of(st.none(), amounts), max_size=30), st.integers(0, 5))
def test_sums_of_decimals_are_exact(rows: list[Decimal | None], start: int) -> None:
    values = pa.array(rows, pa.decimal128(38, 2)).slice(start)
    expected = sum((Fraction(v) for v in rows[start:] if v is not None), Fraction(0))
    assert group_sums(values, np.zeros(len(values), np.int64), 1) == [expected]


def test_only_texts_of_digits_are_numbers() -> None:
    numbers, wrong = digit_numbers(pa.array(["007", None, "1๒", "", "12 ", "12\n"]))
    assert numbers.to_pylist() == [7, None, None, None, None, None]
    assert wrong.tolist() == [False, False, True, True, True, True]


def test_long_texts_of_digits_are_exact() -> None:
    text = "9" * 25
    numbers, wrong = digit_numbers(pa.array([text, "1"]))
    assert not wrong.any()
    assert group_sums(numbers, np.zeros(2, np.int64), 1) == [int(text) + 1]
