"""Zoned and packed numbers against the plain reference, and every fault they know."""

import numpy as np
import pytest
import reference_numbers as reference
from hypothesis import given
from hypothesis import strategies as st
from number_columns import integers, matrix, numbers, strided

from parsers.codecs.digits import as_int64, digits_to_integers, times_power_of_ten
from parsers.codecs.fault import Fault
from parsers.codecs.packed import decode_packed
from parsers.codecs.zoned import decode_zoned
from parsers.codepages import code_page

EBCDIC = code_page("cp838")
ASCII = code_page("cp874")


class TestDigits:
    @given(numbers())
    def test_up_to_31_digits_are_exact(self, case):
        digits, values = case
        rows = [[int(d) for d in str(abs(value)).zfill(digits)] for value in values]
        columns = np.array(rows, np.uint8).T
        negative = np.array([value < 0 for value in values])
        assert integers(digits_to_integers(columns, negative)) == values

    @given(numbers())
    def test_those_that_fit_an_int64_are_told(self, case):
        digits, values = case
        rows = [[int(d) for d in str(abs(value)).zfill(digits)] for value in values]
        negative = np.array([value < 0 for value in values])
        narrow, fits = as_int64(digits_to_integers(np.array(rows, np.uint8).T, negative))
        assert fits.tolist() == [-(2**63) <= value < 2**63 for value in values]
        assert narrow[fits].tolist() == [v for v, fit in zip(values, fits, strict=True) if fit]

    @given(numbers(), st.integers(1, 38))
    def test_trailing_zeros_of_any_number(self, case, zeros):
        digits, values = case
        zeros = min(zeros, 38 - digits)
        rows = [[int(d) for d in str(abs(value)).zfill(digits)] for value in values]
        negative = np.array([value < 0 for value in values])
        stored = digits_to_integers(np.array(rows, np.uint8).T, negative)
        shifted = times_power_of_ten(stored, zeros, digits + zeros)
        assert integers(shifted) == [value * 10**zeros for value in values]

    def test_32_digits_are_refused(self):
        with pytest.raises(ValueError, match="at most 31"):
            digits_to_integers(np.zeros((32, 1), np.uint8))


class TestPacked:
    @given(numbers())
    def test_reads_what_the_reference_wrote(self, case):
        digits, values = case
        fields = [reference.encode_packed(value, digits) for value in values]
        decoded, faults = decode_packed(strided(fields), digits=digits, signed=True, space=0x40)
        assert integers(decoded) == values
        assert not faults.any()

    @given(st.data(), st.integers(1, 31), st.booleans())
    def test_agrees_with_the_reference_on_any_bytes(self, data, digits, signed):
        width = digits // 2 + 1
        fields = data.draw(st.lists(st.binary(min_size=width, max_size=width), min_size=1))
        decoded, faults = decode_packed(strided(fields), digits=digits, signed=signed, space=0x40)
        wanted = [reference.decode_packed(field, digits, signed=signed) for field in fields]
        ours = [None if fault else v for v, fault in zip(integers(decoded), faults, strict=True)]
        assert ours == wanted

    @pytest.mark.parametrize(
        ("sign", "value"), [("A", 7), ("B", -7), ("C", 7), ("D", -7), ("E", 7), ("F", 7)]
    )
    def test_sign_nibbles(self, sign, value):
        decoded, faults = decode_packed(
            matrix(reference.encode_packed(7, 3, sign)), digits=3, signed=True, space=0x40
        )
        assert (integers(decoded), faults.tolist()) == ([value], [0])

    @pytest.mark.parametrize("sign", "ABDE")
    def test_an_unsigned_field_takes_f_and_c_only(self, sign):
        fields = matrix(reference.encode_packed(7, 3, sign), b"\x00\x7f", b"\x00\x7c", b"\x00\x75")
        _, faults = decode_packed(fields, digits=3, signed=False, space=0x40)
        assert faults.tolist() == [Fault.PACKED_SIGN, 0, 0, Fault.PACKED_SIGN]

    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            ("1A345C", Fault.PACKED_DIGIT),
            ("123F5C", Fault.PACKED_DIGIT),
            ("123451", Fault.PACKED_SIGN),
            ("C1C2C3", Fault.PACKED_DIGIT),  # letters where packed digits belong
            ("404040", Fault.NUMBER_SPACES),
            ("000000", Fault.NUMBER_LOW_VALUES),
            ("FFFFFF", Fault.NUMBER_HIGH_VALUES),
        ],
    )
    def test_faults(self, data, fault):
        _, faults = decode_packed(matrix(bytes.fromhex(data)), digits=5, signed=True, space=0x40)
        assert faults.tolist() == [fault]

    def test_a_digit_in_the_unused_nibble_is_a_fault(self):
        fields = matrix(bytes.fromhex("0123456C"), bytes.fromhex("1123456C"))
        decoded, faults = decode_packed(fields, digits=6, signed=True, space=0x40)
        assert faults.tolist() == [0, Fault.PACKED_DIGIT]
        assert integers(decoded)[0] == 123456

    def test_a_width_that_does_not_fit_is_a_programming_error(self):
        with pytest.raises(ValueError, match="3 bytes, not 2"):
            decode_packed(matrix(b"\x00\x0c"), digits=5, signed=True, space=0x40)


