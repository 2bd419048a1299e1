"""What copybooks may say, and where that puts every field."""

from __future__ import annotations

import pytest
from copybooks import every_item, extents, item, named, record

from parsers.copybook import parse_copybook
from parsers.layout import Condition, ConditionValue, Occurs


@pytest.mark.parametrize(
    ("picture", "length"),
    [
        ("X", 1),
        ("X(30)", 30),
        ("xx", 2),
        ("A(3)X(2)", 5),
        ("X9(3)", 4),
        ("X(2)X(3)", 5),
        ("X(01)", 1),
    ],
)
def test_text_pictures(picture: str, length: int) -> None:
    field = item(f"PIC {picture}")
    assert (field.kind, field.usage, field.length) == ("text", "display", length)
    assert field.picture == picture.upper()


@pytest.mark.parametrize(
    ("picture", "digits", "scale", "signed", "precision"),
    [
        ("9", 1, 0, False, 1),
        ("9(5)", 5, 0, False, 5),
        ("S9(7)V99", 9, 2, True, 9),
        ("s9(2)v9(3)", 5, 3, True, 5),
        ("V99", 2, 2, False, 2),
        ("9V", 1, 0, False, 1),
        ("99V9(2)9", 5, 3, False, 5),
        ("9(3)PP", 3, -2, False, 5),
        ("9P(4)V", 1, -4, False, 5),
        ("SPP9(3)", 3, 5, True, 5),
        ("VP(2)99", 2, 4, False, 4),
        ("9(31)", 31, 0, False, 31),
    ],
)
def test_number_pictures(
    picture: str, digits: int, scale: int, signed: bool, precision: int
) -> None:
    field = item(f"PICTURE IS {picture}")
    assert (field.digits, field.scale, field.signed) == (digits, scale, signed)
    assert (field.precision, field.length, field.kind) == (precision, digits, "number")


@pytest.mark.parametrize(
    ("clauses", "usage", "length"),
    [
        ("PIC 9(4) COMP", "binary", 2),
        ("PIC S9(5) USAGE IS BINARY", "binary", 4),
        ("PIC 9(9) USAGE COMP-4", "binary", 4),
        ("COMPUTATIONAL PIC 9(10)", "binary", 8),
        ("PIC 9(18) COMPUTATIONAL-4", "binary", 8),
        ("PIC S9(4)V9(5) COMP-5", "binary", 4),
        ("PIC 9 COMP-3", "packed", 1),
        ("PIC S9(8) Usage Packed-Decimal", "packed", 5),
        ("PIC S9(7)V99 COMPUTATIONAL-3", "packed", 5),
        ("PIC 9(31) COMP-3", "packed", 16),
        ("USAGE DISPLAY PIC 9(31)", "display", 31),
        ("PIC 9(4)P(4) COMP", "binary", 2),
    ],
)
def test_usages(clauses: str, usage: str, length: int) -> None:
    field = item(clauses)
    assert (field.usage, field.length) == (usage, length)
    assert field.native == ("COMP-5" in clauses)


@pytest.mark.parametrize(
    ("clauses", "leading", "separate"),
    [
        ("", False, False),
        ("SIGN IS LEADING", True, False),
        ("SIGN TRAILING", False, False),
        ("TRAILING SEPARATE", False, True),
        ("SIGN IS LEADING SEPARATE CHARACTER", True, True),
    ],
)
def test_signs(clauses: str, leading: bool, separate: bool) -> None:
    field = item(f"PIC S9(3) {clauses}")
    assert (field.sign_leading, field.sign_separate) == (leading, separate)
    assert field.length == 3 + separate


def test_clauses_of_a_group_hold_for_its_items() -> None:
    fields = record("""
        05 AMOUNTS COMP-3.
           10 PAID PIC S9(7)V99.
           10 BY-MONTH OCCURS 2.
              15 DUE PIC S9(5) COMP-3.
        05 SIGNED SIGN LEADING SEPARATE.
           10 FIRST-ONE PIC S9(3).
           10 UNSIGNED PIC 9(3).
           10 PACKED PIC S9(3) COMP-3.
           10 OWN PIC S9(3) SIGN TRAILING.
    """).fields
    by_name = {f.name: f for f in every_item(fields)}
    assert by_name["PAID"].usage == by_name["DUE"].usage == "packed"
    assert by_name["FIRST-ONE"].sign_separate and by_name["FIRST-ONE"].length == 4
    assert not by_name["UNSIGNED"].sign_separate
    assert by_name["PACKED"].length == 2 and not by_name["PACKED"].sign_leading
    assert not by_name["OWN"].sign_leading and by_name["OWN"].length == 3


def test_redefinitions_share_storage_and_the_longest_counts() -> None:
    body = """
        05 A PIC X(4).
        05 B REDEFINES A.
           10 B1 PIC 9(2).
           10 B2 PIC X(2).
           10 B3 REDEFINES B2 PIC 9(2).
        05 C REDEFINES B PIC X(9).
        05 D REDEFINES A PIC 9(3).
        05 E PIC X.
    """
    assert extents(record(body)) == {
        "A": (0, 4),
        "B": (0, 4),
        "B1": (0, 2),
        "B2": (2, 2),
        "B3": (2, 2),
        "C": (0, 9),
        "D": (0, 3),
        "E": (9, 1),
    }
    redefines = {f.name: f.redefines for f in every_item(record(body).fields)}
    assert redefines == {
        "A": None, "B": "A", "B1": None, "B2": None, "B3": "B2", "C": "A", "D": "A", "E": None,
    }  # fmt: skip


