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
        pytest.param(" {:<65}PERSON.1", id="cut left, the copybook's name in columns 73 to 80"),
        pytest.param("{:<65}PERSON.1", id="cut to the text, the copybook's name behind it"),
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


def test_a_copybook_of_comments_has_no_record() -> None:
    with pytest.raises(CopybookError, match=r"c\.cpy:1:1: copybook: has no 01 level; add one"):
        parse_copybook(f"{'000100* NOTHING YET':<72}NOTHING1\n000200\n", source="c.cpy")


@pytest.mark.parametrize("comment", ["* person", "/", "*> person", "   * person", "\t*> person"])
def test_comment_lines_of_free_format(comment: str) -> None:
    first, rest = CODE.split("\n", 1)
    assert layout(f"{comment}\n{CODE}") == layout(CODE)
    assert layout(f"{first}\n{comment}\n{rest}") == layout(CODE)


def test_column_73_ends_a_line_of_reference_format() -> None:
    line = "       01 A PIC X(2)."
    assert layout(f"{line:<72}01 B X. ") == layout(line)


def test_what_only_some_lines_have_beyond_column_66_is_code() -> None:
    text = f" 01 A.\n {'   05 B OCCURS 3 PIC':<65}XXXXXXXX.\n    05 C PIC X.\n"
    assert layout(text) == layout("01 A.\n05 B OCCURS 3 PIC XXXXXXXX.\n05 C PIC X.")


def test_byte_order_mark_is_no_text() -> None:
    assert layout("\ufeff" + CODE) == layout(CODE)


def test_one_line_outside_the_margins_makes_the_file_free_format() -> None:
    assert layout("       01 A.\n05 B PIC X.") == layout("01 A.\n05 B PIC X.")


def test_debugging_lines_of_a_copybook_are_comments() -> None:
    assert layout(f"       01 A.\n      D    05 B PIC X.\n{CODE_BELOW}") == layout(
        f"       01 A.\n{CODE_BELOW}"
    )
    assert layout("01 A.\nD  05 B PIC X.\n  05 C PIC X.\n") == layout("01 A.\n05 C PIC X.\n")
    assert layout("01 A.\n>>D  05 B PIC X.\n  05 C PIC X.") == layout("01 A.\n05 C PIC X.")


CODE_BELOW = "       05 C PIC X(4)."


def test_d_is_a_name_when_no_level_number_follows_it() -> None:
    [record] = parse_copybook("01 A.\n05\nD PIC X.", source="d.cpy")
    assert [field.name for field in record.fields] == ["D"]


@pytest.mark.parametrize(
    "line",
    [
        "EJECT",
        "SKIP1",
        "Skip2.",
        "SKIP3",
        "TITLE 'THE PERSON. 05 X'",
        "*CBL NOLIST",
        "*CONTROL MAP",
    ],
)
@pytest.mark.parametrize("margin", ["       ", ""])
def test_words_that_steer_the_listing_are_passed_over(margin: str, line: str) -> None:
    code = placed(margin + "{}")
    first, rest = code.split("\n", 1)
    assert layout(f"{first}\n{margin}{line}\n{rest}") == layout(CODE)


@pytest.mark.parametrize(
    "options", ["CBL ARITH(EXTEND),TRUNC(BIN)", "000010 PROCESS LIB", " cbl x"]
)
def test_compiler_options_before_the_code_are_passed_over(options: str) -> None:
    assert layout(f"{options}\n{placed('       {}')}") == layout(CODE)


# -- shifted by an editor ------------------------------------------------------------------------


def test_sequence_area_cut_off_leaves_the_indicator_in_column_1() -> None:
    text = placed(" {:<65}") + "*   05 NOT PIC X.\n/\n"
    assert layout(text) == layout(CODE)


@pytest.mark.parametrize("cut", [6, 7])
def test_columns_73_to_80_of_a_shifted_copybook(cut: int) -> None:
    lines = [f"       {line:<65}{number:08}" for number, line in enumerate(CODE.splitlines(), 1)]
    assert layout("\n".join(line[cut:] for line in lines)) == layout(CODE)


