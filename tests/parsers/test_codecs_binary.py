"""Binary numbers of every width and byte order against the plain reference."""

import pytest
import reference_numbers as reference
from hypothesis import given
from hypothesis import strategies as st
from number_columns import integers, matrix, numbers, strided

from parsers.codecs.binary import decode_binary
from parsers.codecs.fault import Fault


class TestBinary:
    @given(numbers(18))
    def test_reads_what_struct_wrote(self, case):
        digits, values = case
        fields = [reference.encode_binary(value, digits) for value in values]
        decoded, faults = decode_binary(
            strided(fields), digits=digits, signed=True, native=False, space=0x40
        )
        assert integers(decoded) == values
        assert not faults.any()

    @given(st.data(), st.integers(1, 18), st.booleans())
    def test_agrees_with_the_reference_on_any_bytes(self, data, digits, signed):
        width = reference.binary_width(digits)
        fields = data.draw(st.lists(st.binary(min_size=width, max_size=width), min_size=1))
        decoded, faults = decode_binary(
            strided(fields), digits=digits, signed=signed, native=False, space=0x40
        )
        wanted = [reference.decode_binary(field, digits, signed=signed) for field in fields]
        ours = [None if fault else v for v, fault in zip(integers(decoded), faults, strict=True)]
        assert ours == wanted

    def test_faults(self):
        fields = matrix(b"\x27\x0f", b"\x27\x10", b"\x40\x40", b"\xff\xff", b"\x00\x00")
        _, faults = decode_binary(fields, digits=4, signed=False, native=False, space=0x40)
        assert faults.tolist() == [
            0,
            Fault.NUMBER_DIGIT,
            Fault.NUMBER_SPACES,
            Fault.NUMBER_HIGH_VALUES,
            0,
        ]

    def test_comp_5_uses_its_whole_range(self):
        decoded, faults = decode_binary(
            matrix(b"\xff\xff", b"\x80\x00"), digits=4, signed=False, native=True, space=0x40
        )
        assert (integers(decoded), faults.tolist()) == ([65535, 32768], [0, 0])

    def test_comp_5_of_eight_unsigned_bytes_has_two_halves(self):
        fields = matrix(b"\x80" + bytes(7), b"\xff" * 8, bytes(7) + b"\x05")
        decoded, faults = decode_binary(fields, digits=18, signed=False, native=True, space=0x40)
        assert faults.tolist() == [0, 0, 0]
        assert integers(decoded) == [2**63, 2**64 - 1, 5]

    @given(st.data(), st.integers(1, 8), st.booleans(), st.booleans())
    def test_every_width_and_byte_order(self, data, width, signed, little):
        fields = data.draw(st.lists(st.binary(min_size=width, max_size=width), min_size=1))
        decoded, faults = decode_binary(
            strided(fields),
            digits=1,
            signed=signed,
            native=True,
            space=0x40,
            little_endian=little,
        )
        order = "little" if little else "big"
        assert integers(decoded) == [int.from_bytes(f, order, signed=signed) for f in fields]
        assert not faults.any()

    @given(st.data(), st.integers(1, 8), st.integers(1, 18), st.booleans())
    def test_the_picture_bounds_every_width(self, data, width, digits, signed):
        fields = data.draw(st.lists(st.binary(min_size=width, max_size=width), min_size=1))
        decoded, faults = decode_binary(
            matrix(*fields), digits=digits, signed=signed, native=False, space=0x40
        )
        wanted = [int.from_bytes(field, "big", signed=signed) for field in fields]
        wanted = [value if abs(value) < 10**digits else None for value in wanted]
        ours = [None if fault else v for v, fault in zip(integers(decoded), faults, strict=True)]
        assert ours == wanted

    def test_other_widths_are_a_programming_error(self):
        with pytest.raises(ValueError, match="1 to 8"):
            decode_binary(matrix(bytes(9)), digits=4, signed=True, native=False, space=0x40)
