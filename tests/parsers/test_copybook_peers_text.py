"""Texts that other readers of copybooks got wrong, by their own issues; each names its source."""

from __future__ import annotations

from pathlib import Path

import pytest
from copybooks import error_in_record, error_of, extents

from parsers.copybook import parse_copybook
from parsers.layout import Record


def fixed(*lines: str) -> str:
    """A text in reference format, from column 8 on."""
    return "".join(f"       {line}\n" for line in lines)


def only(text: str) -> Record:
    """The one record of a text."""
    [laid_out] = parse_copybook(text, source="r.cpy")
    return laid_out


def copied(folder: Path, statement: str, *member: str) -> Record:
    """The one record of a statement that copies a member M."""
    (folder / "M.cpy").write_text(fixed(*member), encoding="utf-8")
    [laid_out] = parse_copybook(fixed(*statement.splitlines()), source="r.cpy", library=[folder])
    return laid_out


@pytest.mark.parametrize(
    "text",
    [
        "       01 R.\n           05 A PIC X.\n\t\t\t05 B PIC 9.\n",
        "         01 R.\n             05 A PIC X.\n\t     05 B PIC 9.\n",
        "      * comment\n      01 R.\n\t\t05 A PIC X.\n\t\t05  B\t\tPIC 9(1).\n",
    ],
)
def test_tabs_before_items(text: str) -> None:
    """AbsaOSS/cobrix#96 and #694, zalmane/copybook#3."""
    assert extents(only(text)) == {"A": (0, 1), "B": (1, 1)}


def test_both_margins_are_passed_over() -> None:
    """AbsaOSS/cobrix#160 and #565, royopa/python-cobol#3, uwol/proleap-cobol-parser#16: change
    marks, right-aligned numbers, and lines that have nothing else."""
    lines = (
        ("02235A 01  R EXTERNAL.", "12345"),
        ("1.006A     05  A  PIC X(2).", "ABCDE"),
        ("  2400     05  B  PIC X(3).", "26.10.94"),
        ("002500", ""),
        ("002510*    05  C  PIC X(3).", ""),
        ("      ******************", ""),
    )
    text = "\n".join(f"{code:<72}{mark}".rstrip() for code, mark in lines)
    assert extents(only(text)) == {"A": (0, 2), "B": (2, 3)}


def test_what_does_not_fit_before_column_73_is_not_lost_silently() -> None:
    """AbsaOSS/cobrix#791: long names push the picture over the margin."""
    text = fixed("01  R.", f"    05 {'LONG-NAME-' * 4:<53} PIC X(10).", "    05 B PIC X.")
    assert error_of(text).startswith("r.cpy:3:12: 05: not a valid picture")


def test_continuation_with_a_period_alone() -> None:
    """uwol/proleap-cobol-parser#57."""
    text = (
        "       01  R.\n           05  A PIC X(9)  VALUE\n               '050EG;Ent'\n"
        "      -                                                                .\n"
        "           05  B PIC X.\n"
    )
    assert extents(only(text)) == {"A": (0, 9), "B": (9, 1)}


def test_continuation_of_what_is_no_literal() -> None:
    """TypeCobolTeam/TypeCobol#1243: a hyphen may continue any line."""
    text = "       01  R.\n           05  A PIC X VALUE 'A'\n      -        JUSTIFIED.\n"
    assert only(text).fields[0].justified


def test_comment_between_a_line_and_its_continuation() -> None:
    """TypeCobolTeam/TypeCobol#1777."""
    text = (
        "       01  R.\n           05  A PIC X(64) VALUE\n               'AA  AB  AC\n"
        "      *a comment, it's one\n\n      -        'AD'.\n           05  B PIC X.\n"
    )
    assert extents(only(text)) == {"A": (0, 64), "B": (64, 1)}


def test_period_behind_a_copy_statement_and_its_member(tmp_path: Path) -> None:
    """eclipse-che4z/che-che4z-lsp-for-cobol#1961."""
    assert copied(tmp_path, "01 R.\nCOPY M. .", "05 A PIC X").length == 1
    assert copied(tmp_path, "01 R.\nCOPY M. .", "05 A PIC X.").length == 1


