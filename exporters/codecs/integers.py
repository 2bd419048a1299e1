"""Exact integers of an Arrow column as sign and magnitude, up to 128 bits, no Python objects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_LARGEST_DECIMAL = 38
_WORD = np.uint64(32)
_LOW_WORD = np.uint64(0xFFFF_FFFF)
_GROUP = np.uint64(10_000)
_TWO_GROUPS = np.uint64(100_000_000)
_DIVISOR_DIGITS = 9


class ColumnTypeError(TypeError):
    """A column whose type cannot fill its field: a mistake of the caller, not of the data."""


@dataclass(frozen=True, slots=True)
class Integers:
    """``high * 2**64 + low`` with its sign, per row; ``high`` is None when all of it is zero.

    Zero is never negative, so that it always takes the plus sign.
    """

    low: UInt64s
    high: UInt64s | None
    negative: Bools

    def fits(self, digits: int, *, signed: bool) -> Bools:
        """True where the value has at most ``digits`` digits and a sign only if allowed."""
        limit = 10**digits
        fits = self._below(limit)
        if not signed:
            fits &= ~self.negative
        return fits

    def _below(self, limit: int) -> Bools:
        high_limit, low_limit = divmod(limit, 1 << 64)
        below: Bools = self.low < np.uint64(low_limit)
        if self.high is not None:
            top = np.uint64(high_limit)
            below &= self.high == top
            below |= self.high < top
        elif high_limit:
            below |= True
        return below

    def is_zero(self) -> Bools:
        """True where the value is zero."""
        zero: Bools = self.low == 0
        return zero if self.high is None else zero & (self.high == 0)

    def times_ten(self) -> Integers:
        """Ten times the value; right for magnitudes below 2**124."""
        if self.high is None and (self.low < np.uint64((1 << 64) // 10)).all():
            return Integers(self.low * np.uint64(10), None, self.negative)
        carry = ((self.low >> _WORD) * np.uint64(10) + _carry_of_low_word(self.low)) >> _WORD
        high = np.zeros_like(self.low) if self.high is None else self.high * np.uint64(10)
        return Integers(self.low * np.uint64(10), high + carry, self.negative)

    def groups(self, count: int) -> list[UInt64s]:
        """The ``count`` lowest groups of four decimal digits (0…9999), least significant first."""
        if self.high is None:
            return _groups_of_four(self.low, count)
        limbs = _eight_digit_limbs(self.high, self.low, (count + 1) // 2)
        return [group for limb in limbs for group in _groups_of_four(limb, 2)][:count]


def divided_by_power_of_ten(values: Integers, zeros: int) -> tuple[Integers, Bools]:
    """``values / 10**zeros`` without its remainder, and the rows that have none."""
    high = np.zeros_like(values.low) if values.high is None else values.high
    words = [high >> _WORD, high & _LOW_WORD, values.low >> _WORD, values.low & _LOW_WORD]
    exact = np.ones(len(values.low), np.bool_)
    while zeros:
        step = min(zeros, _DIVISOR_DIGITS)
        exact &= _divide(words, np.uint64(10**step)) == 0
        zeros -= step
    low, high = words[2] << _WORD | words[3], words[0] << _WORD | words[1]
    negative = values.negative & ((low | high) != 0)
    return Integers(low, high if high.any() else None, negative), exact


def _divide(words: list[UInt64s], divisor: np.uint64) -> UInt64s:
    """Divide 32-bit words, most significant first, in place; the remainder. divisor < 2**32."""
    remainder = np.zeros_like(words[0])
    for place, word in enumerate(words):
        dividend = (remainder << _WORD) | word
        words[place] = dividend // divisor
        remainder = dividend - words[place] * divisor
    return remainder


def _groups_of_four(rest: UInt64s, count: int) -> list[UInt64s]:
    found = []
    for _ in range(count):
        quotient = rest // _GROUP
        found.append(rest - quotient * _GROUP)
        rest = quotient
    return found


def _eight_digit_limbs(high: UInt64s, low: UInt64s, count: int) -> list[UInt64s]:
    """Base 10**8 limbs by long division over 32-bit words: no step passes 64 bits."""
    words = [high >> _WORD, high & _LOW_WORD, low >> _WORD, low & _LOW_WORD]
    return [_divide(words, _TWO_GROUPS) for _ in range(count)]


def _carry_of_low_word(low: UInt64s) -> UInt64s:
    carry: UInt64s = ((low & _LOW_WORD) * np.uint64(10)) >> _WORD
    return carry


def from_int64(values: npt.NDArray[np.int64]) -> Integers:
    """Sign and magnitude of int64 values."""
    return Integers(np.abs(values).view(np.uint64), None, values < 0)


def read_integers(column: pa.Array, scale: int) -> Integers:
    """``column * 10**scale`` exactly; null reads as zero.

    ``column`` is an integer or decimal array with at most ``scale`` decimals, else
    ColumnTypeError: floats and further decimals cannot be exact.
    """
    kind = column.type
    if pa.types.is_integer(kind) and scale == 0 and not pa.types.is_uint64(kind):
        return from_int64(pc.fill_null(column.cast(pa.int64()), 0).to_numpy())
    if pa.types.is_null(kind):
        return from_int64(np.zeros(len(column), np.int64))
    low, high = decimal_limbs(_unscaled(column, scale))
    if (high == low.view(np.int64) >> np.int64(63)).all():
        return from_int64(low.view(np.int64))
    negative = high < 0
    magnitude_low = np.where(negative, ~low + np.uint64(1), low)
    carried = ~high + (magnitude_low == 0)
    return Integers(magnitude_low, np.where(negative, carried, high).view(np.uint64), negative)


def decimal_limbs(column: pa.Array) -> tuple[UInt64s, npt.NDArray[np.int64]]:
    """Low and high 64 bits (two's complement) of a decimal128 array without nulls."""
    _, data = column.buffers()
    limbs = np.frombuffer(data, np.int64, 2 * len(column), column.offset * 16)
    return limbs[0::2].view(np.uint64), limbs[1::2]


def _unscaled(column: pa.Array, scale: int) -> pa.Array:
    """Decimal128 without nulls whose unscaled integers are ``column * 10**scale``."""
    kind = column.type
    if pa.types.is_integer(kind):
        column = column.cast(pa.decimal128(20, 0))
    elif not pa.types.is_decimal(kind) or kind.scale > scale or pa.types.is_decimal256(kind):
        raise ColumnTypeError(f"{kind} cannot be written exactly with {scale} decimals")
    if column.type != pa.decimal128(column.type.precision, scale):
        column = _bounded(column, scale).cast(pa.decimal128(_LARGEST_DECIMAL, scale))
    if column.null_count:
        column = pc.fill_null(column, pa.scalar(Decimal(0), column.type))
    return column


def _bounded(column: pa.Array, scale: int) -> pa.Array:
    """The column with what ``scale`` decimals would push beyond 38 digits cut to the largest
    number that they do not: it is still too large for every picture."""
    kind = column.type
    whole_digits = _LARGEST_DECIMAL - scale
    if kind.precision - kind.scale <= whole_digits:
        return column
    limit = pa.scalar(Decimal(10**whole_digits - 1), pa.decimal128(_LARGEST_DECIMAL, kind.scale))
    lowest = pc.negate(limit)
    wide = column.cast(limit.type)
    wide = pc.if_else(pc.greater(wide, limit), limit, wide)
    return pc.if_else(pc.less(wide, lowest), lowest, wide)
