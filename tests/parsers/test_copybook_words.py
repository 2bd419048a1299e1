"""Where a word, a picture and a literal end."""

from __future__ import annotations

import pytest

from parsers.copybook import CopybookError
from parsers.copybook.continuation import logical_lines
from parsers.copybook.source import source_lines
from parsers.copybook.tokens import entries, text_words


def words(text: str) -> list[list[str]]:
    lines = source_lines(text, source="w.cpy").lines
    found = entries(text_words(logical_lines(lines)))
    return [[token.prefix + token.text for token in entry] for entry in found]


@pytest.mark.parametrize(
    "picture",
    [
        "Z,ZZ9.99-", "$$,$$9.99", "-9", "+++9.99", "**9.99", "*/9", "9(5)V99", "9(3),99",
        "X(3)/X(3)", "99/99/9999", "ZZ9.99CR", "€€€9", "฿฿,฿฿9.99", "9(3).9(2)", "BB99B0",
        "S9(7)V9(2)", "VPP9(3)", "9(0012)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["01 A PIC {}.", "01 A PIC {}, COMP.", "01 A\nPICTURE IS\n{}\n."])
def test_a_picture_is_one_word(form: str, picture: str) -> None:
    [entry] = words(form.format(picture))
    assert picture in entry
    assert entry[-1] in (picture, "COMP")


@pytest.mark.parametrize(
    ("clause", "picture"), [("PIC 9,.", "9,"), ("PIC 9..", "9."), ("PIC IS 9(3)..", "9(3).")]
)
def test_a_picture_may_end_with_a_point_or_a_comma_before_the_period(
    clause: str, picture: str
) -> None:
    assert words(f"01 A {clause} 05 B.")[0][-1] == picture


def test_only_pictures_may() -> None:
    assert words("01 A, VALUE 1, 2; 3.") == [["01", "A", "VALUE", "1", "2", "3"]]
    with pytest.raises(CopybookError, match=r"w.cpy:1:5: \.: "):
        words("01 A..")


def test_a_comma_before_a_digit_belongs_to_the_number() -> None:
    assert words("01 A VALUE 1,5.")[0][-1] == "1,5"


def test_a_picture_on_a_line_of_its_own_is_no_comment() -> None:
    assert words("01 A PIC\n  **9.99.\n05 B PIC\n  /9.") == [
        ["01", "A", "PIC", "**9.99"],
        ["05", "B", "PIC", "/9"],
    ]


@pytest.mark.parametrize(
    "name", ["1ST-NAME", "DATE", "2024", "VALUE-", "A_B", "SECTION", "X", "N", "Z", "COMP-1-X"]
)
def test_odd_names_are_words(name: str) -> None:
    assert words(f"01 {name} PIC X.") == [["01", name, "PIC", "X"]]


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("prefix", ["", "X", "N", "NX", "G", "Z", "B", "U", "nx"])
def test_literals(prefix: str, quote: str) -> None:
    [entry] = words(f"01 A VALUE {prefix}{quote}a, b. {quote * 2} *> c{quote}.")
    assert entry[-1] == f"{prefix.upper()}a, b. {quote} *> c"


def test_separators_between_literals() -> None:
    assert words("88 A VALUES 'A','B'; 'C' , \"D\".") == [["88", "A", "VALUES", "A", "B", "C", "D"]]


def test_a_comment_begins_only_where_a_word_may() -> None:
    assert words("01 A PIC X. *> 05 B\n05 C PIC X.*> D\n05 E VALUE 'F'*> G\n.") == [
        ["01", "A", "PIC", "X"],
        ["05", "C", "PIC", "X"],
        ["05", "E", "VALUE", "F"],
    ]


def test_thai_stays_what_it_is() -> None:
    assert words("* ชื่อ\n01 A VALUE 'ชื่อ'. *> สกุล") == [["01", "A", "VALUE", "ชื่อ"]]


def test_pseudo_text_outside_copy_is_refused() -> None:
    with pytest.raises(CopybookError, match=r"w\.cpy:1:6: ==: "):
        words("01 A ==B== PIC X.")
