"""A whole program instead of a copybook: the records of its FILE SECTION, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from interfaces.model import Dialect
from parsers.copybook import CopybookError, parse_copybook
from parsers.copybook.copying import expanded_words
from parsers.copybook.library import Library
from parsers.copybook.program import record_entries
from parsers.copybook.tokens import entries

PROGRAM = """\
       CBL TRUNC(BIN)
000100 IDENTIFICATION DIVISION.                                         PAYROLL1
000200 PROGRAM-ID. PAYROLL.
000300 AUTHOR. JOE O'BRIEN, "DATA DIVISION" GROUP.
000400 REMARKS. COPY NOTHING.
000500 ENVIRONMENT DIVISION.
000600 CONFIGURATION SECTION.
000700 SOURCE-COMPUTER. IBM-370.
000800 SPECIAL-NAMES.
000900     C01 IS NEW-PAGE
001000     DECIMAL-POINT IS COMMA
001100     CURRENCY SIGN IS 'E'.
001200 INPUT-OUTPUT SECTION.
001300 FILE-CONTROL.
001400     SELECT MASTER ASSIGN TO UT-S-MASTER
001500         ORGANIZATION IS SEQUENTIAL.
001600     SELECT SORTED ASSIGN TO SORTWK01.
001700 DATA DIVISION.
001800 FILE SECTION.
001900 FD  MASTER
002000     BLOCK CONTAINS 0 RECORDS
002100     RECORDING MODE IS V
002200     RECORD IS VARYING IN SIZE FROM 10 TO 20 CHARACTERS
002300         DEPENDING ON WS-LENGTH
002400     LABEL RECORDS ARE STANDARD
002500     DATA RECORDS ARE M-HEAD M-DETAIL.
002600 01  M-HEAD.
002700     05  M-DATE  PIC 9(8).
      D    05  M-TRACE PIC X(8).
