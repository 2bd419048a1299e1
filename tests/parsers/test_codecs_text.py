"""PIC X: trimming, Thai, nulls and faults, against bytes.decode row by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.codecs.fault import Fault
from parsers.codecs.text import decode_text, is_thai_utf8
from parsers.codepages import code_page

PAGES = ["cp838", "cp1160", "cp874", "tis-620", "cp037"]


def matrix(fields: list[bytes], width: int, space: int) -> np.ndarray:
    """Fields filled with spaces, lying inside longer records."""
    records = np.full((len(fields), width + 5), 0x00, np.uint8)
    filled = b"".join(field.ljust(width, bytes([space])) for field in fields)
    records[:, 2 : 2 + width] = np.frombuffer(filled, np.uint8).reshape(len(fields), width)
    return records[:, 2 : 2 + width]


@given(st.sampled_from(PAGES), st.integers(1, 300), st.data())
def test_agrees_with_decoding_row_by_row(name, width, data):
    page = code_page(name)
    fields = data.draw(st.lists(st.binary(max_size=width), min_size=1, max_size=12))
    column, faults = decode_text(matrix(fields, width, page.space), page)
    column.validate(full=True)
    for field, value, fault in zip(fields, column.to_pylist(), faults, strict=True):
        kept = field.rstrip(bytes([page.space]))
        is_text = all(page.is_text[byte] for byte in kept)
        assert bool(fault) == (not is_text)
        assert value == ((page.decode(kept) or None) if is_text else None)


@given(st.sampled_from(PAGES), st.data())
def test_text_that_was_written_reads_the_same(name, data):
    page = code_page(name)
    alphabet = st.sampled_from([chr(point) for point in page.encode_map])
    texts = data.draw(st.lists(st.text(alphabet, max_size=20), min_size=1, max_size=9))
    column, faults = decode_text(matrix([page.encode(t) for t in texts], 20, page.space), page)
    assert column.to_pylist() == [text.rstrip(" ") or None for text in texts]
    assert not faults.any()


def test_inner_and_leading_spaces_stay():
    page = code_page("cp838")
    column, _ = decode_text(matrix([page.encode("  ก ข")], 9, page.space), page)
    assert column.to_pylist() == ["  ก ข"]


def test_rows_in_which_the_field_does_not_exist_are_null_and_not_at_fault():
    page = code_page("cp838")
    fields = [page.encode("one"), b"\x00\x01\x02", page.encode("six")]
    applies = np.array([True, False, True])
    column, faults = decode_text(matrix(fields, 3, page.space), page, applies)
    assert column.to_pylist() == ["one", None, "six"]
    assert faults.tolist() == [0, 0, 0]


@pytest.mark.parametrize("page", ["cp838", "cp874"])
def test_control_characters_are_no_text(page):
    table = code_page(page)
    column, faults = decode_text(matrix([b"\x00", table.encode("A")], 1, table.space), table)
    assert column.to_pylist() == [None, "A"]
    assert faults.tolist() == [Fault.TEXT_UNMAPPABLE, 0]


def test_thai_in_utf_8_is_named_as_such_in_an_ascii_page():
    page = code_page("cp874")
    fields = ["สมชาย".encode(), "สมชาย".encode("cp874"), b"\xff\xfe"]
    column, faults = decode_text(matrix(fields, 15, page.space), page)
    assert faults.tolist() == [Fault.TEXT_UTF8, 0, Fault.TEXT_UNMAPPABLE]
    assert column.to_pylist() == [None, "สมชาย", None]


def test_no_rows_and_no_width():
    page = code_page("cp838")
    assert decode_text(np.empty((0, 5), np.uint8), page)[0].to_pylist() == []
    assert decode_text(np.empty((2, 0), np.uint8), page)[0].to_pylist() == [None, None]


@given(st.lists(st.one_of(st.binary(max_size=9), st.text(max_size=6).map(str.encode))))
def test_thai_utf_8_is_what_decodes_to_ascii_and_thai_letters_only(rows):
    """Sequences E0 B8/B9 xx are U+0E00–0E7F; anything else above 7F is not explained by them."""
    flat = np.frombuffer(b"".join(rows), np.uint8)
    lengths = np.array([len(row) for row in rows], np.int64)
    found = is_thai_utf8(flat, lengths)
    for row, is_thai in zip(rows, found, strict=True):
        try:
            text = row.decode("utf-8")
        except UnicodeDecodeError:
            text = "\ufffd"
        high = [character for character in text if ord(character) > 0x7F]
        thai = [character for character in high if 0x0E00 <= ord(character) <= 0x0E7F]
        assert is_thai == (bool(thai) and thai == high)
