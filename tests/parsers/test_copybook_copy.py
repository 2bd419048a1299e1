"""COPY, REPLACING, REPLACE and EXEC SQL INCLUDE: what text the layout is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parsers.copybook import CopybookError, parse_copybook
from parsers.copybook.copying import expanded_words
from parsers.copybook.library import Library
from parsers.copybook.tokens import entries

Members = Callable[..., Path]


@pytest.fixture
def library(tmp_path: Path) -> Members:
    """Writes members into a library folder: ``library(NAME="text")``."""

    def write(**members: str) -> Path:
        for name, text in members.items():
            (tmp_path / f"{name}.cpy").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def expanded(text: str, *folders: Path) -> str:
    """All entries of a free-format text, with one blank between words."""
    words = expanded_words(text, source="main.cpy", library=Library(folders))
    return " ".join(" ".join(token.text for token in entry) + "." for entry in entries(words))


def error_of(text: str, *folders: Path) -> str:
    with pytest.raises(CopybookError) as error:
        parse_copybook(text, source="main.cpy", library=folders)
    return str(error.value)


# -- COPY --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "COPY FIELDS.",
        "copy fields.",
        "COPY 'FIELDS'.",
        'COPY "FIELDS.cpy" SUPPRESS.',
        "COPY FIELDS SUPPRESS PRINTING.",
        "COPY\n  FIELDS\n  .",
        "COPY FIELDS OF COPYLIB.",
        "EXEC SQL INCLUDE FIELDS END-EXEC.",
        "exec sql\n include FIELDS\n end-exec",
    ],
)
def test_the_member_stands_in_place_of_the_statement(statement: str, library: Members) -> None:
    folder = library(FIELDS="           05 A PIC X(3).\n           05 B PIC 9(4).\n")
    text = f"01 R. {statement} 05 C PIC X."
    [record] = parse_copybook(text, source="main.cpy", library=[folder])
    assert [field.name for field in record.fields] == ["A", "B", "C"]
    assert record.length == 8


def test_a_member_within_an_entry(library: Members) -> None:
    folder = library(PICTURE="PIC X(3)\n", CLAUSES="COMP-3\n VALUE 1.")
    assert expanded("01 R. 05 A COPY PICTURE. . 05 B PIC 9(3) COPY CLAUSES.", folder) == (
        "01 R. 05 A PIC X(3). 05 B PIC 9(3) COMP-3 VALUE 1."
    )


def test_the_old_form_gives_the_record_its_own_name(library: Members) -> None:
    folder = library(PRODUCT="       01  PROD-CD.\n           05 NAME PIC X(30).\n")
    assert expanded("01 PRODUCT-CODE COPY PRODUCT.", folder) == (
        "01 PRODUCT-CODE. 05 NAME PIC X(30)."
    )


def test_members_copy_members(library: Members) -> None:
    folder = library(OUTER="05 A PIC X. COPY INNER. 05 C PIC X.", INNER="05 B PIC X.")
    assert expanded("01 R. COPY OUTER.", folder) == "01 R. 05 A PIC X. 05 B PIC X. 05 C PIC X."


def test_replacing_reaches_into_members_of_the_member(library: Members) -> None:
    folder = library(OUTER="05 :T:-A PIC X. COPY INNER.", INNER="05 :T:-B PIC X.")
    assert expanded("01 R. COPY OUTER REPLACING ==:T:== BY ==X==.", folder) == (
        "01 R. 05 X-A PIC X. 05 X-B PIC X."
    )


def test_each_member_has_a_format_of_its_own(library: Members) -> None:
    folder = library(
        FIXED=f"{'000100     05 A PIC X.':<72}00000010\n",
        FREE="05 B PIC X.\n",
        PART=f"{'000100         PIC X.':<72}00000010\n",
    )
    text = "       01 R.\n           COPY FIXED.\n           COPY FREE.\n           05 C COPY PART."
    assert expanded(text, folder) == "01 R. 05 A PIC X. 05 B PIC X. 05 C PIC X."


def test_words_of_a_fragment_are_no_sequence_numbers(library: Members) -> None:
    folder = library(M=" VALUE 1.", N="COMP-3\n VALUE 1.")
    assert expanded("05 A PIC 9 COPY M. 05 B PIC 9 COPY N.", folder) == (
        "05 A PIC 9 VALUE 1. 05 B PIC 9 COMP-3 VALUE 1."
    )


def test_other_embedded_statements_are_passed_over() -> None:
    text = "01 R. EXEC SQL BEGIN DECLARE SECTION END-EXEC. EXEC SQL INCLUDE SQLCA END-EXEC 05 A."
    assert expanded(text) == "01 R. 05 A."


# -- REPLACING ---------------------------------------------------------------------------------

MEMBER = """\
           05 :TAG:-NAME PIC X(LEN).
           05 OLD-A-T    PIC 9(4)  COMP.
           05 OLD        VALUE 'A B', PIC X(3).
           05 A-:TAG:-B  PIC X.