002800 01  M-DETAIL.
002900     05  M-ID    PIC X(13).
003000     05  M-RATE  PIC 9(3)V99.
003100/
003200 SD  SORTED.
003300 01  S-RECORD    PIC X(20).
003400 WORKING-STORAGE SECTION.
003500 01  WS-LENGTH   PIC 9(4) COMP.
003600 LINKAGE SECTION.
003700 01  L-AREA      PIC X.
003800 PROCEDURE DIVISION USING L-AREA.
003900     DISPLAY 'DON''T
004000     STOP RUN.
"""


def names(text: str, *folders: Path) -> list[str]:
    return [record.name for record in parse_copybook(text, source="p.cbl", library=folders)]


def error_of(text: str) -> str:
    with pytest.raises(CopybookError) as error:
        parse_copybook(text, source="p.cbl")
    return str(error.value)


def dialect_of(text: str, dialect: Dialect) -> Dialect:
    words = expanded_words(text, source="p.cbl", library=Library(()))
    return record_entries(entries(words), dialect)[0]


def test_records_of_all_files_in_order() -> None:
    records = parse_copybook(PROGRAM, source="p.cbl")
    assert [(record.name, record.length) for record in records] == [
        ("M-HEAD", 8),
        ("M-DETAIL", 18),
        ("S-RECORD", 20),
    ]


def test_free_format_on_few_lines() -> None:
    text = (
        "identification division. program-id. p. data division. file section.\n"
        "fd f. 01 a pic x. working-storage section. 01 b pic x. procedure division. stop run."
    )
    assert names(text) == ["A"]


def test_debugging_lines_count_with_debugging_mode() -> None:
    text = PROGRAM.replace("IBM-370.", "IBM-370\n               WITH DEBUGGING MODE.")
    assert [record.length for record in parse_copybook(text, source="p.cbl")] == [16, 18, 20]


def test_debugging_mode_reaches_into_members(tmp_path: Path) -> None:
    (tmp_path / "M.cpy").write_text("           05 A PIC X.\n      D    05 B PIC X.\n")
    text = PROGRAM.replace("05  M-DATE  PIC 9(8).", "COPY M.")
    assert parse_copybook(text, source="p.cbl", library=[tmp_path])[0].length == 1
    text = text.replace("IBM-370.", "IBM-370 DEBUGGING MODE.")
    assert parse_copybook(text, source="p.cbl", library=[tmp_path])[0].length == 2 + 8


def test_special_names_go_before_the_dialect() -> None:
    dialect = Dialect(currency="$")
    assert dialect_of(PROGRAM, dialect) == Dialect(decimal_comma=True, currency="E")
    assert dialect_of("01 A PIC X.", dialect) == dialect
    without = PROGRAM.replace("DECIMAL-POINT IS COMMA", "").replace("CURRENCY SIGN IS 'E'", "")
    assert dialect_of(without, Dialect(decimal_comma=True)) == Dialect(decimal_comma=True)


@pytest.mark.parametrize(
    "clause",
    ["CURRENCY SIGN IS 'E'", "CURRENCY 'E'", "CURRENCY IS 'E' WITH PICTURE SYMBOL 'E'"],
)
def test_currency_signs(clause: str) -> None:
    text = PROGRAM.replace("CURRENCY SIGN IS 'E'", clause)
    assert dialect_of(text, Dialect()).currency == "E"


def test_files_and_fields_can_be_copied(tmp_path: Path) -> None:
    (tmp_path / "FILES.cpy").write_text("       FD  F.\n       01  A.\n           COPY FIELDS.\n")
    (tmp_path / "FIELDS.cpy").write_text("           05 B PIC X(3).\n")
    text = "       DATA DIVISION.\n       FILE SECTION.\n       COPY FILES.\n"
    assert names(text, tmp_path) == ["A"]


@pytest.mark.parametrize(
    "text",
    [
        "FILE SECTION. FD F. 01 A PIC X. WORKING-STORAGE SECTION. 01 B PIC X.",
        "FD F. 01 A PIC X.",
        "SD F RECORD CONTAINS 80 CHARACTERS. 01 A PIC X. PROCEDURE DIVISION.",
        "01 A PIC X. LINKAGE SECTION. 01 B PIC X.",
        "       FD  F.\n       01  A PIC X.\n",
    ],
)
def test_parts_of_a_program(text: str) -> None:
    assert names(text) == ["A"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            PROGRAM.replace("001800 FILE SECTION.", "001800 WORKING-STORAGE SECTION."),
            "p.cbl:18:8: DATA: the program has no FILE SECTION here; give a copybook instead",
        ),
        (
            "ID DIVISION.\nPROGRAM-ID. P.\nPROCEDURE DIVISION.\nSTOP RUN.",
            "p.cbl:1:1: ID: the program has no DATA DIVISION; give a copybook instead",
        ),
        (
            "ID DIVISION.\nDATA DIVISION.\n",
            "p.cbl:2:1: DATA: the program has no FILE SECTION; give a copybook instead",
        ),
        (
            "WORKING-STORAGE SECTION. 01 A PIC X.",
            "p.cbl:1:1: WORKING-STORAGE: no record of a FILE SECTION stands before it; "
            "give a copybook",
        ),
        (
            "DATA DIVISION. FILE SECTION. WORKING-STORAGE SECTION. 01 A PIC X.",
            "p.cbl:1:30: WORKING-STORAGE: no record of a FILE SECTION stands before it; "
            "give a copybook",
        ),
        (
            "DATA DIVISION. FILE SECTION. FD F. WORKING-STORAGE SECTION. 01 A PIC X.",
            "p.cbl:1:1: copybook: has no 01 level; add one",
        ),
        (
            "SPECIAL-NAMES. CURRENCY SIGN IS 'EUR' WITH PICTURE SYMBOL 'E'. DATA DIVISION.",
            "p.cbl:1:33: EUR: a currency sign of several characters is not read",
        ),
        (
            "SPECIAL-NAMES. CURRENCY SIGN IS 'E' PICTURE SYMBOL 'F'. DATA DIVISION.",
            "p.cbl:1:52: F: a picture symbol other than the currency sign is not read",
        ),
        (
            "DATA DIVISION. FILE SECTION. FD F. 01 A PIC X WORKING-STORAGE SECTION.",
            "p.cbl:1:47: WORKING-STORAGE: not a clause of a data item; "
            "is a period missing before it?",
        ),
    ],
)
def test_programs_that_cannot_be_read(text: str, message: str) -> None:
    assert error_of(text) == message
