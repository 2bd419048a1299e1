"""A hash table of integers that stores only what a key's place in it does not say.

A key of ``bits`` bits is mixed by a bijection; the first of the mixed bits are its home slot,
the rest are stored with the distance from home, so that the slot tells the whole key
(quotienting: Cleary, "Compact hash tables using bidirectional linear probing", 1984). Equality
is exact. A slot is (distance + 1) << stored bits | stored bits; 0 is empty.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from validation.kernels.compiling import Bytes, Ints, Kernel, Words

Table = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]

_FIRST_ODD = 0x9E3779B97F4A7C15
_SECOND_ODD = 0xC2B2AE3D27D4EB4F
_AHEAD = 64
"""Keys whose slots are touched together: memory answers many requests at once, not in turn."""


def _mix(keys: Ints, bits: int, mixed: Words) -> None:
    """A bijection on numbers of ``bits`` bits: odd factors and a fold of the upper half."""
    every = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    half = np.uint64((bits + 1) // 2)
    for i in range(len(keys)):
        word = (np.uint64(keys[i]) * np.uint64(_FIRST_ODD)) & every
        word ^= word >> half
        word = (word * np.uint64(_SECOND_ODD)) & every
        mixed[i] = word ^ (word >> half)


def _insert(
    table: Table, rest: int, farthest: int, mixed: Words, begin: int, again: Bytes
) -> tuple[int, int, np.uint64]:
    """Enter ``mixed[begin:]``; ``again[i]`` becomes 1 where the key was there already.

    ``rest`` is the number of mixed bits that are stored. Returns how many were entered, the
    index of the first key that found no slot within ``farthest`` of its home (the number of
    keys when all did), and a number without meaning that makes the loads ahead happen.
    """
    last = len(table) - 1
    shift = np.uint64(rest)
    low = (np.uint64(1) << shift) - np.uint64(1)
    step = np.uint64(1) << shift
    entered = 0
    touched = np.uint64(0)
    for chunk in range(begin, len(mixed), _AHEAD):
        end = min(chunk + _AHEAD, len(mixed))
        for i in range(chunk, end):
            touched |= np.uint64(table[np.int64(mixed[i] >> shift)])
        for i in range(chunk, end):
            slot = np.int64(mixed[i] >> shift)
            wanted = step | (mixed[i] & low)
            distance = 0
            entry = np.uint64(table[slot])
            while entry != np.uint64(0) and entry != wanted and distance < farthest:
                distance += 1
                wanted += step
                slot = (slot + 1) & last
                entry = np.uint64(table[slot])
            if entry == np.uint64(0):
                table[slot] = wanted
                entered += 1
            elif entry == wanted:
                again[i] = 1
            else:
                return entered, i, touched
    return entered, len(mixed), touched


def _mixed_of(table: Table, rest: int, begin: int, mixed: Words) -> int:
    """Mixed keys in the slots from ``begin`` on, as many slots as ``mixed`` is long; how many."""
    last = len(table) - 1
    shift = np.uint64(rest)
    low = (np.uint64(1) << shift) - np.uint64(1)
    count = 0
    for slot in range(begin, min(begin + len(mixed), len(table))):
        entry = np.uint64(table[slot])
        if entry != np.uint64(0):
            home = (slot - np.int64((entry >> shift) - np.uint64(1))) & last
            mixed[count] = np.uint64(home) << shift | (entry & low)
            count += 1
    return count


_INSERTED = "Tuple((int64, int64, uint64))({}[::1], int64, int64, uint64[::1], int64, uint8[::1])"
_FOUND = "int64({}[::1], int64, int64, uint64[::1])"
mix = Kernel(_mix, "void(int64[::1], int64, uint64[::1])")
insert = Kernel(_insert, _INSERTED.format("uint32"), _INSERTED.format("uint64"))
mixed_of = Kernel(_mixed_of, _FOUND.format("uint32"), _FOUND.format("uint64"))
KERNELS = (mix, insert, mixed_of)
