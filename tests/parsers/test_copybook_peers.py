"""Layouts that other readers of copybooks got wrong, by their own issues; each names its source."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, error_of, extents, item, named, record

from interfaces.model import Dialect
from parsers.copybook import parse_copybook
from parsers.layout import ConditionValue, Edit


@pytest.mark.parametrize(
    ("picture", "length", "digits", "scale"),
    [("SVPP9(5)", 3, 5, 7), ("SVP9(15)", 8, 15, 16), ("P9(5)", 3, 5, 6), ("S9(7)PPPV", 4, 7, -3)],
)
def test_scaling_positions_move_the_point_and_take_no_byte(
    picture: str, length: int, digits: int, scale: int
) -> None:
    """AbsaOSS/cobrix#837, #502 and #669, opensourcecobol/opensourcecobol4j#187."""
    field = item(f"PIC {picture} COMP-3")
    assert (field.length, field.digits, field.scale) == (length, digits, scale)


def test_scaled_display_item_does_not_move_what_follows() -> None:
    """brazilofmux/cobc370#6: 9(3)PP is three bytes."""
    assert extents(record("05 A PIC 9(3)PP.\n05 B PIC XX.")) == {"A": (0, 3), "B": (3, 2)}


def test_separate_sign_moves_what_follows() -> None:
    """NordeaOSS/copybook4java#11 and rbheemana/Cobol-to-Hive#11: SEPARATE is one more byte."""
    laid_out = record("05 A PIC S9(8)V99 SIGN LEADING SEPARATE.\n05 B PIC X.")
    assert extents(laid_out) == {"A": (0, 11), "B": (11, 1)}


def test_usage_and_sign_of_a_group_are_those_of_its_items() -> None:
    """brazilofmux/cobc370#15; AbsaOSS/cobrix#486 asks for (7 + 7 + 7) / 2 + 1 bytes, IBM's
    compiler packs each item by itself."""
    laid_out = record(
        "05 G COMP-3.\n10 A PIC S9(7).\n10 B PIC S9(7).\n10 C PIC S9(7).\n"
        "05 H SIGN TRAILING SEPARATE.\n10 D PIC S9(3).\n10 E PIC 9(3)."
    )
    assert extents(laid_out) == {
        "G": (0, 12), "A": (0, 4), "B": (4, 4), "C": (8, 4),
        "H": (12, 7), "D": (12, 4), "E": (16, 3),
    }  # fmt: skip


def test_synchronized_group_has_slack_bytes() -> None:
    """AbsaOSS/cobrix#343: SYNC of the 01 level aligns every binary item below it."""
    [laid_out] = parse_copybook(
        "01 R SYNC. 05 A PIC X. 05 B PIC S9(4) COMP. 05 C PIC S9(9) COMP. 05 D PIC S9(5) COMP-3.",
        source="r.cpy",
    )
    assert extents(laid_out) == {"A": (0, 1), "B": (2, 2), "C": (4, 4), "D": (8, 3)}


def test_national_and_double_byte_characters_take_two_bytes() -> None:
    """AbsaOSS/cobrix#263: a record of PIC N fields was too short."""
    assert extents(record("05 A PIC N(3).\n05 B PIC G(2).\n05 PIC X.\n05 C PIC N.")) == {
        "A": (0, 6), "B": (6, 4), "FILLER": (10, 1), "C": (11, 2),
    }  # fmt: skip


def test_record_that_redefines_a_record_does_not_lengthen_it() -> None:
    """AbsaOSS/cobrix#72: three 01 levels over each other are 16 bytes, not 48."""
    records = parse_copybook(
        "01 A. 02 F PIC X(16). 01 B REDEFINES A. 02 G PIC X(16). 01 C REDEFINES A. 02 H PIC 9(9).",
        source="r.cpy",
    )
    assert [(r.name, r.length) for r in records] == [("A", 16), ("B", 16), ("C", 9)]


def test_redefinition_keeps_its_own_length() -> None:
    """AbsaOSS/cobrix#404: it does not take the length of what it redefines."""
    laid_out = record("07 A.\n10 B PIC X(6).\n10 C PIC X(13).\n07 D REDEFINES A PIC X(16).")
    assert extents(laid_out) == {"A": (0, 19), "B": (0, 6), "C": (6, 13), "D": (0, 16)}


def test_redefinition_by_a_table() -> None:
    """TypeCobolTeam/TypeCobol#2648: a redefinition may be a table, as in IBM's CICS samples; the
    redefined item may not (TypeCobolTeam/TypeCobol#2814)."""
    laid_out = record("05 A PIC X(100).\n05 B REDEFINES A OCCURS 4.\n10 B1 PIC X(20).\n05 C PIC X.")
    assert extents(laid_out) == {"A": (0, 100), "B": (0, 20), "B1": (0, 20), "C": (100, 1)}
    body = "05 A PIC X(10) OCCURS 10.\n05 B REDEFINES A PIC X(100)."
    assert error_in_record(body).startswith("r.cpy:3:16: A: a table cannot be redefined")


def test_names_that_are_picture_symbols_or_words_of_other_statements() -> None:
    """AbsaOSS/cobrix#157 and #858."""
    names = ("N", "V", "S", "P", "9A", "DATE", "COUNT", "TEXT", "STATUS", "TYPE", "GROUP", "YEAR")
    laid_out = record("\n".join(f"05 {name} PIC X." for name in names))
    assert tuple(field.name for field in laid_out.fields) == names


def test_comma_is_the_point_only_when_it_is_said() -> None:
    """AbsaOSS/cobrix#240: with DECIMAL-POINT IS COMMA the picture has two decimal places, without
    it the comma is inserted."""
    assert item("PIC +9999999,99").scale == 0
    field = item("PIC +9999999,99", Dialect(decimal_comma=True))
    assert (field.length, field.digits, field.scale) == (11, 9, 2)


