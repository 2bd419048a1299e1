"""Edited pictures: what they hold, and which are no pictures at all."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, item

from interfaces.model import Dialect
from parsers.layout import Edit


@pytest.mark.parametrize(
    ("picture", "length", "digits", "scale", "signed"),
    [
        ("Z9", 2, 2, 0, False),
        ("Z(5)9.99", 9, 8, 2, False),
        ("Z,ZZZ,ZZ9.99", 12, 9, 2, False),
        ("ZZ.ZZ", 5, 4, 2, False),
        ("***9", 4, 4, 0, False),
        ("$**,**9.99CR", 12, 7, 2, True),
        ("9(3)DB", 5, 3, 0, True),
        ("9(3)-", 4, 3, 0, True),
        ("+9(3)V99", 6, 5, 2, True),
        ("-ZZ9", 4, 3, 0, True),
        ("---9", 4, 3, 0, True),
        ("-,--9", 5, 3, 0, True),
        ("++++", 4, 3, 0, True),
        ("++.++", 5, 3, 2, True),
        ("$$,$$9.99", 9, 6, 2, False),
        ("$$$.$$", 6, 4, 2, False),
        ("+$$9", 4, 2, 0, True),
        ("$--9.99", 7, 4, 2, True),
        ("$9.99", 5, 3, 2, False),
        ("99/99/9999", 10, 8, 0, False),
        ("9(3)B9(3)", 7, 6, 0, False),
        ("9900", 4, 2, 0, False),
        (".99", 3, 2, 2, False),
        (",9", 2, 1, 0, False),
        ("Z(3)PP", 3, 3, -2, False),
        ("9PP-", 2, 1, -2, True),
        ("VPP9+", 2, 1, 3, True),
        ("zzz9", 4, 4, 0, False),
        ("Z(30)9", 31, 31, 0, False),
        ("Z(2)Z(2)9(2)", 6, 6, 0, False),
    ],
)
def test_edited_numbers(picture: str, length: int, digits: int, scale: int, signed: bool) -> None:
    field = item(f"PIC {picture}")
    assert (field.kind, field.usage) == ("number", "display")
    assert (field.length, field.digits, field.scale) == (length, digits, scale)
    assert field.signed is signed
    assert field.edit is not None
    assert len(field.edit.symbols) == length


def test_symbols_are_written_out_one_a_character() -> None:
    assert item("PIC Z(3),9(2).9").edit == Edit("ZZZ,99.9")
    assert item("PIC 9(2)V9CR").edit == Edit("999CR")
    assert item("PIC +PP9").edit == Edit("+9")


def test_decimal_point_is_comma() -> None:
    dialect = Dialect(decimal_comma=True)
    field = item("PIC Z.ZZ9,99", dialect)
    assert (field.digits, field.scale, field.length) == (6, 2, 8)
    assert field.edit == Edit("Z.ZZ9,99", decimal_comma=True)
    assert "cannot follow" in error_in_record("05 A PIC 9,9,9.", dialect)


def test_currency() -> None:
    dialect = Dialect(currency="€")
    for picture in ("€€9,99", "$$9,99"):
        assert item(f"PIC {picture}", dialect).edit == Edit("$$9,99", currency="€")
    assert item("PIC FF9", Dialect(currency="F")).edit == Edit("$$9", currency="F")
    # A character that pictures need for something else can only stand in the data.
    assert item("PIC $$", Dialect(currency="Z")).edit == Edit("$$", currency="Z")
    assert "not a valid picture" in error_in_record("05 A PIC €€9.")


@pytest.mark.parametrize("picture", ["X(2)BX", "XBX0/9", "A(3)/A", "BX", "A9B"])
def test_edited_text_is_text(picture: str) -> None:
    field = item(f"PIC {picture}")
    assert (field.kind, field.usage, field.edit) == ("text", "display", None)


@pytest.mark.parametrize(
    "picture",
    [
        "9Z", "ZZ.Z9", "$+9", "+9+", "+9-", "-9CR", "**Z9", "Z*9", "B+9", "9+B", "9..9", "9.9.9",
        "9V.9", "S9+", "S9CR", "SZ9", "$", "+", "0", "B", "$$.$9", "++.+9", "9$", "$9$", "9CRB",
        "0$9", "ZZ$", "XZ", "X+", "N9", "NX", "GX", "9C", "9D", "CR9", "9CRCR", "9CRDB",
        "9(2)CR(2)", "99.PP", "P.99", "V99P", "++9-", "$$++9", "++$$", ".$$", ".++", "PP++", "ZPZ",
        "B/0", "9VV9", "9A9.9",
    ],
)  # fmt: skip
def test_invalid_pictures(picture: str) -> None:
    message = error_in_record(f"05 A PIC {picture} .")
    assert message.startswith(f"r.cpy:2:10: {picture}: not a valid picture")


def test_digits_and_characters_are_bounded() -> None:
    assert "32 digits; at most 31" in error_in_record("05 A PIC Z(31)9.")
    assert "at most 249" in error_in_record("05 A PIC B(999999999)9.")
    assert item("PIC $(32)").digits == 31


def test_external_floating_point_is_refused() -> None:
    for picture in ("+9(3).99E+99", "-.9(8)E-99"):
        assert "floating-point pictures are not read; use PIC X" in error_in_record(
            f"05 A PIC {picture}."
        )


def test_blank_when_zero() -> None:
    assert item("PIC ZZ9 BLANK WHEN ZERO").blank_when_zero
    assert item("PIC 9(3) BLANK ZEROES").blank_when_zero
    assert item("PIC 9(3) NATIONAL BLANK WHEN ZERO").blank_when_zero
    for clauses in ("PIC S9 BLANK WHEN ZERO", "PIC *9 BLANK WHEN ZERO"):
        assert "excludes S and *" in error_in_record(f"05 A {clauses}.")
    for clauses in ("PIC X BLANK WHEN ZERO", "PIC 9 COMP BLANK ZERO", "COMP-1 BLANK WHEN ZERO"):
        assert "needs a DISPLAY number" in error_in_record(f"05 A {clauses}.")
    assert "ZERO is missing" in error_in_record("05 A PIC 9 BLANK WHEN.")
    assert "elementary item" in error_in_record("05 A BLANK WHEN ZERO. 10 B PIC 9.")


def test_justified() -> None:
    for clauses in ("PIC X(3) JUST", "PIC A(3) JUSTIFIED RIGHT", "JUST PIC N(3)", "PIC G JUST"):
        assert item(clauses).justified
    assert "only text can be JUSTIFIED" in error_in_record("05 A PIC 9(3) JUST.")
    assert "elementary item" in error_in_record("05 A JUSTIFIED. 10 B PIC X.")
