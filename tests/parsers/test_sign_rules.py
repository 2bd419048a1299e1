"""Which signs and zones a number may carry: strict, IBM's default, lenient; and COMP-6."""

import numpy as np
import pytest
import reference_numbers as reference
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import SignRule
from parsers.codecs.fault import Fault
from parsers.codecs.packed import decode_packed, packed_length
from parsers.codecs.zoned import decode_zoned
from parsers.codepages import code_page

EBCDIC = code_page("cp838")
ASCII = code_page("cp874")
STRICT, IBM, LENIENT = SignRule.STRICT, SignRule.IBM, SignRule.LENIENT


def matrix(*fields: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(fields), np.uint8).reshape(len(fields), -1)


def packed(data: str, signs: SignRule, *, signed: bool) -> int | Fault:
    raw = bytes.fromhex(data)
    values, faults = decode_packed(
        matrix(raw), digits=2 * len(raw) - 1, signed=signed, space=0x40, signs=signs
    )
    return Fault(faults[0]) if faults[0] else int(values[0])


def zoned(data: bytes, signs: SignRule, page=EBCDIC, **form: bool) -> int | Fault:
    values, faults = decode_zoned(matrix(data), page, signs=signs, **form)
    return Fault(faults[0]) if faults[0] else int(values[0])


class TestPacked:
    @pytest.mark.parametrize("nibble", "ABCDEF")
    @pytest.mark.parametrize("signs", SignRule)
    def test_signs_of_signed_numbers(self, nibble, signs):
        value = -12 if nibble in "BD" else 12
        accepted = signs is not STRICT or nibble in "CD"
        wanted = value if accepted else Fault.PACKED_SIGN
        assert packed(f"012{nibble}", signs, signed=True) == wanted

    @pytest.mark.parametrize("nibble", "ABCDEF")
    @pytest.mark.parametrize("signs", SignRule)
    def test_signs_of_unsigned_numbers(self, nibble, signs):
        accepted = nibble in {STRICT: "F", IBM: "CF", LENIENT: "ABCDEF"}[signs]
        wanted = 12 if accepted else Fault.PACKED_SIGN
        assert packed(f"012{nibble}", signs, signed=False) == wanted

    @pytest.mark.parametrize("signs", SignRule)
    @pytest.mark.parametrize("signed", [False, True])
    def test_a_digit_is_never_a_sign_nor_a_letter_a_digit(self, signs, signed):
        assert packed("0123", signs, signed=signed) == Fault.PACKED_SIGN
        assert packed("0A2F", signs, signed=signed) == Fault.PACKED_DIGIT


class TestWithoutSign:
    """COMP-6: every nibble is a digit."""

    @given(st.data(), st.integers(1, 31))
    def test_agrees_with_the_reference(self, data, digits):
        width = packed_length(digits, sign_nibble=False)
        values = st.integers(0, 10**digits - 1).map(lambda v: reference.encode_comp_6(v, digits))
        fields = data.draw(st.lists(values | st.binary(min_size=width, max_size=width), min_size=1))
        values, faults = decode_packed(
            matrix(*fields), digits=digits, signed=False, space=0x40, sign_nibble=False
        )
        halves = values if values.ndim == 2 else np.stack([values, values >> 63], axis=1)
        numbers = [(int(high) << 64) | (int(low) % 2**64) for low, high in halves]
        ours = [None if fault else v for v, fault in zip(numbers, faults, strict=True)]
        assert ours == [reference.decode_comp_6(field, digits) for field in fields]

    def test_low_values_are_zero_and_high_values_no_number(self):
        values, faults = decode_packed(
            matrix(b"\0\0", b"\xff\xff", b"\x01\x2f", b"\x10\x00"),
            digits=3,
            signed=False,
            space=0x40,
            sign_nibble=False,
        )
        assert faults.tolist() == [
            0,
            Fault.NUMBER_HIGH_VALUES,
            Fault.PACKED_DIGIT,
            Fault.PACKED_DIGIT,  # a digit in the nibble that three digits leave unused
        ]
        assert values[0] == 0


