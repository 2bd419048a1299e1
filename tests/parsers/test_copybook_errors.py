"""Whatever cannot be laid out is one line: source, line, column, word, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from copybooks import error_in_record, error_of
from hypothesis import given
from hypothesis import strategies as st

from interfaces.registry import SHIPPED
from parsers.copybook import CopybookError, parse_copybook, read_copybook


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "r.cpy:1:1: copybook: has no 01 level; add one"),
        ("      * NOTHING", "r.cpy:1:1: copybook: has no 01 level; add one"),
        (
            "77 W PIC X. 05 A PIC X.",
            "r.cpy:1:16: A: stands outside a record; add an 01 level before it",
        ),
        ("77 A PIC X.", "r.cpy:1:1: copybook: has no 01 level; add one"),
        ("01.", "r.cpy:1:1: 01: has neither PICTURE nor items below it; add one of them"),
        ("01 R. 05 A PIC X. 05 B RENAMES A.", "r.cpy:1:24: RENAMES: RENAMES belongs to a 66 level; "
         "use level 66 or REDEFINES"),
        ("01 R PIC X. 01 r PIC X.", "r.cpy:1:16: R: a second record of this name; rename one"),
        ("01 R REDEFINES Q PIC X.", "r.cpy:1:16: Q: no record of this name before it; "
         "correct the name"),
        ("01 R OCCURS 2 PIC X.", "r.cpy:1:6: OCCURS: a record cannot repeat; "
         "put OCCURS on a level below"),
        ("01 R PIC X", "r.cpy:1:10: X: the copybook ends here without a period; add one"),
        ("88 A VALUE 'X'.", "r.cpy:1:4: A: an 88 level belongs below an item; put one before it"),
    ],
)  # fmt: skip
def test_whole_copybooks(text: str, message: str) -> None:
    assert error_of(text) == message


NOT_READ = [
    ("05 A PIC U(3).", "2:10: U(3)", "UTF-8 pictures are not read; use PIC X with the bytes"),
    ("05 A PIC +9.9E+99.", "2:10: +9.9E+99", "floating-point pictures are not read; use PIC X"),
    ("05 A USAGE BINARY-LONG.", "2:12: BINARY-LONG", "this usage is not read; use PIC X"),
    ("05 A SQL TYPE IS BLOB(256K).", "2:6: SQL", "this usage is not read; use PIC X"),
    ("++INCLUDE ABC\n05 A PIC X.", "2:1: ++INCLUDE", "a statement of Panvalet; write COPY"),
    (">>IF X DEFINED\n05 A PIC X.", "2:1: >>IF X DEFINED", "this directive is not read"),
    ("05 A PIC X TYPE T.", "2:12: TYPE", "not a clause of a data item"),
]
WRONG = [
    ("05 A PIC Q.", "2:10: Q", "not a valid picture: Q is no symbol of pictures"),
    ("05 A PIC X(.", "2:10: X(", "not a valid picture: a count stands as in X(3)"),
    ("05 A PIC 9).", "2:10: 9)", "not a valid picture: a count stands as in X(3)"),
    ("05 A PIC X(0).", "2:10: X(0)", "not a valid picture: X stands 0 times"),
    ("05 A PIC X(3)V9.", "2:10: X(3)V9", "not a valid picture: X and V exclude each other"),
    ("05 A PIC 9V9V9.", "2:10: 9V9V9", "not a valid picture"),
    ("05 A PIC SS9.", "2:10: SS9", "not a valid picture"),
    ("05 A PIC S.", "2:10: S", "not a valid picture"),
    ("05 A PIC PPV99.", "2:10: PPV99", "not a valid picture"),
    ("05 A PIC X (3).", "2:12: (3)", "a picture has no blanks"),
    ("05 A PIC X COMP-9.", "2:12: COMP-9", "this usage is not read"),
    ("05 A PIC S9(5) COMP3.", "2:16: COMP3", "this usage is not read"),
    ("05 A PIC 9(32).", "2:10: 9(32)", "32 digits; at most 31"),
    ("05 A PIC 9(30)PP.", "2:10: 9(30)PP", "32 digits; at most 31"),
    ("05 A PIC 9(19) COMP.", "2:4: A", "19 digits; a binary item has at most 18"),
    ("05 A PIC X COMP-3.", "2:12: COMP-3", "a text picture cannot have this usage"),
    ("05 A PIC 9 SIGN LEADING.", "2:17: LEADING", "SIGN needs a DISPLAY picture with S"),
    ("05 A PIC S9 COMP-3 TRAILING SEPARATE.", "2:20: TRAILING", "SIGN needs a DISPLAY picture"),
    ("05 A PIC X SIGN LEADING.", "2:17: LEADING", "a text has no sign"),
    ("05 A COMP. 10 B PIC 9 COMP-3.", "2:23: COMP-3", "contradicts COMP of its group"),
    ("05 A PIC 9 COMP COMP.", "2:17: COMP", "stands twice"),
    ("05 A PIC 9 USAGE COMP COMP-3.", "2:23: COMP-3", "second usage"),
    ("05 A PIC 9 PIC 9.", "2:12: PIC", "stands twice"),
    ("05 A.", "2:4: A", "neither PICTURE nor items below"),
    ("05 A VALUE 'X'.", "2:4: A", "neither PICTURE nor items below"),
    ("05 A PIC X. 10 B PIC X.", "2:4: A", "a group has no PICTURE"),
    ("05 A PIC X\n05 B PIC X.", "3:1: 05", "is a period missing before it?"),
    ("05 A PIC X. B PIC X.", "2:13: B", "a level number is expected here"),
    ("50 A PIC X.", "2:1: 50", "not a level number"),
    ("05 :TAG:-A PIC X.", "2:4: :TAG:-A", "a placeholder for REPLACING; COPY"),
    ("05 A–B PIC X.", "2:5: –", "U+2013 is no COBOL character; write -"),
    ("05 A PIC X VALUE “B”.", "2:18: “", 'U+201C is no COBOL character; write "'),
    ("05 A\u00a0PIC X.", "2:5: \\xa0", "U+00A0 is no COBOL character; write a space"),
    ("05 A PIC X VALUE 'X.", "2:18: 'X.", "close the literal"),
    ("05 A PIC.", "2:6: PIC", "a picture is missing after it"),
    ("05 A PIC 'X'.", "2:10: X", "a picture is expected here"),
    ("05 A PIC X VALUE FOO.", "2:18: FOO", "not a literal"),
    ("05 A PIC X VALUE.", "2:12: VALUE", "a value is missing after it"),
    ("05 A PIC X. 88 B.", "2:16: B", "an 88 level has a name and VALUE"),
    ("05 A PIC X. 88 VALUE 'X'.", "2:13: 88", "an 88 level needs a name"),
    ("05 A REDEFINES B PIC X.", "2:16: B", "not the item just before it"),
    ("05 A PIC X. 05 B PIC X. 05 C REDEFINES A PIC X.", "2:40: A", "not the item just before it"),
    ("05 A PIC X OCCURS 2. 05 B REDEFINES A PIC X.", "2:37: A", "a table cannot be redefined"),
    ("05 A PIC X OCCURS 0.", "2:12: OCCURS", "number of occurrences"),
    ("05 A PIC X OCCURS SOME.", "2:19: SOME", "a whole number"),
    ("05 A PIC X OCCURS 1 TO 5.", "2:12: OCCURS", "needs DEPENDING ON"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "where", "advice"), NOT_READ + WRONG)
def test_items(body: str, where: str, advice: str) -> None:
    message = error_in_record(body)
    assert message.startswith(f"r.cpy:{where}: ")
    assert advice in message
    assert "\n" not in message


def test_place_in_reference_format() -> None:
    text = "000100 01  R.\n000200     05  A   PIC X(3)  COMP-9.\n"
    assert error_of(text).startswith("r.cpy:2:30: COMP-9: ")


def test_error_carries_its_parts() -> None:
    with pytest.raises(CopybookError) as error:
        parse_copybook("01 R PIC 9Z.", source="r.cpy")
    assert error.value.place == ("r.cpy", 1, 10)
    assert error.value.word == "9Z"


def test_unprintable_and_long_words_stay_on_one_line() -> None:
    assert error_in_record("05 A\x00\x0b PIC X.").startswith("r.cpy:2:4: A\\x00\\x0b: ")
    assert len(error_in_record(f"05 {'%' * 5000} PIC X.")) < 150


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "thai.cpy"
    path.write_bytes("01 R.\n* ชื่อ\n  05 A PIC X VALUE 'ก'.\n".encode("cp874"))
    with pytest.raises(CopybookError) as error:
        read_copybook(path)
    assert str(error.value) == "thai.cpy:3:21: byte A1: not UTF-8; save the copybook as UTF-8"


WORDS = st.sampled_from(
    ("01", "05", "10", "49", "66", "77", "88", "A", "B", "FILLER", "PIC", "PICTURE", "IS", "X(3)",
     "S9(4)V99", "9PP", "Z9", "$$9.99-", "N(2)", "COMP", "COMP-1", "COMP-3", "INDEX", "NATIONAL",
     "USAGE", "SIGN", "LEADING", "SEPARATE", "REDEFINES", "RENAMES", "OF", "OCCURS", "3", "TO",
     "TIMES", "DEPENDING", "ON", "INDEXED", "BY", "VALUE", "VALUES", "THRU", "ALL", "'A'", '"B',
     "X'40'", "SPACES", "LOW-VALUES", ",", ";", "(", ")", "*>", "-", "COPY", "SYNC", "JUST",
     "BLANK", "ZERO", "GLOBAL", "DATE", ".", ".", ".", ".")
)  # fmt: skip


@given(st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", "\n       ", "\t"])), max_size=60))
def test_any_sequence_of_words_is_a_layout_or_an_error(words: list[tuple[str, str]]) -> None:
    _layout_or_error("".join(word + space for word, space in words))


@given(st.text())
def test_any_text_is_a_layout_or_an_error(text: str) -> None:
    _layout_or_error(text)


SHIPPED_TEXTS = [path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.cpy"))]


@given(st.data())
def test_a_damaged_copybook_is_a_layout_or_an_error(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SHIPPED_TEXTS))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    _layout_or_error(text[:start] + data.draw(st.text(max_size=10)) + text[end:])


def _layout_or_error(text: str) -> None:
    try:
        records = parse_copybook(text, source="r.cpy")
    except CopybookError as error:
        assert str(error).startswith("r.cpy:")
        assert "\n" not in str(error)
    else:
        for record in records:
            assert record.length >= record.min_length >= 0
            assert all(0 <= field.offset <= record.length for field in record.walk())
