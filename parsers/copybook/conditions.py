"""Values of 88 levels, written out to the field that they belong to."""

from __future__ import annotations

from typing import Final

from parsers.copybook.entry import ConditionLiteral, Entry
from parsers.layout import Condition, ConditionValue

LONGEST_FILL: Final = 4096

_FILL = {
    "SPACE": " ",
    "SPACES": " ",
    "ZERO": "0",
    "ZEROS": "0",
    "ZEROES": "0",
    "QUOTE": '"',
    "QUOTES": '"',
}


def conditions(entries: list[Entry], *, length: int, numeric: bool) -> tuple[Condition, ...]:
    """The 88 levels of a field of ``length`` characters.

    Raises CopybookError for values that have no text form (LOW-VALUES, hexadecimal literals).
    """
    return tuple(
        Condition(
            entry.name,
            tuple(
                ConditionValue(
                    _text(low, length, numeric),
                    None if high is None else _text(high, length, numeric),
                )
                for low, high in entry.values
            ),
        )
        for entry in entries
    )


def _text(literal: ConditionLiteral, length: int, numeric: bool) -> str:
    token = literal.token
    if token.prefix:
        raise token.error("hexadecimal and national literals are not read here; use plain text")
    if not literal.figurative:
        return _filled(literal, token.text, length) if literal.every else token.text
    if token.text not in _FILL:
        raise token.error("has no text form in an 88 level; remove the condition")
    if numeric:
        if _FILL[token.text] != "0":
            raise token.error("not a number; use a number in an 88 level of a numeric item")
        return "0"
    return _filled(literal, _FILL[token.text], length)


def _filled(literal: ConditionLiteral, text: str, length: int) -> str:
    if not text or length > LONGEST_FILL:
        raise literal.token.error("cannot be written out to the length of the item; use text")
    return (text * length)[:length]
