"""Texts made to exhaust the reader end soon, with a layout or with an error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.copybook import CopybookError, parse_copybook

SECONDS = 20  # far more than any of them takes, far less than a blow-up would


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SECONDS


def error_of(text: str, *folders: Path) -> str:
    with pytest.raises(CopybookError) as error:
        parse_copybook(text, source="h.cpy", library=folders)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_members_that_double_each_time(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"M{number}.cpy").write_text(f"COPY M{number + 1}. COPY M{number + 1}.")
    (tmp_path / "M30.cpy").write_text("05 A PIC X.\n" * 1000)
    assert "more than" in error_of("01 R. COPY M0.", tmp_path)


def test_empty_members_that_double_each_time(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"M{number}.cpy").write_text(f"COPY M{number + 1}. COPY M{number + 1}.")
    (tmp_path / "M30.cpy").write_text("")
    assert "more than" in error_of("01 R. COPY M0.", tmp_path)


def test_members_nested_without_end(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"M{number}.cpy").write_text(f"COPY M{number + 1}.")
    assert "nested deeper than 32" in error_of("COPY M0.", tmp_path)


def test_replacements_that_grow(tmp_path: Path) -> None:
    (tmp_path / "M.cpy").write_text("A " * 2_000)
    text = f"COPY M REPLACING ==A== BY =={'B ' * 2_000}==."
    assert "copying and replacing make more than" in error_of(text, tmp_path)


def test_replacements_that_almost_match(tmp_path: Path) -> None:
    (tmp_path / "M.cpy").write_text("A " * 20_000)
    operands = " ".join(f"=={'A ' * 100} B{number}== BY ==C==" for number in range(100))
    assert "comparisons" in error_of(f"COPY M REPLACING {operands}.", tmp_path)


def test_many_parts_of_words_to_replace(tmp_path: Path) -> None:
    (tmp_path / "M.cpy").write_text("A " * 20_000)
    operands = " ".join(f"LEADING ==B{number}== BY ==C==" for number in range(1000))
    assert "comparisons" in error_of(f"COPY M REPLACING {operands}.", tmp_path)


def test_a_member_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "M.cpy").open("wb") as file:
        file.truncate(1 << 40)
    assert "are copied; split the copybook" in error_of("COPY M.", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "'" * 100_001,
        "==" * 50_001,
        ":" * 100_000 + ".",
        "=" * 100_001,
        "." * 100_000,
        "," * 100_000,
        "\t" * 100_000 + "X",
        "\n" * 100_000,
        "COPY " * 5_000,
        "REPLACE ==A== BY ==B==. " * 5_000,
        "REPLACE " + "==A== BY ==B== " * 10_000 + ".",
        "EXEC SQL " * 20_000,
        "SOURCE-COMPUTER. DEBUGGING " * 5_000,
        "PIC " * 20_000,
        "ID DIVISION\n" * 10_000,
        ">>SOURCE FORMAT FREE\n" * 5_000,
        "01 A.\n" + ">>SOURCE FORMAT IS FIXED\n>>SOURCE FORMAT IS FREE\n" * 10_000,
        "       01 A VALUE 'X\n" + "      -    'Y\n" * 10_000,
        "       01 A\n" + "      -    B\n" * 10_000,
        "       01 A VALUE '" + "X" * 53 + "'\n" + ("      -''" + "Y" * 62 + "'\n") * 5_000,
    ],
    ids=lambda text: repr(text[:24]),
)
def test_long_texts(text: str) -> None:
    error_of(text)


WORDS = st.sampled_from(
    ("01", "05", "A", ":TAG:", "-B", "PIC", "X(3)", "COPY", "M", "N", "REPLACING", "BY", "LEADING",
     "TRAILING", "==", "==A==", "====", "REPLACE", "OFF", "OF", "SUPPRESS", "EXEC", "SQL",
     "INCLUDE", "END-EXEC", "'M'", "'", '"', "FD", "FILE SECTION.", "DATA DIVISION.",
     "ID DIVISION.", "WORKING-STORAGE SECTION.", "SPECIAL-NAMES.", "DECIMAL-POINT IS COMMA",
     "CURRENCY SIGN IS", "PROCEDURE DIVISION", ">>SOURCE FORMAT IS FREE", ">>D", "$SET",
     "TITLE 'X'", "*>", "*", "D", "(", ")", ":", ",", ".", ".", ".")
)  # fmt: skip
SPACES = st.sampled_from([" ", "\n", "\n       ", "\n      -    ", "\n      D ", "\t", "", "\n-  "])
TEXTS = st.lists(st.tuples(WORDS, SPACES), max_size=40).map(
    lambda words: "".join(word + space for word, space in words)
)


@given(text=TEXTS, member=TEXTS)
def test_any_sequence_of_words_is_a_layout_or_an_error(
    text: str, member: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "hostile"
    folder.mkdir(exist_ok=True)
    (folder / "M.cpy").write_text(member)
    (folder / "N.cpy").write_text("05 B PIC X.")
    try:
        records = parse_copybook(text, source="h.cpy", library=[folder])
    except CopybookError as error:
        assert str(error).startswith(("h.cpy:", "M.cpy:", "N.cpy:"))
        assert "\n" not in str(error)
    else:
        assert all(record.length >= 0 for record in records)
