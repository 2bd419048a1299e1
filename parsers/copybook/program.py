"""A whole COBOL program given instead of a copybook: the records of its FILE SECTION.

The records of all files (FD and SD) are taken in order; what stands in other sections is no
part of a file. SPECIAL-NAMES says how pictures are to be read. A copybook passes unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from interfaces.model import Dialect
from parsers.copybook.tokens import Token

_Entry = tuple[Token, ...]

# fmt: off
_BEFORE_DATA: Final = frozenset((
    "CONFIGURATION", "SOURCE-COMPUTER", "OBJECT-COMPUTER", "SPECIAL-NAMES", "REPOSITORY",
    "INPUT-OUTPUT", "FILE-CONTROL", "I-O-CONTROL",
))
_OTHER_SECTIONS: Final = frozenset((
    "WORKING-STORAGE", "LOCAL-STORAGE", "LINKAGE", "REPORT", "SCREEN", "COMMUNICATION",
))
# fmt: on


def record_entries(entries: Iterable[_Entry], dialect: Dialect) -> tuple[Dialect, Iterator[_Entry]]:
    """The data entries of a copybook, or of a program's FILE SECTION, and their dialect.

    Raises CopybookError for a program without DATA DIVISION or FILE SECTION.
    """
    remaining = iter(entries)
    first = next(remaining, None)
    if first is None:
        return dialect, iter(())
    if not _is_before_data(first):
        return dialect, _data_entries(chain([first], remaining))
    return _special_names(first, remaining, dialect), _data_entries(remaining)


def _is_before_data(entry: _Entry) -> bool:
    if _is_header(entry, "DIVISION", "IDENTIFICATION", "ID", "ENVIRONMENT", "DATA"):
        return True
    return entry[0].is_word(*_BEFORE_DATA)


def _special_names(first: _Entry, remaining: Iterator[_Entry], dialect: Dialect) -> Dialect:
    """Read up to FILE SECTION; the dialect with what SPECIAL-NAMES says."""
    paragraph = ""
    division: Token | None = None
    for entry in chain([first], remaining):
        if division is not None:
            if _is_header(entry, "SECTION", "FILE"):
                return dialect
            raise division.error("the program has no FILE SECTION here; give a copybook instead")
        if _is_header(entry, "DIVISION", "DATA"):
            division = entry[0]
        elif _is_header(entry, "DIVISION", "PROCEDURE"):
            break
        elif entry[0].is_word(*_BEFORE_DATA):
            paragraph = entry[0].text
        if paragraph == "SPECIAL-NAMES":
            dialect = _with_names(entry, dialect)
    if division is not None:
        raise division.error("the program has no FILE SECTION; give a copybook instead")
    raise first[0].error("the program has no DATA DIVISION; give a copybook instead")


def _data_entries(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    """Entries of data items: without headers and FD, up to the next section or division."""
    within_data = False
    for entry in entries:
        if _is_end(entry):
            if not within_data:
                raise entry[0].error(
                    "no record of a FILE SECTION stands before it; give a copybook"
                )
            return
        within_data = True
        if not entry[0].is_word("FD", "SD") and not _is_header(entry, "SECTION", "FILE"):
            yield entry


def _is_end(entry: _Entry) -> bool:
    if _is_header(entry, "SECTION", *_OTHER_SECTIONS):
        return True
    return _is_header(entry, "DIVISION", "PROCEDURE", "IDENTIFICATION", "ID") or (
        _is_header(entry, "PROGRAM", "END")
    )


def _is_header(entry: _Entry, second: str, *first: str) -> bool:
    return len(entry) > 1 and entry[0].is_word(*first) and entry[1].is_word(second)


def _with_names(entry: _Entry, dialect: Dialect) -> Dialect:
    """The dialect with DECIMAL-POINT IS COMMA and CURRENCY SIGN of one SPECIAL-NAMES sentence."""
    for at, token in enumerate(entry):
        clause = [word for word in entry[at + 1 : at + 8] if not word.is_word("IS", "SIGN", "WITH")]
        if token.is_word("DECIMAL-POINT"):
            if not clause or not clause[0].is_word("COMMA"):
                raise token.error("COMMA is expected after it")
            dialect = replace(dialect, decimal_comma=True)
        elif token.is_word("CURRENCY"):
            dialect = replace(dialect, currency=_currency(token, clause))
    return dialect


def _currency(token: Token, clause: list[Token]) -> str:
    """The one character that is the currency's sign in data and its symbol in pictures."""
    if not clause or clause[0].kind != "literal":
        raise token.error("a literal is expected after it")
    sign = clause[0]
    if len(sign.text) != 1 or sign.prefix:
        raise sign.error("a currency sign of several characters is not read")
    symbol = clause[3] if len(clause) > 3 and clause[1].is_word("PICTURE") else sign
    if symbol.text != sign.text:
        raise symbol.error("a picture symbol other than the currency sign is not read")
    return sign.text
