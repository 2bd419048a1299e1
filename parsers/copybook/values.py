"""VALUE: literals of data items, which change no byte, and the lists of 88 levels."""

from __future__ import annotations

import re
from typing import Final

from parsers.copybook.cursor import Cursor
from parsers.copybook.entry import CONDITION_LEVEL, ConditionLiteral, Entry
from parsers.copybook.tokens import Token

_NUMERIC = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)(?:E[+-]?[0-9]{1,2})?")
# fmt: off
FIGURATIVE: Final = frozenset((
    "SPACE", "SPACES", "ZERO", "ZEROS", "ZEROES", "QUOTE", "QUOTES", "NULL", "NULLS",
    "LOW-VALUE", "LOW-VALUES", "HIGH-VALUE", "HIGH-VALUES",
))
# fmt: on


def read_values(cursor: Cursor, entry: Entry, token: Token) -> None:
    """VALUE and what follows it; of 88 levels also WHEN SET TO FALSE, which is passed over."""
    if not cursor.skip("IS"):
        cursor.skip("ARE")
    values = [_value_or_range(cursor, token)]
    if entry.level == CONDITION_LEVEL:
        while cursor.peek() is not None and not _false_phrase(cursor, token):
            values.append(_value_or_range(cursor, token))
    entry.values = tuple(values)


def _false_phrase(cursor: Cursor, token: Token) -> bool:
    start = cursor.at
    cursor.skip("WHEN")
    cursor.skip("SET")
    cursor.skip("TO")
    if not cursor.skip("FALSE"):
        cursor.at = start
        return False
    cursor.skip("IS")
    _literal(cursor, token)
    return True


def _value_or_range(
    cursor: Cursor, token: Token
) -> tuple[ConditionLiteral, ConditionLiteral | None]:
    low = _literal(cursor, token)
    if cursor.skip("THRU", "THROUGH"):
        return low, _literal(cursor, token)
    return low, None


def _literal(cursor: Cursor, token: Token) -> ConditionLiteral:
    every = cursor.skip("ALL")
    value = cursor.peek()
    if value is None:
        raise token.error("a value is missing after it; write one")
    figurative = value.kind == "word" and value.text in FIGURATIVE
    if value.kind == "word" and not figurative and not _NUMERIC.fullmatch(value.text):
        raise value.error("not a literal; put text in quotes")
    cursor.at += 1
    return ConditionLiteral(value, figurative, every)
