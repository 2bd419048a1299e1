"""One field from its bytes to its Arrow column: types, scale, fillings, rows that do not apply."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_fields import binary, edited, floating, made, packed, text, zoned

from interfaces.model import Dialect, Era, FieldRule, FieldType, Filled, SignRule
from parsers.arrow_types import PictureSizeError, element_type
from parsers.codecs.fault import Fault
from parsers.codepages import code_page
from parsers.fields import decode_field, decode_number
from parsers.layout import Field

PAGE = code_page("cp838")


def column(field: Field, *data: str, rule=None, applies=None, dialect=None, page=PAGE):
    """Values and faults of fields given in hexadecimal."""
    raw = bytes.fromhex("".join(data))
    matrix = np.frombuffer(raw, np.uint8).reshape(len(data), field.length)
    where = None if applies is None else np.array(applies)
    array, faults = decode_field(matrix, field, rule, page, where, dialect or Dialect())
    array.validate(full=True)
    assert array.type == element_type(field, rule)
    return array.to_pylist(), faults.tolist()


SIGNED_4 = {"digits": 4, "signed": True}


@pytest.mark.parametrize(
    ("field", "data", "value"),
    [
        # Enterprise COBOL for z/OS 6.4 Programming Guide,
        # "Examples: numeric data and internal representation"
        (zoned(4, signed=True), "F1F2F3C4", 1234),
        (zoned(4, signed=True), "F1F2F3D4", -1234),
        (zoned(4), "F1F2F3F4", 1234),
        (made("number", "national", 8, digits=4), "0031003200330034", 1234),
        (zoned(4, signed=True, sign_leading=True), "C1F2F3F4", 1234),
        (zoned(4, signed=True, sign_leading=True), "D1F2F3F4", -1234),
        (zoned(4, signed=True, sign_leading=True, sign_separate=True), "4EF1F2F3F4", 1234),
        (zoned(4, signed=True, sign_leading=True, sign_separate=True), "60F1F2F3F4", -1234),
        (zoned(4, signed=True, sign_separate=True), "F1F2F3F44E", 1234),
        (zoned(4, signed=True, sign_separate=True), "F1F2F3F460", -1234),
        (
            made("number", "national", 10, **SIGNED_4, sign_leading=True, sign_separate=True),
            "002B0031003200330034",
            1234,
        ),
        (
            made("number", "national", 10, **SIGNED_4, sign_separate=True),
            "0031003200330034002D",
            -1234,
        ),
        (binary(2, 4, signed=True), "04D2", 1234),
        (binary(2, 4, signed=True), "FB2E", -1234),
        (binary(2, 4, signed=True, native=True), "3039", 12345),
        (binary(2, 4, signed=True, native=True), "CFC7", -12345),
        (binary(2, 4), "04D2", 1234),
        (binary(2, 4, native=True), "EA60", 60000),
        (packed(4, signed=True), "01234C", 1234),
        (packed(4, signed=True), "01234D", -1234),
        (packed(4), "01234F", 1234),
        (floating(4), "434D2000", 1234.0),
        (floating(4), "C34D2000", -1234.0),
        (floating(8), "434D200000000000", 1234.0),
        (floating(8), "C34D200000000000", -1234.0),
    ],
)
def test_internal_representation_as_ibm_documents_it(field, data, value):
    assert column(field, data) == ([value], [0])


class TestTypes:
    @pytest.mark.parametrize(
        ("field", "type_"),
        [
            (zoned(18), pa.int64()),
            (zoned(19), pa.decimal128(19, 0)),
            (packed(31, scale=2), pa.decimal128(31, 2)),
            (packed(3, scale=-2), pa.int64()),
            (packed(3, scale=-30), pa.decimal128(33, 0)),
            (packed(3, scale=31), pa.decimal128(31, 31)),
            (binary(8, 18, signed=True, native=True), pa.int64()),
            (binary(8, 18, native=True), pa.decimal128(20, 0)),
            (binary(4, 9, native=True), pa.int64()),
            (binary(1, 2, native=True, scale=1), pa.decimal128(3, 1)),
            (binary(8, 18, native=True, scale=2), pa.decimal128(20, 2)),
            (binary(8, 3, native=True, signed=True, scale=-2), pa.decimal128(21, 0)),
            (binary(2, 4, native=True, scale=7), pa.decimal128(7, 7)),
            (floating(4), pa.float64()),
            (floating(4, ieee=True), pa.float32()),
            (floating(8, ieee=True), pa.float64()),
            (edited("Z,ZZ9.99-"), pa.decimal128(6, 2)),
            (edited("Z(20)9"), pa.decimal128(21, 0)),
            (made("text", "varchar", 12), pa.utf8()),
            (made("text", "national", 12), pa.utf8()),
            (made("text", "dbcs", 12), pa.utf8()),
        ],
    )
    def test_of_one_value(self, field, type_):
        assert element_type(field, None) == type_

    def test_a_picture_beyond_every_type_is_refused(self):
        with pytest.raises(PictureSizeError, match=r"^N: .* 39 digits"):
            element_type(packed(31, scale=-8), None)


class TestScale:
    @given(st.integers(-999, 999), st.integers(1, 35))
    def test_trailing_p_of_any_size(self, value, zeros):
        data = f"{abs(value):03}{'D' if value < 0 else 'C'}"
        field = packed(3, signed=True, scale=-zeros)
        assert column(field, data) == ([value * 10**zeros], [0])

    @given(st.integers(-(10**18), 10**18), st.integers(1, 18))
    def test_trailing_p_of_long_binary_numbers(self, value, zeros):
        field = binary(8, 18, signed=True, native=True, scale=-zeros)
        data = value.to_bytes(8, "big", signed=True).hex()
        assert column(field, data) == ([value * 10**zeros], [0])

    @pytest.mark.parametrize("scale", [4, 18, 19, 31, 38])
    def test_leading_p(self, scale):
        values, faults = column(packed(3, signed=True, scale=scale), "123D")
        assert (values, faults) == ([Decimal(f"-123E-{scale}")], [0])

    def test_31_digits(self):
        field = packed(31, signed=True, scale=2)
        assert column(field, "9" * 31 + "D") == ([Decimal("-" + "9" * 29 + ".99")], [0])

    def test_unsigned_doublewords(self):
        field = binary(8, 18, native=True)
        assert column(field, "F" * 16, "00" * 8) == ([2**64 - 1, 0], [0, 0])
        swapped = binary(8, 18, native=True, little_endian=True)
        assert column(swapped, "FEFFFFFFFFFFFFFF") == ([2**64 - 2], [0])


class TestFillings:
    SPACES, LOW, HIGH = "404040", "000000", "FFFFFF"
    NAMED = (Fault.NUMBER_SPACES, Fault.NUMBER_LOW_VALUES, Fault.NUMBER_HIGH_VALUES)

    @pytest.mark.parametrize(
        "field", [zoned(3), packed(5, signed=True), edited("Z99"), zoned(3, signed=True)]
    )
    def test_meanings(self, field):
        data = (self.SPACES, self.LOW, self.HIGH)
        assert column(field, *data) == ([None] * 3, list(self.NAMED))
        null = Dialect(spaces=Filled.NULL, low_values=Filled.NULL, high_values=Filled.NULL)
        assert column(field, *data, dialect=null) == ([None] * 3, [0] * 3)
        zero = Dialect(spaces=Filled.ZERO, low_values=Filled.ZERO, high_values=Filled.ZERO)
        assert column(field, *data, dialect=zero) == ([0] * 3, [0] * 3)

    def test_each_filling_has_its_own_meaning(self):
        dialect = Dialect(spaces=Filled.ZERO, low_values=Filled.NULL)
        found = column(zoned(3), self.SPACES, self.LOW, self.HIGH, "F1F2F3", dialect=dialect)
        assert found == ([0, None, None, 123], [0, 0, Fault.NUMBER_HIGH_VALUES, 0])

    def test_the_field_overrides_the_dialect(self):
        rule = FieldRule(spaces=Filled.FAULT, low_values=Filled.ZERO)
        dialect = Dialect(spaces=Filled.NULL, low_values=Filled.NULL, high_values=Filled.NULL)
        found = column(zoned(3), self.SPACES, self.LOW, self.HIGH, rule=rule, dialect=dialect)
        assert found == ([None, 0, None], [Fault.NUMBER_SPACES, 0, 0])

    def test_binary_numbers_and_floats_have_no_fillings(self):
        dialect = Dialect(spaces=Filled.NULL, low_values=Filled.NULL, high_values=Filled.NULL)
        assert column(binary(2, 4, signed=True, native=True), "4040", "0000", "FFFF") == (
            [0x4040, 0, -1],
            [0, 0, 0],
        )
        assert column(floating(4), "00000000", dialect=dialect) == ([0.0], [0])

    def test_blank_when_zero(self):
        field = zoned(3, blank_when_zero=True)
        assert column(field, self.SPACES, "F0F0F1") == ([0, 1], [0, 0])

    def test_long_numbers(self):
        field = zoned(20, signed=True)
        dialect = Dialect(spaces=Filled.ZERO)
        assert column(field, "40" * 20, "F0" * 19 + "D5", dialect=dialect) == ([0, -5], [0, 0])

    def test_a_counter_knows_zero_but_not_null(self):
        matrix = np.full((1, 3), 0x40, np.uint8)
        values, faults = decode_number(matrix, zoned(3), PAGE, Dialect(spaces=Filled.ZERO))
        assert (values.tolist(), faults.tolist()) == ([0], [0])
        _, faults = decode_number(matrix, zoned(3), PAGE, Dialect(spaces=Filled.NULL))
        assert faults.tolist() == [Fault.NUMBER_SPACES]


class TestNational:
    def test_edited_and_either_byte_order(self):
        field = edited("ZZ9-")
        national = made(
            "number", "national", 8, digits=3, signed=True, edit=field.edit, little_endian=True
        )
        assert column(national, " 12-".encode("utf-16-le").hex()) == ([-12], [0])

    def test_what_is_no_digit(self):
        field = made("number", "national", 4, digits=2)
        data = ["0031FF11", "00310058", "00200020", "00000000", "FFFFFFFF"]
        _, faults = column(field, *data)
        assert faults == [Fault.NUMBER_DIGIT, Fault.NUMBER_DIGIT, *TestFillings.NAMED]


class TestRowsAndRemarks:
    def test_rows_that_do_not_apply_are_null_and_never_at_fault(self):
        found = column(zoned(2), "F1F2", "C1C2", "F3F4", applies=[True, False, True])
        assert found == ([12, None, 34], [0, 0, 0])
        long = column(zoned(20), "F1" * 20, "40" * 20, applies=[True, False])
        assert long == ([Decimal("1" * 20), None], [0, 0])
        assert column(floating(4), "41100000", "41200000", applies=[False, True]) == (
            [None, 2.0],
            [0, 0],
        )

    def test_a_remark_leaves_the_value(self):
        found = column(floating(8), "41FFFFFFFFFFFFFF", "4110000000000000")
        assert found == ([16.0, 1.0], [Fault.FLOAT_ROUNDED, 0])

    def test_the_sign_rule_is_the_dialects(self):
        field = zoned(3, signed=True)
        assert column(field, "F1F2F3")[0] == [123]
        strict = column(field, "F1F2F3", dialect=Dialect(signs=SignRule.STRICT))
        assert strict == ([None], [Fault.NUMBER_SIGN])


class TestCalendarFields:
    RULE = FieldRule(type=FieldType.DATE, mask="yyyymmdd", era=Era.CE)

    def test_zero_blank_and_nines(self):
        data = ["F2F0F2F6F0F1F3F1", "F0" * 8, "40" * 8, "F9" * 8]
        rule = FieldRule(type=FieldType.DATE, mask="yyyymmdd", era=Era.CE)
        _, faults = column(zoned(8), *data, rule=rule)
        assert faults == [0, Fault.DATE_INVALID, Fault.NUMBER_SPACES, Fault.DATE_INVALID]
        rule = FieldRule(
            type=FieldType.DATE, mask="yyyymmdd", era=Era.CE, zero_is_null=True, nines_is_null=True
        )
        values, faults = column(zoned(8), *data, rule=rule)
        assert (values[1:], faults) == ([None] * 3, [0] * 4)

    def test_fillings_by_declaration(self):
        rule = FieldRule(type=FieldType.DATE, mask="yyyymmdd", era=Era.CE, low_values=Filled.NULL)
        assert column(text(8), "00" * 8, rule=rule) == ([None], [0])
        assert column(text(8), "00" * 8, rule=self.RULE) == ([None], [Fault.NUMBER_LOW_VALUES])

    def test_negative_and_oversized_numbers_are_no_dates(self):
        field = binary(4, 9, signed=True)
        values = [20260131, -20260131, 120260131, 20260230]
        data = [value.to_bytes(4, "big", signed=True).hex() for value in values]
        _, faults = column(field, *data, rule=self.RULE)
        assert faults == [0] + [Fault.DATE_INVALID] * 3
