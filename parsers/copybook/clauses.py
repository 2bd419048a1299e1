"""One entry (the tokens up to a period) → level, name and clauses, nothing placed yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from interfaces.model import Dialect
from parsers.copybook.cursor import Cursor, check_name
from parsers.copybook.entry import (
    CONDITION_LEVEL,
    INDEPENDENT_LEVEL,
    RENAMES_LEVEL,
    Entry,
    RenamesClause,
    SignClause,
    UsageClause,
)
from parsers.copybook.errors import CopybookError
from parsers.copybook.picture import parse_picture
from parsers.copybook.tables import read_occurs
from parsers.copybook.tokens import Token
from parsers.copybook.usages import OTHER_USAGES, USAGES, contradiction
from parsers.copybook.values import read_values
from parsers.layout import FILLER

LAST_LEVEL: Final = 49

_SPECIAL_LEVELS = (RENAMES_LEVEL, INDEPENDENT_LEVEL, CONDITION_LEVEL)
_ONLY_CLAUSES = ("VALUE", "VALUES", "RENAMES")  # of 66 and 88 levels
_UNREAD = "this usage is not read; use PIC X of the same length"
_STATEMENTS = {
    "COPY": "COPY is not read here; put the copied text here",
    "REPLACE": "REPLACE is not read here; write the replaced text",
    "++INCLUDE": "a statement of Panvalet; write COPY",
}

_Clause = Callable[[Cursor, Entry, Token], None]


def parse_entry(tokens: tuple[Token, ...], dialect: Dialect | None = None) -> Entry:
    """Read one entry; CopybookError for every word that is not understood.

    A word that begins a clause is taken as the item's name only where it cannot begin the
    clause: ``05 INDEX PIC 9(4)`` is an item INDEX, ``05 COMP PIC 9(4)`` one without a name.
    """
    cursor = Cursor(tokens, dialect or Dialect())
    level = _level(cursor)
    word = cursor.peek_word()
    if not word:
        return _clauses(cursor, Entry(level, FILLER, tokens[0]))
    must_be_named = level in (RENAMES_LEVEL, CONDITION_LEVEL) and word not in _ONLY_CLAUSES
    if word not in _CLAUSES or must_be_named:
        return _named(cursor, level)
    try:
        return _without_name(cursor, level)
    except CopybookError as error:
        furthest = cursor.at
        cursor.at = 1
        try:
            return _named(cursor, level)
        except CopybookError as other:
            raise (error if furthest >= cursor.at else other) from None


def _named(cursor: Cursor, level: int) -> Entry:
    token = cursor.take(cursor.tokens[0], "a name")
    check_name(token)
    return _clauses(cursor, Entry(level, token.text, token))


def _without_name(cursor: Cursor, level: int) -> Entry:
    entry = _clauses(cursor, Entry(level, FILLER, cursor.tokens[0]))
    if entry.usage is not None:
        advice = contradiction(entry.usage.storage, entry.picture)
        if advice:
            raise entry.usage.token.error(advice)
    return entry


def _level(cursor: Cursor) -> int:
    token = cursor.tokens[0]
    cursor.at = 1
    if token.text in _STATEMENTS and token.kind == "word":
        raise token.error(_STATEMENTS[token.text])
    if token.kind != "word" or not re.fullmatch(r"[0-9]{1,2}", token.text):
        raise token.error("a level number is expected here; is the period before it right?")
    level = int(token.text)
    if not 1 <= level <= LAST_LEVEL and level not in _SPECIAL_LEVELS:
        raise token.error("not a level number; use 01 to 49, 66, 77 or 88")
    return level


def _clauses(cursor: Cursor, entry: Entry) -> Entry:
    seen: set[_Clause] = set()
    while (token := cursor.peek()) is not None:
        cursor.at += 1
        if token.is_word("IS") and cursor.peek_word() in ("EXTERNAL", "GLOBAL"):
            continue
        if token.kind == "word" and token.text in _STATEMENTS:
            raise token.error(_STATEMENTS[token.text])
        clause = _CLAUSES.get(token.text) if token.kind == "word" else None
        if clause is None:
            raise _no_clause(token, entry)
        if clause in seen:
            raise token.error("this clause stands twice in the item; remove one")
        seen.add(clause)
        clause(cursor, entry, token)
    return entry


def _no_clause(token: Token, entry: Entry) -> CopybookError:
    if token.is_word(*OTHER_USAGES):
        return token.error(_UNREAD)
    if entry.picture is not None and token.kind == "word" and token.text.startswith("("):
        return token.error("a picture has no blanks; write its count right behind the symbol")
    return token.error("not a clause of a data item; is a period missing before it?")


def _picture(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("IS")
    entry.picture_token = cursor.take(token, "a picture")
    entry.picture = parse_picture(entry.picture_token, cursor.dialect)


def _usage(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("IS")
    _bare_usage(cursor, entry, cursor.take(token, "a usage"))


def _group_usage(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("IS")
    usage = cursor.take(token, "NATIONAL")
    if usage.text != "NATIONAL":
        raise usage.error("GROUP-USAGE is NATIONAL or nothing; correct it")
    _bare_usage(cursor, entry, usage)


def _bare_usage(cursor: Cursor, entry: Entry, token: Token) -> None:
    if entry.usage is not None:
        raise token.error("a second usage in one item; remove one")
    if token.text not in USAGES:
        raise token.error(_UNREAD)
    if token.text == "OBJECT":
        if not cursor.skip("REFERENCE"):
            raise token.error("REFERENCE is missing after it; write OBJECT REFERENCE")
        if cursor.peek_word() and cursor.peek_word() not in _CLAUSES:
            cursor.name(token, "the name of a class")
    entry.usage = UsageClause(USAGES[token.text], token)


def _sign(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("IS")
    _bare_sign(cursor, entry, cursor.take(token, "LEADING or TRAILING"))


def _bare_sign(cursor: Cursor, entry: Entry, token: Token) -> None:
    if entry.sign is not None:
        raise token.error("a second sign clause in one item; remove one")
    if token.text not in ("LEADING", "TRAILING"):
        raise token.error("LEADING or TRAILING is expected here")
    separate = cursor.skip("SEPARATE")
    if separate:
        cursor.skip("CHARACTER")
    entry.sign = SignClause(token.text == "LEADING", separate, token)


def _redefines(cursor: Cursor, entry: Entry, token: Token) -> None:
    entry.redefines = cursor.name(token, "the name of the redefined item")


def _occurs(cursor: Cursor, entry: Entry, token: Token) -> None:
    entry.occurs = read_occurs(cursor, token, _CLAUSES)


def _renames(cursor: Cursor, entry: Entry, token: Token) -> None:
    if entry.level != RENAMES_LEVEL:
        raise token.error("RENAMES belongs to a 66 level; use level 66 or REDEFINES")
    first = cursor.reference(token, "the name of the renamed item")
    last = None
    if cursor.skip("THRU", "THROUGH"):
        last = cursor.reference(token, "the name of the last renamed item")
    entry.renames = RenamesClause(first, last)


def _synchronized(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("LEFT", "RIGHT")  # IBM: without effect
    entry.synchronized = token


def _justified(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("RIGHT")
    entry.justified = token


def _blank(cursor: Cursor, entry: Entry, token: Token) -> None:
    cursor.skip("WHEN")
    if not cursor.skip("ZERO", "ZEROS", "ZEROES"):
        raise token.error("ZERO is missing after it; write BLANK WHEN ZERO")
    entry.blank_when_zero = token


def _global(_cursor: Cursor, entry: Entry, token: Token) -> None:
    """GLOBAL and EXTERNAL say who sees the storage and nothing about its bytes."""
    if entry.level not in (1, INDEPENDENT_LEVEL):
        raise token.error("only an 01 level can be so; remove it here")


def _external(cursor: Cursor, entry: Entry, token: Token) -> None:
    _global(cursor, entry, token)
    if cursor.skip("AS"):
        cursor.at += cursor.peek() is not None


def _volatile(_cursor: Cursor, _entry: Entry, _token: Token) -> None:
    """VOLATILE concerns the optimizer."""


def _date(cursor: Cursor, _entry: Entry, token: Token) -> None:
    """DATE FORMAT of the millennium language extensions: no byte is different."""
    if not cursor.skip("FORMAT"):
        raise token.error("FORMAT is missing after it; write DATE FORMAT")
    cursor.skip("IS")
    cursor.take(token, "a date pattern")


_CLAUSES: Final[dict[str, _Clause]] = {
    "PIC": _picture,
    "PICTURE": _picture,
    "USAGE": _usage,
    "GROUP-USAGE": _group_usage,
    **dict.fromkeys(USAGES, _bare_usage),
    "UTF-8": _bare_usage,
    "SIGN": _sign,
    "LEADING": _bare_sign,
    "TRAILING": _bare_sign,
    "REDEFINES": _redefines,
    "OCCURS": _occurs,
    "RENAMES": _renames,
    "VALUE": read_values,
    "VALUES": read_values,
    "SYNC": _synchronized,
    "SYNCHRONIZED": _synchronized,
    "JUST": _justified,
    "JUSTIFIED": _justified,
    "BLANK": _blank,
    "EXTERNAL": _external,
    "GLOBAL": _global,
    "VOLATILE": _volatile,
    "DATE": _date,
}
