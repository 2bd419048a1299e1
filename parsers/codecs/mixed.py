"""PIC X in a mixed EBCDIC page: single bytes, and double bytes between shift-out and shift-in.

A row is read from its shifts, which are few: they must come in turn, shift-out first and
shift-in last, with a whole number of pairs between them (Enterprise COBOL Language Reference,
"DBCS items" and "Shift characters"). No step looks at a single row.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.dbcs import expanded, pair_points
from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.points import (
    Lengths,
    Mask,
    Points,
    kept_bytes,
    rows_holding,
    text_of_points,
)
from parsers.codepages import CodePage
from parsers.codepages.multibyte import SHIFT_IN, SHIFT_OUT, Multibyte

_NO_LENGTH = np.int64(0)


def decode_mixed(
    matrix: Bytes, lengths: Lengths, page: CodePage, multibyte: Multibyte
) -> tuple[pa.StringArray, Faults]:
    """Text of the first ``lengths`` bytes of each row; null where there is none, or at a fault.

    ``matrix`` uint8 (n, width), contiguous. Shifts that do not pair, or an odd byte between them,
    are TEXT_SHIFT; a byte or pair that is no character of the page is TEXT_UNMAPPABLE.
    """
    data = kept_bytes(matrix, lengths)
    shifts = np.flatnonzero((data == SHIFT_OUT) | (data == SHIFT_IN))
    faults = np.zeros(len(matrix), np.uint8)
    if len(shifts):
        unbalanced = _unbalanced_rows(data, shifts, lengths)
        if unbalanced.any():
            faults[unbalanced] = Fault.TEXT_SHIFT
            data = data[np.repeat(~unbalanced, lengths)]
            lengths = np.where(unbalanced, _NO_LENGTH, lengths)
            shifts = np.flatnonzero((data == SHIFT_OUT) | (data == SHIFT_IN))
    points, counts = _points(data, lengths, shifts, page, multibyte)
    unknown = rows_holding(points == 0, counts)
    if unknown.any():
        faults[unknown] = Fault.TEXT_UNMAPPABLE
        points = points[np.repeat(~unknown, counts)]
        counts = np.where(unknown, _NO_LENGTH, counts)
    return text_of_points(*expanded(points, counts, multibyte)), faults


def _unbalanced_rows(data: Bytes, shifts: npt.NDArray[np.intp], lengths: Lengths) -> Mask:
    """Rows whose shifts are not SO, SI, SO, SI … with whole pairs in between."""
    row = np.searchsorted(np.cumsum(lengths), shifts, side="right")
    is_first = np.ones(len(shifts), np.bool_)
    is_first[1:] = row[1:] != row[:-1]
    starts = np.flatnonzero(is_first)
    sizes = np.diff(np.append(starts, len(shifts)))
    is_out = (np.arange(len(shifts)) - np.repeat(starts, sizes)) % 2 == 0
    wrong = (data[shifts] == SHIFT_OUT) != is_out
    # a shift-in in its turn has its shift-out right before it in the list
    wrong[1:] |= ~is_out[1:] & ((shifts[1:] - shifts[:-1]) % 2 == 0)
    unbalanced = np.zeros(len(lengths), np.bool_)
    unbalanced[row[wrong]] = True
    unbalanced[row[starts[sizes % 2 == 1]]] = True
    return unbalanced


def _points(
    data: Bytes,
    lengths: Lengths,
    shifts: npt.NDArray[np.intp],
    page: CodePage,
    multibyte: Multibyte,
) -> tuple[Points, Lengths]:
    """Code points of all rows in one run (0: no character), and how many are of each row."""
    points = single_byte_points(page)[data]
    if not len(shifts):
        return points, lengths
    outs, ins = shifts[0::2], shifts[1::2]
    pairs = (ins - outs) // 2
    ends = np.cumsum(pairs)
    leads = np.arange(int(ends[-1])) * 2 + np.repeat(outs + 1 - 2 * (ends - pairs), pairs)
    points[leads] = pair_points(data[leads], data[leads + 1], multibyte)
    is_character = np.ones(len(data), np.bool_)
    is_character[shifts] = False
    is_character[leads + 1] = False
    running = np.zeros(len(data) + 1, np.int64)
    np.cumsum(is_character, out=running[1:])
    bounds = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=bounds[1:])
    return points[is_character], np.diff(running[bounds])


@cache
def single_byte_points(page: CodePage) -> Points:
    """uint32[256]: code point of each byte of ``page``, 0 for one that is no character of text."""
    points = np.frombuffer(page.decode_table.encode("utf-32-le"), np.uint32)
    return np.where(page.is_text, points, np.uint32(0))
