"""One field → one row of a program, where there is a kernel for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Dialect, FieldRule, FieldType, Filled, SignRule
from parsers.codecs.digits import INT64_DIGITS
from parsers.codecs.fills import declared_fills
from parsers.codepages import CodePage
from parsers.date_masks import check_mask, mask_digits, mask_parts, needs_text
from parsers.kernels import program as at
from parsers.kernels.tables import (
    character_table,
    month_table,
    pair_table,
    sign_bytes,
    sign_nibbles,
)
from parsers.layout import Field
from parsers.recognition import text_pattern

_FILLS = {Filled.FAULT: at.FILL_FAULT, Filled.NULL: at.FILL_NULL, Filled.ZERO: at.FILL_ZERO}
_CALENDAR = {FieldType.DATE: at.DATE, FieldType.PERIOD: at.PERIOD}
_EVERY_BYTE = 0x0101010101010101
_WORD_BYTES = 8
_LONGEST_UTF8 = 3
_CALENDAR_DIGITS = 9

Row = npt.NDArray[np.int64]


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


@dataclass(slots=True)
class Operation:
    """A row of a program without its places; ``bits`` that it needs of the arena for each row of
    the level (values, validity, text) and what its addresses point to."""

    row: Row
    bits: tuple[int, int, int] = (0, 0, 0)
    kept: list[object] = field(default_factory=list)

    @classmethod
    def of_kind(cls, kind: int) -> Operation:
        """An operation that says nothing yet but its kind."""
        row = np.zeros(at.ROW_BYTES // 8, np.int64)
        row[at.KIND // 8] = kind
        row[at.REPEATS // 8] = 1
        return cls(row)

    @property
    def value_bytes(self) -> int:
        """Bytes of a value in its column, 0 for text."""
        return 0 if self.bits[2] else self.bits[0] // 8

    def put(self, **columns: int) -> None:
        """Set columns by their names in :mod:`parsers.kernels.program`, in lower case."""
        for name, value in columns.items():
            self.row[getattr(at, name.upper()) // 8] = _signed(value)

    def point(self, column: int, table: npt.NDArray[Any]) -> None:
        """Set a column to the address of a table."""
        self.row[column // 8] = table.ctypes.data
        self.kept.append(table)


def operation(
    item: Field, rule: FieldRule | None, type_: pa.DataType, page: CodePage, dialect: Dialect
) -> Operation | None:
    """What decodes an elementary field to ``type_``; None where numpy does."""
    if item.length == 0:
        return None
    if item.kind == "text" and (rule is None or rule.type is None):
        return _text(item, page)
    if item.kind not in ("text", "number") or item.edit is not None:
        return None
    made = _digits(item, page, dialect.signs)
    if made is None:
        return None
    _set_fills(made, item, rule, page, dialect)
    calendar = rule.type if rule is not None else None
    if calendar is not None and rule is not None:
        return made if _set_calendar(made, item, rule) else None
    return made if _set_number(made, item, type_) else None


def text_select(item: Field, values: tuple[str, ...], page: CodePage) -> Operation:
    """What keeps the rows in which a text field has one of some values."""
    made = Operation.of_kind(at.TEXT_SELECT)
    words = -(-item.length // _WORD_BYTES)
    table = np.zeros((1 + len(values) * words, _WORD_BYTES), np.uint8)
    table[0, : (item.length - 1) % _WORD_BYTES + 1] = 0xFF
    for place, value in enumerate(values):
        flat = table[1 + place * words : 1 + (place + 1) * words].reshape(-1)
        flat[: item.length] = text_pattern(item, value, page)
    made.put(width=item.length, patterns=len(values))
    made.point(at.TABLE, table)
    return made


def _text(item: Field, page: CodePage) -> Operation | None:
    if item.usage != "display" or item.justified or page.multibyte is not None:
        return None
    expansion = int(page.utf8_length.max())
    if expansion > _LONGEST_UTF8:
        return None
    made = Operation.of_kind(at.TEXT)
    made.bits = (32, 1, 8 * item.length * expansion)
    made.put(
        width=item.length,
        space=page.space,
        zone=page.digit_zero * _EVERY_BYTE,
        thai_check=page.kind == "ascii",
    )
    made.point(at.TABLE, character_table(page))
    made.point(at.PAIRS, pair_table(page))
    return made


def _digits(item: Field, page: CodePage, signs: SignRule) -> Operation | None:
    """What reads the integer of a number, or of the digits of a date in text."""
    if item.usage == "packed":
        return _packed(item, signs)
    if item.usage == "binary":
        return _binary(item)
    return _zoned(item, page, signs) if item.usage == "display" else None


def _zoned(item: Field, page: CodePage, signs: SignRule) -> Operation | None:
    separate = item.sign_separate and item.kind == "number"
    digits = item.length - separate
    if digits > INT64_DIGITS:
        return None
    made = Operation.of_kind(at.ZONED)
    leading, signed = item.sign_leading, item.signed or separate
    sign = at.NO_SIGN
    if separate:
        sign = at.SEPARATE
    elif signed:
        sign = at.OVERPUNCH_FIRST if leading else at.OVERPUNCH_LAST
    is_lenient = signs is SignRule.LENIENT
    made.put(
        width=item.length,
        digits=digits,
        digit_place=1 if separate and leading else 0,
        sign=sign,
        sign_place=0 if leading else item.length - 1,
        zone=0 if is_lenient else page.digit_zero * _EVERY_BYTE,
        keep=(0x0F if is_lenient else 0xFF) * _EVERY_BYTE,
        zero_is_suspect=is_lenient,
    )
    made.point(at.TABLE, sign_bytes(page, item.signed, separate, signs))
    return made


def _packed(item: Field, signs: SignRule) -> Operation | None:
    if item.digits > INT64_DIGITS:
        return None
    made = Operation.of_kind(at.PACKED)
    made.put(width=item.length, digits=item.digits, sign=item.sign_nibble)
    made.point(at.TABLE, sign_nibbles(item.signed, signs))
    return made


def _binary(item: Field) -> Operation | None:
    if item.length > _WORD_BYTES or (item.digits > INT64_DIGITS and not item.native):
        return None
    made = Operation.of_kind(at.BINARY)
    made.put(
        width=item.length,
        is_signed=item.signed,
        is_little=item.little_endian,
        limit=0 if item.native else 10**item.digits,
    )
    return made


def _set_fills(
    made: Operation, item: Field, rule: FieldRule | None, page: CodePage, dialect: Dialect
) -> None:
    fills = declared_fills(rule, dialect)
    spaces = _FILLS[fills.spaces]
    if spaces == at.FILL_FAULT and rule is not None and rule.type and rule.zero_is_null:
        spaces = at.FILL_NULL
    if item.blank_when_zero and item.kind == "number":
        spaces = at.FILL_ZERO
    low, high = _FILLS[fills.low_values], _FILLS[fills.high_values]
    made.put(space=page.space, fills=spaces | low << 4 | high << 8)


def _set_number(made: Operation, item: Field, type_: pa.DataType) -> bool:
    factor = 10 ** max(-item.scale, 0)
    whole = made.row[at.KIND // 8] == at.BINARY and item.length == _WORD_BYTES and not item.signed
    if pa.types.is_decimal(type_):
        fits = factor == 1 and not (whole and not item.native and item.digits > INT64_DIGITS)
        out, bits = at.WHOLE_DECIMAL if whole else at.DECIMAL, 128
    else:
        fits = factor <= 10**INT64_DIGITS
        out, bits = at.INT64, 64
    made.put(out=out, factor=factor)
    made.bits = (bits, 1, 0)
    return fits


def _set_calendar(made: Operation, item: Field, rule: FieldRule) -> bool:
    """False for a mask that has no kernel: a century digit, a day of the year, separators."""
    if rule.mask is None or rule.type is None:
        return False
    check_mask(rule.mask, item)
    if needs_text(rule.mask) or mask_digits(rule.mask, rule.type) > _CALENDAR_DIGITS:
        return False
    parts = {part.letter: part for part in mask_parts(rule.mask, rule.type)}
    year, month, day = (parts.get(letter) for letter in "ymd")
    if year is None or month is None or "c" in parts:
        return False
    made.put(
        out=_CALENDAR[rule.type],
        factor=1,
        year_unit=year.unit,
        year_modulus=year.modulus,
        month_unit=month.unit,
        day_unit=day.unit if day else 1,
        calendar_limit=10 ** mask_digits(rule.mask, rule.type),
        zero_is_null=rule.zero_is_null,
        nines_are_null=rule.nines_is_null,
    )
    made.point(at.MONTHS, month_table(rule, year.modulus))
    made.bits = (32, 1, 0)
    return True
