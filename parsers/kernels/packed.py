"""COMP-3 and COMP-6 of up to 18 digits: sixteen nibbles in a word, the sign in the last one."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.digits import nibbles_value, not_nibbles
from parsers.kernels.gathering import gather_words
from parsers.kernels.memory import (
    Word,
    integer,
    load_byte,
    load_int,
    load_word,
    store_byte,
    store_int,
    swap_bytes,
)
from parsers.kernels.program import DIGITS, NO_SIGN, OFFSET, SIGN, SUSPECT, TABLE, WIDTH

_ZERO, _ONE, _FOUR = np.uint64(0), np.uint64(1), np.uint64(4)
_SUSPECT = np.uint64(SUSPECT)
_NIBBLE = np.uint64(0x0F)
_NINE = np.uint64(9)
_PACKED_DIGIT = 6
_PACKED_SIGN = 7


@inlined
def read_packed(
    row: int, data: int, source: int, step: int, count: int, values: int, status: int
) -> Word:
    """Integers and status of ``count`` fields at the starts in ``source``, or ``step`` bytes apart;
    not zero when one is suspect. The table has two words: bits of the nibbles that are a sign,
    bits of those that are minus."""
    width = load_int(row, WIDTH)
    if width <= 8 and load_int(row, SIGN) != NO_SIGN:
        gather_words(data, source, step, load_int(row, OFFSET), count, values)
        return _short(row, count, values, status)
    suspects = _ZERO
    for i in range(count):
        start = (i * step if step else load_int(source, 8 * i)) + load_int(row, OFFSET)
        value, wrong = packed_value(row, data, start)
        store_int(values, 8 * i, value)
        store_byte(status, i, _SUSPECT * np.uint64(wrong != _ZERO))
        suspects |= wrong
    return suspects


@inlined
def _short(row: int, count: int, values: int, status: int) -> Word:
    """The words in ``values`` become integers."""
    spare = np.uint64(64 - 8 * load_int(row, WIDTH))
    unused = np.uint64(4 * load_int(row, DIGITS))
    known, minus_signs = load_word(load_int(row, TABLE), 0), load_word(load_int(row, TABLE), 8)
    suspects = _ZERO
    for i in range(count):
        word = swap_bytes(load_word(values, 8 * i)) >> spare
        sign = word & _NIBBLE
        digits = word >> _FOUR
        value = integer(nibbles_value(digits))
        wrong = not_nibbles(digits) | (digits >> unused) | (~(known >> sign) & _ONE)
        minus = -integer((minus_signs >> sign) & _ONE)
        store_int(values, 8 * i, (value ^ minus) - minus)
        store_byte(status, i, _SUSPECT * np.uint64(wrong != _ZERO))
        suspects |= wrong
    return suspects


@inlined
def packed_value(row: int, data: int, start: int) -> tuple[int, Word]:
    """Number at ``start`` and not zero when it is none."""
    width, digits = load_int(row, WIDTH), load_int(row, DIGITS)
    signed = load_int(row, SIGN) != NO_SIGN
    nibbles = 2 * width - 1 if signed else 2 * width
    value, wrong = _ZERO, _ZERO
    for i in range(nibbles):
        byte = load_byte(data, start + i // 2)
        nibble = byte & _NIBBLE if i % 2 else byte >> _FOUR
        wrong |= np.uint64(nibble > _NINE)
        if i < nibbles - digits:
            wrong |= nibble
        value = value * np.uint64(10) + nibble
    minus = 0
    if signed:
        table = load_int(row, TABLE)
        sign = load_byte(data, start + width - 1) & _NIBBLE
        wrong |= ~(load_word(table, 0) >> sign) & _ONE
        minus = -integer((load_word(table, 8) >> sign) & _ONE)
    return (integer(value) ^ minus) - minus, wrong


@inlined
def packed_fault(row: int, data: int, start: int) -> int:
    """Fault of a number that is none: a wrong digit before a wrong sign; 0 when it is good."""
    width, digits = load_int(row, WIDTH), load_int(row, DIGITS)
    signed = load_int(row, SIGN) != NO_SIGN
    nibbles = 2 * width - 1 if signed else 2 * width
    for i in range(nibbles):
        byte = load_byte(data, start + i // 2)
        nibble = byte & _NIBBLE if i % 2 else byte >> _FOUR
        if nibble > _NINE or (i < nibbles - digits and nibble != _ZERO):
            return _PACKED_DIGIT
    if signed:
        sign = load_byte(data, start + width - 1) & _NIBBLE
        if (load_word(load_int(row, TABLE), 0) >> sign) & _ONE == _ZERO:
            return _PACKED_SIGN
    return 0
