"""int64 values → zoned, packed and binary numbers at the places of a selection.

Each kernel returns whether a value is outside the picture; its bytes are not to be used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exporters.kernels.compiling import inlined
from exporters.kernels.digits import eight_digits, four_packed
from exporters.kernels.memory import (
    load_u8,
    store_low_bytes,
    store_u8,
    store_u64,
    swap_bytes,
)
from exporters.kernels.program import NO_NIBBLE, At, SignPlace

_OFFSET, _WIDTH, _LOW, _HIGH = int(At.OFFSET), int(At.WIDTH), int(At.LOW), int(At.HIGH)
_TABLE, _SIGN, _STEP = int(At.TABLE), int(At.SIGN), int(At.STEP)
_NO_SIGN, _LAST, _FIRST = int(SignPlace.NONE), int(SignPlace.LAST_DIGIT), int(SignPlace.FIRST_DIGIT)
_BEHIND, _BEFORE = int(SignPlace.BEHIND), int(SignPlace.BEFORE)

_EIGHT_DIGITS = np.uint64(100_000_000)
_EVERY_BYTE = np.uint64(0x0101_0101_0101_0101)
_TEN = np.uint64(10)
_ZERO = np.uint64(0)
_S24, _S32, _S56, _S63 = (np.uint64(shift) for shift in (24, 32, 56, 63))
_SIX = np.uint64(6)
_BY_TEN, _BY_TEN_SHIFT = np.uint64(103), np.uint64(10)  # x // 10 for x < 100
_PLUS = np.uint64(0xC)  # minus is one more


@inlined
def outside(step: Any, count: int, values: Any) -> bool:
    """Whether any value is below LOW or above HIGH."""
    low, high = step[_LOW], step[_HIGH]
    wrong = False
    for k in range(count):
        wrong |= (values[k] < low) | (values[k] > high)
    return wrong


@inlined
def _magnitude(value: int) -> Any:
    sign = value >> 63  # no branch: signs come in no order
    return np.uint64((value ^ sign) - sign)


@inlined
def store_zoned(step: Any, target: Any, count: int, values: Any) -> bool:
    """Digits as characters, with the sign in or beside them; TABLE has the 20 overpunched bytes
    and the two signs, STEP the character zero."""
    sign, table, zero = step[_SIGN], step[_TABLE], np.uint64(step[_STEP])
    start, width = step[_OFFSET], step[_WIDTH]
    if sign >= _BEHIND:
        width -= 1
        mark = start + width if sign == _BEHIND else start
        start += sign == _BEFORE
        for k in range(count):
            store_u8(target[k] + mark, load_u8(table + 20 + (values[k] < 0)))
    _store_digits(start, width, zero, target, count, values)
    if (sign == _LAST) | (sign == _FIRST):
        mark = start + (width - 1 if sign == _LAST else 0)
        for k in range(count):
            address = target[k] + mark
            digit = np.int64(load_u8(address) - zero) & 0xF
            store_u8(address, load_u8(table + (digit if digit < 10 else 0) + 10 * (values[k] < 0)))
    return outside(step, count, values)


@inlined
def _store_digits(start: int, width: int, zero: Any, target: Any, count: int, values: Any) -> None:
    zeros = zero * _EVERY_BYTE
    if width <= 8:
        drop = np.uint64(8 * (8 - width))
        for k in range(count):
            word = eight_digits(_magnitude(values[k])) + zeros
            store_low_bytes(target[k] + start, word >> drop, width)
        return
    for k in range(count):
        address = target[k] + start
        number = _magnitude(values[k])
        upper = number // _EIGHT_DIGITS
        store_u64(address + width - 8, eight_digits(number - upper * _EIGHT_DIGITS) + zeros)
        if width <= 16:
            word = eight_digits(upper) + zeros
            store_low_bytes(address, word >> np.uint64(8 * (16 - width)), width - 8)
        else:
            top = upper // _EIGHT_DIGITS
            middle = eight_digits(upper - top * _EIGHT_DIGITS) + zeros
            store_u64(address + width - 16, middle)
            word = eight_digits(top) + zeros
            store_low_bytes(address, word >> np.uint64(8 * (24 - width)), width - 16)


@inlined
def store_packed(step: Any, target: Any, count: int, values: Any) -> bool:
    """Two digits a byte, the sign in the last nibble: C or D, or the nibble SIGN; NO_NIBBLE puts
    a digit there too."""
    start, width, sign = step[_OFFSET], step[_WIDTH], step[_SIGN]
    times = np.uint64(1) if sign == NO_NIBBLE else _TEN
    always = _PLUS if sign == 0 else (np.uint64(sign) if sign > 0 else _ZERO)
    for k in range(count):
        address = target[k] + start
        nibble = always | (np.uint64(values[k]) >> _S63) if sign == 0 else always
        number = _magnitude(values[k]) * times
        upper = number // _EIGHT_DIGITS
        word = four_packed(number - upper * _EIGHT_DIGITS) << _S32
        if width <= 4:
            word |= nibble << _S56
            store_low_bytes(address, word >> np.uint64(8 * (8 - width)), width)
        elif width == 5:  # the many dates: two digits are left
            pair = upper + _SIX * ((upper * _BY_TEN) >> _BY_TEN_SHIFT)
            word |= (pair << _S24) | (nibble << _S56)
            store_low_bytes(address, word >> _S24, width)
        else:
            top = upper // _EIGHT_DIGITS
            word |= four_packed(upper - top * _EIGHT_DIGITS) | (nibble << _S56)
            if width <= 8:
                store_low_bytes(address, word >> np.uint64(8 * (8 - width)), width)
            else:
                store_u64(address + width - 8, word)
                first = four_packed(top) >> np.uint64(8 * (12 - width))
                store_low_bytes(address, first, width - 8)
    return outside(step, count, values)


@inlined
def store_binary(step: Any, target: Any, count: int, values: Any) -> bool:
    """Two's complement; STEP is 1 for least significant byte first."""
    start, width = step[_OFFSET], step[_WIDTH]
    if step[_STEP] == 1:
        for k in range(count):
            store_low_bytes(target[k] + start, np.uint64(values[k]), width)
    else:
        drop = np.uint64(8 * (8 - width))
        for k in range(count):
            word = swap_bytes(np.uint64(values[k]))
            store_low_bytes(target[k] + start, word >> drop, width)
    return outside(step, count, values)
