"""Mixed EBCDIC and double-byte text, against a reader that goes byte by byte."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_fields import rows_of, text_field

from parsers.codecs.characters import decode_characters
from parsers.codecs.fault import Fault
from parsers.codepages import CodePage, CodePageError, code_page
from parsers.codepages.double_byte import FIRST_SEQUENCE

PAGES = ["cp930", "cp933", "cp937", "cp939", "cp1388", "cp1399"]
KANJI = b"\x4f\x58"  # 漢 in 939


def read_slowly(field: bytes, page: CodePage) -> tuple[str | None, int]:
    """Text and fault of one field, one byte after the other."""
    text, shift, pending, unknown = "", False, b"", False
    for byte in field:
        if byte in (0x0E, 0x0F):
            if shift == (byte == 0x0E) or pending:
                return None, Fault.TEXT_SHIFT
            shift = byte == 0x0E
        elif not shift:
            unknown |= not page.is_text[byte]
            text += page.decode_table[byte]
        elif not pending:
            pending = bytes([byte])
        else:
            character = pair_text(pending + bytes([byte]), page)
            unknown |= not character
            text, pending = text + character, b""
    if shift:
        return None, Fault.TEXT_SHIFT
    if unknown:
        return None, Fault.TEXT_UNMAPPABLE
    return text.rstrip(" \u3000") or None, Fault.NONE


def pair_text(pair: bytes, page: CodePage) -> str:
    point = int(page.multibyte.points[int.from_bytes(pair, "big")])
    if point >= FIRST_SEQUENCE:
        return "".join(map(chr, page.multibyte.sequences[point - FIRST_SEQUENCE]))
    return chr(point) if point else ""


@cache
def known_pairs(page: CodePage) -> st.SearchStrategy[int]:
    return st.sampled_from(np.flatnonzero(page.multibyte.points).tolist())


@st.composite
def fields_of(draw: st.DrawFn, page: CodePage) -> bytes:
    """Fields that are right, nearly right, or noise."""
    pair = known_pairs(page).map(lambda code: code.to_bytes(2, "big"))
    odd = st.sampled_from([b"\x0e", b"\x0f", b"\x40", b"\x40\x40", b"\x00", b"\xfe\xfe"])
    run = st.lists(pair, max_size=4).map(lambda pairs: b"\x0e" + b"".join(pairs) + b"\x0f")
    single = st.lists(st.sampled_from(b"\x40\xc1\x81\xf0"), max_size=4).map(bytes)
    parts = draw(st.lists(st.one_of(run, run, single, single, odd), max_size=6))
    return b"".join(parts)


@given(st.sampled_from(PAGES), st.integers(1, 30), st.booleans(), st.data())
def test_agrees_with_reading_byte_by_byte(name, width, noise, data):
    page = code_page(name)
    kind = st.binary(max_size=width) if noise else fields_of(page)
    fields = data.draw(st.lists(kind, max_size=8))
    matrix = rows_of(fields, width)
    column, faults = decode_characters(matrix, text_field(width), page)
    column.validate(full=True)
    expected = [read_slowly(row.tobytes(), page) for row in matrix]
    assert list(zip(column.to_pylist(), faults.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        (b"\xc1\x0e" + KANJI + b"\x0f\xc2", "A漢B", Fault.NONE),
        (b"\x0e" + KANJI + b"\x40\x40\x0f", "漢", Fault.NONE),
        (b"\x0e\x0f", None, Fault.NONE),
        (b"\x0e" + KANJI, None, Fault.TEXT_SHIFT),
        (KANJI + b"\x0f", None, Fault.TEXT_SHIFT),
        (b"\x0e\x0e" + KANJI + b"\x0f", None, Fault.TEXT_SHIFT),
        (b"\x0e" + KANJI[:1] + b"\x0f", None, Fault.TEXT_SHIFT),
        (b"\x0e" + KANJI + KANJI[:1] + b"\x0f", None, Fault.TEXT_SHIFT),
        (b"\x0e\x00\x00\x0f", None, Fault.TEXT_UNMAPPABLE),
        (b"\xc1\x15", None, Fault.TEXT_UNMAPPABLE),
        (b"", None, Fault.NONE),
    ],
)
def test_shifts_and_faults(field, text, fault):
    column, faults = decode_characters(rows_of([field], 10), text_field(10), code_page("cp939"))
    assert (column.to_pylist(), faults.tolist()) == ([text], [fault])


def test_a_field_that_ends_in_a_shift_does_not_run_into_the_next_row():
    fields = [b"\xc1\xc1\x0e", KANJI + b"\x0f", b"\x0e" + KANJI[:1] + b"\x40", b"\xc1"]
    column, faults = decode_characters(rows_of(fields, 3), text_field(3), code_page("cp939"))
    assert column.to_pylist() == [None, None, None, "A"]
    assert faults.tolist() == [Fault.TEXT_SHIFT] * 3 + [0]


def test_rows_without_the_field_are_null_and_not_at_fault():
    fields = [b"\x0e", b"\x0e" + KANJI + b"\x0f", b"\xc1"]
    applies = np.array([False, True, False])
    column, faults = decode_characters(
        rows_of(fields, 5), text_field(5), code_page("cp939"), applies
    )
    assert column.to_pylist() == [None, "漢", None]
    assert not faults.any()


def test_justified_text_loses_the_blanks_before_it():
    fields = [b"\x40\x40\x0e\x40\x40" + KANJI + b"\x0f\x40\xc1"]
    field = text_field(10, justified=True)
    column, _ = decode_characters(rows_of(fields, 10), field, code_page("cp939"))
    assert column.to_pylist() == ["漢 A"]


@given(st.sampled_from(PAGES), st.integers(1, 12), st.data())
def test_double_byte_fields_agree_with_reading_pair_by_pair(name, characters, data):
    page = code_page(name)
    known = known_pairs(page)
    pair = st.one_of(known, known, known, st.just(0x4040), st.integers(0, 0xFFFF))
    rows = data.draw(st.lists(st.lists(pair, max_size=characters), max_size=6))
    fields = [b"".join(code.to_bytes(2, "big") for code in row) for row in rows]
    width = 2 * characters
    applies = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    applies = applies.astype(np.bool_)
    matrix = rows_of(fields, width)
    column, faults = decode_characters(matrix, text_field(width, "dbcs"), page, applies)
    column.validate(full=True)
    for row, value, fault, there in zip(matrix, column.to_pylist(), faults, applies, strict=True):
        texts = [pair_text(row[at : at + 2].tobytes(), page) for at in range(0, width, 2)]
        assert fault == (Fault.TEXT_UNMAPPABLE if there and not all(texts) else 0)
        assert value == (("".join(texts).rstrip("\u3000") or None) if there and not fault else None)


def test_double_byte_fields_need_a_page_with_double_bytes():
    for name in ("cp037", "utf-8"):
        with pytest.raises(CodePageError, match=rf"NAME.*{name}.*cp939"):
            decode_characters(rows_of([b""], 4), text_field(4, "dbcs"), code_page(name))
