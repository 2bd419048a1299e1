"""Names that look like words of the language, names that stand twice, items without one."""

from __future__ import annotations

import pytest
from copybooks import error_in_record, error_of, every_item, named, record

from parsers.copybook import parse_copybook
from parsers.layout import Field


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("05 SIGN PIC X(2).", "SIGN"),
        ("05 DATE PIC X(2).", "DATE"),
        ("05 VALUE PIC X(2).", "VALUE"),
        ("05 VALUE PIC X(2) VALUE 'A'.", "VALUE"),
        ("05 INDEX PIC 9(2).", "INDEX"),
        ("05 POINTER PIC X(2) OCCURS 2.", "POINTER"),
        ("05 NATIONAL PIC X(2).", "NATIONAL"),
        ("05 OBJECT PIC X(2).", "OBJECT"),
        ("05 OCCURS PIC 99.", "OCCURS"),
        ("05 REDEFINES PIC 99.", "REDEFINES"),
        ("05 USAGE PIC 99 COMP-3.", "USAGE"),
        ("05 PICTURE PIC X(2).", "PICTURE"),
        ("05 BLANK PIC X(2).", "BLANK"),
        ("05 EXTERNAL PIC X(2).", "EXTERNAL"),
        ("05 COMP-3-AMOUNT PIC X(2).", "COMP-3-AMOUNT"),
        ("05 SIGN. 10 B PIC X(2).", "SIGN"),
        ("05 1ST-NAME PIC X(2).", "1ST-NAME"),
        ("05 2-A PIC X(2).", "2-A"),
        ("05 NAME- PIC X(2).", "NAME-"),
        ("05 A_B PIC X(2).", "A_B"),
        ("05 COMP PIC 9(2).", "FILLER"),
        ("05 DISPLAY PIC X(2).", "FILLER"),
        ("05 COMP-1.", "FILLER"),
        ("05 INDEX.", "FILLER"),
        ("05 SYNC PIC X(2).", "FILLER"),
        ("05 LEADING PIC S9(2).", "FILLER"),
        ("05 PIC X(2).", "FILLER"),
        ("05 OCCURS 2 PIC X.", "FILLER"),
        ("05 VALUE 'A' PIC X.", "FILLER"),
    ],
)
def test_a_word_is_a_name_where_it_cannot_be_a_clause(entry: str, name: str) -> None:
    assert record(entry).fields[0].name == name


def test_conditions_and_views_always_have_a_name() -> None:
    laid_out = record("05 A PIC X. 88 NATIONAL VALUE 'N'. 88 BLANK VALUE ' '. 66 SYNC RENAMES A.")
    assert [c.name for c in named(laid_out, "A").conditions] == ["NATIONAL", "BLANK"]
    assert laid_out.renames[0].name == "SYNC"


def test_the_reading_that_went_further_explains_the_error() -> None:
    assert "not a valid picture" in error_in_record("05 SIGN PIC 9V9V9.")
    assert "not a valid picture" in error_in_record("05 PIC 9V9V9.")
    assert "whole number" in error_in_record("05 OCCURS SOME PIC X.")
    assert "not a COBOL name" in error_in_record("05 123 PIC X.")


def test_records_without_a_name() -> None:
    records = parse_copybook("01. 05 A PIC X. 01 FILLER REDEFINES FILLER. 05 B PIC X. 01 PIC X(3).",
                             source="r.cpy")  # fmt: skip
    assert [(r.name, r.length) for r in records] == [
        ("FILLER", 1),
        ("FILLER-2", 1),
        ("FILLER-3", 3),
    ]
    assert "a second record of this name" in error_of("01 R PIC X. 01 R PIC X.")


def test_storage_words_of_a_record_change_nothing() -> None:
    plain = record("05 A PIC X.")
    for words in ("EXTERNAL", "GLOBAL", "GLOBAL EXTERNAL", "VOLATILE", "EXTERNAL AS 'REC'"):
        [laid_out] = parse_copybook(f"01 R {words}. 05 A PIC X.", source="r.cpy")
        assert laid_out == plain
    for word in ("EXTERNAL", "GLOBAL"):
        assert "only an 01 level can be so" in error_in_record(f"05 A PIC X {word}.")


def test_a_date_pattern_changes_nothing() -> None:
    assert record("05 A PIC 9(6) DATE FORMAT IS YYXXXX.") == record("05 A PIC 9(6).")


def columns(body: str) -> list[str]:
    """Columns at every level, tables included."""
    items = every_item(record(body).fields)
    return [f.column for f in items if not f.is_filler and (not f.is_group or f.occurs)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("05 G. 10 A PIC X. 10 A PIC X.", ["g_a", "g_a_2"]),
        ("05 A-B PIC X. 05 A_B PIC X.", ["a_b", "a_b_2"]),
        ("05 A PIC X. 05 A PIC X. 05 A PIC X.", ["a", "a_2", "a_3"]),
        ("05 A PIC X. 05 A PIC X. 05 A-2 PIC X.", ["a", "a_3", "a_2"]),
        ("05 G. 10 A PIC X. 05 H. 10 A PIC X. 05 G-A PIC X.", ["g_a", "h_a", "g_a_2"]),
        ("05 A- PIC X. 05 1A PIC X.", ["a_", "1a"]),
        ("05 OCCURS 2. 10 A PIC X.", ["filler", "a"]),
        ("05 OCCURS 2. 10 A PIC X. 05 FILLER OCCURS 3. 10 A PIC X.",
         ["filler", "a", "filler_2", "a"]),
        ("05 FILLER OCCURS 2. 10 FILLER OCCURS 2. 15 A PIC X.", ["filler", "filler", "a"]),
        ("05 FILLER OCCURS 2. 10 FILLER PIC X. 10 G. 15 FILLER PIC X.", []),
        ("05 FILLER OCCURS 2 PIC X. 05 A PIC X.", ["a"]),
    ],
)  # fmt: skip
def test_columns_are_unique(body: str, expected: list[str]) -> None:
    assert columns(body) == expected


def test_many_equal_names_take_no_time() -> None:
    names = [f.column for f in record("05 A PIC X. " * 4000).fields]
    assert len(set(names)) == 4000 and names[-1] == "a_4000"


def test_level_numbers_of_one_group_may_differ() -> None:
    """The Language Reference's EMPLOYEE-RECORD."""
    regular = record("05 N. 10 F PIC X. 10 L PIC X. 05 D. 10 S PIC X. 10 C PIC X.")
    odd = record("05 N. 10 F PIC X. 10 L PIC X. 04 D. 08 S PIC X. 08 C PIC X.")

    def shape(fields: tuple[Field, ...]) -> list[tuple[str, int, list[object]]]:
        return [(f.name, f.offset, list(shape(f.children))) for f in fields]

    assert shape(odd.fields) == shape(regular.fields)
