"""Runs of code points → Arrow text, for all characters that take more than one byte."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.codecs.fault import Bytes

Points = npt.NDArray[np.uint32]
"""Unicode code points, of all rows in one run."""
Lengths = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BLANKS = " \u3000"
"""The blank, and the ideographic one of double-byte sets."""


def kept_bytes(matrix: Bytes, lengths: Lengths) -> Bytes:
    """The first ``lengths`` int64 (n,) bytes of each row of the contiguous ``matrix``, in one
    run: a view of it where nothing is left out."""
    width = matrix.shape[1]
    if len(lengths) and lengths.min() == width:
        return matrix.reshape(-1)
    counter = counting_type(width)
    places = np.arange(width, dtype=counter)
    kept: Bytes = matrix[np.less(places, lengths.astype(counter)[:, None])]
    return kept


def counting_type(width: int) -> np.dtype[np.uint8] | np.dtype[np.uint32]:
    """Smallest dtype that counts to ``width``: comparing bytes is several times faster."""
    return np.dtype(np.uint8) if width < 256 else np.dtype(np.uint32)


def rows_holding(flags: Mask, lengths: Lengths) -> Mask:
    """Rows with a flag set; ``flags`` of all rows in one run, ``lengths`` of them to each row."""
    held = np.zeros(len(lengths), np.bool_)
    if flags.any():
        ends = np.cumsum(lengths)
        held[np.searchsorted(ends, np.flatnonzero(flags), side="right")] = True
    return held


def text_of_points(points: Points, lengths: Lengths) -> pa.StringArray:
    """Text of ``lengths`` code points a row, all of which are characters; null without any."""
    utf8 = points.tobytes().decode("utf-32-le").encode("utf-8")
    ends: npt.NDArray[np.signedinteger] = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    if len(utf8) != len(points):
        sizes = 1 + (points >= 0x80).view(np.uint8) + (points >= 0x800).view(np.uint8)
        sizes += (points >= 0x1_0000).view(np.uint8)
        running = np.zeros(len(points) + 1, np.int32)
        np.cumsum(sizes, dtype=np.int32, out=running[1:])
        ends = running[ends]
    return text_of_utf8(np.frombuffer(utf8, np.uint8), ends, lengths != 0)


def text_of_utf8(
    utf8: Bytes, offsets: npt.NDArray[np.signedinteger], valid: Mask
) -> pa.StringArray:
    """Text whose valid UTF-8 is in one run, each row between two ``offsets``."""
    nulls = len(valid) - int(valid.sum())
    validity = pa.py_buffer(np.packbits(valid, bitorder="little")) if nulls else None
    buffers = [pa.py_buffer(offsets.astype(np.int32, copy=False)), pa.py_buffer(utf8)]
    return pa.StringArray.from_buffers(len(valid), *buffers, validity, nulls)


def trimmed(text: pa.StringArray, blanks: str = BLANKS, *, left: bool = False) -> pa.StringArray:
    """Text without ``blanks`` at its end, or with ``left`` at its beginning; null where nothing is
    left over."""
    if not len(text):
        return text
    text = (pc.utf8_ltrim if left else pc.utf8_rtrim)(text, characters=blanks)
    _, offset_buffer, data_buffer = text.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32, len(text) + 1, 4 * text.offset)
    utf8 = np.frombuffer(data_buffer or b"", np.uint8)
    return text_of_utf8(utf8, offsets, offsets[1:] != offsets[:-1])
