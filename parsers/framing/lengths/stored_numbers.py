"""One number field of one record, compiled; import this module late.

What is a number and what is not is as in :mod:`parsers.codecs`, which reads columns of them.
"""

from __future__ import annotations

from typing import Final

from parsers.codecs.fault import Bytes
from parsers.framing.compiled import inlined
from parsers.framing.lengths.program import BINARY, CARRIES_MINUS, PACKED, Column
from parsers.rows import Ints

OFFSET: Final = int(Column.OFFSET)
_LENGTH: Final = int(Column.LENGTH)
_USAGE: Final = int(Column.USAGE)
_DIGITS: Final = int(Column.DIGITS)
_SIGNED: Final = int(Column.SIGNED)
_LEADING: Final = int(Column.SIGN_LEADING)
_SEPARATE: Final = int(Column.SIGN_SEPARATE)
_LITTLE: Final = int(Column.LITTLE_ENDIAN)
_NIBBLE: Final = int(Column.SIGN_NIBBLE)
_NATIVE: Final = int(Column.NATIVE)
_SPACE: Final = int(Column.SPACE)
_ZERO: Final = int(Column.ZERO)
_PLUS: Final = int(Column.PLUS)
_MINUS: Final = int(Column.MINUS)
_SIGNS: Final = int(Column.SIGNS)
_ANY_ZONE: Final = int(Column.ANY_ZONE)

_NEGATIVE_NIBBLES: Final = (0xB, 0xD)
_NEGATIVE: Final = CARRIES_MINUS


@inlined
def _binary(data: Bytes, at: int, fields: Ints, row: int) -> tuple[int, bool]:
    width = fields[row, _LENGTH]
    value = 0
    for nth in range(width):
        place = at + width - 1 - nth if fields[row, _LITTLE] else at + nth
        byte = int(data[place])
        if nth == 0 and byte >= 0x80 and fields[row, _SIGNED]:
            byte -= 256
        value = value * 256 + byte
    if width == 8 and not fields[row, _SIGNED] and value < 0:
        return 0, False
    if fields[row, _NATIVE]:
        return value, True
    limit = 10 ** fields[row, _DIGITS]
    return value, -limit < value < limit


@inlined
def _packed(data: Bytes, at: int, fields: Ints, row: int) -> tuple[int, bool]:
    nibbles = 2 * fields[row, _LENGTH]
    digits = nibbles - 1 if fields[row, _NIBBLE] else nibbles
    value = 0
    good = True
    for nth in range(digits):
        byte = int(data[at + nth // 2])
        digit = byte & 0x0F if nth % 2 else byte >> 4
        if digit > 9 or (digit > 0 and nth < digits - fields[row, _DIGITS]):
            good = False
        value = value * 10 + digit
    if fields[row, _NIBBLE]:
        sign = int(data[at + fields[row, _LENGTH] - 1]) & 0x0F
        if not (fields[row, _SIGNS] >> sign) & 1:
            good = False
        if fields[row, _SIGNED] and sign in _NEGATIVE_NIBBLES:
            value = -value
    return value, good


@inlined
def _zoned(data: Bytes, at: int, fields: Ints, row: int, carriers: Ints) -> tuple[int, bool]:
    length = fields[row, _LENGTH]
    carrier = 0 if fields[row, _LEADING] else length - 1
    any_zone = fields[row, _ANY_ZONE]
    value = 0
    sign = 1
    good = True
    blank = any_zone != 0
    low = any_zone != 0
    for nth in range(length):
        byte = int(data[at + nth])
        blank = blank and byte == fields[row, _SPACE]
        low = low and byte == 0
        if nth == carrier and fields[row, _SEPARATE]:
            if byte == fields[row, _MINUS]:
                sign = -1
            elif byte != fields[row, _PLUS]:
                good = False
            continue
        if nth == carrier and fields[row, _SIGNED]:
            digit = carriers[byte] & 0x0F
            sign = -1 if carriers[byte] & _NEGATIVE else 1
        elif any_zone:
            digit = byte & 0x0F
        else:
            digit = byte - fields[row, _ZERO]
        if digit < 0 or digit > 9:
            good = False
        value = value * 10 + digit
    return value * sign, good and not blank and not low


@inlined
def stored_number(data: Bytes, at: int, fields: Ints, row: int, carriers: Ints) -> tuple[int, bool]:
    """The whole number at ``at``, of the field in ``row`` of ``Program.fields``; is it one?

    ``carriers``: that of the program.
    """
    if fields[row, _USAGE] == BINARY:
        return _binary(data, at, fields, row)
    if fields[row, _USAGE] == PACKED:
        return _packed(data, at, fields, row)
    return _zoned(data, at, fields, row, carriers)


@inlined
def same_text(data: Bytes, at: int, texts: Bytes, begin: int, length: int) -> bool:
    """Whether ``length`` bytes are those of ``texts`` from ``begin`` on."""
    same = True
    for nth in range(length):
        same = same and data[at + nth] == texts[begin + nth]
    return same


@inlined
def field_end(fields: Ints, row: int) -> int:
    """Offset of the byte behind the field."""
    return int(fields[row, OFFSET] + fields[row, _LENGTH])


@inlined
def field_length(fields: Ints, row: int) -> int:
    """Bytes of the field."""
    return int(fields[row, _LENGTH])
