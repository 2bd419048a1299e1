"""Text against the code page's own one-value encoding."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.codecs.integers import ColumnTypeError
from exporters.codecs.text import write_text
from parsers.codepages import code_page

PAGES = ["cp838", "cp874", "cp1047"]
Result = tuple[list[bytes], list[bool], list[bool]]


def written(column: pa.Array, width: int, page: str = "cp838") -> Result:
    out = np.full((len(column), width), code_page(page).space, np.uint8)
    too_long, unmappable = write_text(column, code_page(page), out)
    return [row.tobytes() for row in out], too_long.tolist(), unmappable.tolist()


@st.composite
def texts_of_a_page(draw: st.DrawFn) -> tuple[str, list[str | None]]:
    page = draw(st.sampled_from(PAGES))
    letters = sorted(map(chr, code_page(page).encode_map))
    values = st.none() | st.text(st.sampled_from(letters), max_size=10)
    return page, draw(st.lists(values, min_size=1, max_size=20))


@given(texts_of_a_page(), st.integers(0, 3), st.sampled_from([pa.utf8(), pa.large_utf8()]))
def test_text_is_left_aligned_and_filled_with_spaces(
    case: tuple[str, list[str | None]], start: int, kind: pa.DataType
) -> None:
    name, values = case
    page = code_page(name)
    rows, too_long, unmappable = written(pa.array(values, kind).slice(start), 10, name)
    expected = [page.encode(value or "").ljust(10, bytes([page.space])) for value in values[start:]]
    assert rows == expected
    assert not any(too_long)
    assert not any(unmappable)


@given(st.lists(st.text(max_size=6), min_size=1), st.sampled_from(PAGES))
def test_rows_with_an_unknown_character_or_too_long_are_named(values: list[str], name: str) -> None:
    known = code_page(name).encode_map
    rows, too_long, unmappable = written(pa.array(values), 4, name)
    assert too_long == [len(value) > 4 for value in values]
    assert unmappable == [any(ord(letter) not in known for letter in value) for value in values]
    for value, row, *bad in zip(values, rows, too_long, unmappable, strict=True):
        if not any(bad):
            assert code_page(name).decode(row) == value.ljust(4)


def test_width_counts_encoded_bytes_and_combining_marks() -> None:
    rows, too_long, _ = written(pa.array(["สมศักดิ์"]), 8, "cp874")
    assert rows == ["สมศักดิ์".encode("cp874")]
    assert too_long == [False]


@pytest.mark.parametrize("end", ["\n", "\r", "\x85"])
def test_a_line_end_within_text_is_not_written(end: str) -> None:
    _, _, unmappable = written(pa.array([f"a{end}b"]), 5, "cp874")
    assert unmappable == [True]


def test_no_rows_and_no_text() -> None:
    assert written(pa.array([], pa.utf8()), 3) == ([], [], [])
    assert written(pa.nulls(2), 3)[0] == [b"\x40\x40\x40"] * 2
    assert written(pa.array(["a", "b"]).dictionary_encode(), 1)[0] == [b"\x81", b"\x82"]


def test_a_number_is_no_text() -> None:
    with pytest.raises(ColumnTypeError):
        written(pa.array([1]), 3)
