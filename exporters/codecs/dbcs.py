"""Text columns → double-byte characters without shifts (PIC G, DISPLAY-1)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.codecs.text_rows import (
    Bools,
    EncodedText,
    Int64s,
    Points,
    code_points,
    rows_with,
)
from parsers.codepages.multibyte import Multibyte

Pairs = npt.NDArray[np.uint16]
"""A pair of bytes for each character, the first one high; 0 for none."""


def encode_double(column: pa.Array, multibyte: Multibyte) -> EncodedText:
    """``column`` (text; null is empty) in two bytes for each character."""
    points, ends = code_points(column)
    pairs, _, ends = pairs_of(points, ends, multibyte, np.ones(len(points), np.bool_))
    values = pairs.astype(">u2").view(np.uint8)
    return EncodedText(values, np.diff(ends) * 2, rows_with(pairs == 0, ends))


def pairs_of(
    points: Points, ends: Int64s, multibyte: Multibyte, wanted: Bools
) -> tuple[Pairs, npt.NDArray[np.intp], Int64s]:
    """Pair of each character that is ``wanted`` as a pair, 0 for the others.

    Also the place of each character's first code point, and where each row ends, counted in
    characters: two code points that are one character of the page are joined.
    """
    pairs = np.where(wanted, multibyte.pairs[np.minimum(points, len(multibyte.pairs) - 1)], 0)
    pairs = pairs.astype(np.uint16)
    firsts, joined = _sequences(points, ends, multibyte)
    if not len(firsts):
        return pairs, np.arange(len(points)), ends
    pairs[firsts] = joined
    is_start = np.ones(len(points), np.bool_)
    is_start[firsts + 1] = False
    counted = np.concatenate(([0], np.cumsum(is_start)))
    return pairs[is_start], np.flatnonzero(is_start), counted[ends]


def _sequences(
    points: Points, ends: Int64s, multibyte: Multibyte
) -> tuple[npt.NDArray[np.intp], Pairs]:
    """Where a character of two code points begins, and its pair; the leftmost where two overlap."""
    none = np.empty(0, np.intp), np.empty(0, np.uint16)
    sequences = multibyte.sequences
    if not len(sequences) or len(points) < 2:
        return none
    firsts = np.flatnonzero(np.isin(points[1:], np.unique(sequences[:, 1])))
    firsts = firsts[~np.isin(firsts + 1, ends)]  # both in the same row
    keys = sequences[:, 0].astype(np.uint64) << np.uint64(32) | sequences[:, 1]
    found = points[firsts].astype(np.uint64) << np.uint64(32) | points[firsts + 1]
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], found), len(keys) - 1)
    known = keys[order][place] == found
    firsts, place = firsts[known], order[place[known]]
    if not len(firsts):
        return none
    is_new = np.concatenate(([True], np.diff(firsts) > 1))
    run_start = firsts[np.maximum.accumulate(np.where(is_new, np.arange(len(firsts)), 0))]
    leftmost = (firsts - run_start) % 2 == 0
    return firsts[leftmost], multibyte.sequence_pairs[place[leftmost]]
