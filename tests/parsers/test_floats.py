"""COMP-1 and COMP-2: IBM hexadecimal and IEEE floats, both ways, against exact fractions."""

import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.codecs.fault import Fault
from parsers.codecs.hexfloat import decode_hexfloat, encode_hexfloat
from parsers.codecs.ieee import decode_ieee, encode_ieee

LARGEST = float((1 - Fraction(1, 2**53)) * 16**63)
"""Greatest double below 16**63, beyond which no hexadecimal float reaches."""


def exact(data: bytes) -> Fraction:
    """Value of a hexadecimal float by its definition: ± 0.fraction · 16 ** (exponent - 64)."""
    number = int.from_bytes(data, "big")
    bits = 8 * len(data) - 8
    value = Fraction(number % (1 << bits), 1 << bits) * Fraction(16) ** (
        (number >> bits) % 128 - 64
    )
    return -value if number >> (bits + 7) else value


def matrix(rows: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)


def one(data: str) -> tuple[float, int]:
    values, faults = decode_hexfloat(matrix([bytes.fromhex(data)]))
    return float(values[0]), int(faults[0])


def written(value: float, width: int) -> tuple[str, bool]:
    data, wrong = encode_hexfloat(np.array([value]), width)
    return data.tobytes().hex().upper(), bool(wrong[0])


