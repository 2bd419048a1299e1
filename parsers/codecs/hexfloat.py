"""COMP-1 and COMP-2 as IBM hexadecimal floating point, both ways, by exact bit arithmetic.

A sign bit, seven bits of exponent (excess 64, base 16) and a fraction of 24 or 56 bits with the
point before it: value = ± fraction · 16^(exponent - 64) (z/Architecture Principles of Operation,
chapters on hexadecimal floating point). Every short number is a double; a long one has up to 56
significant bits where a double has 53. Each step below is exact, or rounds once, half to even.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes, Fault, Faults

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_BIAS = 64
_LARGEST_EXPONENT = 127
_BEYOND_LONG = 16.0 ** (_LARGEST_EXPONENT - _BIAS)
"""The nearest double of the largest long numbers, just beyond them all."""


def decode_hexfloat(matrix: Bytes) -> tuple[Floats, Faults]:
    """Doubles of hexadecimal floats; ``matrix`` uint8 (n, 4) or (n, 8), big-endian.

    Every bit pattern is a number: unnormalised fractions are read as they are, a zero fraction
    is zero under any exponent and keeps its sign. A long number that no double holds becomes
    the nearest one, with FLOAT_ROUNDED (a remark). ValueError for another width.
    """
    width = matrix.shape[1]
    fraction_bits = _fraction_bits(width)
    bits = np.ascontiguousarray(matrix).view(f">u{width}")[:, 0].astype(np.uint64)
    fraction = (bits & np.uint64((1 << fraction_bits) - 1)).view(np.int64)
    exponent = (bits >> np.uint64(fraction_bits) & np.uint64(0x7F)).astype(np.int64)
    nearest = fraction.astype(np.float64)
    faults = np.zeros(len(matrix), np.uint8)
    faults[nearest.astype(np.int64) != fraction] = Fault.FLOAT_ROUNDED
    values = np.ldexp(nearest, 4 * (exponent - _BIAS) - fraction_bits)
    minus = bits >> np.uint64(8 * width - 1) != 0
    return np.where(minus, -values, values), faults


def encode_hexfloat(values: Floats, width: int) -> tuple[Bytes, Mask]:
    """Bytes (n, width) of the nearest hexadecimal floats, and the rows that have none.

    Normalised, half to even. A long number is exact: its fraction holds every double's 53 bits.
    A short one is rounded to its 24 bits (21 to 24 significant), which is how short numbers
    behave and is not reported. Below 16^-65 there are only unnormalised numbers: they are
    written where they are exact. The double that the largest long numbers are read as becomes the
    largest one. No value has: NaN, an infinity, a magnitude beyond the largest
    (about 7.2e75), and a tiny one that even an unnormalised number cannot hold.
    ValueError for a width other than 4 or 8.
    """
    fraction_bits = _fraction_bits(width)
    finite = np.isfinite(values)
    mantissa, binary_exponent = np.frexp(np.where(finite, np.abs(values), 0.0))
    exponent = -(-binary_exponent.astype(np.int64) // 4)
    spare = 4 * exponent - binary_exponent
    fraction = np.rint(np.ldexp(mantissa, fraction_bits - spare))
    overflowed = fraction == float(1 << fraction_bits)
    fraction = np.where(overflowed, float(1 << (fraction_bits - 4)), fraction)
    biased = exponent + overflowed + _BIAS
    wrong = ~finite | (biased > _LARGEST_EXPONENT)
    tiny = (biased < 0) & (fraction > 0)
    if tiny.any():
        unnormalised = np.ldexp(fraction, 4 * np.minimum(biased, 0))
        wrong |= tiny & (unnormalised != np.rint(unnormalised))
        wrong |= tiny & (np.ldexp(unnormalised, -4 * _BIAS - fraction_bits) != np.abs(values))
        fraction = np.where(tiny, np.rint(unnormalised), fraction)
    biased = np.where(fraction > 0, np.clip(biased, 0, _LARGEST_EXPONENT), 0).astype(np.uint64)
    bits = fraction.astype(np.uint64) | biased << np.uint64(fraction_bits)
    if width == 8:
        largest = np.abs(values) == _BEYOND_LONG
        bits[largest] = (1 << 63) - 1
        wrong &= ~largest
    bits |= np.signbit(values).astype(np.uint64) << np.uint64(8 * width - 1)
    return bits.astype(f">u{width}").view(np.uint8).reshape(len(values), width), wrong


def _fraction_bits(width: int) -> int:
    if width not in (4, 8):
        raise ValueError(f"a hexadecimal float of {width} bytes; COMP-1 has 4, COMP-2 has 8")
    return 8 * width - 8
