"""Exact sums of columns: of whole numbers, decimals and digit texts.

A sum is kept as sums of 32-bit words, so that nothing overflows below 2**31 rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from exporters.kernels.columns import Source, decimal_source, integer_source, text_source
from exporters.kernels.compiling import entry, fingerprint
from exporters.kernels.loads import load_integers
from exporters.kernels.memory import is_valid, load_i32, load_i64, load_low_bytes
from exporters.kernels.program import STEP_WIDTH, At
from exporters.kernels.text import above_nine, digits_of, number_of_digits

_DATA, _VALIDITY, _BIT, _ENDS, _ITEM = (
    int(at) for at in (At.DATA, At.VALIDITY, At.BIT, At.ENDS, At.ITEM)
)
_WORD, _WORD_BITS = 0xFFFF_FFFF, 32
_CHUNK = 1_024
_LONGEST_TEXT = 18  # digits that an int64 holds
_SIGNATURE = "int64(int64[::1], int64, int64[::1])"
_POWERS = np.array([10**size for size in range(9)], np.int64)


def sum_of_numbers(column: pa.Array, scale: int) -> int:
    """Sum of integers or decimals in units of the last of ``scale`` places; null is nothing.
    NoKernelError for other columns."""
    if pa.types.is_integer(column.type) and scale == 0:
        column, source = integer_source(column)
        return _total(_integer_adder(), source, len(column))[0]
    column, source = decimal_source(column, scale)
    return _total(_decimal_adder(), source, len(column))[0]


def sum_of_digit_texts(column: pa.Array) -> int | None:
    """Sum of texts as whole numbers, null is nothing; None where one is no number of 1 to 18
    digits. NoKernelError for a column of anything else than text."""
    column, source = text_source(column)
    total, wrong = _total(_digit_adder(), source, len(column))
    return None if wrong else total


def compile_adders() -> None:
    """Compile the kernels of this module, or take them from the cache."""
    _integer_adder()
    _decimal_adder()
    _digit_adder()


def _total(kernel: Callable[..., int], source: Source, rows: int) -> tuple[int, int]:
    step = np.zeros(STEP_WIDTH, np.int64)
    step[[int(at) for at in source]] = list(source.values())
    words = np.zeros(4, np.int64)
    wrong = kernel(step, rows, words)
    return sum(int(word) << (_WORD_BITS * place) for place, word in enumerate(words)), wrong


@cache
def _integer_adder() -> Callable[..., int]:
    sources_fingerprint = fingerprint()

    def add_integers(step: Any, rows: int, words: Any) -> int:
        source = np.empty(_CHUNK, np.int64)
        values = np.empty(_CHUNK, np.int64)
        low = high = 0
        for first in range(0, rows, _CHUNK):
            count = min(_CHUNK, rows - first)
            for k in range(count):
                source[k] = first + k
            load_integers(step, source, count, values)
            for k in range(count):
                low += values[k] & _WORD
                high += values[k] >> _WORD_BITS
        words[0], words[1] = low, high
        return 0 if sources_fingerprint else 1

    return entry(_SIGNATURE, add_integers)


@cache
def _decimal_adder() -> Callable[..., int]:
    sources_fingerprint = fingerprint()

    def add_decimals(step: Any, rows: int, words: Any) -> int:
        data, validity, bit = step[_DATA], step[_VALIDITY], step[_BIT]
        first = second = third = fourth = 0
        for place in range(rows):
            if is_valid(validity, bit + place):
                low, high = load_i64(data + place * 16), load_i64(data + place * 16 + 8)
                first += low & _WORD
                second += (low >> _WORD_BITS) & _WORD
                third += high & _WORD
                fourth += high >> _WORD_BITS
        words[0], words[1], words[2], words[3] = first, second, third, fourth
        return 0 if sources_fingerprint else 1

    return entry(_SIGNATURE, add_decimals)


@cache
def _digit_adder() -> Callable[..., int]:
    sources_fingerprint = fingerprint()

    def add_digits(step: Any, rows: int, words: Any) -> int:
        text, ends, item = step[_DATA], step[_ENDS], step[_ITEM]
        low = high = 0
        wrong = 0 if sources_fingerprint else 1
        for place in range(rows):
            if not is_valid(step[_VALIDITY], step[_BIT] + place):
                continue
            if item == 4:
                begin, end = load_i32(ends + place * 4), load_i32(ends + place * 4 + 4)
            else:
                begin, end = load_i64(ends + place * 8), load_i64(ends + place * 8 + 8)
            if (begin == end) | (end - begin > _LONGEST_TEXT):
                return 1
            number = 0
            while begin < end:
                size = min(end - begin, 8)
                digits = digits_of(load_low_bytes(text + begin, size), size)
                wrong |= above_nine(digits)
                number = number * _POWERS[size] + number_of_digits(digits, size)
                begin += size
            low += number & _WORD
            high += number >> _WORD_BITS
        words[0], words[1] = low, high
        return wrong

    return entry(_SIGNATURE, add_digits)