"""
LINES = [
    "05 :TAG:-NAME PIC X(LEN).",
    "05 OLD-A-T PIC 9(4) COMP.",
    "05 OLD VALUE A B PIC X(3).",
    "05 A-:TAG:-B PIC X.",
]


@pytest.mark.parametrize(
    ("replacing", "changed"),
    [
        ("==:TAG:== BY ==WS==", {0: "05 WS-NAME PIC X(LEN).", 3: "05 A-WS-B PIC X."}),
        ("==:tag:== BY ==Ws==", {0: "05 WS-NAME PIC X(LEN).", 3: "05 A-WS-B PIC X."}),
        ("==:TAG:-NAME== BY ==WS==", {0: "05 WS PIC X(LEN)."}),
        ("==A-:TAG:== BY ====", {3: "05 -B PIC X."}),
        ("==:TAG:== BY ====", {0: "05 -NAME PIC X(LEN).", 3: "05 A--B PIC X."}),
        ("LEN BY 10", {0: "05 :TAG:-NAME PIC X(10)."}),
        ("==(LEN)== BY ==(7)==", {0: "05 :TAG:-NAME PIC X(7)."}),
        ("OLD BY NEW", {2: "05 NEW VALUE A B PIC X(3)."}),
        ("==OLD== BY ==NEW OLD==", {2: "05 NEW OLD VALUE A B PIC X(3)."}),
        ("== PIC , 9(4)\n COMP. == BY ==PIC X.==", {1: "05 OLD-A-T PIC X."}),
        ("'A B' BY 'C'", {2: "05 OLD VALUE C PIC X(3)."}),
        ("'a b' BY 'C'", {}),
        ('"A B" BY SPACES', {2: "05 OLD VALUE SPACES PIC X(3)."}),
        ("OLD BY NAME OF GROUP IN RECORD", {2: "05 NAME OF GROUP IN RECORD VALUE A B PIC X(3)."}),
        ("9(4) BY 9(5)", {1: "05 OLD-A-T PIC 9(5) COMP."}),
        ("LEADING ==OLD== BY ==NEW==", {1: "05 NEW-A-T PIC 9(4) COMP.",
                                        2: "05 NEW VALUE A B PIC X(3)."}),
        ("LEADING ==OLD-== BY ====", {1: "05 A-T PIC 9(4) COMP."}),
        ("TRAILING ==-T== BY ==-Q==", {1: "05 OLD-A-Q PIC 9(4) COMP."}),
        ("LEADING ==OLD== BY ==X== TRAILING ==-T== BY ==-Q==",
         {1: "05 X-A-T PIC 9(4) COMP.", 2: "05 X VALUE A B PIC X(3)."}),
        ("OLD BY FIRST, ==OLD== BY ==SECOND==", {2: "05 FIRST VALUE A B PIC X(3)."}),
        ("OLD BY LEN, LEN BY OLD", {0: "05 :TAG:-NAME PIC X(OLD).",
                                    2: "05 LEN VALUE A B PIC X(3)."}),
        ("NOT-THERE BY X", {}),
    ],
)  # fmt: skip
def test_replacing(replacing: str, changed: dict[int, str], library: Members) -> None:
    expected = [changed.get(at, line) for at, line in enumerate(LINES)]
    text = f"COPY MEMBER REPLACING {replacing}."
    assert expanded(text, library(MEMBER=MEMBER)) == " ".join(expected)


def test_levels_can_be_replaced(library: Members) -> None:
    folder = library(M="05 A. 10 B PIC X.")
    assert expanded("COPY M REPLACING ==05== BY ==10== ==10== BY ==15==.", folder) == (
        "10 A. 15 B PIC X."
    )


def test_a_match_that_breaks_off_changes_nothing(library: Members) -> None:
    folder = library(M="05 A A A B PIC X.")
    assert expanded("COPY M REPLACING ==A A B== BY ==C==.", folder) == "05 A C PIC X."
    assert expanded("COPY M REPLACING ==PIC X. 05== BY ==C==.", folder) == "05 A A A B PIC X."


def test_replace_works_until_it_is_replaced_or_off(library: Members) -> None:
    text = (
        "01 A. REPLACE ==A== BY ==B==. 01 A. COPY M. "
        "REPLACE ==A== BY ==C== LEADING ==X-== BY ==Y-==. 01 A. 01 X-A. REPLACE OFF. 01 A."
    )
    assert expanded(text, library(M="05 A PIC X.")) == (
        "01 A. 01 B. 05 B PIC X. 01 C. 01 Y-A. 01 A."
    )


def test_replace_works_on_what_replacing_made(library: Members) -> None:
    folder = library(M="05 A PIC X. 05 C PIC X.")
    text = "REPLACE ==B== BY ==D== ==A== BY ==E==. COPY M REPLACING A BY B C BY A."
    assert expanded(text, folder) == "05 D PIC X. 05 E PIC X."


# -- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("COPY.", "main.cpy:1:5: .: the name of a library member is expected here"),
        ("COPY X", "main.cpy:1:1: COPY: the statement ends here without a period; add one"),
        ("COPY X 05.", "main.cpy:1:8: 05: not expected in COPY; is a period missing before it?"),
        ("COPY M REPLACING.", "main.cpy:1:1: COPY: names nothing to replace"),
        ("COPY M REPLACING A.", "main.cpy:1:18: A: an operand with BY is expected here"),
        ("COPY M REPLACING A BY.", "main.cpy:1:22: .: the operand after BY is missing"),
        ("COPY M REPLACING ==A== ==B==.", "main.cpy:1:18: ==: BY is missing after this operand"),
        ("COPY M REPLACING ==A BY B.", "main.cpy:1:18: ==: pseudo-text is not closed"),
        ("COPY M REPLACING ==== BY ==B==.", "main.cpy:1:18: ==: empty pseudo-text"),
        ("COPY M REPLACING LEADING ==A B== BY ==C==.", "main.cpy:1:18: LEADING: LEADING replaces"),
        ("COPY NOT-THERE.", "main.cpy:1:6: NOT-THERE: not found in the library ("),
        ("COPY '../M'.", "main.cpy:1:6: ../M: not a member name"),
        ("COPY '/etc/passwd'.", "main.cpy:1:6: /etc/passwd: not a member name"),
        ("COPY '..'.", "main.cpy:1:6: ..: not a member name"),
        ("COPY SELF.", "SELF.cpy:1:6: SELF: copies itself, directly or through others"),
        ("COPY RING1.", "RING2.cpy:2:6: RING1: copies itself, directly or through others"),
        ("COPY BROKEN.", "BROKEN.cpy:2:6: COMP-9: "),
        ("COPY BROKEN REPLACING ==COMP-9== BY ==COMP-8==.", "BROKEN.cpy:2:6: COMP-8: "),
        ("COPY THAI.", "THAI.cpy:2:16: byte A1: not UTF-8; save the copybook as UTF-8"),
        ("COPY TWICE REPLACING A BY B.", "TWICE.cpy:1:8: REPLACING: a member copied with "
         "REPLACING cannot have REPLACING of its own"),
        ("REPLACE.", "main.cpy:1:1: REPLACE: names nothing to replace"),
        ("REPLACE ALSO ==A== BY ==B==.", "main.cpy:1:9: ALSO: an operand with BY is expected"),
        ("EXEC SQL X.", "main.cpy:1:1: EXEC: END-EXEC is missing; add it"),
    ],
)  # fmt: skip
def test_what_cannot_be_copied(text: str, message: str, library: Members) -> None:
    folder = library(
        M="05 A PIC X.",
        SELF="COPY SELF.",
        RING1="COPY RING2.",
        RING2="\nCOPY RING1.",
        BROKEN="01 R.\n05 A COMP-9.",
        TWICE="COPY M REPLACING A BY B.",
    )
    (folder / "THAI.cpy").write_bytes("* ชื่อ\n05 A VALUE IS 'ก'.".encode("cp874"))
    assert error_of(text, folder).startswith(message)