def test_member_without_code(tmp_path: Path) -> None:
    """openmainframeproject/cobol-check has members that begin and end with comments; one of
    numbered comments alone puts in nothing."""
    (tmp_path / "M.cpy").write_text("000100* LATER\n000200*IT'S EMPTY\n000300\n", encoding="ascii")
    text = fixed("01  R.", "    COPY M.", "    05 A PIC X(3).")
    [laid_out] = parse_copybook(text, source="r.cpy", library=[tmp_path])
    assert extents(laid_out) == {"A": (0, 3)}


def test_member_names_that_are_numbers(tmp_path: Path) -> None:
    """uwol/proleap-cobol-parser#62."""
    (tmp_path / "2412473.CPY").write_text("05 A PIC X(3).", encoding="ascii")
    [laid_out] = parse_copybook("01 R. COPY 2412473 .", source="r.cpy", library=[tmp_path])
    assert laid_out.length == 3


def test_record_replaced_by_nothing(tmp_path: Path) -> None:
    """IBM/zopeneditor-about#450: the program has an 01 level of its own."""
    statement = "01  R.\nCOPY M REPLACING ==01  M1.== BY ====."
    laid_out = copied(tmp_path, statement, "01  M1.", "   03 A PIC X.", "   66 B RENAMES A.")
    assert (laid_out.name, extents(laid_out), len(laid_out.renames)) == ("R", {"A": (0, 1)}, 1)


@pytest.mark.parametrize("operands", ["'XXX' BY ABC", "=='XXX'== BY ==ABC=="])
def test_placeholders_in_quotation_marks(tmp_path: Path, operands: str) -> None:
    """eclipse-che4z/che-che4z-lsp-for-cobol#1211: 'XXX'-NAME is a name once it is replaced."""
    member = ("03 'XXX'-GROUP.", "  05 'XXX'-A PIC X(3) VALUE 'YYY'.", "  05 B-'XXX' PIC X.")
    laid_out = copied(tmp_path, f"01 R.\nCOPY M REPLACING {operands}.", *member)
    assert extents(laid_out) == {"ABC-GROUP": (0, 4), "ABC-A": (0, 3), "B-ABC": (3, 1)}


def test_placeholder_with_and_without_its_period(tmp_path: Path) -> None:
    """TypeCobolTeam/TypeCobol#2123: the first operand that matches is taken, word by word."""
    statement = "COPY M REPLACING ==:T:.== BY ==T-HEADER.==\n ==:T:== BY ==T==."
    laid_out = copied(tmp_path, statement, "01 :T:.", "   05 :T:-A PIC 9.")
    assert (laid_out.name, extents(laid_out)) == ("T-HEADER", {"T-A": (0, 1)})


def test_pseudo_text_without_blanks_around_it(tmp_path: Path) -> None:
    """TypeCobolTeam/TypeCobol#2346."""
    assert copied(tmp_path, "COPY M REPLACING ==:T:==BY==Y==.", "01 :T: PIC X.").name == "Y"


def test_one_word_replaced_by_many() -> None:
    """TypeCobolTeam/TypeCobol#2064 and #1903."""
    text = fixed("REPLACE ==:T:== BY ==05 A PIC X(70) VALUE ==.", "01 R.", "  :T: 'val'.")
    assert extents(only(text)) == {"A": (0, 70)}


def test_only_whole_words_are_replaced() -> None:
    """TypeCobolTeam/TypeCobol#2066: /MAX/ is a word, the _MAX_ in W_MAX_ is none."""
    text = fixed(
        "REPLACE ==/MAX/== BY ==3== ==_MAX_== BY ==2==.",
        "01 R.",
        "   05 A OCCURS /MAX/ PIC X.",
        "   05 B OCCURS _MAX_ PIC X.",
        "   05 W_MAX_ PIC X.",
    )
    assert extents(only(text)) == {"A": (0, 1), "B": (3, 1), "W_MAX_": (5, 1)}


def test_count_of_a_picture_is_replaced() -> None:
    """TypeCobolTeam/TypeCobol#2190."""
    assert only(fixed("REPLACE ==SIZE-A== BY ==50==.", "01 R PIC X(SIZE-A).")).length == 50


def test_pictures_that_the_compiler_refuses() -> None:
    """TypeCobolTeam/TypeCobol#1917 and #2359: "X.." is no X, and X (20) is not one byte."""
    assert error_in_record("05 A PIC X..").startswith("r.cpy:2:10: X.: not a valid picture")
    assert error_in_record("05 A PIC X (20).").startswith("r.cpy:2:12: (20): a picture has no bl")
