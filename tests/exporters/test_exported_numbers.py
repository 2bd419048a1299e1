"""Numbers against an independent reference that works on the digits as text."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.codecs.integers import ColumnTypeError, read_integers
from exporters.codecs.number import write_number
from parsers.codepages import code_page
from parsers.copybook import parse_copybook
from parsers.layout import Field

PAGES = ["cp838", "cp037", "cp874"]


def field(clauses: str) -> Field:
    text = f"       01 R.\n          05 N {clauses}.\n"
    return parse_copybook(text, source="test.cpy")[0].fields[0]


def written(
    column: pa.Array, item: Field, page: str = "cp838"
) -> tuple[list[bytes], npt.NDArray[np.bool_]]:
    out = np.full((len(column), item.length), 0x40, np.uint8)
    values = read_integers(column, max(item.scale, 0))
    wrong = write_number(values, item, code_page(page), out)
    return [row.tobytes() for row in out], wrong


def zoned(value: int, digits: int, page: str) -> bytes:
    return f"{abs(value):0{digits}d}".encode("cp037" if page != "cp874" else "ascii")


def overpunched(value: int, digits: int, page: str, *, leading: bool) -> bytes:
    data = bytearray(zoned(value, digits, page))
    place = 0 if leading else -1
    digit = data[place] & 0x0F
    letters = "}JKLMNOPQR" if value < 0 else "{ABCDEFGHI"
    data[place] = letters[digit].encode("cp037" if page != "cp874" else "ascii")[0]
    return bytes(data)


def packed(value: int, digits: int, *, signed: bool) -> bytes:
    sign = ("D" if value < 0 else "C") if signed else "F"
    text = f"{abs(value):0{digits}d}{sign}"
    return bytes.fromhex(text.rjust(2 * (digits // 2 + 1), "0"))


@st.composite
def sized_numbers(draw: st.DrawFn) -> tuple[int, list[int]]:
    digits = draw(st.integers(1, 31))
    limit = 10**digits - 1
    edges = st.sampled_from([0, 1, -1, limit, -limit])
    return digits, draw(st.lists(st.integers(-limit, limit) | edges, min_size=1, max_size=20))


def decimals(values: list[int]) -> pa.Array:
    return pa.array([Decimal(value) for value in values], pa.decimal128(38, 0))


@given(sized_numbers(), st.sampled_from(PAGES), st.booleans())
def test_signed_zoned(case: tuple[int, list[int]], page: str, leading: bool) -> None:
    digits, values = case
    place = "LEADING" if leading else "TRAILING"
    rows, wrong = written(decimals(values), field(f"PIC S9({digits}) SIGN {place}"), page)
    assert rows == [overpunched(v, digits, page, leading=leading) for v in values]
    assert not wrong.any()


@given(sized_numbers(), st.sampled_from(PAGES), st.booleans())
def test_separate_sign(case: tuple[int, list[int]], page: str, leading: bool) -> None:
    digits, values = case
    place = "LEADING" if leading else "TRAILING"
    item = field(f"PIC S9({digits}) SIGN {place} SEPARATE")
    rows, wrong = written(decimals(values), item, page)
    codec = "ascii" if page == "cp874" else "cp037"
    for value, row in zip(values, rows, strict=True):
        sign = ("-" if value < 0 else "+").encode(codec)
        body = zoned(value, digits, page)
        assert row == (sign + body if leading else body + sign)
    assert not wrong.any()


@given(sized_numbers(), st.booleans())
def test_packed(case: tuple[int, list[int]], signed: bool) -> None:
    digits, values = case
    values = values if signed else [abs(value) for value in values]
    picture = f"PIC {'S' if signed else ''}9({digits}) COMP-3"
    rows, wrong = written(decimals(values), field(picture))
    assert rows == [packed(value, digits, signed=signed) for value in values]
    assert not wrong.any()


@given(st.integers(1, 18), st.data(), st.booleans())
def test_binary(digits: int, data: st.DataObject, signed: bool) -> None:
    limit = 10**digits - 1
    numbers = st.integers(-limit if signed else 0, limit)
    values = data.draw(st.lists(numbers, min_size=1, max_size=20))
    length = 2 if digits <= 4 else 4 if digits <= 9 else 8
    rows, wrong = written(
        pa.array(values, pa.int64()), field(f"PIC {'S' if signed else ''}9({digits}) COMP")
    )
    assert rows == [value.to_bytes(length, "big", signed=signed) for value in values]
    assert not wrong.any()


@given(
    st.integers(1, 20),
    st.sampled_from(["", " COMP-3", " COMP"]),
    st.lists(st.integers(-(10**22), 10**22)),
    st.booleans(),
)
def test_what_does_not_fit_the_picture_is_reported(
    digits: int, usage: str, values: list[int], signed: bool
) -> None:
    if usage == " COMP":
        digits = min(digits, 18)
    values += [10**digits, 10**digits - 1, -(10**digits)]
    item = field(f"PIC {'S' if signed else ''}9({digits}){usage}")
    _, wrong = written(decimals(values), item)
    expected = [abs(v) >= 10**digits or (v < 0 and not signed) for v in values]
    assert wrong.tolist() == expected


def test_comp_5_takes_the_whole_range_of_its_bytes() -> None:
    rows, wrong = written(pa.array([32767, -32768, 32768, -32769]), field("PIC S9(4) COMP-5"))
    assert rows[:2] == [b"\x7f\xff", b"\x80\x00"]
    assert wrong.tolist() == [False, False, True, True]
    rows, wrong = written(pa.array([65535, 65536, -1]), field("PIC 9(4) COMP-5"))
    assert rows[0] == b"\xff\xff"
    assert wrong.tolist() == [False, True, True]


def test_null_is_plus_zero() -> None:
    column = pa.array([None, Decimal("-1.5")], pa.decimal128(5, 2))
    rows, _ = written(column, field("PIC S9(5)V99 COMP-3"))
    assert rows == [bytes.fromhex("0000000C"), bytes.fromhex("0000150D")]


def test_scale_is_exact_for_every_arrow_type() -> None:
    item = field("PIC S9(5)V99")
    for column in (pa.array([12], pa.int32()), pa.array([Decimal("12.0")], pa.decimal128(9, 1))):
        assert written(column, item)[0] == [bytes.fromhex("F0F0F0F1F2F0C0")]


def test_trailing_p_drops_zeros_only() -> None:
    rows, wrong = written(pa.array([12300, 12345]), field("PIC 9(3)PP"))
    assert rows[0] == bytes.fromhex("F1F2F3")
    assert wrong.tolist() == [False, True]


@pytest.mark.parametrize(
    "column", [pa.array([1.5]), pa.array(["1"]), pa.array([Decimal("1.234")])], ids=str
)
def test_a_column_that_cannot_be_exact_is_refused(column: pa.Array) -> None:
    with pytest.raises(ColumnTypeError):
        read_integers(column, 2)


@given(st.lists(st.integers(-(10**31), 10**31), min_size=1), st.integers(0, 5))
def test_slices_read_their_own_rows(values: list[int], start: int) -> None:
    item = field("PIC S9(31) COMP-3")
    sliced, _ = written(decimals(values).slice(start), item)
    whole, _ = written(decimals(values), item)
    assert sliced == whole[start:]
