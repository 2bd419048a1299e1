"""Text columns → single-byte characters, left-aligned and filled with the page's space."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import ColumnTypeError
from parsers.codepages import CodePage

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

_UNMAPPABLE = 0x100
_CODE_POINTS = 0x1_0000
_ASCII_END = 0x80


def write_text(column: pa.Array, page: CodePage, out: Bytes) -> tuple[Bools, Bools]:
    """Write ``column`` (text; null is blank) into ``out``, shape (rows, width), all spaces before.

    Returns two masks of rows: longer than the width in encoded bytes, and with a character
    that the page does not have. Such rows stay blank or hold a wrong byte: not to be used.
    """
    rows, width = out.shape
    encoded, ends = _encode(column, page)
    unmappable = _any_in_row(encoded == _UNMAPPABLE, ends)
    lengths = np.diff(ends)
    too_long = lengths > width
    if too_long.any():
        encoded = encoded[~np.repeat(too_long, lengths)]
        lengths = np.where(too_long, 0, lengths)
    values = encoded.astype(np.uint8)
    if len(values) == rows * width:
        out[:] = values.reshape(rows, width)
    else:
        out[np.arange(width) < lengths[:, None]] = values
    return too_long, unmappable


def _encode(
    column: pa.Array, page: CodePage
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """All characters in a row as bytes of the page (0x100: has none), and where each row ends
    (rows + 1 entries from 0): a single-byte page has one byte for each code point."""
    data, offsets = _utf8(column)
    if not len(data) or data.max() < _ASCII_END:
        return _encode_table(page)[data], offsets
    starts = np.concatenate(([0], np.cumsum((data & 0xC0) != 0x80)))
    points = np.frombuffer(data.tobytes().decode("utf-8").encode("utf-32-le"), np.uint32)
    return _encode_table(page)[np.minimum(points, _CODE_POINTS)], starts[offsets]


def _utf8(column: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """UTF-8 bytes of the rows and their offsets from 0; null takes no bytes."""
    if pa.types.is_null(column.type):
        return np.empty(0, np.uint8), np.zeros(len(column) + 1, np.int64)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        if not pa.types.is_string_view(column.type):
            raise ColumnTypeError(f"{column.type} is no text")
        column = column.cast(pa.utf8())
    if column.null_count:
        column = pc.fill_null(column, "")
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offset_buffer, data_buffer = column.buffers()
    skipped = column.offset * np.dtype(width).itemsize
    offsets = np.frombuffer(offset_buffer, width, len(column) + 1, skipped).astype(np.int64)
    if data_buffer is None:
        return np.empty(0, np.uint8), offsets - offsets[0]
    data = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
    return data, offsets - offsets[0]


@cache
def _encode_table(page: CodePage) -> npt.NDArray[np.uint16]:
    """Byte of each code point of the basic plane, 0x100 for none; the last entry stands for
    every code point above it."""
    table = np.full(_CODE_POINTS + 1, _UNMAPPABLE, np.uint16)
    table[list(page.encode_map)] = list(page.encode_map.values())
    table.setflags(write=False)
    return table


def _any_in_row(flags: Bools, ends: npt.NDArray[np.int64]) -> Bools:
    found = np.zeros(len(ends) - 1, np.bool_)
    if flags.any():
        found[np.searchsorted(ends, np.flatnonzero(flags), side="right") - 1] = True
    return found
