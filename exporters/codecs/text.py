"""Text columns → single-byte characters, left-aligned and filled with the page's space."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.codecs.text_rows import (
    Bools,
    Bytes,
    EncodedText,
    place_text,
    rows_with,
    utf8_rows,
)
from parsers.codepages import CodePage

NO_BYTE = 0x100
FURTHER_POINTS = 0x1_0000
_ASCII_END = 0x80


def write_text(column: pa.Array, page: CodePage, out: Bytes) -> tuple[Bools, Bools]:
    """Write ``column`` (text; null is blank) into ``out``, shape (rows, width), all spaces before.

    Returns two masks of rows: longer than the width in encoded bytes, and with a character
    that the page does not have. Such rows stay blank or hold a wrong byte: not to be used.
    """
    encoded = encode_single(column, page)
    return place_text(encoded, out), encoded.unmappable


def encode_single(column: pa.Array, page: CodePage) -> EncodedText:
    """``column`` (text; null is empty) in a page with one byte for each code point."""
    codes, ends = _encode(column, page)
    unmappable = rows_with(codes == NO_BYTE, ends)
    return EncodedText(codes.astype(np.uint8), np.diff(ends), unmappable)


def _encode(
    column: pa.Array, page: CodePage
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """All characters in a row as bytes of the page (0x100: has none), and where each row ends
    (rows + 1 entries from 0): a single-byte page has one byte for each code point."""
    data, offsets = utf8_rows(column)
    if not len(data) or data.max() < _ASCII_END:
        return byte_table(page)[data], offsets
    starts = np.concatenate(([0], np.cumsum((data & 0xC0) != 0x80)))
    points = np.frombuffer(data.tobytes().decode("utf-8").encode("utf-32-le"), np.uint32)
    return byte_table(page)[np.minimum(points, FURTHER_POINTS)], starts[offsets]


@cache
def byte_table(page: CodePage) -> npt.NDArray[np.uint16]:
    """Byte of each code point of the basic plane, 0x100 for none; the last entry stands for
    every code point above it."""
    table = np.full(FURTHER_POINTS + 1, NO_BYTE, np.uint16)
    table[list(page.encode_map)] = list(page.encode_map.values())
    table.setflags(write=False)
    return table
