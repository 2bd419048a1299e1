"""Every numeric usage both ways: what is written is read back, and canonical bytes come again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.codecs.integers import (
    ColumnTypeError,
    Integers,
    divided_by_power_of_ten,
    read_integers,
)
from exporters.codecs.values import write_value
from interfaces.model import Dialect, Era, FieldRule, FieldType, Filled
from parsers.arrow_types import element_type, value_digits
from parsers.codepages import code_page
from parsers.fields import decode_field
from parsers.layout import Edit, Field

EBCDIC = code_page("cp838")
ASCII = code_page("cp874")
USUAL = Dialect()


def made(kind: str, usage: str, length: int, **attributes: Any) -> Field:
    return Field("N", "n", 5, 0, length, "?", usage, kind, **attributes)  # type: ignore[arg-type]


def written(
    column: pa.Array, field: Field, rule: FieldRule | None = None, dialect: Dialect = USUAL
) -> tuple[list[bytes], Mapping[str, list[bool]]]:
    out = np.zeros((len(column), field.length), np.uint8)
    found = write_value(column, field, rule, dialect, EBCDIC, out)
    return [row.tobytes() for row in out], {code: rows.tolist() for code, rows in found.items()}


def assert_both_ways(field: Field, column: pa.Array, page: str, dialect: Dialect = USUAL) -> None:
    """decode(encode(values)) is the values, and encode(decode(bytes)) the bytes."""
    out = np.zeros((len(column), field.length), np.uint8)
    for wrong in write_value(column, field, None, dialect, code_page(page), out).values():
        assert not wrong.any()
    decoded, faults = decode_field(out, field, None, code_page(page), None, dialect)
    assert not faults.any()
    assert decoded.equals(column)
    again = np.zeros_like(out)
    write_value(decoded, field, None, dialect, code_page(page), again)
    assert (again == out).all()


SCALES = st.integers(-6, 6)


@st.composite
def decimal_fields(draw: st.DrawFn) -> Field:
    """Numbers of decimal digits in every usage and with every kind of sign."""
    digits = draw(st.integers(1, 31))
    scale = draw(SCALES)
    usage = draw(st.sampled_from(["display", "packed", "comp-6", "national"]))
    signed = draw(st.booleans()) and usage != "comp-6"
    marks: dict[str, Any] = {"digits": digits, "scale": scale, "signed": signed}
    if usage in ("packed", "comp-6"):
        has_sign = usage == "packed"
        length = digits // 2 + 1 if has_sign else (digits + 1) // 2
        return made("number", "packed", length, sign_nibble=has_sign, **marks)
    separate = signed and (usage == "national" or draw(st.booleans()))
    marks |= {"sign_separate": separate, "sign_leading": signed and draw(st.booleans())}
    characters = digits + separate
    if usage == "national":
        little = draw(st.booleans())
        return made("number", "national", 2 * characters, little_endian=little, **marks)
    return made("number", "display", characters, **marks)


def column_of(field: Field, unscaled: list[int]) -> pa.Array:
    """Values of a field from what its stored digits say."""
    values = [Decimal(f"{value}E{-field.scale}") for value in unscaled]
    kind = element_type(field, None)
    return pa.array([int(v) for v in values] if pa.types.is_integer(kind) else values, kind)


@given(decimal_fields(), st.data(), st.sampled_from(["cp838", "cp874"]))
def test_decimal_numbers(field: Field, data: st.DataObject, page: str) -> None:
    top = 10**field.digits - 1
    values = st.integers(-top if field.signed else 0, top)
    unscaled = data.draw(st.lists(values, min_size=1, max_size=8))
    assert_both_ways(field, column_of(field, unscaled), page)


@given(st.integers(1, 8), st.booleans(), st.booleans(), SCALES, st.data())
def test_native_binary(
    length: int, signed: bool, little: bool, scale: int, data: st.DataObject
) -> None:
    field = made(
        *("number", "binary", length),
        digits=1,
        signed=signed,
        native=True,
        little_endian=little,
        scale=scale,
    )
    bits = 8 * length - signed
    values = st.integers(-(1 << bits) if signed else 0, (1 << bits) - 1)
    unscaled = data.draw(st.lists(values, min_size=1, max_size=8))
    assert value_digits(field) <= 38
    assert_both_ways(field, column_of(field, unscaled), "cp838")


PICTURES = {"Z,ZZ9.99-": 6, "$$$,$$9": 5, "***9CR": 4, "+99/99": 4, "9B9": 2, "ZZZ.ZZ": 5}
"""Edited pictures and their digits."""


@given(st.sampled_from(list(PICTURES)), st.booleans(), st.data())
def test_edited_numbers(picture: str, national: bool, data: st.DataObject) -> None:
    signed = picture[-1] in "-R" or picture[0] == "+"
    marks = {"digits": PICTURES[picture], "scale": 2 if "." in picture else 0, "signed": signed}
    field = made(
        *("number", "national" if national else "display", len(picture) * (1 + national)),
        **marks,
        edit=Edit(picture),
    )
    top = 10**field.digits - 1
    unscaled = data.draw(st.lists(st.integers(-top if signed else 0, top), min_size=1))
    assert_both_ways(field, column_of(field, unscaled), "cp838")


@given(
    st.lists(st.floats(1e-70, 1e70) | st.floats(-1e70, -1e-70) | st.just(0.0), min_size=1),
    st.booleans(),
    st.booleans(),
)
def test_long_floats(values: list[float], ieee: bool, little: bool) -> None:
    field = made("float", "float", 8, ieee=ieee, little_endian=little)
    assert_both_ways(field, pa.array(values, pa.float64()), "cp838")


@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1))
def test_short_floats_that_were_read_are_written_exactly(rows: list[bytes]) -> None:
    field = made("float", "float", 4)
    matrix = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 4)
    column, _ = decode_field(matrix, field, None, EBCDIC)
    assert_both_ways(field, column, "cp838")


class TestFindings:
    """What does not fit is reported, never cut."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (made("number", "packed", 2, digits=3, sign_nibble=False), 1000),
            (made("number", "packed", 2, digits=3, sign_nibble=False), -1),
            (made("number", "national", 4, digits=2), 100),
            (made("number", "display", 4, digits=3, edit=Edit("ZZ9B")), -5),
            (made("number", "display", 3, digits=3, edit=Edit("ZZ9")), 1000),
            (made("number", "binary", 3, digits=6), 10**6),
            (made("number", "binary", 1, digits=2, native=True), 256),
            (made("number", "packed", 2, digits=3, scale=-20), 10**20 + 1),
            (made("number", "packed", 2, digits=3, scale=-20), 10**23),
        ],
    )
    def test_numbers(self, field: Field, value: int) -> None:
        column = pa.array([Decimal(value), Decimal(0)], pa.decimal128(38, 0))
        assert written(column, field)[1] == {"ENCODE_OVERFLOW": [True, False]}

    def test_floats(self) -> None:
        column = pa.array([7.3e75, float("nan"), 1.5, None])
        rows, found = written(column, made("float", "float", 4))
        assert found == {"ENCODE_OVERFLOW": [True, True, False, False]}
        assert rows[2:] == [bytes.fromhex("41180000"), bytes(4)]

    def test_numbers_too_large_for_any_type(self) -> None:
        field = made("number", "packed", 16, digits=31, scale=5, signed=True)
        huge = [Decimal("9" * 38), Decimal("-" + "9" * 38)]
        column = pa.array([*huge, Decimal(1)], pa.decimal128(38, 0))
        rows, found = written(column, field)
        assert found == {"ENCODE_OVERFLOW": [True, True, False]}
        assert rows[2] == bytes.fromhex("0" * 25 + "100000C")

    def test_a_decimal_is_no_float(self) -> None:
        with pytest.raises(ColumnTypeError, match="no float"):
            written(pa.array([Decimal("0.1")]), made("float", "float", 8))


