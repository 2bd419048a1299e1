"""Bytes put between runs of bytes, all at once."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]

COMPILED_FROM: Final = 256 << 10
"""Bytes from which on the compiled loop pays: it is three to ten times as fast, but loading it
takes some tenths of a second."""


def with_margins(flat: Bytes, lengths: Int64s, before: Bytes, after: Bytes) -> Bytes:
    """Each run of ``flat`` between its rows of ``before`` and ``after``.

    ``flat`` uint8: runs of ``lengths`` (int64, n) bytes one after the other. ``before`` and
    ``after``: uint8 (n, width), of any width, zero included.
    """
    count, around = len(lengths), before.shape[1] + after.shape[1]
    if around == 0:
        return flat
    if count and bool((lengths == lengths[0]).all()):
        runs = flat.reshape(count, int(lengths[0]))
        return np.concatenate([before, runs, after], axis=1).ravel()
    out = np.empty(len(flat) + count * around, np.uint8)
    if len(flat) < COMPILED_FROM:
        _scatter(flat, lengths, before, after, out)
    else:
        from exporters.interleaving import interleave

        flat, lengths = np.ascontiguousarray(flat), np.ascontiguousarray(lengths)
        before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
        interleave(flat, lengths, before, after, out)
    return out


def _scatter(flat: Bytes, lengths: Int64s, before: Bytes, after: Bytes, out: Bytes) -> None:
    """The same by indexing."""
    first, last = before.shape[1], after.shape[1]
    ends = np.cumsum(lengths + (first + last))
    begins = ends - lengths - (first + last)
    before_places = begins[:, None] + np.arange(first)
    after_places = (ends - last)[:, None] + np.arange(last)
    is_run = np.ones(len(out), np.bool_)
    is_run[before_places] = False
    is_run[after_places] = False
    out[is_run] = flat
    out[before_places] = before
    out[after_places] = after
