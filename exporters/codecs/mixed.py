"""Text columns → mixed EBCDIC: single bytes, and double bytes between shift-out and shift-in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exporters.codecs.dbcs import Pairs, pairs_of
from exporters.codecs.text import FURTHER_POINTS, NO_BYTE, byte_table
from exporters.codecs.text_rows import (
    Bools,
    Bytes,
    EncodedText,
    Int64s,
    code_points,
    rows_with,
)
from parsers.codepages import CodePage
from parsers.codepages.multibyte import SHIFT_IN, SHIFT_OUT, Multibyte


def encode_mixed(column: pa.Array, page: CodePage, multibyte: Multibyte) -> EncodedText:
    """``column`` (text; null is empty) with a shift-out before each run of double-byte characters
    and a shift-in behind it; every row ends in single bytes. A character that has a byte of its
    own is written as that byte."""
    points, ends = code_points(column)
    if not len(points):
        nothing = np.zeros(len(column), np.int64)
        return EncodedText(np.empty(0, np.uint8), nothing, nothing.astype(np.bool_))
    bytes_ = byte_table(page)[np.minimum(points, FURTHER_POINTS)]
    pairs, starts, ends = pairs_of(points, ends, multibyte, bytes_ == NO_BYTE)
    bytes_ = bytes_[starts]
    is_double: Bools = np.not_equal(pairs, 0)
    unmappable = rows_with(~is_double & (bytes_ == NO_BYTE), ends)
    opens, closes = _shifts(is_double, ends)
    size = np.where(is_double, 2, 1) + opens + closes
    places = np.zeros(len(size) + 1, np.int64)
    np.cumsum(size, out=places[1:])
    values = np.empty(int(places[-1]), np.uint8)
    values[places[:-1][opens]] = SHIFT_OUT
    values[places[1:][closes] - 1] = SHIFT_IN
    at = places[:-1] + opens
    values[at[~is_double]] = bytes_[~is_double].astype(np.uint8)
    _put_pairs(values, at[is_double], pairs[is_double])
    return EncodedText(values, np.diff(places[ends]), unmappable)


def _shifts(is_double: Bools, ends: Int64s) -> tuple[Bools, Bools]:
    """Characters with a shift-out before them, and those with a shift-in behind them."""
    opens, closes = is_double.copy(), is_double.copy()
    opens[1:] &= ~is_double[:-1]
    closes[:-1] &= ~is_double[1:]
    filled = np.flatnonzero(np.diff(ends))
    firsts, lasts = ends[:-1][filled], ends[1:][filled] - 1
    opens[firsts] = is_double[firsts]
    closes[lasts] = is_double[lasts]
    return opens, closes


def _put_pairs(values: Bytes, at: Int64s, pairs: Pairs) -> None:
    values[at] = pairs >> 8
    values[at + 1] = pairs & 0xFF
