"""Every kind of text field: written as one-value encoding writes it, and read back."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.codecs.characters import write_characters
from exporters.codecs.national import widen_national
from parsers.codecs.characters import decode_characters
from parsers.codecs.national import narrow_national
from parsers.codepages import CodePage, CodePageError, code_page
from parsers.codepages.double_byte import FIRST_SEQUENCE
from parsers.layout import Field

MIXED = ["cp930", "cp933", "cp937", "cp939", "cp1388", "cp1399"]
Written = tuple[list[bytes], list[bool], list[bool]]


def text_field(length: int, usage: str = "display", **attributes: bool) -> Field:
    return Field("NAME", "name", 5, 0, length, "X", usage, "text", **attributes)


def written(values: list[str | None], field: Field, page: CodePage) -> Written:
    out = np.full((len(values), field.length), page.space, np.uint8)
    too_long, unmappable = write_characters(pa.array(values, pa.utf8()), field, page, out)
    return [row.tobytes() for row in out], too_long.tolist(), unmappable.tolist()


def read_back(rows: list[bytes], field: Field, page: CodePage) -> list[str | None]:
    matrix = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), field.length)
    column, faults = decode_characters(matrix, field, page)
    assert not faults.any()
    return column.to_pylist()


@cache
def letters_of(page: CodePage) -> st.SearchStrategy[str]:
    """Characters of a page: of one byte, of two, and those made of two code points."""
    single = st.sampled_from(sorted(map(chr, page.encode_map)))
    if page.multibyte is None or not page.multibyte.has_double_bytes:
        return single
    return st.one_of(single, double_letters(page))


@cache
def double_letters(page: CodePage) -> st.SearchStrategy[str]:
    table = page.multibyte
    assert table is not None
    points = table.points[(table.points > 0) & (table.points < FIRST_SEQUENCE)].tolist()
    double = st.sampled_from(points).map(chr)
    if not len(table.sequences):
        return double
    sequence = st.sampled_from(["".join(map(chr, both)) for both in table.sequences])
    # halves too, so that a sequence may begin where another one has just ended
    halves = st.sampled_from([chr(half) for half in table.sequences.flat if table.pairs[half]])
    return st.one_of(double, sequence, halves)


def encoded_or_none(text: str, page: CodePage) -> bytes | None:
    try:
        return page.encode(text)
    except UnicodeEncodeError:
        return None


@given(st.sampled_from([*MIXED, "utf-8", "cp838"]), st.booleans(), st.data())
def test_text_is_what_the_page_encodes_aligned_and_filled(name, justified, data):
    page = code_page(name)
    letter = st.one_of(letters_of(page), letters_of(page), st.characters(codec="utf-8"))
    texts = st.lists(letter, max_size=6).map("".join)
    values = data.draw(st.lists(st.none() | texts, min_size=1, max_size=8))
    field = text_field(12, justified=justified)
    rows, too_long, unmappable = written(values, field, page)
    for value, row, is_long, is_unknown in zip(values, rows, too_long, unmappable, strict=True):
        expected = encoded_or_none(value or "", page)
        assert is_unknown == (expected is None)
        if expected is None:
            continue
        assert is_long == (len(expected) > 12)
        blank = bytes([page.space])
        filled = expected.rjust(12, blank) if justified else expected.ljust(12, blank)
        assert row == (blank * 12 if is_long else filled)


@given(st.sampled_from(MIXED), st.data())
def test_mixed_text_reads_as_it_was_written(name, data):
    page = code_page(name)
    texts = st.lists(letters_of(page), max_size=6).map("".join)
    values = data.draw(st.lists(texts, min_size=1, max_size=8))
    field = text_field(40)
    rows, too_long, unmappable = written(values, field, page)
    assert not any(too_long)
    assert not any(unmappable)
    assert read_back(rows, field, page) == [value.rstrip(" \u3000") or None for value in values]


def test_a_width_counts_the_shifts_and_no_character_is_cut():
    page = code_page("cp939")
    rows, too_long, _ = written(["漢字", "A漢", "漢字A"], text_field(6), page)
    assert rows[0] == page.encode("漢字")
    assert rows[1] == page.encode("A漢") + b"\x40"
    assert rows[2] == b"\x40" * 6
    assert too_long == [False, False, True]


@given(st.sampled_from(MIXED), st.booleans(), st.data())
def test_double_byte_fields_read_as_they_were_written(name, justified, data):
    page = code_page(name)
    texts = st.lists(double_letters(page), max_size=5).map("".join)
    values = data.draw(st.lists(st.none() | texts, min_size=1, max_size=8))
    field = text_field(20, "dbcs", justified=justified)
    rows, too_long, unmappable = written(values, field, page)
    assert not any(too_long)
    assert not any(unmappable)
    kept = [(value or "").rstrip("\u3000") for value in values]
    kept = [value.lstrip("\u3000") if justified else value for value in kept]
    assert read_back(rows, field, page) == [value or None for value in kept]


def test_double_byte_fields_take_nothing_else_and_are_filled_with_wide_blanks():
    page = code_page("cp939")
    rows, too_long, unmappable = written(["漢", "A", "漢字漢"], text_field(4, "dbcs"), page)
    assert rows[0] == page.encode("漢")[1:-1] + b"\x40\x40"
    assert (too_long, unmappable) == ([False, False, True], [False, True, False])
    with pytest.raises(CodePageError, match=r"NAME.*cp037"):
        written(["漢"], text_field(4, "dbcs"), code_page("cp037"))


@given(st.booleans(), st.booleans(), st.lists(st.none() | st.text(max_size=6), min_size=1))
def test_national_text_is_utf_16_aligned_and_filled(little_endian, justified, values):
    encoding = "utf-16-le" if little_endian else "utf-16-be"
    field = text_field(10, "national", little_endian=little_endian, justified=justified)
    page = code_page("cp838")
    rows, too_long, unmappable = written(values, field, page)
    for value, row, is_long, is_unknown in zip(values, rows, too_long, unmappable, strict=True):
        text = value or ""
        assert is_unknown == (encoded_or_none(text, code_page("utf-8")) is None)
        assert is_long == (len(text.encode(encoding)) > 10)
        if not is_long:
            blanks = " " * (5 - len(text.encode(encoding)) // 2)
            assert row == (blanks + text if justified else text + blanks).encode(encoding)
            if not is_unknown:
                kept = text.rstrip(" ").lstrip(" ") if justified else text.rstrip(" ")
                assert read_back([row], field, page) == [kept or None]


@pytest.mark.parametrize("name", ["cp838", "cp939", "utf-8"])
@given(st.booleans(), st.data())
def test_varchar_has_its_length_and_reads_back(name, little_endian, data):
    page = code_page(name)
    texts = st.lists(letters_of(page), max_size=8).map("".join)
    values = data.draw(st.lists(st.none() | texts, min_size=1, max_size=8))
    field = text_field(14, "varchar", little_endian=little_endian)
    rows, too_long, _ = written(values, field, page)
    for value, row, is_long in zip(values, rows, too_long, strict=True):
        encoded = page.encode(value or "")
        assert is_long == (len(encoded) > 12)
        if not is_long:
            length = len(encoded).to_bytes(2, "little" if little_endian else "big")
            assert row == length + encoded.ljust(12, bytes([page.space]))
            expected = value or None
            assert read_back([row], field, page) == [expected]


@pytest.mark.parametrize("little_endian", [False, True])
@given(st.lists(st.text("0123456789+-", min_size=4, max_size=4), min_size=1))
def test_national_digits_there_and_back(little_endian, values):
    page = code_page("cp838")
    narrow = np.frombuffer(b"".join(map(page.encode, values)), np.uint8).reshape(-1, 4)
    wide = widen_national(narrow, page, little_endian=little_endian)
    assert wide.tobytes() == "".join(values).encode("utf-16-le" if little_endian else "utf-16-be")
    back, faults = narrow_national(wide, page, little_endian=little_endian)
    assert (back == narrow).all()
    assert not faults.any()


@pytest.mark.parametrize("usage", ["display", "national", "varchar", "dbcs"])
def test_no_rows_and_nothing_but_nulls(usage):
    page = code_page("cp939")
    field = text_field(6, usage)
    assert written([], field, page) == ([], [], [])
    rows, too_long, unmappable = written([None, None], field, page)
    assert read_back(rows, field, page) == [None, None]
    assert not any(too_long + unmappable)
