"""Copybook fields as rows of a program's field table, and declared values as what they hold."""

from __future__ import annotations

from typing import Final

import numpy as np

from interfaces.model import Dialect, SignRule
from interfaces.toml_table import DeclarationError
from parsers.codecs.overpunch import overpunch_tables
from parsers.codepages import CodePage
from parsers.framing.lengths.program import BINARY, CARRIES_MINUS, PACKED, TEXT, ZONED
from parsers.layout import Field
from parsers.rows import Ints

MOST_DIGITS: Final = 18
"""Digits that every int64 holds."""

_LARGEST_DIGIT = 9
_NO_DIGIT = 15
_USAGES = {"display": ZONED, "packed": PACKED, "binary": BINARY}
_SIGNED_NIBBLES = {
    SignRule.STRICT: (0xC, 0xD),
    SignRule.IBM: (0xA, 0xB, 0xC, 0xD, 0xE, 0xF),
    SignRule.LENIENT: (0xA, 0xB, 0xC, 0xD, 0xE, 0xF),
}
_UNSIGNED_NIBBLES = {
    SignRule.STRICT: (0xF,),
    SignRule.IBM: (0xC, 0xF),
    SignRule.LENIENT: (0xA, 0xB, 0xC, 0xD, 0xE, 0xF),
}


def field_row(field: Field, page: CodePage, dialect: Dialect) -> tuple[int, ...]:
    """The columns of :class:`~parsers.framing.lengths.program.Column` for a number or text field.

    DeclarationError for what cannot tell a length: decimals, floats, edited and national numbers,
    double-byte text, more than 18 digits.
    """
    is_text = field.kind == "text" and field.usage == "display"
    return (
        field.offset,
        field.length,
        TEXT if is_text else _number_usage(field),
        field.digits,
        field.signed,
        field.sign_leading,
        field.sign_separate,
        field.little_endian,
        field.sign_nibble,
        field.native,
        page.space,
        page.digit_zero,
        page.encode_map[ord("+")],
        page.encode_map[ord("-")],
        sum(1 << sign for sign in _known_signs(field, dialect.signs)),
        dialect.signs is SignRule.LENIENT,
    )


def text_bytes(field: Field, value: str, page: CodePage) -> bytes:
    """What a text field holds when it has the declared value, filled with spaces."""
    try:
        encoded = page.encode(value)
    except UnicodeEncodeError:
        raise DeclarationError(f"{field.name}: {value!r} is not in code page {page.name}") from None
    if len(encoded) > field.length:
        raise DeclarationError(f"{field.name}: {value!r} is longer than its {field.length} bytes")
    return encoded.ljust(field.length, bytes([page.space]))


def whole_number(field: Field, value: str) -> int:
    """A declared value of a number field."""
    digits = value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        raise DeclarationError(f"{field.name}: {value!r} is no whole number")
    return int(value)


def _number_usage(field: Field) -> int:
    if field.kind != "number" or field.usage not in _USAGES or field.edit is not None:
        raise DeclarationError(
            f"{field.name}: only a DISPLAY, COMP or COMP-3 number, or text, can tell a length"
        )
    if field.scale != 0 or field.digits > MOST_DIGITS:
        raise DeclarationError(
            f"{field.name}: a length is told by whole numbers of at most {MOST_DIGITS} digits"
        )
    return _USAGES[field.usage]


def _known_signs(field: Field, rule: SignRule) -> tuple[int, ...]:
    return _SIGNED_NIBBLES[rule] if field.signed else _UNSIGNED_NIBBLES[rule]


def sign_carriers(page: CodePage, dialect: Dialect) -> Ints:
    """``Program.carriers`` for a code page and its signs: int64 (256,)."""
    carried, is_negative = overpunch_tables(page.kind, dialect.signs)
    table = np.where(carried <= _LARGEST_DIGIT, carried, _NO_DIGIT).astype(np.int64)
    plain = np.arange(10)
    strict = dialect.signs is SignRule.STRICT
    table[page.digit_zero + plain] = _NO_DIGIT if strict else plain
    table[is_negative] |= CARRIES_MINUS
    return table
