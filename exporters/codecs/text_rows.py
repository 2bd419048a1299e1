"""Text columns as runs of UTF-8 or of code points, and encoded runs put into their fields."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import ColumnTypeError

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]
Points = npt.NDArray[np.uint32]


class EncodedText(NamedTuple):
    """A text column in its encoding: ``values``, the bytes of all rows in one run, ``lengths``
    int64 (rows) of each, and ``unmappable``, the rows with a character that has no code (whose
    bytes are not to be used)."""

    values: Bytes
    lengths: Int64s
    unmappable: Bools


def place_text(encoded: EncodedText, out: Bytes, *, right: bool = False) -> Bools:
    """Put each row into its row of ``out``, uint8 (rows, width), at the left end or the right.

    Returns the rows that are longer than the width; they are left as they are.
    """
    rows, width = out.shape
    values, lengths = encoded.values, encoded.lengths
    too_long: Bools = lengths > width
    if too_long.any():
        values = values[~np.repeat(too_long, lengths)]
        lengths = np.where(too_long, 0, lengths)
    if len(values) == rows * width:
        out[:] = values.reshape(rows, width)
    elif right:
        out[np.arange(width) >= (width - lengths)[:, None]] = values
    else:
        out[np.arange(width) < lengths[:, None]] = values
    return too_long


def code_points(column: pa.Array) -> tuple[Points, Int64s]:
    """Code points of all rows in one run, and where each row ends (rows + 1 entries from 0)."""
    data, offsets = utf8_rows(column)
    if not len(data) or data.max() < 0x80:
        return data.astype(np.uint32), offsets
    starts = np.concatenate(([0], np.cumsum((data & 0xC0) != 0x80)))
    points = np.frombuffer(data.tobytes().decode("utf-8").encode("utf-32-le"), np.uint32)
    return points, starts[offsets]


def rows_with(flags: Bools, ends: Int64s) -> Bools:
    """Rows with a flag set; ``flags`` of all rows in one run, each row ending at its ``ends``."""
    found = np.zeros(len(ends) - 1, np.bool_)
    if flags.any():
        found[np.searchsorted(ends, np.flatnonzero(flags), side="right") - 1] = True
    return found


def utf8_rows(column: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
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
