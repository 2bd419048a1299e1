"""Number fields that tell lengths, against the decoder of columns."""

import numpy as np
import pytest

from interfaces.model import ByteOrder, Dialect, SignRule
from parsers.codepages import code_page
from parsers.copybook import parse_copybook
from parsers.fields import decode_number
from parsers.framing.lengths.field_table import field_row, sign_carriers
from parsers.framing.lengths.stored_numbers import stored_number

NUMBERS = {
    "DISPLAY": "PIC 9(3)",
    "DISPLAY-S": "PIC S9(3)",
    "LEADING": "PIC S9(3) SIGN LEADING",
    "SEPARATE": "PIC S9(3) SIGN TRAILING SEPARATE",
    "LEADING-SEPARATE": "PIC S9(3) SIGN LEADING SEPARATE",
    "PACKED": "PIC S9(3) COMP-3",
    "PACKED-EVEN": "PIC 9(4) COMP-3",
    "PACKED-6": "PIC 9(3) COMP-6",
    "BINARY": "PIC S9(4) COMP",
    "BINARY-U": "PIC 9(4) COMP",
    "NATIVE": "PIC 9(4) COMP-5",
    "WIDE": "PIC S9(18) COMP",
}


USUAL_BYTES = bytes.fromhex("f1f0c1d2a3b44b7d604e3130412b2d7b70790a121c2d3f8c00ff40201f01")


@pytest.mark.parametrize("signs", list(SignRule))
@pytest.mark.parametrize("page", ["cp037", "ascii"])
@pytest.mark.parametrize("usage", NUMBERS)
def test_numbers_are_those_that_the_decoder_of_columns_reads(usage, page, signs):
    dialect = Dialect(byte_order=ByteOrder.LITTLE, signs=signs)
    text = f"       01 R.\n          05 F {NUMBERS[usage]}.\n"
    [layout] = parse_copybook(text, source="test.cpy", dialect=dialect)
    field, code = layout.fields[0], code_page(page)
    usual = np.frombuffer(USUAL_BYTES, np.uint8)
    matrix = np.random.default_rng(7).choice(usual, (3000, field.length))
    matrix[: len(usual)] = usual[:, None]
    values, faults = decode_number(matrix, field, code, dialect)
    row = np.array([field_row(field, code, dialect)], np.int64)
    carriers = sign_carriers(code, dialect)
    for nth in range(len(matrix)):
        number, good = stored_number(matrix.ravel(), nth * field.length, row, 0, carriers)
        raw = matrix[nth].tobytes().hex()
        assert good == (faults[nth] == 0), raw
        assert not good or number == values[nth], raw
