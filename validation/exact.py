"""Exact sums of Arrow columns by group: no float, no overflow."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from validation.bitmask import Mask
from validation.kernels import WORTH_COMPILED

Words = npt.NDArray[np.int64]
_LOW = np.int64(0xFFFFFFFF)
_LONGEST_INT64 = 18


def group_sums(values: pa.Array, groups: Words, groups_count: int) -> list[Fraction]:
    """Exact sum of the values of each group 0…``groups_count``-1; null counts as zero.

    ``values`` is an integer or decimal128 array; ``groups`` int64[n] never falls (records
    stand in file order).
    """
    scale = values.type.scale if pa.types.is_decimal(values.type) else 0
    totals = [0] * groups_count
    if not len(values):
        return [Fraction(0)] * groups_count
    if len(values) >= WORTH_COMPILED:
        return [Fraction(t, 10**scale) for t in _compiled_sums(values, groups, groups_count)]
    starts = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    for words, weight in _words(values):
        # 32 bits at a time: the sum of 2**31 such values still fits an int64
        for part, power in ((words & _LOW, weight), (words >> 32, weight << 32)):
            sums = np.add.reduceat(part, starts)
            for group, total in zip(groups[starts].tolist(), sums.tolist(), strict=True):
                totals[group] += total * power
    return [Fraction(total, 10**scale) for total in totals]


def digit_numbers(values: pa.Array) -> tuple[pa.Array, Mask]:
    """Texts of digits as numbers, and which values are no such text (null is zero, not wrong).

    Numbers are returned as they are; what is no number becomes null or 0. The result is
    int64, decimal128(38) for longer texts.
    """
    if not pa.types.is_string(values.type):
        return values, np.zeros(len(values), np.bool_)
    if len(values) >= WORTH_COMPILED and (read := _compiled_numbers(values)) is not None:
        return read
    sound = pc.match_substring_regex(values, r"^[0-9]{1,38}\z")
    wrong = ~np.asarray(pc.fill_null(sound, True).to_numpy(zero_copy_only=False), np.bool_)
    texts = pc.if_else(sound, values, None)
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    kind = pa.int64() if longest <= _LONGEST_INT64 else pa.decimal128(38, 0)
    return texts.cast(kind), wrong


def _compiled_sums(values: pa.Array, groups: Words, groups_count: int) -> list[int]:
    """Sums of the unscaled values of each group, in one compiled pass."""
    from validation.kernels.compiling import readonly, validity
    from validation.kernels.numbers import PARTS, sum_integers, sum_words

    parts: Words = np.zeros((groups_count, PARTS), np.int64)
    # one group needs no look-up
    owners = readonly(np.ascontiguousarray(groups) if groups_count > 1 else groups[:0])
    if pa.types.is_decimal(values.type):
        words = np.frombuffer(values.buffers()[1], np.uint64, 2 * len(values), 16 * values.offset)
        sum_words(*validity(values), readonly(words), owners, parts)
    else:
        values = values.cast(pa.int64())
        numbers = np.frombuffer(values.buffers()[1], np.int64, len(values), 8 * values.offset)
        sum_integers(*validity(values), readonly(numbers), owners, parts)
    weighted = [[int(part) << (32 * place) for place, part in enumerate(row)] for row in parts]
    return [sum(row) for row in weighted]


def _compiled_numbers(values: pa.Array) -> tuple[pa.Array, Mask] | None:
    """:func:`digit_numbers` in one compiled pass; None when a text is too long for it."""
    from validation.kernels.compiling import text_buffers
    from validation.kernels.numbers import MOST_DIGITS, read_digits

    numbers: Words = np.zeros(len(values), np.int64)
    sound = np.zeros(len(values), np.uint8)
    if read_digits(*text_buffers(values), numbers, sound) > MOST_DIGITS:
        return None
    is_number = sound.view(np.bool_)
    wrong = ~is_number
    if values.null_count:
        wrong &= np.asarray(values.is_valid())
    # what is no number counts as nothing: no need to make it null
    return pa.array(numbers), wrong


def _words(values: pa.Array) -> list[tuple[Words, int]]:
    """64-bit words of the unscaled values with their weights, zero where null."""
    if not pa.types.is_decimal(values.type):
        integers = pc.fill_null(values.cast(pa.int64()), 0)
        return [(integers.to_numpy(zero_copy_only=False), 1)]
    known = np.asarray(values.is_valid())
    data = np.frombuffer(values.buffers()[1] or b"", "<i8")
    pairs = data[2 * values.offset : 2 * (values.offset + len(values))].reshape(-1, 2)
    pairs = np.where(known[:, None], pairs, 0)
    low, high = pairs[:, 0], pairs[:, 1]
    # the low word is unsigned: read as signed it is 2**64 too small where its top bit is set
    return [(low, 1), (high + (low < 0), 1 << 64)]
