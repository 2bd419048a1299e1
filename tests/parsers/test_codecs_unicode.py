"""National (UTF-16) text and digits, UTF-8 fields, and VARCHAR."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_fields import rows_of, text_field

from parsers.codecs.characters import decode_characters
from parsers.codecs.fault import Fault
from parsers.codecs.national import narrow_national
from parsers.codepages import code_page

EBCDIC = code_page("cp838")
UTF_8 = code_page("utf-8")


def is_text(text: str) -> bool:
    return not any(
        unicodedata.category(character) == "Cc"
        or ord(character) & 0xFFFE == 0xFFFE
        or 0xFDD0 <= ord(character) <= 0xFDEF
        for character in text
    )


def read_slowly(field: bytes, encoding: str) -> tuple[str | None, int]:
    try:
        text = field.decode(encoding)
    except UnicodeDecodeError:
        return None, Fault.TEXT_UNMAPPABLE
    if not is_text(text.rstrip(" ")):
        return None, Fault.TEXT_UNMAPPABLE
    return text.rstrip(" ") or None, Fault.NONE


@given(st.booleans(), st.integers(1, 9), st.data())
def test_national_agrees_with_reading_row_by_row(little_endian, characters, data):
    encoding = "utf-16-le" if little_endian else "utf-16-be"
    width = 2 * characters
    half = st.sampled_from(["\ud800", "\udc00", "\udbff\udfff", "\uffff", "\n"])
    text = st.lists(st.one_of(st.characters(codec="utf-8"), half), max_size=characters)
    written = text.map(lambda parts: "".join(parts).encode(encoding, "surrogatepass"))
    fields = data.draw(st.lists(st.one_of(written, st.binary(max_size=width)), max_size=6))
    matrix = rows_of(fields, width, " ".encode(encoding))
    field = text_field(width, "national", little_endian=little_endian)
    column, faults = decode_characters(matrix, field, EBCDIC)
    column.validate(full=True)
    expected = [read_slowly(row.tobytes(), encoding) for row in matrix]
    assert list(zip(column.to_pylist(), faults.tolist(), strict=True)) == expected


@given(st.integers(1, 12), st.data())
def test_utf_8_agrees_with_reading_row_by_row(width, data):
    text = st.text(max_size=width).map(str.encode)
    damaged = st.tuples(text, st.binary(max_size=2), text).map(b"".join)
    kinds = st.one_of(text, text.map(lambda b: b[:-1]), damaged, st.binary(max_size=width))
    fields = data.draw(st.lists(kinds, max_size=6))
    matrix = rows_of(fields, width, b" ")
    column, faults = decode_characters(matrix, text_field(width), UTF_8)
    column.validate(full=True)
    expected = [read_slowly(row.tobytes(), "utf-8") for row in matrix]
    assert list(zip(column.to_pylist(), faults.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    "damaged",
    [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80",
     b"\x80", b"\xe0\xb8", b"\xe0\xb8\xe0\xb8\x81", b"a\xc2\x85", b"\xef\xbf\xbf", b"\xff"],
)  # fmt: skip
def test_what_is_no_utf_8_is_at_fault_and_its_neighbours_are_not(damaged):
    """Overlong forms, surrogates, beyond U+10FFFF, cut characters, C1 controls: RFC 3629."""
    fields = ["กข".encode(), damaged, "€".encode()]
    column, faults = decode_characters(rows_of(fields, 6, b" "), text_field(6), UTF_8)
    assert column.to_pylist() == ["กข", None, "€"]
    assert faults.tolist() == [0, Fault.TEXT_UNMAPPABLE, 0]


def test_a_character_cut_off_at_the_end_of_the_field_is_at_fault():
    fields = ["สม".encode()[:5], "กข".encode()]
    column, faults = decode_characters(rows_of(fields, 5, b" "), text_field(5), UTF_8)
    assert column.to_pylist() == [None, None]
    assert faults.tolist() == [Fault.TEXT_UNMAPPABLE] * 2


@pytest.mark.parametrize("little_endian", [False, True])
def test_national_digits_become_digits_of_the_page(little_endian):
    encoding = "utf-16-le" if little_endian else "utf-16-be"
    fields = [text.encode(encoding) for text in ("-012", "ก12 ", "\uff11234", "☃123")]
    narrow, faults = narrow_national(rows_of(fields, 8), EBCDIC, little_endian=little_endian)
    assert narrow[0].tobytes() == EBCDIC.encode("-012")
    assert narrow[1].tobytes() == EBCDIC.encode("ก12 ")
    assert faults.tolist() == [0, 0, Fault.NUMBER_DIGIT, Fault.NUMBER_DIGIT]
    assert not narrow[2:, 0].any()


def test_national_low_and_high_values_stay_what_they_are():
    narrow, faults = narrow_national(
        rows_of([b"\x00" * 4, b"\xff" * 4], 4), EBCDIC, little_endian=False
    )
    assert narrow.tolist() == [[0, 0], [0xFF, 0xFF]]
    assert not faults.any()


@pytest.mark.parametrize("little_endian", [False, True])
@given(st.lists(st.tuples(st.integers(-3, 12), st.binary(max_size=9)), max_size=6))
def test_varchar_reads_as_far_as_its_length_says(little_endian, rows):
    order = "little" if little_endian else "big"
    fields = [n.to_bytes(2, order, signed=True) + text for n, text in rows]
    matrix = rows_of(fields, 11)
    field = text_field(11, "varchar", little_endian=little_endian)
    column, faults = decode_characters(matrix, field, EBCDIC)
    column.validate(full=True)
    for (length, _), row, value, fault in zip(
        rows, matrix, column.to_pylist(), faults, strict=True
    ):
        if not 0 <= length <= 9:
            assert (value, fault) == (None, Fault.VARCHAR_LENGTH)
            continue
        text = row[2 : 2 + length]
        assert fault == (0 if EBCDIC.is_text[text].all() else Fault.TEXT_UNMAPPABLE)
        assert value == (None if fault else EBCDIC.decode(text.tobytes()) or None)


@pytest.mark.parametrize("name", ["cp838", "cp939", "utf-8"])
def test_varchar_keeps_its_blanks_and_is_null_when_empty(name):
    page = code_page(name)
    data = page.encode("A  ")
    fields = [b"\x00\x03" + data, b"\x00\x00" + data]
    column, faults = decode_characters(rows_of(fields, 6), text_field(6, "varchar"), page)
    assert column.to_pylist() == ["A  ", None]
    assert not faults.any()


@pytest.mark.parametrize("usage", ["display", "varchar", "national"])
def test_rows_without_the_field_are_never_at_fault(usage):
    fields = [b"\xff" * 6, b"\xff" * 6]
    nowhere = np.zeros(2, np.bool_)
    for page in (EBCDIC, code_page("cp939"), UTF_8):
        column, faults = decode_characters(rows_of(fields, 6), text_field(6, usage), page, nowhere)
        assert column.to_pylist() == [None, None]
        assert not faults.any()


@pytest.mark.parametrize(("usage", "encoding"), [("display", "cp874"), ("national", "utf-16-be")])
def test_justified_fields_lose_the_blanks_before_the_text(usage, encoding):
    fields = [text.encode(encoding) for text in ("  ก ข", "     ", "กขค  ")]
    width = len(fields[0])
    field = text_field(width, usage, justified=True)
    column, _ = decode_characters(rows_of(fields, width), field, code_page("cp874"))
    last = "กขค  " if usage == "display" else "กขค"  # COBOL stores a full sender as it is
    assert column.to_pylist() == ["ก ข", None, last]


@pytest.mark.parametrize("usage", ["display", "national", "varchar", "dbcs"])
def test_no_rows_at_all(usage):
    column, faults = decode_characters(
        np.empty((0, 6), np.uint8), text_field(6, usage), code_page("cp939")
    )
    assert column.to_pylist() == []
    assert faults.tolist() == []
