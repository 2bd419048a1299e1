"""66 levels, and 77 levels, which are no part of a record."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, error_of, record

from parsers.copybook import parse_copybook
from parsers.layout import Condition, ConditionValue, Field

BODY = """
    05 A PIC X(3).
    05 G.
       10 B PIC S9(5)V99 COMP-3.
       10 C PIC X(2).
    05 D PIC 9(4).
    05 T OCCURS 2.
       10 E PIC X.
    05 H. 10 B PIC X.
"""


def renamed(entries: str, body: str = BODY) -> tuple[Field, ...]:
    return record(body + entries).renames


def test_one_item_keeps_its_type() -> None:
    [field] = renamed("66 NEW-D RENAMES D.")
    assert (field.name, field.column, field.level) == ("NEW-D", "new_d", 66)
    assert (field.offset, field.length, field.picture) == (9, 4, "9(4)")
    assert (field.kind, field.redefines) == ("number", "D")


def test_a_group_and_a_range_are_text() -> None:
    group, wide, part = renamed("""
        66 NEW-G RENAMES G.
        66 WIDE RENAMES A THRU D.
        66 PART RENAMES C OF G THROUGH D IN R.
    """)
    for field in (group, wide, part):
        assert (field.kind, field.usage, field.picture) == ("text", "display", None)
    assert (group.offset, group.length, group.redefines) == (3, 6, "G")
    assert (wide.offset, wide.length, wide.redefines) == (0, 13, "A")
    assert (part.offset, part.length, part.redefines) == (7, 6, "C")


def test_qualification_tells_items_apart() -> None:
    first, second = renamed("66 X RENAMES B OF G. 66 Y RENAMES B OF H.")
    assert (first.offset, first.usage, second.offset) == (3, "packed", 15)


def test_an_item_may_end_inside_the_first_and_behind_it() -> None:
    [field] = renamed("66 X RENAMES A THRU G.")
    assert field.length == 9


def test_conditions_of_a_renamed_item() -> None:
    [field] = renamed("66 X RENAMES D. 88 LARGE VALUE 9000 THRU 9999.")
    assert field.conditions == (Condition("LARGE", (ConditionValue("9000", "9999"),)),)


def test_renaming_changes_no_column_and_no_length() -> None:
    plain, with_view = record(BODY), record(f"{BODY} 66 X RENAMES A.")
    assert (plain.fields, plain.length) == (with_view.fields, with_view.length)


@pytest.mark.parametrize(
    ("entries", "word", "advice"),
    [
        ("66 X RENAMES Q.", "Q", "no item of this name in the record"),
        ("66 X RENAMES B.", "B", "several items have this name; qualify it"),
        ("66 X RENAMES E.", "E", "lies in a table"),
        ("66 X RENAMES T.", "T", "lies in a table"),
        ("66 X RENAMES D THRU A.", "A", "does not end behind the first"),
        ("66 X RENAMES D THRU D.", "D", "does not end behind the first"),
        ("66 X RENAMES G THRU B OF G.", "B", "does not end behind the first"),
        ("66 X RENAMES A PIC X.", "X", "a 66 level has a name and RENAMES"),
        ("66 X.", "X", "a 66 level has a name and RENAMES"),
        ("66 RENAMES A.", "66", "a 66 level needs a name"),
        ("66 X RENAMES.", "RENAMES", "the name of the renamed item is missing"),
        ("66 X RENAMES A. 05 Z PIC X.", "Z", "stands behind the 66 levels"),
        ("05 X RENAMES A.", "RENAMES", "RENAMES belongs to a 66 level"),
    ],
)
def test_wrong_views(entries: str, word: str, advice: str) -> None:
    message = error_in_record(f"{BODY} {entries}")
    assert f": {word}: " in message
    assert advice in message


def test_tables_with_a_counter_cannot_be_renamed() -> None:
    body = "05 N PIC 9. 05 G. 10 T PIC X OCCURS 1 TO 3 DEPENDING ON N. 05 Z PIC X."
    for entry in ("66 X RENAMES G.", "66 X RENAMES N THRU Z."):
        assert "a table with DEPENDING ON cannot be renamed" in error_in_record(f"{body} {entry}")
    [field] = renamed("66 X RENAMES Z.", f"{body} ")
    assert field.offset == 4


def test_a_66_level_belongs_to_a_record() -> None:
    for text in ("66 X RENAMES A.", "77 A PIC X. 66 X RENAMES A."):
        assert "a 66 level belongs to the record before it" in error_of(text)


def test_independent_items_are_left_out() -> None:
    text = "77 W PIC 9(4) COMP VALUE 1. 88 ONE VALUE 1. 01 R. 05 A PIC X. 77 V PIC X. 01 S PIC X."
    records = parse_copybook(text, source="r.cpy")
    assert [(r.name, r.length) for r in records] == [("R", 1), ("S", 1)]
    assert error_of("77 W PIC X.") == "r.cpy:1:1: copybook: has no 01 level; add one"
    assert "stands outside a record" in error_of("01 R PIC X. 77 W PIC X. 05 A PIC X.")
