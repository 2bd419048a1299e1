"""One value written as a field holds it: reading the field gives the value back."""

import numpy as np
import pytest
from text_fields import text_field

from parsers.codecs.characters import decode_characters
from parsers.codecs.literal import literal_bytes
from parsers.codepages import CodePageError, code_page


@pytest.mark.parametrize("justified", [False, True])
@pytest.mark.parametrize(
    ("value", "usage", "name"),
    [
        ("กข", "display", "cp838"),
        ("กข", "display", "utf-8"),
        ("A漢B", "display", "cp939"),
        ("漢字", "dbcs", "cp939"),
        ("か\u309a", "dbcs", "cp1399"),
        ("ก😀", "national", "cp838"),
        ("A漢", "varchar", "cp939"),
    ],
)
def test_a_field_of_it_reads_as_the_value(value, usage, name, justified):
    page = code_page(name)
    field = text_field(12, usage, justified=justified and usage != "varchar")
    data = literal_bytes(value, field, page)
    matrix = np.frombuffer(data, np.uint8).reshape(1, 12)
    assert decode_characters(matrix, field, page)[0].to_pylist() == [value]


def test_little_endian_national_and_varchar():
    page = code_page("cp838")
    national = text_field(4, "national", little_endian=True)
    assert literal_bytes("A", national, page) == b"A\x00 \x00"
    varchar = text_field(4, "varchar", little_endian=True)
    assert literal_bytes("A", varchar, page) == b"\x01\x00\xc1\x40"


def test_what_does_not_fit_is_refused():
    page = code_page("cp939")
    with pytest.raises(ValueError, match="NAME: 5 bytes of text in a field of 4"):
        literal_bytes("漢A", text_field(4), page)
    with pytest.raises(UnicodeEncodeError):
        literal_bytes("ก", text_field(4), page)
    with pytest.raises(CodePageError):
        literal_bytes("漢", text_field(4, "dbcs"), code_page("cp037"))
    with pytest.raises(UnicodeEncodeError):
        literal_bytes("A", text_field(4, "dbcs"), page)
