"""OCCURS DEPENDING ON: several, nested, with items behind; and where counters may lie."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, extents, named, record

from parsers.layout import Occurs


def test_items_behind_a_table_lie_behind_its_maximum() -> None:
    laid_out = record("""
        05 N PIC 9(2).
        05 T OCCURS 0 TO 5 DEPENDING ON N.
           10 A PIC X(3).
        05 B PIC X(4).
        05 M PIC 9(2).
        05 U PIC X(2) OCCURS 1 TO 3 DEPENDING ON M.
        05 C PIC X.
    """)
    assert extents(laid_out) == {
        "N": (0, 2), "T": (2, 3), "A": (2, 3), "B": (17, 4), "M": (21, 2), "U": (23, 2),
        "C": (29, 1),
    }  # fmt: skip
    assert (laid_out.length, laid_out.min_length) == (30, 30 - 15 - 4)
    assert named(laid_out, "U").occurs == Occurs(1, 3, "M", 21)


def test_nested_tables() -> None:
    laid_out = record("""
        05 N PIC 9(2).
        05 OUTER OCCURS 2 TO 4 DEPENDING ON N.
           10 M PIC 9(2) COMP.
           10 INNER OCCURS 1 TO 3 DEPENDING ON M.
              15 A PIC X(5).
           10 B PIC X.
        05 C PIC X(7).
    """)
    outer, inner = named(laid_out, "OUTER"), named(laid_out, "INNER")
    assert (outer.length, outer.offset) == (2 + 15 + 1, 2)
    assert inner.occurs == Occurs(1, 3, "M", 2)
    assert laid_out.length == 2 + 4 * 18 + 7
    assert laid_out.min_length == 2 + 2 * (2 + 5 + 1) + 7


def test_a_table_in_a_fixed_table() -> None:
    laid_out = record("05 N PIC 9. 05 G OCCURS 3. 10 T PIC X(2) OCCURS 0 TO 4 DEPENDING ON N.")
    assert (laid_out.length, laid_out.min_length) == (25, 1)


@pytest.mark.parametrize(
    "counter", ["PIC 9(2)", "PIC S9(4) COMP", "PIC S9(3) COMP-3", "PIC 9(2) NATIONAL", "INDEX",
                "PIC S9(2) SIGN LEADING SEPARATE", "PIC 9(4) COMP-5", "PIC 9(3) COMP-6"]
)  # fmt: skip
def test_any_whole_number_counts(counter: str) -> None:
    laid_out = record(f"05 N {counter}. 05 T PIC X OCCURS 0 TO 9 DEPENDING ON N.")
    assert named(laid_out, "T").occurs == Occurs(0, 9, "N", 0)


def test_a_qualified_counter_is_told_by_its_offset() -> None:
    body = """
        05 HEAD. 10 COUNTS. 15 N PIC 9(2).
        05 BODY. 10 COUNTS. 15 N PIC 9(3).
        05 T PIC X OCCURS 1 TO 9 DEPENDING ON {}.
    """
    for reference, offset in (
        ("N OF HEAD", 0),
        ("N IN COUNTS OF HEAD", 0),
        ("N OF BODY OF R", 2),
        ("N IN COUNTS IN BODY IN R", 2),
    ):
        laid_out = record(body.format(reference))
        assert named(laid_out, "T").occurs == Occurs(1, 9, "N", offset)
    assert "several items have this name; qualify it" in error_in_record(body.format("N OF COUNTS"))
    assert "no elementary item" in error_in_record(body.format("N OF HEAD OF COUNTS"))


def test_a_counter_in_a_redefinition() -> None:
    laid_out = record("""
        05 A PIC X(4).
        05 B REDEFINES A. 10 N PIC 9(2). 10 PIC X(2).
        05 T PIC X OCCURS 1 TO 9 DEPENDING ON N.
    """)
    assert named(laid_out, "T").occurs == Occurs(1, 9, "N", 0)


def test_phrases_in_any_order() -> None:
    for phrases in (
        "DEPENDING ON N ASCENDING KEY IS A OF T INDEXED BY I J",
        "INDEXED BY I DEPENDING ON N",
        "DESCENDING A, B INDEXED I DEPENDING N",
    ):
        laid_out = record(f"05 N PIC 9. 05 T OCCURS 1 TO 9 {phrases}. 10 A PIC X. 10 B PIC X.")
        assert named(laid_out, "T").occurs == Occurs(1, 9, "N", 0)


T = "05 T PIC X OCCURS 1 TO 5 DEPENDING ON N"


@pytest.mark.parametrize(
    ("body", "where", "advice"),
    [
        (f"{T}.", "2:39: N", "no elementary item of this name before the table in its record"),
        (f"{T}. 05 N PIC 9.", "2:39: N", "no elementary item of this name before the table"),
        (f"05 N. 10 A PIC 9. {T}.", "2:57: N", "no elementary item of this name"),
        (f"05 N PIC 9V9. {T}.", "2:53: N", "whole number"),
        (f"05 N PIC X. {T}.", "2:51: N", "whole number"),
        (f"05 N PIC Z9. {T}.", "2:52: N", "whole number"),
        (f"05 N COMP-1. {T}.", "2:52: N", "whole number"),
        (f"05 N PIC 9 OCCURS 2. {T}.", "2:60: N", "inside a table that this one is not in"),
        (f"05 G OCCURS 2. 10 N PIC 9. {T}.", "2:66: N", "inside a table"),
        ("05 N PIC 9. 05 T PIC X OCCURS 5 TO 1 DEPENDING ON N.", "2:24: OCCURS", "occurrences"),
        ("05 N PIC 9. 05 T PIC X OCCURS 1 TO UNBOUNDED DEPENDING ON N.", "2:36: UNBOUNDED",
         "greatest number"),
        (f"05 N PIC 9. {T} DEPENDING ON N.", "2:53: DEPENDING", "a second counter"),
        (f"05 N PIC 9. 05 G. 10 {T[3:]}. 05 H REDEFINES G PIC X.",
         "2:75: G", "cannot be redefined"),
        ("05 N PIC 9. 05 A PIC X. 05 T REDEFINES A OCCURS 1 TO 5 DEPENDING ON N PIC X.",
         "2:40: A", "is redefined with DEPENDING ON"),
        (f"05 N PIC 9. 05 A PIC X. 05 G REDEFINES A. 10 {T[3:]}.",
         "2:40: A", "is redefined with DEPENDING ON"),
    ],
)  # fmt: skip
def test_what_no_compiler_lays_out(body: str, where: str, advice: str) -> None:
    message = error_in_record(body)
    assert message.startswith(f"r.cpy:{where}: ")
    assert advice in message


def test_a_counter_of_another_record_is_out_of_reach() -> None:
    message = error_in_record(f"05 A PIC X. 01 S. {T}.")
    assert "a counter outside the record cannot be read" in message


def test_redefinitions_behind_a_table() -> None:
    laid_out = record(f"05 N PIC 9. {T}. 05 A PIC X(2). 05 B REDEFINES A PIC 9(2).")
    assert extents(laid_out)["B"] == (6, 2)
    assert laid_out.min_length == laid_out.length - 4
