"""Exact sums by group, and texts of digits as numbers, in one pass over the buffers."""

from __future__ import annotations

import numpy as np

from validation.kernels.compiling import TEXTS, VALID, Bytes, Int32s, Ints, Kernel, Words

PARTS = 4
"""Sums of one group: the four 32-bit parts of 128 bits, least first, the last one signed. The
sum of 2**31 such parts fits an int64."""
MOST_DIGITS = 18
_NINE = 9


def _sum_words(valid: Bytes, first: int, words: Words, groups: Ints, totals: Ints) -> None:
    """Add 128-bit numbers (pairs of words, low first) to ``totals`` int64[g, PARTS]; value i
    belongs to ``groups[i]``, to group 0 where ``groups`` is empty."""
    low = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    for i in range(len(words) // 2):
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        group = groups[i] if len(groups) else 0
        totals[group, 0] += np.int64(words[2 * i] & low)
        totals[group, 1] += np.int64(words[2 * i] >> half)
        totals[group, 2] += np.int64(words[2 * i + 1] & low)
        totals[group, 3] += np.int64(words[2 * i + 1]) >> 32


def _sum_integers(valid: Bytes, first: int, values: Ints, groups: Ints, totals: Ints) -> None:
    """Add int64 numbers, in two parts of 32 bits, as :func:`_sum_words` does."""
    for i in range(len(values)):
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        group = groups[i] if len(groups) else 0
        totals[group, 0] += values[i] & 0xFFFFFFFF
        totals[group, 1] += values[i] >> 32


def _read_digits(
    valid: Bytes, first: int, offsets: Int32s, data: Bytes, values: Ints, sound: Bytes
) -> int:
    """Numbers of texts of 1 to MOST_DIGITS digits: ``sound`` 1 and the value; else 0 and 0 (a
    null too). Returns the bytes of the longest text that is not null."""
    longest = 0
    for i in range(len(values)):
        values[i] = 0
        sound[i] = 0
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        begin, end = offsets[i], offsets[i + 1]
        longest = max(longest, int(end - begin))
        if end == begin or end - begin > MOST_DIGITS:
            continue
        value = np.int64(0)
        letters = 0
        for place in range(begin, end):
            digit = (np.int64(data[place]) - 48) & 0xFF
            if digit > _NINE:
                letters += 1
            value = value * 10 + digit
        if letters == 0:
            values[i] = value
            sound[i] = 1
    return longest


def _pack(
    valid: Bytes,
    first: int,
    offsets: Int32s,
    data: Bytes,
    width: int,
    keys: Ints,
    packed: Bytes,
) -> None:
    """Append ``width`` digits to each key; where the text is not exactly that, or null, the key
    and ``packed`` become 0 and stay so."""
    scale = 1
    for _ in range(width):
        scale *= 10
    for i in range(len(keys)):
        sound = packed[i] == 1 and offsets[i + 1] - offsets[i] == width
        if len(valid):
            sound &= (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1 == 1
        value = np.int64(0)
        letters = 0
        if sound:
            for place in range(offsets[i], offsets[i + 1]):
                digit = (np.int64(data[place]) - 48) & 0xFF
                if digit > _NINE:
                    letters += 1
                value = value * 10 + digit
        if sound and letters == 0:
            keys[i] = keys[i] * scale + value
        else:
            keys[i] = 0
            packed[i] = 0


_NUMBERS = "Array(int64, 1, 'C', True)"
sum_words = Kernel(
    _sum_words, f"void({VALID}, Array(uint64, 1, 'C', True), {_NUMBERS}, int64[:, ::1])"
)
sum_integers = Kernel(_sum_integers, f"void({VALID}, {_NUMBERS}, {_NUMBERS}, int64[:, ::1])")
read_digits = Kernel(_read_digits, f"int64({VALID}, {TEXTS}, int64[::1], uint8[::1])")
pack = Kernel(_pack, f"void({VALID}, {TEXTS}, int64, int64[::1], uint8[::1])")
KERNELS = (sum_words, sum_integers, read_digits, pack)