def test_a_table_may_redefine() -> None:
    assert extents(record("05 A PIC X(6). 05 B REDEFINES A OCCURS 3 PIC 99. 05 C PIC X.")) == {
        "A": (0, 6),
        "B": (0, 2),
        "C": (6, 1),
    }


def test_nested_tables() -> None:
    body = """
        05 YEAR-DATA OCCURS 2 TIMES INDEXED BY IX-YEAR.
           10 YEAR-NUMBER PIC 9(4).
           10 MONTH-DATA OCCURS 12 TIMES ASCENDING KEY IS PERIOD INDEXED BY IX-M, IX-N.
              15 PERIOD PIC 9(6).
              15 FLAG PIC X OCCURS 3.
        05 LAST-ONE PIC X.
    """
    assert extents(record(body)) == {
        "YEAR-DATA": (0, 112),
        "YEAR-NUMBER": (0, 4),
        "MONTH-DATA": (4, 9),
        "PERIOD": (4, 6),
        "FLAG": (10, 1),
        "LAST-ONE": (224, 1),
    }
    table = named(record(body), "MONTH-DATA")
    assert table.occurs == Occurs(12, 12)
    assert table.total_length == 108


@pytest.mark.parametrize(
    ("clause", "occurs"),
    [
        ("OCCURS 0 TO 60 TIMES DEPENDING ON N", Occurs(0, 60, "N", 0)),
        ("OCCURS 2 TO 5 DEPENDING N", Occurs(2, 5, "N", 0)),
        ("OCCURS 5 TIMES DEPENDING ON N INDEXED BY I", Occurs(1, 5, "N", 0)),
    ],
)
def test_tables_with_a_counter(clause: str, occurs: Occurs) -> None:
    laid_out = record(f"05 N PIC 9(2). 05 T {clause}. 10 A PIC X(3). 10 B PIC 9(5) COMP-3.")
    table = named(laid_out, "T")
    assert table.occurs == occurs
    assert laid_out.length == 2 + 6 * occurs.maximum
    assert laid_out.min_length == 2 + 6 * occurs.minimum


def test_conditions() -> None:
    laid_out = record("""
        05 STATUS-CODE PIC X(2).
           88 ACTIVE VALUE 'A'.
           88 GONE VALUES ARE "E" 'D', 'it''s'.
           88 MIDDLE VALUE IS 'F' THRU 'M' 'X'.
           88 BLANK-ONE VALUE SPACES.
           88 STARS VALUE ALL '*'.
        05 RATE PIC S9V9.
           88 LOW-RATE VALUES -1 THROUGH 2.5, 3.
           88 NO-RATE VALUE ZERO.
        05 G.
           88 G-ZERO VALUE ZEROS.
           10 H PIC X(3).
    """)
    only = ConditionValue
    assert named(laid_out, "STATUS-CODE").conditions == (
        Condition("ACTIVE", (only("A"),)),
        Condition("GONE", (only("E"), only("D"), only("it's"))),
        Condition("MIDDLE", (only("F", "M"), only("X"))),
        Condition("BLANK-ONE", (only("  "),)),
        Condition("STARS", (only("**"),)),
    )
    assert named(laid_out, "RATE").conditions == (
        Condition("LOW-RATE", (only("-1", "2.5"), only("3"))),
        Condition("NO-RATE", (only("0"),)),
    )
    assert named(laid_out, "G").conditions == (Condition("G-ZERO", (only("000"),)),)


def test_items_without_a_name_are_filler() -> None:
    laid_out = record("05 PIC X(3). 05 FILLER PIC X. 05 filler. 10 A PIC X.")
    assert [(f.name, f.is_filler, f.offset) for f in laid_out.fields] == [
        ("FILLER", True, 0),
        ("FILLER", True, 3),
        ("FILLER", True, 4),
    ]
    assert named(laid_out, "A").column == "a"


def test_values_of_data_items_change_nothing() -> None:
    body = "05 A PIC X(3) VALUE{}. 05 B PIC 9 VALUE IS 1."
    plain = record("05 A PIC X(3). 05 B PIC 9.")
    values = (
        " 'A. B'", "'A'", " SPACES", " ALL '*'", ' IS "it\'s"', " LOW-VALUES", " X'00'",
        " NX'0041'", " G'AB'", " Z'AB'", " NULL", " HIGH-VALUE", " ALL X'00'", " QUOTE", " -.5E3",
    )  # fmt: skip
    for value in values:
        assert record(body.format(value)) == plain


def test_several_records_and_elementary_ones() -> None:
    text = "01 HEAD PIC X(80). 01 BODY. 05 A PIC X. 01 TAIL REDEFINES BODY. 02 B PIC 9(3)."
    records = parse_copybook(text, source="r.cpy")
    assert [(r.name, r.length) for r in records] == [("HEAD", 80), ("BODY", 1), ("TAIL", 3)]
    assert [(f.name, f.level) for f in records[0].fields] == [("HEAD", 1)]


def test_case_does_not_matter() -> None:
    text = "01 R. 05 Paid-Amount PIC s9(7)v99 COMP-3. 88 none VALUE zero."
    assert parse_copybook(text, source="r.cpy") == parse_copybook(text.upper(), source="r.cpy")
    assert parse_copybook(text, source="r.cpy") == parse_copybook(text.lower(), source="r.cpy")


def test_level_numbers_may_have_gaps_and_one_digit() -> None:
    assert extents(record("3 A. 7 B PIC X. 7 C PIC X. 03 D PIC X.")) == {
        "A": (0, 2),
        "B": (0, 1),
        "C": (1, 1),
        "D": (2, 1),
    }
