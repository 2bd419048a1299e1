"""Reference format and free format give the same layout; what is in no margin is read."""

from __future__ import annotations

import pytest

from parsers.copybook import CopybookError, parse_copybook

CODE = """\
01 PERSON.
   05 NATIONAL-ID PIC X(13).
   05 GIVEN-NAME
      PIC X(30).
   05 WAGE PIC S9(7)V99 COMP-3.
"""


def layout(text: str) -> object:
    return parse_copybook(text, source="person.cpy")


def placed(make_line: str) -> str:
    return "".join(make_line.format(line) + "\n" for line in CODE.splitlines())


@pytest.mark.parametrize(
    "make_line",
    [
        pytest.param("       {}", id="fixed, no sequence numbers"),
        pytest.param("000100 {}", id="fixed, sequence numbers"),
        pytest.param("CR4711 {:<65}00000010", id="fixed, change marks and columns 73 to 80"),
        pytest.param("{}", id="free, at the left margin"),
        pytest.param("  {}", id="free, shifted left by an editor"),
        pytest.param("\t{}", id="free, tabs"),
        pytest.param("            {}", id="fixed, deep in area B"),
        pytest.param(" " * 90 + "{}", id="free, beyond column 80"),
        pytest.param("       {}  *> a comment", id="comment behind the code"),
        pytest.param("       {}\r", id="CRLF"),
    ],
)
def test_every_format_gives_the_same_layout(make_line: str) -> None:
    assert layout(placed(make_line)) == layout(CODE)


@pytest.mark.parametrize(
    "comment",
    [
        "      * THE PERSON. 05 NOT-A-FIELD PIC X.",
        "      / NEXT PAGE",
        "      *> FREE COMMENT",
        "000100*****************************************************************",
        "",
        "                                                                        IGNORED",
        "       *> A COMMENT IN AREA A",
    ],
)
def test_comment_lines_of_reference_format(comment: str) -> None:
    text = placed("       {}")
    assert layout(f"{comment}\n{text}") == layout(text)
    first, rest = text.split("\n", 1)
    assert layout(f"{first}\n{comment}\n{rest}") == layout(text)


@pytest.mark.parametrize("comment", ["* person", "/", "*> person", "   * person", "\t*> person"])
def test_comment_lines_of_free_format(comment: str) -> None:
    first, rest = CODE.split("\n", 1)
    assert layout(f"{comment}\n{CODE}") == layout(CODE)
    assert layout(f"{first}\n{comment}\n{rest}") == layout(CODE)


def test_column_73_ends_a_line_of_reference_format() -> None:
    line = "       01 A PIC X(2)."
    assert layout(f"{line:<72}01 B X. ") == layout(line)


def test_byte_order_mark_is_no_text() -> None:
    assert layout("\ufeff" + CODE) == layout(CODE)


def test_one_line_outside_the_margins_makes_the_file_free_format() -> None:
    assert layout("       01 A.\n05 B PIC X.") == layout("01 A.\n05 B PIC X.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "       01 A.\n      -    05 B PIC X.",
            "person.cpy:2:7: -: continuation lines are not read; put it on one line",
        ),
        (
            "       01 A.\n      D    05 B PIC X.",
            "person.cpy:2:7: D: debugging line; remove it or make it a comment",
        ),
        (
            "       01 A.\n" + " " * 60 + "\t05 B PIC X.",
            "person.cpy:2:61: tab: column 72 cannot be found; replace tabs with spaces",
        ),
    ],
)
def test_lines_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(CopybookError) as error:
        layout(text)
    assert str(error.value) == message
