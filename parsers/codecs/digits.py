"""Rows of decimal digits → exact integers of up to 31 digits, without Python integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes

Integers = npt.NDArray[np.int64]
"""int64 (n,), or int64 (n, 2): low and high half of a 128-bit two's complement number."""

INT64_DIGITS = 18
"""Every number of so many digits fits an int64."""
MAX_DIGITS = 31
"""Most digits of a COBOL number (ARITH(EXTEND))."""

_LOW_WORD = np.uint64(0xFFFF_FFFF)
_WORD = np.uint64(32)
_LIMB = 10**INT64_DIGITS
_LIMB_HIGH = np.uint64(_LIMB >> 32)
_LIMB_LOW = np.uint64(_LIMB & 0xFFFF_FFFF)


def digits_to_integers(digits: Bytes, negative: npt.NDArray[np.bool_] | None = None) -> Integers:
    """Value of digit columns: ``digits`` uint8 (width, n), the most significant row first.

    Up to 18 digits give int64 (n,), up to 31 int64 (n, 2) as low and high half. ``negative``
    bool (n,) negates. ValueError beyond 31 digits. Digits above 9 give nonsense, no error.
    """
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits; COBOL has at most {MAX_DIGITS}")
    if len(digits) <= INT64_DIGITS:
        magnitude = _sum_of_digits(digits)
        return magnitude if negative is None else np.where(negative, -magnitude, magnitude)
    upper = _sum_of_digits(digits[:-INT64_DIGITS])
    lower = _sum_of_digits(digits[-INT64_DIGITS:])
    return _two_limbs(upper.view(np.uint64), lower.view(np.uint64), negative)


def times_power_of_ten(values: Integers, zeros: int, digits: int) -> Integers:
    """``values * 10**zeros`` exactly: what a picture with trailing P leaves out of the file.

    ``digits`` is the most that a result has: up to 18 give int64 (n,), more the two halves
    (n, 2). Right while the results fit 128 bits, that is up to 38 digits.
    """
    if digits <= INT64_DIGITS and values.ndim == 1:
        return values * np.int64(10**zeros)
    low, high = halves(values)
    while zeros:
        step = min(zeros, INT64_DIGITS)
        low, high = _times(low, high, 10**step)
        zeros -= step
    return np.stack([low, high], axis=1).view(np.int64)


def halves(values: Integers) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Low and high 64 bits of 128-bit two's complement; an int64 is extended by its sign."""
    if values.ndim == 1:
        return values.view(np.uint64), (values >> 63).view(np.uint64)
    words = values.view(np.uint64)
    return words[:, 0], words[:, 1]


def as_int64(values: Integers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Values as int64 (n,), and the rows (bool) in which they are that; others are nonsense."""
    if values.ndim == 1:
        return values, np.ones(len(values), np.bool_)
    low, high = values[:, 0], values[:, 1]
    return low, high == low >> 63


def _times(
    low: npt.NDArray[np.uint64], high: npt.NDArray[np.uint64], factor: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """128-bit product modulo 2¹²⁸, which is right for two's complement; factor < 2⁶⁰."""
    factor_high, factor_low = np.uint64(factor >> 32), np.uint64(factor & 0xFFFF_FFFF)
    low_high, low_low = low >> _WORD, low & _LOW_WORD
    middle = low_low * factor_high + (low_low * factor_low >> _WORD)
    other = low_high * factor_low + (middle & _LOW_WORD)
    carried = low_high * factor_high + (middle >> _WORD) + (other >> _WORD)
    return low * np.uint64(factor), high * np.uint64(factor) + carried


def _sum_of_digits(digits: Bytes) -> npt.NDArray[np.int64]:
    """Add neighbours up pairwise: 1 → 2 → 4 → 8 → 16 digits, each in the smallest dtype."""
    groups: npt.NDArray[Any] = digits
    base = 10
    for dtype in (np.uint8, np.uint16, np.uint32, np.int64, np.int64):
        if len(groups) == 1:
            break
        if len(groups) % 2:
            groups = np.concatenate([np.zeros_like(groups[:1]), groups])
        groups = np.multiply(groups[0::2], base, dtype=dtype) + groups[1::2]
        base *= base
    total: npt.NDArray[np.int64] = groups[0].astype(np.int64)
    return total


def _two_limbs(
    upper: npt.NDArray[np.uint64],
    lower: npt.NDArray[np.uint64],
    negative: npt.NDArray[np.bool_] | None,
) -> Integers:
    """±(upper · 10¹⁸ + lower) as 128 bits; upper < 10¹³, so no partial product overflows."""
    upper_high, upper_low = upper >> _WORD, upper & _LOW_WORD
    middle = upper_high * _LIMB_LOW + upper_low * _LIMB_HIGH + (upper_low * _LIMB_LOW >> _WORD)
    high = upper_high * _LIMB_HIGH + (middle >> _WORD)
    low = upper * np.uint64(_LIMB) + lower  # modulo 2⁶⁴, as wanted
    high += low < lower
    if negative is not None:
        high = np.where(negative, ~high + (low == 0), high)
        low = np.where(negative, ~low + np.uint64(1), low)
    return np.stack([low, high], axis=1).view(np.int64)
