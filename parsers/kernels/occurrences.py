"""Rows of the tables in records: one for each occurrence, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from parsers.kernels.compiling import entry, fingerprint
from parsers.kernels.memory import load_int, store_int, store_int32

_SIGNATURE = "int64(int64, int64, int64, int64, int64, int64, int64, int64, int64)"
Unfold = Callable[[int, int, int, int, int, int, int, int, int], int]


def _unfolder(stamp: int) -> Unfold:
    def unfold(
        starts: int,
        owner: int,
        rows: int,
        counts: int,
        offset: int,
        length: int,
        new_starts: int,
        new_owner: int,
        ends: int,
    ) -> int:
        made = 0 * stamp
        store_int32(ends, 0, 0)
        for i in range(rows):
            start = load_int(starts, 8 * i) + offset
            record = load_int(owner, 8 * i) if owner else i
            for _ in range(load_int(counts, 8 * i)):
                store_int(new_starts, 8 * made, start)
                store_int(new_owner, 8 * made, record)
                start += length
                made += 1
            store_int32(ends, 4 * i + 4, made)
        return made

    return unfold


@cache
def unfolder() -> Unfold:
    """``unfold(starts, owner, rows, counts, offset, length, new_starts, new_owner, ends)`` →
    occurrences; all but rows, offset and length are addresses.

    ``starts``, ``owner``, ``counts`` int64 (rows,): beginning of each row, the record it belongs
    to, its occurrences. ``new_starts`` and ``new_owner`` have room for all occurrences, ``ends``
    int32 for one more than ``rows``: the offsets of an Arrow list.
    """
    return entry(_SIGNATURE, _unfolder(fingerprint()))
