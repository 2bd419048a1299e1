"""Words and literals that go on in the next line, by the rules of the reference format."""

from __future__ import annotations

import pytest

from parsers.copybook import CopybookError, parse_copybook
from parsers.copybook.continuation import logical_lines
from parsers.copybook.source import source_lines
from parsers.copybook.tokens import Token, entries, text_words

RIGHT = 72


def tokens(*lines: str) -> list[Token]:
    """Tokens of one entry; lines are given from column 7."""
    return tokens_of("\n".join(f"000100{line}" for line in lines))


def tokens_of(text: str) -> list[Token]:
    lines = source_lines(text, source="c.cpy").lines
    [entry] = entries(text_words(logical_lines(lines)))
    return list(entry)


def texts(*lines: str) -> list[str]:
    return [token.text for token in tokens(*lines)]


def up_to_margin(text: str, filler: str = "x") -> str:
    """The line with ``filler`` up to column 72."""
    return text + filler * (RIGHT - 6 - len(text))


def test_a_word_goes_on_with_the_first_character_that_is_not_blank() -> None:
    assert texts(" 01  CUST", "-         OMER-NUMBER PIC", "-    TURE 9(0", "-       12).") == [
        "01", "CUSTOMER-NUMBER", "PICTURE", "9(012)",
    ]  # fmt: skip


def test_a_picture_goes_on_behind_its_point() -> None:
    assert texts(" 01 A PIC ZZ9.", "-      99.") == ["01", "A", "PIC", "ZZ9.99"]


def test_a_literal_takes_its_line_up_to_the_margin() -> None:
    opened = " 01 A VALUE 'AB"
    used = len(opened) - opened.index("'") - 1
    blanks = RIGHT - 6 - len(opened)
    assert texts(opened, "-     'CD'.")[-1] == "AB" + " " * blanks + "CD"
    full = up_to_margin(opened)
    assert len(texts(full, "-     'CD'.")[-1]) == used + blanks + 2


def test_a_literal_goes_on_over_many_lines() -> None:
    lines = [up_to_margin(" 01 A VALUE '", "1")]
    lines += [up_to_margin("-   '", "2") for _ in range(10)]
    value = texts(*lines, "-   'END'.")[-1]
    assert value.startswith("1" * 53 + "2") and value.endswith("2END")
    assert len(value) == 53 + 10 * 61 + 3


def test_a_doubled_quotation_mark_within_a_continued_literal() -> None:
    assert texts(up_to_margin(" 01 A VALUE 'it''s"), "-  'o''clock'.")[-1].endswith("xo'clock")


def test_two_marks_behind_a_mark_at_the_margin_are_one_in_the_value() -> None:
    line = up_to_margin(" 01 A VALUE 'AB")[:-1] + "'"
    assert texts(line, "-   ''CD'.")[-1].endswith("x'CD")


def test_one_mark_behind_a_mark_at_the_margin_begins_a_literal() -> None:
    line = up_to_margin(" 88 A VALUE 'AB")[:-1] + "'"
    found = tokens(line, "-   'CD'.")
    assert [token.text for token in found[-1:]] == ["CD"]
    assert found[-2].text.startswith("ABxx") and "'" not in found[-2].text


@pytest.mark.parametrize(
    "between", ["*    a comment", "", "/", " *> a comment", "D    05 X PIC X."]
)
def test_comments_and_blank_lines_between_are_passed_over(between: str) -> None:
    assert texts(" 01 CUST", between, "-    OMER PIC X.") == ["01", "CUSTOMER", "PIC", "X"]


def test_an_inline_comment_is_no_part_of_the_continued_word() -> None:
    assert texts(" 01 CUST   *> don't", "-    OMER PIC X.") == ["01", "CUSTOMER", "PIC", "X"]


def test_a_comment_sign_within_a_literal_is_text() -> None:
    assert texts(" 01 A VALUE ' *> B'.")[-1] == " *> B"


def test_places_are_those_of_the_line_in_which_a_word_begins() -> None:
    found = tokens(" 01 CUST", "-    OMER PIC X.")
    assert [token.place[1:] for token in found] == [(1, 8), (1, 11), (2, 17), (2, 21)]


def test_identification_in_columns_73_to_80_is_no_part_of_a_literal() -> None:
    line = f"{up_to_margin(' 01 A VALUE `AB').replace('`', chr(39))}00000010"
    assert texts(line, "-   'CD'.")[-1].endswith("xCD")


def test_a_copybook_without_sequence_area_is_continued_from_column_66() -> None:
    found = tokens_of(" 01 A VALUE 'AB\n-    'CD'.")
    assert found[-1].text == "AB" + " " * (66 - 15) + "CD"


def test_a_continued_condition_value_is_laid_out() -> None:
    text = "       01 A PIC X(60).\n       88 B VALUE 'YES\n      -    'NO'.\n"
    [record] = parse_copybook(text, source="c.cpy")
    [condition] = record.fields[0].conditions
    assert condition.values[0].low == "YES" + " " * 50 + "NO"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ">>SOURCE FORMAT FIXED\n      -01 A PIC X.",
            "c.cpy:2:7: -: there is no line before it to continue",
        ),
        (
            "       01 A VALUE 'AB\n      -    CD'.",
            "c.cpy:2:12: CD'.: a continued literal goes on with ' here",
        ),
        (
            "       01 A VALUE 'AB'\n      -    'CD'.",
            "c.cpy:2:12: 'CD'.: the literal before it is closed",
        ),
        (
            "       01 A VALUE 'AB\n       05 B PIC X.",
            "c.cpy:1:19: 'AB: close the literal on its line or continue it",
        ),
        (
            ">>SOURCE FORMAT VARIABLE\n       01 A VALUE 'AB\n      -    'CD'.",
            "c.cpy:2:8: ': there is no right margin up to which the literal goes; "
            "close it on its line",
        ),
    ],
)
def test_what_cannot_be_continued(text: str, message: str) -> None:
    with pytest.raises(CopybookError) as error:
        parse_copybook(text, source="c.cpy")
    assert str(error.value) == message