def test_sign_at_the_end_of_an_edited_picture() -> None:
    """AbsaOSS/cobrix#23: the sign takes a byte."""
    field = item("PIC 9(15)+")
    assert (field.length, field.digits, field.edit) == (16, 15, Edit("9" * 15 + "+"))


def test_pictures_with_a_point_in_front() -> None:
    """eclipse-che4z/che-che4z-lsp-for-cobol#593."""
    pictures = (".9(1)", ".9(2)", "-.9(1)", "9(4).9(2)")
    assert [item(f"PIC {p}").length for p in pictures] == [2, 3, 3, 7]
    assert [item(f"PIC {p}").scale for p in pictures] == [1, 2, 1, 2]


def test_small_native_binaries_take_two_bytes() -> None:
    """OCamlPro/gnucobol#197: V9 and S9 COMP-5 are halfwords on the mainframe."""
    assert [item(f"PIC {p} COMP-5").length for p in ("SV9", "S9", "99", "SVP9(4)")] == [2] * 4


def test_scaling_positions_count_for_the_most_digits_of_a_binary() -> None:
    """OCamlPro/gnucobol#285: IBM's compiler refuses SVPP9(17) COMP-5."""
    assert "19 digits; a binary item has at most 18" in error_in_record(
        "05 A PIC SVPP9(17) COMP-5."
    )


def test_binary_text_is_refused() -> None:
    """AbsaOSS/cobrix#648: X(4024) BINARY shifted every record behind it."""
    assert "a text picture cannot have this usage" in error_in_record("05 A PIC X(4024) BINARY.")


def test_pointers_have_no_picture() -> None:
    """AbsaOSS/cobrix#353."""
    laid_out = record("05 A USAGE IS POINTER.\n05 B POINTER.\n05 C PIC X.")
    assert extents(laid_out) == {"A": (0, 4), "B": (4, 4), "C": (8, 1)}


def test_items_behind_a_table_with_a_counter() -> None:
    """AbsaOSS/cobrix#259 and #172: there is room for what is counted, and no more."""
    laid_out = record(
        "05 N PIC 9(2).\n05 T OCCURS 0 TO 99 TIMES DEPENDING ON N.\n10 T-A PIC X(50).\n"
        "05 A PIC S9(7) COMP-3."
    )
    assert (laid_out.length, laid_out.min_length) == (2 + 99 * 50 + 4, 2 + 4)
    assert named(laid_out, "A").offset == 2 + 99 * 50


def test_unequal_levels_in_one_group() -> None:
    """Zaba505/cobol-go#105: an extension of IBM's since 1976."""
    laid_out = record("05 C.\n10 D PIC X.\n10 E PIC X.\n04 B.\n10 F PIC X.")
    assert [field.name for field in laid_out.fields] == ["C", "B"]


def test_renamed_range_ends_with_its_last_item() -> None:
    """OCamlPro/superbol-studio-oss#294."""
    [view] = record("05 A PIC X.\n05 B PIC S9(4) COMP.\n66 C RENAMES A THRU B.").renames
    assert (view.offset, view.length, view.kind) == (0, 3, "text")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("05 A PIC X. 66 V RENAMES A. 05 C PIC X.", "2:32: C: stands behind the 66 levels"),
        ("05 A. 10 B PIC X. 66 V RENAMES C.", "2:32: C: no item of this name"),
        ("05 A OCCURS 2. 10 B PIC X. 66 V RENAMES B.", "2:41: B: lies in a table"),
    ],
)
def test_renames_that_the_compiler_refuses(body: str, message: str) -> None:
    """TypeCobolTeam/TypeCobol#2206 and #2819."""
    assert error_in_record(body).startswith(f"r.cpy:{message}")


def test_values_of_conditions_on_several_lines() -> None:
    """TypeCobolTeam/TypeCobol#2166 and #1778, AbsaOSS/cobrix#727, uwol/proleap-cobol-parser#65:
    a number at the start of a line is no level while a value is expected."""
    field = item(
        "PIC S9(4).\n88 B VALUE ZERO\n1.\n88 C VALUE 2\nZERO\n-1.\n"
        "88 D VALUE ARE 0001 THRU\n0005, 7"
    )
    values = {condition.name: condition.values for condition in field.conditions}
    assert values == {
        "B": (ConditionValue("0"), ConditionValue("1")),
        "C": (ConditionValue("2"), ConditionValue("0"), ConditionValue("-1")),
        "D": (ConditionValue("0001", "0005"), ConditionValue("7")),
    }


@pytest.mark.parametrize("words", ["FALSE", "WHEN SET TO FALSE IS", "SET FALSE", "WHEN TO FALSE"])
def test_the_false_value_is_none_for_which_the_condition_is_true(words: str) -> None:
    """TypeCobolTeam/TypeCobol#1459."""
    [condition] = item(f"PIC X.\n88 B VALUE 'B' 'C' {words} 'A'").conditions
    assert condition.values == (ConditionValue("B"), ConditionValue("C"))


def test_external_and_global_records() -> None:
    """AbsaOSS/cobrix#565; IS may stand before both words, as the standard's tests have it."""
    text = "01 A EXTERNAL. 05 B PIC X(4). 01 C IS GLOBAL IS EXTERNAL. 05 D PIC X."
    records = parse_copybook(text, source="r.cpy")
    assert [(r.name, r.length) for r in records] == [("A", 4), ("C", 1)]
    assert error_of("01 A IS PIC X.").startswith("r.cpy:1:6: IS: not a clause")
