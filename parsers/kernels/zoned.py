"""DISPLAY numbers of up to 18 digits, a tile at a time, and one at a time where one is odd."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.digits import digits_value, not_digits
from parsers.kernels.gathering import gather_words
from parsers.kernels.memory import (
    Word,
    integer,
    load_byte,
    load_int,
    load_word,
    look_up,
    store_byte,
    store_int,
)
from parsers.kernels.program import (
    DIGIT_PLACE,
    DIGITS,
    KEEP,
    NO_SIGN,
    OFFSET,
    OVERPUNCH_FIRST,
    OVERPUNCH_LAST,
    SIGN,
    SIGN_PLACE,
    SUSPECT,
    TABLE,
    ZERO_IS_SUSPECT,
    ZONE,
)

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_SUSPECT = np.uint64(SUSPECT)
_WITHOUT_LAST = np.uint64(0x00FFFFFFFFFFFFFF)
_BYTE = np.uint64(0xFF)
_DIGIT = np.uint64(0x0F)
_56, _6, _7 = np.uint64(56), np.uint64(6), np.uint64(7)
_TEN_TO_EIGHT = np.uint64(100_000_000)
_NUMBER_DIGIT = 1
_FAULT = 0x80


@inlined
def read_zoned(
    row: int,
    data: int,
    source: int,
    step: int,
    count: int,
    values: int,
    status: int,
    leads: int,
) -> Word:
    """Integers and status of ``count`` fields at the starts in ``source``, or ``step`` bytes apart;
    not zero when one is suspect. ``leads`` is room for a word of each."""
    digits = load_int(row, DIGITS)
    sign = load_int(row, SIGN)
    place = load_int(row, OFFSET) + load_int(row, DIGIT_PLACE)
    if digits <= 8 and sign == NO_SIGN:
        gather_words(data, source, step, place, count, values)
        return _short(row, count, values, status)
    if digits <= 16 and ((sign == NO_SIGN) | (sign == OVERPUNCH_LAST)):
        gather_words(data, source, step, place + max(digits - 8, 0), count, values)
        if digits > 8:
            gather_words(data, source, step, place, count, leads)
            return _overpunched(row, count, values, status, leads, True)
        return _overpunched(row, count, values, status, leads, False)
    return _any(row, data, source, step, count, values, status)


@inlined
def _short(row: int, count: int, values: int, status: int) -> Word:
    """The words in ``values`` become integers."""
    spare = np.uint64(64 - 8 * load_int(row, DIGITS))
    zone, keep = load_word(row, ZONE), load_word(row, KEEP)
    zero_is_suspect = load_word(row, ZERO_IS_SUSPECT)
    suspects = _ZERO
    for i in range(count):
        digits = ((load_word(values, 8 * i) ^ zone) & keep) << spare
        value = digits_value(digits)
        wrong = not_digits(digits) | (np.uint64(value == _ZERO) & zero_is_suspect)
        store_int(values, 8 * i, integer(value))
        store_byte(status, i, _SUSPECT * np.uint64(wrong != _ZERO))
        suspects |= wrong
    return suspects


@inlined
def _overpunched(row: int, count: int, values: int, status: int, leads: int, is_long: bool) -> Word:
    """Up to 16 digits, the sign if any in the last of them. The words in ``values`` end with it,
    or have all of the field; those in ``leads`` begin with the first digit of a long one."""
    width = load_int(row, DIGITS)
    spare = np.uint64(max(64 - 8 * width, 0))
    lead_spare = np.uint64(max(128 - 8 * width, 0))
    zone, keep = load_word(row, ZONE), load_word(row, KEEP)
    zero_is_suspect = load_word(row, ZERO_IS_SUSPECT)
    table = load_int(row, TABLE)
    suspects = _ZERO
    for i in range(count):
        word = load_word(values, 8 * i) << spare
        carrier = np.uint64(look_up(table, 4 * integer(word >> _56)))
        upper, wrong = _ZERO, carrier >> _7
        if is_long:
            digits = ((load_word(leads, 8 * i) ^ zone) & keep) << lead_spare
            upper = digits_value(digits) * _TEN_TO_EIGHT
            wrong |= not_digits(digits)
        digits = ((word ^ (zone << spare)) & keep & _WITHOUT_LAST) | ((carrier & _DIGIT) << _56)
        value = integer(upper + digits_value(digits))
        wrong |= not_digits(digits) | (np.uint64(value == 0) & zero_is_suspect)
        minus = -integer((carrier >> _6) & _ONE)
        store_int(values, 8 * i, (value ^ minus) - minus)
        store_byte(status, i, _SUSPECT * np.uint64(wrong != _ZERO))
        suspects |= wrong
    return suspects


@inlined
def _any(row: int, data: int, source: int, step: int, count: int, values: int, status: int) -> Word:
    suspects = _ZERO
    zero_is_suspect = load_word(row, ZERO_IS_SUSPECT)
    for i in range(count):
        start = (i * step if step else load_int(source, 8 * i)) + load_int(row, OFFSET)
        value, wrong = zoned_value(row, data, start)
        wrong |= np.uint64(value == 0) & zero_is_suspect
        store_int(values, 8 * i, value)
        store_byte(status, i, _SUSPECT * np.uint64(wrong != _ZERO))
        suspects |= wrong
    return suspects


@inlined
def zoned_value(row: int, data: int, start: int) -> tuple[int, Word]:
    """Number at ``start`` and not zero when it is none."""
    width = load_int(row, DIGITS)
    sign = load_int(row, SIGN)
    zone, keep = load_word(row, ZONE), load_word(row, KEEP)
    first = start + load_int(row, DIGIT_PLACE)
    carrier = _ZERO
    if sign != NO_SIGN:
        byte = integer(load_byte(data, start + load_int(row, SIGN_PLACE)))
        carrier = np.uint64(look_up(load_int(row, TABLE), 4 * byte))
    windows = (width + 7) // 8
    lead = width - 8 * (windows - 1)
    spare = np.uint64(64 - 8 * lead)
    digits = ((load_word(data, first) ^ zone) & keep) << spare
    if sign == OVERPUNCH_FIRST:
        digits = (digits & ~(_BYTE << spare)) | ((carrier & _DIGIT) << spare)
    wrong = carrier >> _7
    value = _ZERO
    for window in range(windows):
        if window > 0:
            place = first + lead + 8 * (window - 1)
            digits = (load_word(data, place) ^ zone) & keep
        if sign == OVERPUNCH_LAST and window == windows - 1:
            digits = (digits & _WITHOUT_LAST) | ((carrier & _DIGIT) << _56)
        wrong |= not_digits(digits)
        value = value * _TEN_TO_EIGHT + digits_value(digits)
    minus = -integer((carrier >> _6) & _ONE)
    return (integer(value) ^ minus) - minus, wrong


@inlined
def zoned_fault(row: int, data: int, start: int) -> int:
    """Fault of a number that is none: a wrong digit before a wrong sign; 0 when it is good.

    An unsigned number has a sign place too: what stands there may be a sign instead of a digit.
    """
    width = load_int(row, DIGITS)
    zone, keep = load_word(row, ZONE) & _BYTE, load_word(row, KEEP) & _BYTE
    first = start + load_int(row, DIGIT_PLACE)
    carrier_at = start + load_int(row, SIGN_PLACE)
    for i in range(width):
        if first + i == carrier_at:
            continue
        if (load_byte(data, first + i) ^ zone) & keep > np.uint64(9):
            return _NUMBER_DIGIT
    carrier = look_up(load_int(row, TABLE), 4 * integer(load_byte(data, carrier_at)))
    return carrier & 0x0F if carrier & _FAULT else 0