class TestZonedEbcdic:
    @given(numbers(), st.booleans())
    def test_reads_what_the_reference_wrote(self, case, leading):
        digits, values = case
        fields = [
            reference.encode_zoned(value, digits, signed=True, leading=leading) for value in values
        ]
        decoded, faults = decode_zoned(strided(fields), EBCDIC, signed=True, sign_leading=leading)
        assert integers(decoded) == values
        assert not faults.any()

    @given(numbers(signed=False))
    def test_reads_unsigned_numbers(self, case):
        digits, values = case
        fields = [reference.encode_zoned(value, digits) for value in values]
        for signed in (False, True):
            decoded, faults = decode_zoned(strided(fields), EBCDIC, signed=signed)
            assert integers(decoded) == values
            assert not faults.any()

    @given(numbers(18), st.booleans())
    def test_reads_separate_signs(self, case, leading):
        digits, values = case
        fields = [reference.encode_separate(value, digits, leading=leading) for value in values]
        decoded, faults = decode_zoned(
            strided(fields), EBCDIC, signed=True, sign_leading=leading, sign_separate=True
        )
        assert integers(decoded) == values
        assert not faults.any()

    @given(st.data(), st.integers(1, 20), st.booleans())
    def test_agrees_with_the_reference_on_any_bytes(self, data, digits, signed):
        likely = st.sampled_from([*range(0xC0, 0xCB), *range(0xD0, 0xDB), *range(0xE8, 0x100)])
        field = st.lists(likely, min_size=digits, max_size=digits).map(bytes)
        fields = data.draw(st.lists(field, min_size=1))
        decoded, faults = decode_zoned(strided(fields), EBCDIC, signed=signed)
        wanted = [reference.decode_zoned(field, signed=signed) for field in fields]
        ours = [None if fault else v for v, fault in zip(integers(decoded), faults, strict=True)]
        assert ours == wanted

    @pytest.mark.parametrize(
        ("data", "signed", "fault"),
        [
            ("C1C2C3C4C5", False, Fault.NUMBER_DIGIT),  # ABCDE is not 12345
            ("C1C2C3C4C5", True, Fault.NUMBER_DIGIT),
            ("F1F2F3F4C5", False, Fault.NUMBER_SIGN),
            ("F1F2F3F4D5", False, Fault.NUMBER_SIGN),
            ("F1F2F3F4E5", True, Fault.NUMBER_SIGN),
            ("F1F2F3F4A5", True, Fault.NUMBER_SIGN),
            ("F1F2F3F4CA", True, Fault.NUMBER_DIGIT),
            ("F1F240F4F5", True, Fault.NUMBER_DIGIT),
            ("F1F2F3F440", True, Fault.NUMBER_DIGIT),
            ("4040404040", False, Fault.NUMBER_SPACES),
            ("0000000000", True, Fault.NUMBER_LOW_VALUES),
            ("FFFFFFFFFF", False, Fault.NUMBER_HIGH_VALUES),
        ],
    )
    def test_faults(self, data, signed, fault):
        good = reference.encode_zoned(12345, 5)
        _, faults = decode_zoned(matrix(good, bytes.fromhex(data)), EBCDIC, signed=signed)
        assert faults.tolist() == [0, fault]

    def test_a_separate_sign_must_be_one(self):
        fields = matrix(b"\xf1\xf2\x4e", b"\xf1\xf2\x40", b"\xf1\xc2\x60", b"\x40\x40\x40")
        decoded, faults = decode_zoned(fields, EBCDIC, signed=True, sign_separate=True)
        assert faults.tolist() == [
            0,
            Fault.NUMBER_SIGN,
            Fault.NUMBER_DIGIT,
            Fault.NUMBER_SPACES,
        ]
        assert integers(decoded)[0] == 12


class TestZonedAscii:
    @pytest.mark.parametrize(
        ("text", "value"),
        [("0123", 123), ("012C", 123), ("012L", -123), ("012{", 120), ("012}", -120)],
    )
    def test_plain_digits_and_translated_overpunch_are_read(self, text, value):
        decoded, faults = decode_zoned(matrix(text.encode()), ASCII, signed=True)
        assert (integers(decoded), faults.tolist()) == ([value], [0])

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("012L", Fault.NUMBER_SIGN),
            ("01L3", Fault.NUMBER_DIGIT),
            ("012x", Fault.NUMBER_DIGIT),
            (" 123", Fault.NUMBER_DIGIT),
            ("    ", Fault.NUMBER_SPACES),
        ],
    )
    def test_faults_of_unsigned_numbers(self, text, fault):
        _, faults = decode_zoned(matrix(text.encode()), ASCII)
        assert faults.tolist() == [fault]

    def test_thai_digits_are_no_digits(self):
        _, faults = decode_zoned(matrix("๑๒๓".encode("cp874")), ASCII)
        assert faults.tolist() == [Fault.NUMBER_DIGIT]

    def test_separate_signs(self):
        decoded, faults = decode_zoned(
            matrix(b"12-", b"12+"), ASCII, signed=True, sign_separate=True
        )
        assert (integers(decoded), faults.tolist()) == ([-12, 12], [0, 0])
