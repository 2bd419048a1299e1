"""One entry (the tokens up to a period) → level, name and clauses, nothing placed yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from parsers.copybook.entry import (
    CONDITION_LEVEL,
    ConditionLiteral,
    Entry,
    OccursClause,
    SignClause,
    Storage,
    UsageClause,
)
from parsers.copybook.picture import parse_picture
from parsers.copybook.tokens import Token
from parsers.layout import FILLER

LAST_LEVEL: Final = 49

_NAME = re.compile(r"(?=[0-9_-]*[A-Z])[A-Z0-9][A-Z0-9_-]*")
_COUNT = re.compile(r"[0-9]{1,9}")
_NUMERIC = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
# fmt: off
_FIGURATIVE = frozenset((
    "SPACE", "SPACES", "ZERO", "ZEROS", "ZEROES", "QUOTE", "QUOTES", "NULL", "NULLS",
    "LOW-VALUE", "LOW-VALUES", "HIGH-VALUE", "HIGH-VALUES",
))
# fmt: on

_USAGES = {
    "DISPLAY": Storage.DISPLAY,
    "COMP": Storage.BINARY,
    "COMPUTATIONAL": Storage.BINARY,
    "COMP-4": Storage.BINARY,
    "COMPUTATIONAL-4": Storage.BINARY,
    "BINARY": Storage.BINARY,
    "COMP-3": Storage.PACKED,
    "COMPUTATIONAL-3": Storage.PACKED,
    "PACKED-DECIMAL": Storage.PACKED,
    "COMP-5": Storage.NATIVE,
    "COMPUTATIONAL-5": Storage.NATIVE,
}
# fmt: off
_UNREAD_USAGES = frozenset((
    "COMP-1", "COMPUTATIONAL-1", "COMP-2", "COMPUTATIONAL-2", "COMP-6", "COMPUTATIONAL-6",
    "COMP-X", "DISPLAY-1", "NATIONAL", "UTF-8", "INDEX", "POINTER", "POINTER-32",
    "PROCEDURE-POINTER", "FUNCTION-POINTER", "OBJECT",
))
# fmt: on
_UNREAD_CLAUSES = {
    "SYNC": "slack bytes of SYNCHRONIZED are not laid out; write them as FILLER",
    "SYNCHRONIZED": "slack bytes of SYNCHRONIZED are not laid out; write them as FILLER",
    "BLANK": "BLANK WHEN ZERO is not read; remove it or use PIC X",
    "JUST": "JUSTIFIED is not read; remove it if the text is stored left-justified",
    "JUSTIFIED": "JUSTIFIED is not read; remove it if the text is stored left-justified",
    "EXTERNAL": "EXTERNAL is not read; remove it",
    "GLOBAL": "GLOBAL is not read; remove it",
    "RENAMES": "RENAMES is not read; remove the 66 level",
    "COPY": "COPY is not read; put the copied text here",
    "REPLACE": "REPLACE is not read; write the replaced text",
}


def parse_entry(tokens: tuple[Token, ...]) -> Entry:
    """Read one entry; CopybookError for every word that is not understood."""
    return _EntryParser(tokens).parse()


class _EntryParser:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0
        self._seen: set[Callable[[Entry, Token], None]] = set()
        self._clauses: dict[str, Callable[[Entry, Token], None]] = {
            "PIC": self._picture,
            "PICTURE": self._picture,
            "USAGE": self._usage,
            **dict.fromkeys(_USAGES, self._bare_usage),
            "SIGN": self._sign,
            "LEADING": self._bare_sign,
            "TRAILING": self._bare_sign,
            "REDEFINES": self._redefines,
            "OCCURS": self._occurs,
            "VALUE": self._value,
            "VALUES": self._value,
        }

    def parse(self) -> Entry:
        level = self._level()
        entry = self._named(level)
        while (token := self._peek()) is not None:
            self._at += 1
            self._clause(entry, token)
        return entry

    # -- level and name ------------------------------------------------------------------

    def _level(self) -> int:
        token = self._tokens[0]
        self._at = 1
        if token.text in _UNREAD_CLAUSES and token.kind == "word":
            raise token.error(_UNREAD_CLAUSES[token.text])
        if token.kind != "word" or not re.fullmatch(r"[0-9]{1,2}", token.text):
            raise token.error("a level number is expected here; is the period before it right?")
        level = int(token.text)
        if level == 66:
            raise token.error("RENAMES is not read; remove the 66 level")
        if level == 77:
            raise token.error("77 is no part of a record; remove it or make it an 01 level")
        if not 1 <= level <= LAST_LEVEL and level != CONDITION_LEVEL:
            raise token.error("not a level number; use 01 to 49 or 88")
        return level

    def _named(self, level: int) -> Entry:
        token = self._peek()
        if token is None or token.kind != "word" or self._is_clause(token):
            return Entry(level, FILLER, token=self._tokens[0])
        self._at += 1
        self._check_name(token)
        return Entry(level, token.text, token)

    def _is_clause(self, token: Token) -> bool:
        return token.kind == "word" and (
            token.text in self._clauses
            or token.text in _UNREAD_CLAUSES
            or token.text in _UNREAD_USAGES
        )

    def _check_name(self, token: Token) -> None:
        if token.kind != "word" or not _NAME.fullmatch(token.text):
            raise token.error("not a COBOL name; use letters, digits and hyphens")

    # -- clauses ---------------------------------------------------------------------------

    def _clause(self, entry: Entry, token: Token) -> None:
        if token.kind == "word" and token.text in _UNREAD_CLAUSES:
            raise token.error(_UNREAD_CLAUSES[token.text])
        if token.kind == "word" and token.text in _UNREAD_USAGES:
            raise token.error("this usage is not read; use PIC X of the same length")
        clause = self._clauses.get(token.text) if token.kind == "word" else None
        if clause is None:
            raise token.error("not a clause of a data item; is a period missing before it?")
        if clause in self._seen:
            raise token.error("this clause stands twice in the item; remove one")
        self._seen.add(clause)
        clause(entry, token)

    def _picture(self, entry: Entry, token: Token) -> None:
        self._skip("IS")
        entry.picture_token = self._word(token, "a picture")
        entry.picture = parse_picture(entry.picture_token)

    def _usage(self, entry: Entry, token: Token) -> None:
        self._skip("IS")
        self._bare_usage(entry, self._word(token, "a usage"))

    def _bare_usage(self, entry: Entry, token: Token) -> None:
        if entry.usage is not None:
            raise token.error("a second usage in one item; remove one")
        if token.text not in _USAGES:
            raise token.error("this usage is not read; use PIC X of the same length")
        entry.usage = UsageClause(_USAGES[token.text], token)

    def _sign(self, entry: Entry, token: Token) -> None:
        self._skip("IS")
        self._bare_sign(entry, self._word(token, "LEADING or TRAILING"))

    def _bare_sign(self, entry: Entry, token: Token) -> None:
        if entry.sign is not None:
            raise token.error("a second sign clause in one item; remove one")
        if token.text not in ("LEADING", "TRAILING"):
            raise token.error("LEADING or TRAILING is expected here")
        separate = self._skip("SEPARATE")
        if separate:
            self._skip("CHARACTER")
        entry.sign = SignClause(token.text == "LEADING", separate, token)

    def _redefines(self, entry: Entry, token: Token) -> None:
        entry.redefines = self._word(token, "the name of the redefined item")
        self._check_name(entry.redefines)

    def _occurs(self, entry: Entry, token: Token) -> None:
        first = self._count(token)
        last = self._count(token) if self._skip("TO") else None
        self._skip("TIMES")
        counter = self._counter(token)
        self._table_phrases()
        if counter is None and last is not None:
            raise token.error("OCCURS … TO needs DEPENDING ON; name the counter")
        # IBM: without TO, a table with a counter has at least one occurrence.
        minimum = first if counter is None or last is not None else 1
        maximum = first if last is None else last
        if maximum < 1 or minimum > maximum:
            raise token.error("the number of occurrences is not possible; correct it")
        entry.occurs = OccursClause(minimum, maximum, counter, token)

    def _counter(self, token: Token) -> Token | None:
        if not self._skip("DEPENDING"):
            return None
        self._skip("ON")
        counter = self._word(token, "the name of the counter")
        self._check_name(counter)
        following = self._peek()
        if following is not None and following.text in ("OF", "IN"):
            raise following.error("a qualified counter is not read; give it a name of its own")
        return counter

    def _table_phrases(self) -> None:
        """Skip KEY and INDEXED BY phrases: they change no byte."""
        while (token := self._peek()) is not None and token.kind == "word":
            if token.text in ("ASCENDING", "DESCENDING"):
                self._at += 1
                self._skip("KEY")
                self._skip("IS")
            elif token.text == "INDEXED":
                self._at += 1
                self._skip("BY")
            else:
                return
            self._names(token)

    def _names(self, token: Token) -> None:
        self._check_name(self._word(token, "a name"))
        while (name := self._peek()) is not None and name.kind == "word":
            if self._is_clause(name) or name.text in ("ASCENDING", "DESCENDING", "INDEXED"):
                return
            self._check_name(name)
            self._at += 1

    def _value(self, entry: Entry, token: Token) -> None:
        if not self._skip("IS"):
            self._skip("ARE")
        values = [self._value_or_range(token)]
        while entry.level == CONDITION_LEVEL and self._peek() is not None:
            values.append(self._value_or_range(token))
        entry.values = tuple(values)

    def _value_or_range(self, token: Token) -> tuple[ConditionLiteral, ConditionLiteral | None]:
        low = self._value_literal(token)
        if self._skip("THRU") or self._skip("THROUGH"):
            return low, self._value_literal(token)
        return low, None

    def _value_literal(self, token: Token) -> ConditionLiteral:
        every = self._skip("ALL")
        value = self._peek()
        if value is None:
            raise token.error("a value is missing after it; write one")
        figurative = value.kind == "word" and value.text in _FIGURATIVE
        if value.kind == "word" and not figurative and not _NUMERIC.fullmatch(value.text):
            raise value.error("not a literal; put text in quotes")
        self._at += 1
        return ConditionLiteral(value, figurative, every)

    # -- tokens ----------------------------------------------------------------------------

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _skip(self, word: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "word" or token.text != word:
            return False
        self._at += 1
        return True

    def _word(self, after: Token, expected: str) -> Token:
        token = self._peek()
        if token is None:
            raise after.error(f"{expected} is missing after it; write one")
        if token.kind != "word":
            raise token.error(f"{expected} is expected here")
        self._at += 1
        return token

    def _count(self, after: Token) -> int:
        token = self._word(after, "a number")
        if not _COUNT.fullmatch(token.text):
            raise token.error("a whole number is expected here")
        return int(token.text)
