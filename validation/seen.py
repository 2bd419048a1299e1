"""Integers that were seen before, in a few bytes each: sorted runs first, a hash table later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from validation.bitmask import Mask
from validation.kernels.keys import Table, insert, mix, mixed_of

Ints = npt.NDArray[np.int64]

MANY = 65_536
"""Keys from which a hash table takes over from the runs, which need no compiler."""
_FEWEST_SLOTS = 18  # all numbers of slots are powers of two, given by their exponent
_MOST_FULL = 0.8
_SHORT_BITS = 32
_DISTANCE_BITS = 10  # least room for the distance from home, 0 being an empty slot
_AT_ONCE = 1 << 16


class SeenNumbers:
    """A growing set of integers 0 … 2**bits - 1, answered row by row.

    Memory is 4 bytes a slot where what is stored of a number fits (numbers of 13 digits from
    2**22 slots on), else 8; 40 to 80 % of the slots are used once there are many.
    """

    def __init__(self, bits: int, expected: int = 0) -> None:
        """``expected`` is how many there may be: room for them needs not be made anew."""
        self._bits = bits
        self._expected = expected
        self._runs = _Runs()
        self._few = 0
        self._table: _Slots | None = None

    def again(self, keys: Ints) -> Mask:
        """Which of the keys an earlier key of this or an earlier call was equal to; bool[n]."""
        if self._table is None and self._few + len(keys) < MANY:
            again = repeated_within(keys) | self._runs.contains(keys)
            fresh = keys[~again]
            self._runs.add(fresh)
            self._few += len(fresh)
            return again
        if self._table is None:
            self._table = _Slots(self._bits, self._expected)
            for run in self._runs.runs:
                self._table.add(run)
            self._runs = _Runs()
        return self._table.add(keys)


class _Slots:
    """The hash table with its growth; see :mod:`validation.kernels.keys`."""

    def __init__(self, bits: int, expected: int) -> None:
        self._bits = bits
        needed = int(expected / _MOST_FULL).bit_length()
        self._exponent = min(max(_FEWEST_SLOTS, needed), bits)
        self._slots = self._empty()
        self._count = 0

    def add(self, keys: Ints) -> Mask:
        """Enter the keys; which were there already, or earlier among them; bool[n]."""
        mixed = np.empty(len(keys), np.uint64)
        mix(np.ascontiguousarray(keys), self._bits, mixed)
        while self._count + len(keys) > _MOST_FULL * (1 << self._exponent):
            if self._exponent >= self._bits:
                break  # every number has a slot of its own
            self._grow()
        return self._enter(mixed)

    @property
    def _rest(self) -> int:
        """Bits of a mixed key that are stored in its slot."""
        return self._bits - self._exponent

    def _empty(self) -> Table:
        short = self._rest + _DISTANCE_BITS <= _SHORT_BITS
        slots = 1 << self._exponent
        return np.zeros(slots, np.uint32) if short else np.zeros(slots, np.uint64)

    def _enter(self, mixed: npt.NDArray[np.uint64]) -> Mask:
        again = np.zeros(len(mixed), np.uint8)
        done = 0
        while done < len(mixed):
            room = 8 * self._slots.itemsize - self._rest
            farthest = min((1 << room) - 2, (1 << self._exponent) - 1)
            entered, done, _ = insert(self._slots, self._rest, farthest, mixed, done, again)
            self._count += entered
            if done < len(mixed):
                self._grow()
        return again.view(np.bool_)

    def _grow(self) -> None:
        """Twice as many slots."""
        before, rest = self._slots, self._rest
        self._exponent += 1
        self._slots = self._empty()
        self._count = 0
        mixed = np.empty(_AT_ONCE, np.uint64)
        for begin in range(0, len(before), _AT_ONCE):
            self._enter(mixed[: mixed_of(before, rest, begin, mixed)])


class _Runs:
    """A growing set of integers as sorted runs; merged when two are of similar length, so that
    adding n keys costs O(n log n) and a look-up searches few runs."""

    def __init__(self) -> None:
        self.runs: list[Ints] = []

    def contains(self, values: Ints) -> Mask:
        found: Mask = np.zeros(len(values), np.bool_)
        for run in self.runs:
            at = np.minimum(np.searchsorted(run, values), len(run) - 1)
            found |= run[at] == values
        return found

    def add(self, values: Ints) -> None:
        if not len(values):
            return
        self.runs.append(np.sort(values))
        while len(self.runs) > 1 and len(self.runs[-2]) <= 2 * len(self.runs[-1]):
            last, before = self.runs.pop(), self.runs.pop()
            merged = np.concatenate([before, last])
            merged.sort(kind="stable")
            self.runs.append(merged)


def repeated_within(keys: Ints) -> Mask:
    """Rows whose key an earlier row of the same array has; bool[n]."""
    order = np.argsort(keys, kind="stable")
    again: Mask = np.zeros(len(keys), np.bool_)
    again[order[1:]] = keys[order[1:]] == keys[order[:-1]]
    return again
