"""Hashes of names from their bytes, and which names are not their own match keys."""

from __future__ import annotations

from validation.kernels.compiling import TEXTS, VALID, Bytes, Int32s, Kernel, Words

MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 / golden ratio (Knuth, TAOCP 3, 6.4)
_THAI = 0xE0  # first of the three bytes that UTF-8 gives every Thai letter
_LETTERS = (0xE01, 0xE3A)
_SIGNS = (0xE40, 0xE4C)
_SARA_E = 0xE40
_TONES = (0xE48, 0xE4B)
_BELOW = (0xE38, 0xE3A)


def _hash_names(
    valid: Bytes, first: int, offsets: Int32s, data: Bytes, hashes: Words, differs: Bytes
) -> int:
    """Polynomial of each name's bytes modulo 2**64; 0 for a null.

    ``differs`` is 1 for names of which :func:`insurance.names.name_keys` may make something else:
    that have more in them than Thai letters, vowels and marks, two sara e, or a tone before a
    vowel below. Returns how many.
    """
    count = 0
    for i in range(len(hashes)):
        hashes[i] = 0
        differs[i] = 0
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        begin, end = offsets[i], offsets[i + 1]
        value = hashes[i]
        for place in range(begin, end):
            value = value * MULTIPLIER + data[place]
        hashes[i] = value
        thai = (end - begin) % 3 == 0 and end > begin
        before = 0
        for place in range(begin, end - 2, 3):
            letter = ((data[place + 1] & 0x3F) << 6) | (data[place + 2] & 0x3F)
            thai &= data[place] == _THAI
            thai &= (_LETTERS[0] <= letter <= _LETTERS[1]) or (_SIGNS[0] <= letter <= _SIGNS[1])
            thai &= not (letter == _SARA_E and before == _SARA_E)
            is_below = _BELOW[0] <= letter <= _BELOW[1]
            thai &= not (is_below and _TONES[0] <= before <= _TONES[1])
            before = letter
        if not thai:
            differs[i] = 1
            count += 1
    return count


hash_names = Kernel(_hash_names, f"int64({VALID}, {TEXTS}, uint64[::1], uint8[::1])")
KERNELS = (hash_names,)
