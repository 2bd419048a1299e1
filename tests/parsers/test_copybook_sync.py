"""SYNCHRONIZED: boundaries and slack bytes as the IBM Language Reference shows them."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, extents, named, record

from interfaces.model import BinarySize, Dialect


@pytest.mark.parametrize(
    ("clauses", "offset"),
    [
        ("PIC S9(4) COMP SYNC", 2),
        ("PIC 9(5) COMP SYNCHRONIZED", 4),
        ("PIC S9(9) BINARY SYNC LEFT", 4),
        ("PIC S9(18) COMP-5 SYNC RIGHT", 4),
        ("COMP-1 SYNC", 4),
        ("COMP-2 SYNC", 8),
        ("INDEX SYNC", 4),
        ("POINTER SYNC", 4),
        ("PROCEDURE-POINTER SYNC", 4),
        ("PIC S9(5) COMP-3 SYNC", 1),
        ("PIC 9(5) SYNC", 1),
        ("PIC X(4) SYNC", 1),
        ("PIC N(4) SYNC", 1),
        ("PIC S9(9) COMP", 1),
        ("COMP-2", 1),
    ],
)
def test_boundaries(clauses: str, offset: int) -> None:
    laid_out = record(f"05 A PIC X. 05 B {clauses}. 05 C PIC X.")
    field = named(laid_out, "B")
    assert field.offset == offset
    assert named(laid_out, "C").offset == offset + field.length


def test_slack_bytes_before_an_item_of_a_group() -> None:
    """The manual's FIELD-A."""
    assert extents(
        record("""
        05 FIELD-B PIC X(5).
        05 FIELD-C.
           10 FIELD-D PIC XX.
           10 FIELD-E COMP PIC S9(6) SYNC.
    """)
    ) == {"FIELD-B": (0, 5), "FIELD-C": (5, 7), "FIELD-D": (5, 2), "FIELD-E": (8, 4)}


def test_slack_bytes_before_a_group_that_begins_with_the_item() -> None:
    """The manual's FIELD-L: the slack byte is not part of the group."""
    assert extents(
        record("""
        05 FIELD-M PIC X(5).
        05 FIELD-N PIC XX.
        05 FIELD-O.
           10 FIELD-P COMP PIC S9(6) SYNC.
    """)
    ) == {"FIELD-M": (0, 5), "FIELD-N": (5, 2), "FIELD-O": (8, 4), "FIELD-P": (8, 4)}


def test_slack_bytes_belong_to_the_group_of_the_item_before_them() -> None:
    laid_out = record("05 A. 10 A1 PIC X. 10 A2. 15 A3 PIC X. 05 B. 10 B1 PIC 9(6) COMP SYNC.")
    assert extents(laid_out) == {
        "A": (0, 4), "A1": (0, 1), "A2": (1, 3), "A3": (1, 1), "B": (4, 4), "B1": (4, 4),
    }  # fmt: skip
    # A redefinition that ends earlier is not followed by them.
    shorter = record("""
        05 A PIC X(9).
        05 B REDEFINES A. 10 B1 PIC X(3).
        05 C PIC 9(9) COMP SYNC.
    """)
    assert extents(shorter) == {"A": (0, 9), "B": (0, 3), "B1": (0, 3), "C": (12, 4)}
    # Occurrences of a table do not grow.
    table = record("05 A OCCURS 3. 10 A1 PIC X. 05 B PIC 9(6) COMP SYNC.")
    assert extents(table) == {"A": (0, 1), "A1": (0, 1), "B": (4, 4)}


def test_each_occurrence_is_aligned() -> None:
    """The manual's WORK-RECORD: two slack bytes inside, one occurrence filled up to 16."""
    laid_out = record("""
        05 WORK-CODE PIC X.
        05 COMP-TABLE OCCURS 10 TIMES.
           10 COMP-TYPE PIC X.
           10 COMP-PAY PIC S9(4)V99 COMP SYNC.
           10 COMP-HRS PIC S9(3) COMP SYNC.
           10 COMP-NAME PIC X(5).
    """)
    assert extents(laid_out) == {
        "WORK-CODE": (0, 1),
        "COMP-TABLE": (1, 16),
        "COMP-TYPE": (1, 1),
        "COMP-PAY": (4, 4),
        "COMP-HRS": (8, 2),
        "COMP-NAME": (10, 5),
    }
    assert laid_out.length == 161


def test_nested_tables_are_aligned() -> None:
    laid_out = record("""
        05 A PIC X.
        05 OUTER OCCURS 2.
           10 B PIC X(3).
           10 INNER OCCURS 3.
              15 C PIC 9(4) COMP SYNC.
              15 D PIC X.
           10 E COMP-2 SYNC.
           10 F PIC X.
    """)
    # OUTER begins at 1: B 1-3, INNER 4 (even) of 4 bytes each, E on 16, F 24, filled up to 24.
    assert extents(laid_out) == {
        "A": (0, 1), "OUTER": (1, 24), "B": (1, 3), "INNER": (4, 4), "C": (4, 2), "D": (6, 1),
        "E": (16, 8), "F": (24, 1),
    }  # fmt: skip
    assert laid_out.length == 49


def test_the_clause_of_a_group_holds_for_every_item_in_it() -> None:
    [only] = [record("05 G SYNC. 10 A PIC X. 10 B PIC 9(9) COMP. 10 C PIC X. 10 D COMP-1.")]
    assert extents(only) == {"G": (0, 16), "A": (0, 1), "B": (4, 4), "C": (8, 1), "D": (12, 4)}


def test_a_redefinition_must_lie_on_its_boundary() -> None:
    aligned = record("05 X PIC X(4). 05 A PIC X(4). 05 B REDEFINES A PIC 9(9) COMP SYNC.")
    assert extents(aligned)["B"] == (4, 4)
    message = error_in_record("05 X PIC X. 05 A PIC X(4). 05 B REDEFINES A PIC 9(9) COMP SYNC.")
    assert message.startswith("r.cpy:2:43: A: does not lie on a multiple of 4")


def test_tables_with_a_counter_that_keep_or_break_the_boundary() -> None:
    body = "05 N PIC 9(4). 05 T PIC X({}) OCCURS 1 TO 5 DEPENDING ON N. 05 A PIC 9(9) COMP SYNC."
    assert extents(record(body.format(4)))["A"] == (24, 4)
    assert "moves it off its boundary" in error_in_record(body.format(3))
    inside = "05 N PIC 9(4). 05 T OCCURS 2. 10 A PIC 9(9) COMP SYNC. 10 U PIC X OCCURS 1 TO 4 "
    assert "moved off their boundary" in error_in_record(f"{inside} DEPENDING ON N.")


def test_other_binary_sizes_have_no_known_boundaries() -> None:
    dialect = Dialect(binary_size=BinarySize.BYTE)
    message = error_in_record("05 A PIC X. 05 B PIC 9(4) COMP SYNC.", dialect)
    assert message.startswith("r.cpy:2:32: SYNC: boundaries are known for IBM's binary sizes")
    assert extents(record("05 A PIC X. 05 B COMP-2 SYNC.", dialect))["B"] == (8, 8)