class TestNulls:
    @pytest.mark.parametrize(
        ("dialect", "filling"),
        [
            (USUAL, "F0F0F0"),
            (Dialect(spaces=Filled.NULL, low_values=Filled.NULL), "404040"),
            (Dialect(low_values=Filled.NULL), "000000"),
            (Dialect(high_values=Filled.NULL), "FFFFFF"),
        ],
    )
    def test_a_null_is_the_filling_that_reads_as_null(self, dialect: Dialect, filling: str) -> None:
        field = made("number", "display", 3, digits=3)
        rows, _ = written(pa.array([None, 5], pa.int64()), field, dialect=dialect)
        assert rows == [bytes.fromhex(filling), bytes.fromhex("F0F0F5")]

    def test_usages_without_fillings_have_zero(self) -> None:
        dialect = Dialect(spaces=Filled.NULL)
        column = pa.array([None], pa.int64())
        assert written(column, made("number", "binary", 2, digits=4), dialect=dialect)[0] == [
            bytes(2)
        ]
        comp_6 = made("number", "packed", 1, digits=2, sign_nibble=False)
        assert written(column, comp_6, dialect=dialect)[0] == [bytes(1)]

    def test_national_spaces(self) -> None:
        field = made("number", "national", 4, digits=2)
        rows, _ = written(pa.array([None], pa.int64()), field, dialect=Dialect(spaces=Filled.NULL))
        assert rows == [b"\x00\x20\x00\x20"]

    def test_blank_when_zero(self) -> None:
        field = made("number", "display", 3, digits=3, blank_when_zero=True)
        rows, _ = written(pa.array([0, 7, None], pa.int64()), field)
        assert rows == [b"\x40" * 3, b"\xf0\xf0\xf7", b"\x40" * 3]


def test_dates_and_periods() -> None:
    rule = FieldRule(type=FieldType.DATE, mask="dd/mm/yyyy", era=Era.BE)
    column = pa.array([date(2026, 1, 31), date(9999, 1, 1)], pa.date32())
    rows, found = written(column, made("text", "display", 10), rule)
    assert rows[0] == "31/01/2569".encode("cp037")
    assert found == {"ENCODE_OVERFLOW": [False, True]}
    rule = FieldRule(type=FieldType.PERIOD, mask="yyyymm", era=Era.CE)
    rows, found = written(pa.array([202601, 202613]), made("number", "display", 6, digits=6), rule)
    assert rows[0] == bytes.fromhex("F2F0F2F6F0F1")
    assert found == {"PERIOD_INVALID": [False, True], "ENCODE_OVERFLOW": [False, False]}


@given(st.lists(st.integers(-(10**38) + 1, 10**38 - 1), min_size=1), st.integers(0, 37))
def test_division_by_powers_of_ten_is_exact(values: list[int], zeros: int) -> None:
    column = pa.array([Decimal(value) for value in values], pa.decimal128(38, 0))
    quotients, exact = divided_by_power_of_ten(read_integers(column, 0), zeros)
    wanted = [divmod(abs(value), 10**zeros) for value in values]
    assert magnitudes(quotients) == [quotient for quotient, _ in wanted]
    assert exact.tolist() == [remainder == 0 for _, remainder in wanted]


def magnitudes(values: Integers) -> list[int]:
    high = np.zeros_like(values.low) if values.high is None else values.high
    return [(int(h) << 64) | int(low) for h, low in zip(high, values.low, strict=True)]
