"""Eight digits at a time within one word (SWAR), the first digit in the lowest byte."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import Word

_ABOVE_NINE = np.uint64(0x7676767676767676)
_TOP_BITS = np.uint64(0x8080808080808080)
_TENS = np.uint64(10 * 2**8 + 1)
_HUNDREDS = np.uint64(100 * 2**16 + 1)
_TEN_THOUSANDS = np.uint64(10_000 * 2**32 + 1)
_PAIRS = np.uint64(0x00FF00FF00FF00FF)
_QUADS = np.uint64(0x0000FFFF0000FFFF)
_8, _16, _32 = np.uint64(8), np.uint64(16), np.uint64(32)
_2, _1, _4 = np.uint64(2), np.uint64(1), np.uint64(4)
_NIBBLES = np.uint64(0x0F0F0F0F0F0F0F0F)
_LOW_BITS = np.uint64(0x1111111111111111)
_SIX = np.uint64(6)
_100, _10_000, _100_000_000 = np.uint64(100), np.uint64(10_000), np.uint64(100_000_000)
_LOW_WORD = np.uint64(0xFFFFFFFF)


@inlined
def not_digits(word: Word) -> Word:
    """Not zero when a byte is above 9."""
    return ((word + _ABOVE_NINE) | word) & _TOP_BITS


@inlined
def digits_value(word: Word) -> Word:
    """Number of eight digit bytes, the most significant in the lowest byte."""
    pairs = ((word * _TENS) >> _8) & _PAIRS
    quads = ((pairs * _HUNDREDS) >> _16) & _QUADS
    return (quads * _TEN_THOUSANDS) >> _32


@inlined
def not_nibbles(word: Word) -> Word:
    """Not zero when a nibble is above 9."""
    return (word >> np.uint64(3)) & ((word >> _2) | (word >> _1)) & _LOW_BITS


@inlined
def nibbles_value(word: Word) -> Word:
    """Number of sixteen nibbles, the most significant on top."""
    pairs = word - _SIX * ((word >> _4) & _NIBBLES)
    quads = (pairs & _PAIRS) + _100 * ((pairs >> _8) & _PAIRS)
    eights = (quads & _QUADS) + _10_000 * ((quads >> _16) & _QUADS)
    return (eights & _LOW_WORD) + _100_000_000 * (eights >> _32)
