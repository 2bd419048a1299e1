"""Rows of the tables in records: one for each occurrence, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from parsers.kernels.compiling import entry, fingerprint
from parsers.kernels.memory import load_int, store_int, store_int32

_SIGNATURE = "int64(int64, int64, int64, int64, int64, int64, int64)"
AT_ONCE: Final = 8
"""Beginnings that are written in one step."""
Unfold = Callable[[int, int, int, int, int, int, int], int]


def _unfolder(stamp: int) -> Unfold:
    def unfold(
        starts: int,
        rows: int,
        counts: int,
        offset: int,
        length: int,
        new_starts: int,
        ends: int,
    ) -> int:
        made = 0 * stamp
        store_int32(ends, 0, 0)
        for i in range(rows):
            start = load_int(starts, 8 * i) + offset
            count = load_int(counts, 8 * i)
            # Steps of one size, as one store: what is too much the next row writes over.
            for step in range(0, count, AT_ONCE):
                for place in range(AT_ONCE):
                    store_int(
                        new_starts, 8 * (made + step + place), start + (step + place) * length
                    )
            made += count
            store_int32(ends, 4 * i + 4, made)
        return made

    return unfold


@cache
def unfolder() -> Unfold:
    """``unfold(starts, rows, counts, offset, length, new_starts, ends)`` →
    occurrences; all but rows, offset and length are addresses.

    ``starts``, ``counts`` int64 (rows,): beginning of each row, its occurrences. ``new_starts``
    has room for AT_ONCE more than all occurrences, ``ends`` int32 for one more than ``rows``: the
    offsets of an Arrow list.
    """
    return entry(_SIGNATURE, _unfolder(fingerprint()))