class TestPublishedHexFloats:
    """Examples that others have printed."""

    @pytest.mark.parametrize(
        ("data", "value", "source"),
        [
            # Enterprise COBOL for z/OS 6.4 Programming Guide,
            # "Examples: numeric data and internal representation"
            ("434D2000", 1234.0, "IBM COBOL"),
            ("C34D2000", -1234.0, "IBM COBOL"),
            ("434D200000000000", 1234.0, "IBM COBOL"),
            ("C34D200000000000", -1234.0, "IBM COBOL"),
            # Wikipedia, "IBM hexadecimal floating-point"
            ("C276A000", -118.625, "Wikipedia"),
            ("7FFFFFFF", float((1 - Fraction(1, 16**6)) * 16**63), "Wikipedia"),
            ("00100000", float(Fraction(1, 16**65)), "Wikipedia"),
            ("00000000", 0.0, "Wikipedia"),
            # IBM 5100 manual, "Language Support", pages 6-11 and 6-12, examples 1 to 3
            ("4310880000000000", 264.5, "IBM 5100"),
            ("40C0000000000000", 0.75, "IBM 5100"),
            ("BF50000000000000", -0.01953125, "IBM 5100"),
        ],
    )
    def test_reads_and_writes(self, data, value, source):
        assert one(data) == (value, 0)
        assert written(value, len(data) // 2) == (data, False)

    def test_pi_is_the_nearest_double(self):
        """π in hexadecimal is 3.243F6A88 85A308D3…: 56 bits of it are more than a double has."""
        assert one("413243F6A8885A31") == (3.141592653589793, Fault.FLOAT_ROUNDED)
        assert written(3.141592653589793, 8) == ("413243F6A8885A30", False)


class TestHexFloats:
    @given(st.lists(st.binary(min_size=4, max_size=4), min_size=1))
    def test_short_numbers_are_exact_doubles(self, rows):
        values, faults = decode_hexfloat(matrix(rows))
        assert [Fraction(value) for value in values.tolist()] == [exact(row) for row in rows]
        assert not faults.any()

    @given(st.lists(st.binary(min_size=8, max_size=8), min_size=1))
    def test_long_numbers_are_the_nearest_doubles_and_say_so(self, rows):
        values, faults = decode_hexfloat(matrix(rows))
        for row, value, fault in zip(rows, values.tolist(), faults.tolist(), strict=True):
            assert value == float(exact(row))  # Python divides integers half to even
            assert fault == (Fault.FLOAT_ROUNDED if Fraction(value) != exact(row) else 0)

    @given(
        st.lists(st.binary(min_size=4, max_size=8).filter(lambda d: len(d) in (4, 8)), min_size=1)
    )
    def test_what_is_read_is_written_back(self, rows):
        for row in rows:
            value, fault = one(row.hex())
            data, wrong = written(value, len(row))
            if not fault:
                assert not wrong
                assert exact(bytes.fromhex(data)) == exact(row)

    @given(st.floats(-LARGEST, LARGEST, allow_nan=False))
    def test_every_double_in_range_is_exact_in_long_form(self, value):
        data, wrong = written(value, 8)
        if abs(value) >= 16.0**-65:
            assert not wrong
        if not wrong:
            assert one(data) == (value, 0)
            first_digit = data[2]
            assert first_digit != "0" or data[0] in "08"  # normalised unless the exponent is least

    @given(st.floats(1e-70, 7e75) | st.floats(-7e75, -1e-70))
    def test_short_form_is_the_nearest(self, value):
        data, wrong = written(value, 4)
        assert not wrong
        number = int(data, 16)
        near = [exact((number + step).to_bytes(4, "big")) for step in (-1, 0, 1)]
        assert min(near, key=lambda other: abs(other - Fraction(value))) == near[1] or abs(
            near[1] - Fraction(value)
        ) in (abs(near[0] - Fraction(value)), abs(near[2] - Fraction(value)))

    def test_halves_go_to_the_even_neighbour(self):
        assert written(1 + 2.0**-21, 4)[0] == "41100000"
        assert written(1 + 3 * 2.0**-21, 4)[0] == "41100002"
        assert written(float(0xFFFFFF) + 0.5, 4)[0] == "47100000"  # carries into the exponent

    @pytest.mark.parametrize(
        ("data", "value"),
        [
            ("42010000", 1.0),  # unnormalised
            ("45000001", 1.0 / 16),
            ("7F000000", 0.0),  # a zero fraction is zero under any exponent
            ("00000001", float(Fraction(1, 16**70))),
        ],
    )
    def test_unnormalised_forms(self, data, value):
        assert one(data) == (value, 0)

    def test_negative_zero_keeps_its_sign(self):
        assert np.signbit(one("80000000")[0])
        assert np.signbit(one("C2000000")[0])
        assert written(-0.0, 4) == ("80000000", False)
        assert written(0.0, 8) == ("0000000000000000", False)

    @pytest.mark.parametrize(
        "value", [7.3e75, -1e100, float("inf"), float("-inf"), float("nan"), 1e-100, 5e-324]
    )
    @pytest.mark.parametrize("width", [4, 8])
    def test_what_has_no_such_form_is_reported(self, value, width):
        assert written(value, width)[1]

    def test_a_short_number_that_rounds_beyond_the_largest_is_reported(self):
        assert written(LARGEST, 4)[1]
        assert written(LARGEST, 8) == ("7FFFFFFFFFFFFFF8", False)

    @pytest.mark.parametrize("data", ["7FFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFD"])
    def test_the_largest_numbers_are_written_as_the_largest(self, data):
        value, fault = one(data)
        assert fault == Fault.FLOAT_ROUNDED  # to 16^63, which no long number is
        assert written(value, 8) == (f"{data[0]}FFFFFFFFFFFFFFF", False)
        assert written(value, 4)[1]

    @pytest.mark.parametrize("width", [2, 16])
    def test_other_widths_are_a_programming_error(self, width):
        with pytest.raises(ValueError, match="4, COMP-2 has 8"):
            decode_hexfloat(np.zeros((1, width), np.uint8))
        with pytest.raises(ValueError, match="4, COMP-2 has 8"):
            encode_hexfloat(np.zeros(1), width)


class TestIeee:
    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.booleans())
    def test_doubles_both_ways(self, numbers, little):
        order = "<" if little else ">"
        rows = [struct.pack(f"{order}d", number) for number in numbers]
        values, faults = decode_ieee(matrix(rows), little_endian=little)
        assert values.tolist() == numbers
        assert not faults.any()
        data, wrong = encode_ieee(values, 8, little_endian=little)
        assert data.tobytes() == b"".join(rows)
        assert not wrong.any()

    @given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.booleans())
    def test_singles_both_ways(self, number, little):
        row = struct.pack("<f" if little else ">f", number)
        values, faults = decode_ieee(matrix([row]), little_endian=little)
        assert (values.dtype, values.tolist(), faults.tolist()) == (np.float32, [number], [0])
        assert encode_ieee(np.array([number]), 4, little_endian=little)[0].tobytes() == row

    @pytest.mark.parametrize("data", ["7F800000", "FF800000", "7FC00000", "FFFFFFFF"])
    def test_what_is_not_finite_is_a_fault(self, data):
        _, faults = decode_ieee(matrix([bytes.fromhex(data)]))
        assert faults.tolist() == [Fault.FLOAT_NOT_FINITE]

    def test_what_a_single_cannot_hold_is_reported(self):
        values = np.array([3.4e38, 3.5e38, float("nan"), float("inf")])
        assert encode_ieee(values, 4)[1].tolist() == [False, True, True, True]
        assert encode_ieee(values, 8)[1].tolist() == [False, False, True, True]

    def test_other_widths_are_a_programming_error(self):
        with pytest.raises(ValueError, match="4, COMP-2 has 8"):
            decode_ieee(np.zeros((1, 2), np.uint8))
