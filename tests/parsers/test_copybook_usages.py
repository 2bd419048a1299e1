"""USAGE with every compiler option: bytes, digits and what decoding needs to know."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, item, record

from interfaces.model import BinarySize, ByteOrder, Dialect, FloatFormat, Truncation

LITTLE = Dialect(byte_order=ByteOrder.LITTLE, floats=FloatFormat.IEEE)


@pytest.mark.parametrize(
    ("clauses", "kind", "usage", "length"),
    [
        ("COMP-1", "float", "float", 4),
        ("USAGE IS COMPUTATIONAL-2", "float", "float", 8),
        ("INDEX", "number", "binary", 4),
        ("USAGE POINTER", "number", "binary", 4),
        ("POINTER-32", "number", "binary", 4),
        ("FUNCTION-POINTER", "number", "binary", 4),
        ("USAGE PROCEDURE-POINTER", "number", "binary", 8),
        ("USAGE OBJECT REFERENCE SOME-CLASS", "number", "binary", 4),
        ("PIC N(5)", "text", "national", 10),
        ("PIC N(5) USAGE NATIONAL", "text", "national", 10),
        ("PIC N(5) USAGE DISPLAY-1", "text", "dbcs", 10),
        ("PIC G(3) DISPLAY-1", "text", "dbcs", 6),
        ("PIC GGBGG", "text", "dbcs", 10),
        ("PIC NBN0N/N", "text", "national", 14),
        ("PIC 9(5) NATIONAL", "number", "national", 10),
        ("PIC S9(5)V99 NATIONAL SIGN TRAILING SEPARATE", "number", "national", 16),
        ("PIC ZZ9.99 NATIONAL", "number", "national", 12),
        ("PIC 9(4) COMP-6", "number", "packed", 2),
        ("PIC 9(5)V99 COMP-6", "number", "packed", 4),
        ("PIC 9(5) COMP-X", "number", "binary", 3),
        ("PIC X(3) COMP-X", "number", "binary", 3),
        ("PIC XX COMPUTATIONAL-X", "number", "binary", 2),
    ],
)
def test_usages(clauses: str, kind: str, usage: str, length: int) -> None:
    field = item(clauses)
    assert (field.kind, field.usage, field.length) == (kind, usage, length)


def test_usages_without_a_picture_are_as_wide_as_their_bytes() -> None:
    index, pointer, procedure = item("INDEX"), item("POINTER"), item("PROCEDURE-POINTER")
    assert (index.signed, index.native, index.digits, index.picture) == (True, True, 10, None)
    assert (pointer.signed, pointer.native, pointer.digits) == (False, True, 10)
    assert (procedure.signed, procedure.native, procedure.digits) == (False, True, 20)


def test_comp_x_holds_what_its_bytes_hold() -> None:
    field = item("PIC X(3) COMP-X")
    assert (field.native, field.signed, field.digits, field.scale) == (True, False, 8, 0)
    assert item("PIC 9(5)V99 COMP-X").digits == 7


@pytest.mark.parametrize(
    ("size", "signed", "bytes_of_digits"),
    [
        (BinarySize.IBM, True, {1: 2, 4: 2, 5: 4, 9: 4, 10: 8, 18: 8}),
        (BinarySize.BYTE, True, {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 9: 4, 10: 8, 18: 8}),
        (
            BinarySize.EXACT,
            True,
            {2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 9: 4, 10: 5, 11: 5, 12: 6, 14: 6, 16: 7, 18: 8},
        ),
        (
            BinarySize.EXACT,
            False,
            {2: 1, 3: 2, 4: 2, 5: 3, 7: 3, 8: 4, 9: 4, 12: 5, 13: 6, 14: 6, 15: 7, 16: 7, 18: 8},
        ),
    ],
)
def test_binary_sizes(size: BinarySize, signed: bool, bytes_of_digits: dict[int, int]) -> None:
    dialect = Dialect(binary_size=size)
    for digits, length in bytes_of_digits.items():
        for usage in ("COMP", "COMP-5"):
            field = item(f"PIC {'S' if signed else ''}9({digits}) {usage}", dialect)
            assert (digits, field.length) == (digits, length)


@pytest.mark.parametrize("truncation", [Truncation.OPT, Truncation.BIN])
def test_truncation_makes_every_comp_native(truncation: Truncation) -> None:
    assert item("PIC 9(4) COMP", Dialect(truncation=truncation)).native
    assert not item("PIC 9(4) COMP").native
    assert not item("PIC 9(4) COMP-3", Dialect(truncation=truncation)).native


@pytest.mark.parametrize(
    ("clauses", "little"),
    [
        ("PIC 9(4) COMP", True),
        ("PIC 9(4) COMP-5", True),
        ("PIC 9(4) COMP-X", False),  # Micro Focus: always the most significant byte first
        ("PIC 9(4) COMP-3", False),
        ("PIC 9(4)", False),
        ("PIC X(4)", False),
        ("PIC N(4)", True),
        ("PIC 9(4) NATIONAL", True),
        ("PIC G(4)", False),
        ("POINTER", True),
        ("COMP-1", True),
    ],
)
def test_byte_order(clauses: str, little: bool) -> None:
    assert item(clauses, LITTLE).little_endian is little
    assert not item(clauses).little_endian


def test_float_format() -> None:
    assert item("COMP-2", LITTLE).ieee and item("COMP-1", LITTLE).ieee
    assert not item("COMP-2").ieee
    hexadecimal = Dialect(byte_order=ByteOrder.LITTLE)
    assert not item("COMP-2", hexadecimal).little_endian


def test_packed_without_sign() -> None:
    assert not item("PIC 9(4) COMP-6").sign_nibble
    assert item("PIC 9(4) COMP-3").sign_nibble


def test_a_group_gives_its_usage_to_items_without_a_picture() -> None:
    fields = record("05 G COMP-1. 10 A. 10 B OCCURS 3. 05 H USAGE INDEX. 10 I.").fields
    assert [(f.usage, f.offset, f.length) for g in fields for f in g.children] == [
        ("float", 0, 4),
        ("float", 4, 4),
        ("binary", 16, 4),
    ]


def test_national_groups() -> None:
    [group] = record("05 G GROUP-USAGE IS NATIONAL. 10 A PIC N(3). 10 B PIC 9(2).").fields
    assert [(f.usage, f.length) for f in group.children] == [("national", 6), ("national", 4)]


def test_the_sign_of_a_group_holds_for_national_numbers() -> None:
    [group] = record("05 G SIGN LEADING SEPARATE. 10 A PIC S9(3) NATIONAL.").fields
    [field] = group.children
    assert (field.sign_leading, field.sign_separate, field.length) == (True, True, 8)


@pytest.mark.parametrize(
    ("body", "where", "advice"),
    [
        ("05 A PIC X(3) COMP-1.", "2:15: COMP-1", "this usage has no PICTURE"),
        ("05 A PIC 9(4) INDEX.", "2:15: INDEX", "this usage has no PICTURE"),
        ("05 A POINTER SIGN LEADING.", "2:19: LEADING", "SIGN needs a picture with S"),
        ("05 A PIC X(3) USAGE NATIONAL.", "2:21: NATIONAL", "PIC N for national text"),
        ("05 A PIC N(3) DISPLAY.", "2:15: DISPLAY", "PIC N is NATIONAL or DISPLAY-1"),
        ("05 A PIC G(3) NATIONAL.", "2:15: NATIONAL", "PIC G is DISPLAY-1"),
        ("05 A PIC 9(3) DISPLAY-1.", "2:15: DISPLAY-1", "a number cannot have this usage"),
        ("05 A PIC Z9 COMP-3.", "2:13: COMP-3", "an edited picture is DISPLAY or NATIONAL"),
        ("05 A PIC S9(4) COMP-6.", "2:16: COMP-6", "COMP-6 has no sign"),
        ("05 A PIC S9(4) COMP-X.", "2:16: COMP-X", "COMP-X has no sign"),
        ("05 A PIC X(9) COMP-X.", "2:4: A", "9 bytes; a binary item has at most 8"),
        ("05 A PIC A(3) COMP-X.", "2:15: COMP-X", "COMP-X is PIC X or PIC 9"),
        ("05 A PIC S9(3) NATIONAL.", "2:4: A", "needs SIGN … SEPARATE"),
        ("05 A PIC S9(3) NATIONAL SIGN LEADING.", "2:4: A", "needs SIGN … SEPARATE"),
        ("05 A USAGE UTF-8 PIC U(3).", "2:12: UTF-8", "this usage is not read"),
        ("05 A PIC U(3).", "2:10: U(3)", "UTF-8 pictures are not read"),
        ("05 A OBJECT POINTER.", "2:6: OBJECT", "REFERENCE is missing"),
        ("05 A GROUP-USAGE DISPLAY. 10 B PIC X.", "2:18: DISPLAY", "GROUP-USAGE is NATIONAL"),
        ("05 G COMP. 10 A PIC X.", "2:21: X", "a text picture cannot have this usage"),
        ("05 G COMP. 10 A PIC 9 COMP-3.", "2:23: COMP-3", "contradicts COMP of its group"),
    ],
)
def test_contradictions(body: str, where: str, advice: str) -> None:
    message = error_in_record(body)
    assert message.startswith(f"r.cpy:{where}: ")
    assert advice in message
