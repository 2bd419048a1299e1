"""88 levels: no legal value is refused, whatever has no text form is bytes."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, item, record

from parsers.layout import Condition, ConditionValue


def value(picture: str, clause: str) -> ConditionValue:
    """The one value of a condition on an item of that picture."""
    [condition] = item(f"{picture}. 88 YES {clause}").conditions
    [only] = condition.values
    return only


@pytest.mark.parametrize(
    ("picture", "clause", "expected"),
    [
        ("PIC X(3)", "VALUE LOW-VALUES", ConditionValue("", None, b"\x00\x00\x00")),
        ("PIC X(3)", "VALUE HIGH-VALUE", ConditionValue("", None, b"\xff\xff\xff")),
        ("PIC X(3)", "VALUE X'C1C2'", ConditionValue("", None, b"\xc1\xc2")),
        ("PIC X(3)", "VALUE ALL X'40'", ConditionValue("", None, b"@@@")),
        ("PIC X(3)", "VALUE ALL 'AB'", ConditionValue("ABA")),
        ("PIC X(3)", "VALUE ALL SPACES", ConditionValue("   ")),
        ("PIC X", "VALUE LOW-VALUES THRU X'3F'", ConditionValue("", "", b"\x00", b"\x3f")),
        ("PIC X", "VALUE 'A' THRU HIGH-VALUES", ConditionValue("A", "", None, b"\xff")),
        ("PIC 9(3)", "VALUE SPACES", ConditionValue("   ")),
        ("PIC 9(3)", "VALUE ZEROES", ConditionValue("0")),
        ("PIC 9(3)", "VALUE HIGH-VALUES", ConditionValue("", None, b"\xff\xff\xff")),
        ("PIC S9(3) COMP-3", "VALUE -5 THRU +5", ConditionValue("-5", "+5")),
        ("PIC N(2)", "VALUE N'AB'", ConditionValue("AB")),
        ("PIC N(2)", "VALUE NX'00410042'", ConditionValue("", None, b"\x00A\x00B")),
        ("PIC N(2)", "VALUE SPACES", ConditionValue("  ")),
        ("PIC N(2)", "VALUE LOW-VALUES", ConditionValue("", None, b"\x00" * 4)),
        ("PIC G(2)", "VALUE G'AB'", ConditionValue("AB")),
        ("POINTER", "VALUE NULL", ConditionValue("", None, b"\x00" * 4)),
        ("COMP-1", "VALUE 1.5E3", ConditionValue("1.5E3")),
        ("PIC X", "VALUE 'A' WHEN SET TO FALSE IS 'B'", ConditionValue("A")),
        ("PIC X", "VALUE 'A' FALSE 'B'", ConditionValue("A")),
        ("PIC X(4)", "VALUE QUOTES", ConditionValue('""""')),
        ("PIC X(4)", "VALUE ALL ''", ConditionValue("")),
    ],
)
def test_values(picture: str, clause: str, expected: ConditionValue) -> None:
    assert value(picture, clause) == expected


def test_lists_and_ranges() -> None:
    [condition] = item("PIC X. 88 YES VALUES ARE 'A' 'C' THRU 'F', SPACE X'00'").conditions
    only = ConditionValue
    assert condition == Condition(
        "YES", (only("A"), only("C", "F"), only(" "), only("", None, b"\x00"))
    )


def test_constants_of_a_huge_group_are_not_written_out() -> None:
    [group] = record(
        "05 G. 88 NONE VALUE SPACES. 88 LOW VALUE LOW-VALUES. 10 A PIC X(900000000)."
    ).fields
    assert [len(c.values[0].low or c.values[0].low_bytes or b"") for c in group.conditions] == [
        4096,
        4096,
    ]


@pytest.mark.parametrize(
    ("entry", "advice"),
    [
        ("88 YES VALUE X'4G'.", "not hexadecimal"),
        ("88 YES VALUE X'4'.", "not hexadecimal"),
        ("88 YES VALUE FOO.", "not a literal"),
        ("88 YES VALUE 'A' THRU.", "a value is missing"),
        ("88 YES VALUE 'A' WHEN SET TO FALSE.", "a value is missing"),
        ("88 YES.", "an 88 level has a name and VALUE"),
        ("88 YES VALUE 'A' PIC X.", "not a literal"),
        ("88 YES SYNC VALUE 'A'.", "an 88 level has a name and VALUE"),
        ("88 YES PIC X.", "an 88 level has a name and VALUE"),
    ],
)
def test_wrong_values(entry: str, advice: str) -> None:
    assert advice in error_in_record(f"05 A PIC X. {entry}")