def test_beyond_the_margin_of_a_shifted_copybook_is_code_unless_it_numbers_the_lines() -> None:
    lines = ["01 A.", f"{'   05 B PIC X(4)':<58}VALUE 'A'.", "   05 C PIC X."]
    assert layout("\n".join(lines)) == layout("01 A. 05 B PIC X(4). 05 C PIC X.")


# -- tabs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make_line",
    [
        pytest.param("\t{}", id="instead of seven blanks"),
        pytest.param("000100\t{}", id="behind the sequence number"),
        pytest.param("000100 \t\t{}", id="in area B"),
        pytest.param("000100 {}\t\t\t\t\t\t", id="behind the code"),
    ],
)
def test_tabs_go_to_the_next_stop_of_8_columns(make_line: str) -> None:
    assert layout(placed(make_line)) == layout(CODE)


def test_tab_before_the_line_numbers() -> None:
    line = "       01 A\tPIC X(2)."
    blanks = " " * (72 - len(line.expandtabs()))
    assert layout(line + blanks + "00000010") == layout("01 A PIC X(2).")


def test_comment_behind_a_tab() -> None:
    first, rest = placed("\t{}").split("\n", 1)
    assert layout(f"{first}\n\t* the person\n{rest}") == layout(CODE)


def test_columns_behind_tabs_are_those_that_an_editor_shows() -> None:
    with pytest.raises(CopybookError, match=r"person.cpy:1:17: %: "):
        layout("\t01 A\t% PIC X.")


# -- directives ----------------------------------------------------------------------------------

FREE_LINE = f"05 B PIC X(5).{' ' * 60}05 C PIC X(4)."


@pytest.mark.parametrize(
    "directive",
    [
        ">>SOURCE FORMAT IS FREE",
        "       >>source format free",
        '      $SET SOURCEFORMAT"FREE"',
        "$set sourceformat(free)",
        ">>SET SOURCEFORMAT 'FREE'",
    ],
)
def test_source_format_free(directive: str) -> None:
    expected = layout("01 A. 05 B PIC X(5). 05 C PIC X(4).")
    assert layout(f"{directive}\n       01 A.\n       {FREE_LINE}") == expected
    assert layout(f"       01 A.\n{directive}\n       {FREE_LINE}") == expected


def test_source_format_fixed() -> None:
    text = "01 A.\n>>SOURCE FORMAT IS FIXED\nXYZ010 05 B PIC X.\nXYZ020*05 C PIC X."
    assert layout(text) == layout("01 A. 05 B PIC X.")


def test_source_format_variable_has_no_right_margin() -> None:
    text = f">>SOURCE FORMAT IS VARIABLE\nXYZ010 01 A.\nXYZ020 {FREE_LINE}"
    assert layout(text) == layout("01 A. 05 B PIC X(5). 05 C PIC X(4).")


def test_directives_of_the_listing_are_passed_over() -> None:
    assert layout("01 A.\n>>PAGE\n>>LISTING OFF\n05 B PIC X.") == layout("01 A. 05 B PIC X.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "       01 A.\n" + " " * 60 + "\t05 B PIC X.",
            "person.cpy:2:61: tab: column 72 cannot be found; replace tabs with spaces",
        ),
        (
            "       01 A.\n       >>IF X DEFINED\n",
            "person.cpy:2:8: >>IF X DEFINED: this directive is not read; remove it",
        ),
        (
            "      $SET IBMCOMP\n       01 A PIC X.",
            "person.cpy:1:7: $SET IBMCOMP: this directive is not read; remove it",
        ),
        (
            ">>SOURCE FORMAT IS FIXED\n000010X01 A PIC X.",
            "person.cpy:2:7: X: not an indicator; column 7 is for * / D and -",
        ),
        (
            "01 A.\n  05 B PIC X. 88 C VALUE '\t'.",
            "person.cpy:2:26: tab: has no certain width in a literal; use spaces",
        ),
    ],
)
def test_lines_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(CopybookError) as error:
        layout(text)
    assert str(error.value) == message
