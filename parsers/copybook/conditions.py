"""Values of 88 levels, written out to the field that they belong to."""

from __future__ import annotations

from typing import Final, NamedTuple

from parsers.copybook.entry import ConditionLiteral, Entry
from parsers.layout import Condition, ConditionValue

LONGEST_FILL: Final = 4096

_ZERO = ("ZERO", "ZEROS", "ZEROES")
_FILL = {"SPACE": " ", "SPACES": " ", "QUOTE": '"', "QUOTES": '"', **dict.fromkeys(_ZERO, "0")}
_FILL_BYTES = {
    "LOW-VALUE": b"\x00",
    "LOW-VALUES": b"\x00",
    "HIGH-VALUE": b"\xff",
    "HIGH-VALUES": b"\xff",
    "NULL": b"\x00",
    "NULLS": b"\x00",
}


class _Value(NamedTuple):
    text: str
    raw: bytes | None = None


def conditions(
    entries: list[Entry], *, characters: int, length: int, numeric: bool
) -> tuple[Condition, ...]:
    """The 88 levels of a field of so many characters and so many bytes.

    Raises CopybookError for a hexadecimal literal that is not hexadecimal.
    """
    return tuple(
        Condition(
            entry.name,
            tuple(
                _condition_value(
                    _value(low, characters, length, numeric),
                    None if high is None else _value(high, characters, length, numeric),
                )
                for low, high in entry.values
            ),
        )
        for entry in entries
    )


def _condition_value(low: _Value, high: _Value | None) -> ConditionValue:
    if high is None:
        return ConditionValue(low.text, None, low.raw)
    return ConditionValue(low.text, high.text, low.raw, high.raw)


def _value(literal: ConditionLiteral, characters: int, length: int, numeric: bool) -> _Value:
    word = literal.token.text
    if literal.figurative and word in _FILL_BYTES:
        return _Value("", _FILL_BYTES[word] * min(length, LONGEST_FILL))
    if literal.figurative:
        return _Value("0" if numeric and word in _ZERO else _filled(_FILL[word], characters))
    if literal.token.prefix in ("X", "NX"):
        return _hexadecimal(literal, length)
    if literal.every:
        return _Value(_filled(word, characters))
    return _Value(word)


def _hexadecimal(literal: ConditionLiteral, length: int) -> _Value:
    try:
        raw = bytes.fromhex(literal.token.text)
    except ValueError:
        raise literal.token.error(
            "not hexadecimal; write pairs of the digits 0-9 and A-F"
        ) from None
    if literal.every and raw:
        size = min(length, LONGEST_FILL)
        raw = (raw * (size // len(raw) + 1))[:size]
    return _Value("", raw)


def _filled(text: str, characters: int) -> str:
    size = min(characters, LONGEST_FILL)
    return (text * (size // max(len(text), 1) + 1))[:size]
