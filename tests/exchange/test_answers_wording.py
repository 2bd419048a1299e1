"""Columns of text for answers, against the same said one value at a time."""

from __future__ import annotations

import html
import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.employers.wording import baht, counts, markup, printable

# Signs that some table of characters does not know yet are judged by none.
TEXTS = st.lists(
    st.none() | st.text(st.characters(codec="utf-8", exclude_categories=("Cn",))), max_size=6
)
AMOUNTS = st.lists(st.integers(-(10**17), 10**17), max_size=8)


def plain(text: str | None) -> str:
    """Without what cannot be shown, by the categories of Python's own tables."""
    return "".join(
        "?" if (kind := unicodedata.category(each))[0] == "C" or kind in ("Zl", "Zp") else each
        for each in text or ""
    )


@given(TEXTS)
@example(["สมชาย", "a\u202eb", None, ""])
@example(["\n"])
@example(["ก", "ข"])
@example([None])
def test_what_cannot_be_shown_is_a_question_mark(texts: list[str | None]) -> None:
    told = printable(pa.array(texts, pa.utf8())).to_pylist()
    assert told == [plain(text) for text in texts]


@given(TEXTS, st.integers(0, 3))
@example(["<b>", "x", "&"], 1)
@example(["'", "x"], 1)
def test_nothing_that_was_filed_is_markup(texts: list[str | None], start: int) -> None:
    """Of a slice too: what stands before it is none of its own."""
    column = pa.array([*["<"] * start, *texts], pa.utf8()).slice(start)
    shown = printable(column).to_pylist()
    expected = [html.escape(each).replace("&#x27;", "&#39;") for each in shown]
    assert markup(column).to_pylist() == expected
    chunked = pa.chunked_array([column, column])
    assert markup(chunked).to_pylist() == 2 * expected


@given(AMOUNTS)
@example([0, 5, -5, 99_999, 100_000, -100_000, 123_456_789, 10_000_005, 99_999_999_999])
def test_amounts_are_in_baht_with_two_decimals(satang: list[int]) -> None:
    told = baht(np.array(satang, np.int64)).to_pylist()
    signs = ["-" if each < 0 else "" for each in satang]
    parts = [divmod(abs(each), 100) for each in satang]
    expected = [f"{s}{b:,}.{p:02d}" for s, (b, p) in zip(signs, parts, strict=True)]
    assert told == expected


@given(st.lists(st.integers(0, 10**15), max_size=8))
@example([0, 999, 1_000, 1_000_000, 1_002_003])
def test_numbers_have_a_comma_before_every_three_digits(numbers: list[int]) -> None:
    assert counts(np.array(numbers, np.int64)).to_pylist() == [f"{each:,}" for each in numbers]
