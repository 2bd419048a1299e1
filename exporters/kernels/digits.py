"""Whole numbers → decimal digits, eight at a time within one 64-bit word, without tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from exporters.kernels.compiling import inlined

_TEN_THOUSAND = np.uint64(10_000)
_HUNDRED = np.uint64(100)
_TEN = np.uint64(10)
_SIX = np.uint64(6)
# x // 100 for x < 10**4 and x // 10 for x < 100 as multiplications, in lanes of a word.
_BY_HUNDRED, _BY_HUNDRED_SHIFT = np.uint64(10_486), np.uint64(20)
_BY_TEN, _BY_TEN_SHIFT = np.uint64(103), np.uint64(10)
_HUNDREDS = np.uint64(0x0000_007F_0000_007F)
_TENS = np.uint64(0x000F_000F_000F_000F)
_TWO_BYTES = np.uint64(0x0000_FFFF_0000_FFFF)
_FOUR_BYTES = np.uint64(0xFFFF_FFFF)
_S8, _S16, _S32 = (np.uint64(shift) for shift in (8, 16, 32))


@inlined
def _pairs_of(number: Any) -> Any:
    """Eight digits as four numbers below 100 in lanes of 16 bits, the first in the lowest."""
    high = number // _TEN_THOUSAND
    fours = high | ((number - high * _TEN_THOUSAND) << _S32)
    top = ((fours * _BY_HUNDRED) >> _BY_HUNDRED_SHIFT) & _HUNDREDS
    return ((fours - _HUNDRED * top) << _S16) + top


@inlined
def eight_digits(number: Any) -> Any:
    """Digits of ``number`` (uint64 below 10**8), a byte each, the first in the lowest byte."""
    pairs = _pairs_of(number)
    tens = ((pairs * _BY_TEN) >> _BY_TEN_SHIFT) & _TENS
    return tens + ((pairs - _TEN * tens) << _S8)


@inlined
def four_packed(number: Any) -> Any:
    """The same eight digits, two in a byte: the four low bytes of a uint64."""
    pairs = _pairs_of(number)
    tens = ((pairs * _BY_TEN) >> _BY_TEN_SHIFT) & _TENS
    packed = pairs + _SIX * tens  # 16 * tens + ones
    packed = (packed | (packed >> _S8)) & _TWO_BYTES
    return (packed | (packed >> _S16)) & _FOUR_BYTES
