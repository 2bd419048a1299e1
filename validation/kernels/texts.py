"""Screening texts: which values a named check, a list of codes or allowed values must look at.

Each kernel sets 1 in ``flagged`` (uint8[n]) for values that are not plainly sound, leaves the
rest as it is, and returns how many it set. Nulls are never flagged.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from validation.kernels.compiling import TEXTS, VALID, Bytes, Int32s, Kernel, Words

LONGEST_CODE = 7
"""Bytes of the longest code that is told by one comparison: a word holds it and its length."""
_SPREAD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: multiplicative hashing (Knuth, TAOCP 3, 6.4)
_ROOM = 4
_BASIC_PLANE = 0x10000
_NINE = 9


def code_table(codes: Iterable[str]) -> Words:
    """Hash table of codes for :data:`screen_codes`; codes longer than LONGEST_CODE are left
    out, values that equal them are then flagged. uint64, a power of two long."""
    packed = [_packed(code.encode()) for code in codes if len(code.encode()) <= LONGEST_CODE]
    size = 1 << max(3, (_ROOM * len(packed) - 1).bit_length())
    table: Words = np.zeros(size, np.uint64)
    shift = 64 - (size.bit_length() - 1)
    for word in dict.fromkeys(packed):
        place = (word * _SPREAD & 0xFFFF_FFFF_FFFF_FFFF) >> shift
        while table[place]:
            place = (place + 1) % size
        table[place] = word
    return table


def letter_table(letters: Iterable[int]) -> Bytes:
    """Which code points of the basic plane are allowed, for :data:`screen_letters`; uint8."""
    table: Bytes = np.zeros(_BASIC_PLANE, np.uint8)
    table[[letter for letter in letters if letter < _BASIC_PLANE]] = 1
    return table


def _packed(code: bytes) -> int:
    return (len(code) + 1) << 56 | int.from_bytes(code, "big")


def _screen_codes(
    valid: Bytes, first: int, offsets: Int32s, data: Bytes, table: Words, flagged: Bytes
) -> int:
    found = 0
    size = len(table)
    shift = np.uint64(64)
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    for i in range(len(flagged)):
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        begin, end = offsets[i], offsets[i + 1]
        known = False
        if end - begin <= LONGEST_CODE:
            word = np.uint64(0)
            for place in range(begin, end):
                word = (word << np.uint64(8)) | np.uint64(data[place])
            word |= np.uint64(end - begin + 1) << np.uint64(56)
            slot = np.int64((word * np.uint64(_SPREAD)) >> shift)
            while table[slot] != word and table[slot] != np.uint64(0):
                slot = (slot + 1) & (len(table) - 1)
            known = table[slot] == word
        if not known:
            flagged[i] = 1
            found += 1
    return found


def _screen_digits(valid: Bytes, first: int, offsets: Int32s, data: Bytes, flagged: Bytes) -> int:
    found = 0
    for i in range(len(flagged)):
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        sound = offsets[i + 1] > offsets[i]
        for place in range(offsets[i], offsets[i + 1]):
            sound &= data[place] >= 48 and data[place] <= 57
        if not sound:
            flagged[i] = 1
            found += 1
    return found


def _screen_checksum(
    valid: Bytes,
    first: int,
    offsets: Int32s,
    data: Bytes,
    width: int,
    prefixes: int,
    flagged: Bytes,
) -> int:
    """Texts of ``width`` digits with the mod-11 check digit of :mod:`insurance.identifiers`;
    bit d of ``prefixes`` says that a first digit d is plainly sound."""
    found = 0
    for i in range(len(flagged)):
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        begin = offsets[i]
        sound = False
        if offsets[i + 1] - begin == width:
            total = np.int64(0)
            letters = 0
            for place in range(width - 1):
                digit = (np.int64(data[begin + place]) - 48) & 0xFF
                if digit > _NINE:
                    letters += 1
                total += digit * (width - place)
            last = (np.int64(data[begin + width - 1]) - 48) & 0xFF
            prefix = (np.int64(data[begin]) - 48) & 0xF
            sound = (
                letters == 0 and last == (11 - total % 11) % 10 and (prefixes >> prefix) & 1 == 1
            )
        if not sound:
            flagged[i] = 1
            found += 1
    return found


def _screen_letters(
    valid: Bytes, first: int, offsets: Int32s, data: Bytes, table: Bytes, flagged: Bytes
) -> int:
    """UTF-8 texts whose letters are all in ``table``; letters beyond the basic plane are not."""
    found = 0
    for i in range(len(flagged)):
        if len(valid) and not (valid[(first + i) >> 3] >> ((first + i) & 7)) & 1:
            continue
        place, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        sound = True
        while place < end:
            lead = np.int64(data[place])
            if lead < 0x80:
                letter = lead
                place += 1
            elif lead < 0xE0 and place + 1 < end:
                letter = (lead & 0x1F) << 6 | (np.int64(data[place + 1]) & 0x3F)
                place += 2
            elif lead < 0xF0 and place + 2 < end:
                letter = (
                    (lead & 0x0F) << 12
                    | (np.int64(data[place + 1]) & 0x3F) << 6
                    | (np.int64(data[place + 2]) & 0x3F)
                )
                place += 3
            else:
                sound = False
                break
            sound &= table[letter] == 1
        if not sound:
            flagged[i] = 1
            found += 1
    return found


_FLAGS = "uint8[::1]"
screen_codes = Kernel(
    _screen_codes, f"int64({VALID}, {TEXTS}, Array(uint64, 1, 'C', False), {_FLAGS})"
)
screen_digits = Kernel(_screen_digits, f"int64({VALID}, {TEXTS}, {_FLAGS})")
screen_checksum = Kernel(_screen_checksum, f"int64({VALID}, {TEXTS}, int64, int64, {_FLAGS})")
screen_letters = Kernel(_screen_letters, f"int64({VALID}, {TEXTS}, uint8[::1], {_FLAGS})")
KERNELS = (screen_codes, screen_digits, screen_checksum, screen_letters)
