"""PIC G and DISPLAY-1: double-byte characters without shifts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.points import Lengths, Mask, Points, text_of_points
from parsers.codepages.double_byte import FIRST_SEQUENCE
from parsers.codepages.multibyte import Multibyte


def decode_double(
    matrix: Bytes, multibyte: Multibyte, applies: Mask | None
) -> tuple[pa.StringArray, Faults]:
    """Text of the double bytes of each row, blanks included; null in rows that do not apply.

    ``matrix`` uint8 (n, width), width even. A pair that is no character is TEXT_UNMAPPABLE.
    """
    points = pair_points(matrix[:, 0::2], matrix[:, 1::2], multibyte)
    unknown = (points == 0).any(axis=1)
    if applies is not None:
        unknown &= applies
    faults = np.where(unknown, np.uint8(Fault.TEXT_UNMAPPABLE), np.uint8(0))
    kept = ~unknown if applies is None else applies & ~unknown
    lengths = np.where(kept, points.shape[1], 0).astype(np.int64)
    return text_of_points(*expanded(points[kept].reshape(-1), lengths, multibyte)), faults


def pair_points(leads: Bytes, trails: Bytes, multibyte: Multibyte) -> Points:
    """Code point of each pair of bytes, 0 for none."""
    points: Points = multibyte.points[leads.astype(np.uint16) << 8 | trails]
    return points


def expanded(points: Points, counts: Lengths, multibyte: Multibyte) -> tuple[Points, Lengths]:
    """``points`` with both code points of each character that is made of two, and ``counts``, the
    code points of each row, with them."""
    if not len(multibyte.sequences):
        return points, counts
    is_sequence = points >= FIRST_SEQUENCE
    if not is_sequence.any():
        return points, counts
    row = np.repeat(np.arange(len(counts)), counts)
    more = np.bincount(row[is_sequence], minlength=len(counts))
    places = np.flatnonzero(is_sequence)
    both = multibyte.sequences[points[places] - FIRST_SEQUENCE]
    wide = np.repeat(points, 1 + is_sequence.view(np.uint8))
    firsts = places + np.arange(len(places))
    wide[firsts], wide[firsts + 1] = both[:, 0], both[:, 1]
    return wide, counts + more
