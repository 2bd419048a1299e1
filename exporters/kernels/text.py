"""UTF-8 text → single-byte characters at the places of a selection, spaces already there.

Three ways, each for the texts that the one before cannot do: digits only, where the page keeps
them in a row (eight at a time); ASCII only; any text, a character at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exporters.kernels.compiling import inlined
from exporters.kernels.memory import (
    is_valid,
    load_i32,
    load_i64,
    load_low_bytes,
    load_u8,
    load_u16,
    load_u64,
    store_low_bytes,
    store_u8,
    store_u16,
    store_u64,
)
from exporters.kernels.program import At

_OFFSET, _WIDTH, _TABLE, _STEP = int(At.OFFSET), int(At.WIDTH), int(At.TABLE), int(At.STEP)
_DATA, _VALIDITY, _BIT, _ENDS, _ITEM = (
    int(at) for at in (At.DATA, At.VALIDITY, At.BIT, At.ENDS, At.ITEM)
)

_EVERY_BYTE = np.uint64(0x0101_0101_0101_0101)
_HIGH_BITS = np.uint64(0x8080_8080_8080_8080)
_ZEROS = np.uint64(ord("0")) * _EVERY_BYTE
_TO_HIGH_BIT = np.uint64(0x80 - 10) * _EVERY_BYTE  # what lifts ten and more to the high bit
_NOTHING, _NO_ASCII = np.uint64(0), np.uint64(0x80)
# One multiplication adds ten times each byte to the next, then hundreds, then ten thousands.
_TEN_AND_ONE = np.uint64(10 << 8 | 1)
_HUNDRED_AND_ONE, _PAIRS = np.uint64(100 << 16 | 1), np.uint64(0x00FF_00FF_00FF_00FF)
_TEN_THOUSAND_AND_ONE, _FOURS = np.uint64(10_000 << 32 | 1), np.uint64(0x0000_FFFF_0000_FFFF)
_NO_BYTE = np.uint64(0xFF00)
_BITS = np.uint64(3)
_S1, _S6, _S8, _S12, _S15, _S16, _S24, _S32 = (
    np.uint64(shift) for shift in (1, 6, 8, 12, 15, 16, 24, 32)
)
_TWO_LEADS, _TWO_OF_E0 = np.uint64(0xFF00_00FF), np.uint64(0xE000_00E0)
_SECOND_TWICE, _THIRD_TWICE = np.uint64(0x3F << 7), np.uint64(0x3F << 1)
_LOW4, _LOW5, _LOW6 = np.uint64(0x0F), np.uint64(0x1F), np.uint64(0x3F)


@inlined
def store_texts(step: Any, source: Any, target: Any, count: int) -> bool:
    """Write texts; whether one is too long or has a character without a byte. TABLE has the byte
    of each code point of the basic plane as uint16, above 0xFF for none; STEP is the digit 0."""
    start, width = step[_OFFSET], step[_WIDTH]
    validity, bit, ends, item = step[_VALIDITY], step[_BIT], step[_ENDS], step[_ITEM]
    zero = np.uint64(step[_STEP]) * _EVERY_BYTE
    wrong = False
    for k in range(count):
        if not is_valid(validity, bit + source[k]):
            continue
        if item == 4:
            begin = load_i32(ends + source[k] * 4)
            size = load_i32(ends + source[k] * 4 + 4) - begin
        else:
            begin = load_i64(ends + source[k] * 8)
            size = load_i64(ends + source[k] * 8 + 8) - begin
        text = step[_DATA] + begin
        if size == 0:
            continue
        if (size <= width) & (load_u8(text) < _NO_ASCII):
            if _store_digits(text, size, target[k] + start, zero):
                continue
            if _is_ascii(text, size):
                wrong |= _store_ascii(text, size, target[k] + start, step[_TABLE])
                continue
        wrong |= _store_any(text, size, target[k] + start, width, step[_TABLE])
    return wrong


@inlined
def _store_digits(text: int, size: int, address: int, zero: Any) -> Any:
    """Write ``size`` characters if all are digits; else some that it begins with, or none."""
    if size < 8:
        values = digits_of(load_low_bytes(text, size), size)
        if above_nine(values):
            return False
        store_low_bytes(address, values + zero, size)
        return True
    last = size - 8
    done = 0
    while True:
        values = load_u64(text + done) ^ _ZEROS
        if above_nine(values):
            return False
        store_u64(address + done, values + zero)
        if done == last:
            return True
        done = min(done + 8, last)


@inlined
def digits_of(word: Any, size: int) -> Any:
    """Values of the ``size`` (0…8) ASCII digits that ``word`` begins with, a byte each."""
    unused = np.uint64(8 - size) << _BITS
    return word ^ (_ZEROS >> unused if size else _NOTHING)


@inlined
def number_of_digits(values: Any, size: int) -> Any:
    """The number that ``size`` (1…8) digit values form, the first in the lowest byte."""
    digits = values << (np.uint64(8 - size) << _BITS)
    pairs = (digits * _TEN_AND_ONE) >> _S8
    fours = ((pairs & _PAIRS) * _HUNDRED_AND_ONE) >> _S16
    return np.int64(((fours & _FOURS) * _TEN_THOUSAND_AND_ONE) >> _S32)


@inlined
def above_nine(values: Any) -> Any:
    """Whether a byte of ``values`` is above 9; carries run out of such bytes only."""
    return ((values + _TO_HIGH_BIT) | values) & _HIGH_BITS != _NOTHING


@inlined
def _is_ascii(text: int, size: int) -> Any:
    seen = _NOTHING
    done = 0
    while done + 8 <= size:
        seen |= load_u64(text + done)
        done += 8
    seen |= load_low_bytes(text + done, size - done)
    return seen & _HIGH_BITS == _NOTHING


@inlined
def _store_ascii(text: int, size: int, address: int, table: int) -> Any:
    seen = _NOTHING
    for place in range(size):
        byte = load_u16(table + 2 * np.int64(load_u8(text + place)))
        seen |= byte
        store_u8(address + place, byte)
    return seen & _NO_BYTE != _NOTHING


@inlined
def _store_any(text: int, size: int, address: int, width: int, table: int) -> Any:
    """A character at a time; more than ``width`` of them, or one outside the basic plane, is
    wrong, and so is a text that ends within a character."""
    seen = _NOTHING
    place = written = 0
    while place < size:
        if (place + 8 <= size) & (written + 2 <= width):
            word = load_u64(text + place)
            if word & _TWO_LEADS == _TWO_OF_E0:  # two letters of Thai, or of a script near it
                one = load_u16(table + _point_behind_e0(word))
                other = load_u16(table + _point_behind_e0(word >> _S24))
                seen |= one | other
                store_u16(address + written, one | (other << _S8))
                place += 6
                written += 2
                continue
        first = load_u8(text + place)
        if first >= np.uint64(0xE0):
            if (place + 3 > size) | (first >= np.uint64(0xF0)):
                return True
            second = load_u8(text + place + 1) & _LOW6
            third = load_u8(text + place + 2) & _LOW6
            point = ((first & _LOW4) << _S12) | (second << _S6) | third
            place += 3
        elif first >= _NO_ASCII:
            if place + 2 > size:
                return True
            point = ((first & _LOW5) << _S6) | (load_u8(text + place + 1) & _LOW6)
            place += 2
        else:
            point = first
            place += 1
        if written == width:
            return True
        byte = load_u16(table + 2 * np.int64(point))
        seen |= byte
        store_u8(address + written, byte)
        written += 1
    return seen & _NO_BYTE != _NOTHING


@inlined
def _point_behind_e0(word: Any) -> Any:
    """Twice the code point of the three-byte character that ``word`` begins with, E0 first."""
    return np.int64(((word >> _S1) & _SECOND_TWICE) | ((word >> _S15) & _THIRD_TWICE))