class TestZonedEbcdic:
    @pytest.mark.parametrize("zone", "ABCDEF")
    @pytest.mark.parametrize("signs", SignRule)
    @pytest.mark.parametrize("leading", [False, True])
    def test_signs_of_signed_numbers(self, zone, signs, leading):
        data = bytes.fromhex(f"{zone}1F2F3" if leading else f"F1F2{zone}3")
        value = -123 if zone in "BD" else 123
        accepted = zone in {STRICT: "CD", IBM: "CDF", LENIENT: "ABCDEF"}[signs]
        wanted = value if accepted else Fault.NUMBER_SIGN
        assert zoned(data, signs, signed=True, sign_leading=leading) == wanted

    @pytest.mark.parametrize("zone", "0134567CDF")
    def test_zones_of_digits_count_unless_lenient(self, zone):
        data = bytes.fromhex(f"{zone}1F2F3")
        plain = 123 if zone == "F" else Fault.NUMBER_DIGIT
        assert zoned(data, IBM) == plain
        assert zoned(data, STRICT) == plain
        assert zoned(data, LENIENT) == 123
        assert zoned(data, LENIENT, signed=True) == 123

    def test_lenient_still_wants_digits_and_signs(self):
        assert zoned(b"\xf1\xfa\xf3", LENIENT) == Fault.NUMBER_DIGIT
        assert zoned(b"\xf1\xf2\x43", LENIENT, signed=True) == Fault.NUMBER_SIGN
        assert zoned(b"\xf1\xf2\xda", LENIENT, signed=True) == Fault.NUMBER_DIGIT

    @pytest.mark.parametrize("signed", [False, True])
    @pytest.mark.parametrize("signs", SignRule)
    def test_fillings_keep_their_names_under_every_rule(self, signs, signed):
        assert zoned(b"\x40" * 3, signs, signed=signed) == Fault.NUMBER_SPACES
        assert zoned(b"\x00" * 3, signs, signed=signed) == Fault.NUMBER_LOW_VALUES
        assert zoned(b"\xff" * 3, signs, signed=signed) == Fault.NUMBER_HIGH_VALUES

    def test_a_separate_sign_stays_one(self):
        form = {"signed": True, "sign_separate": True}
        assert zoned(b"\xc1\x42\x60", LENIENT, **form) == -12
        assert zoned(b"\xc1\x42\x60", IBM, **form) == Fault.NUMBER_DIGIT
        assert zoned(b"\xf1\xf2\x40", LENIENT, **form) == Fault.NUMBER_SIGN
        assert zoned(b"\xf1\xf2\x60", STRICT, **form) == -12

    @given(st.integers(1, 31), st.data())
    def test_strict_reads_what_is_written_with_preferred_signs(self, digits, data):
        top = 10**digits - 1
        value = data.draw(st.integers(-top, top))
        for signs in SignRule:
            raw = reference.encode_zoned(value, digits, signed=True)
            values, faults = decode_zoned(matrix(raw), EBCDIC, signed=True, signs=signs)
            low, high = values[0] if values.ndim == 2 else (values[0], values[0] >> 63)
            assert (int(high) << 64) | (int(low) % 2**64) == value
            assert not faults.any()


class TestZonedAscii:
    @pytest.mark.parametrize(
        ("data", "strict", "ibm", "lenient"),
        [
            (b"12C", 123, 123, 123),
            (b"12L", -123, -123, -123),
            (b"12}", -120, -120, -120),
            (b"123", Fault.NUMBER_SIGN, 123, 123),
            # GnuCOBOL and Micro Focus with ASCII signs: the digit with bit 40 (measured)
            (b"12p", Fault.NUMBER_DIGIT, Fault.NUMBER_DIGIT, -120),
            (b"12w", Fault.NUMBER_DIGIT, Fault.NUMBER_DIGIT, -127),
            (b"1B3", Fault.NUMBER_DIGIT, Fault.NUMBER_DIGIT, 123),
        ],
    )
    def test_signed(self, data, strict, ibm, lenient):
        assert zoned(data, STRICT, ASCII, signed=True) == strict
        assert zoned(data, IBM, ASCII, signed=True) == ibm
        assert zoned(data, LENIENT, ASCII, signed=True) == lenient

    def test_unsigned_letters_are_digits_only_if_lenient(self):
        assert zoned(b"ABC", IBM, ASCII) == Fault.NUMBER_DIGIT
        assert zoned(b"ABC", LENIENT, ASCII) == 123
        assert zoned(b"   ", LENIENT, ASCII) == Fault.NUMBER_SPACES
