"""Text columns and digits → UTF-16 (PIC N, USAGE NATIONAL)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exporters.codecs.text_rows import Bytes, EncodedText, code_points, rows_with
from parsers.codepages import CodePage
from parsers.codepages.unicode_text import is_text_point


def encode_national(column: pa.Array, *, little_endian: bool) -> EncodedText:
    """``column`` (text; null is empty) in UTF-16 without a byte order mark."""
    points, ends = code_points(column)
    order = "utf-16-le" if little_endian else "utf-16-be"
    values = points.tobytes().decode("utf-32-le").encode(order)
    places = np.concatenate(([0], np.cumsum(np.where(points >= 0x1_0000, 4, 2))))
    return EncodedText(
        np.frombuffer(values, np.uint8),
        np.diff(places[ends]),
        rows_with(~is_text_point(points), ends),
    )


def fill_national(out: Bytes, *, little_endian: bool) -> None:
    """Fill ``out``, uint8 (rows, width), with blanks of UTF-16."""
    out[:, 0::2] = 0x20 if little_endian else 0x00
    out[:, 1::2] = 0x00 if little_endian else 0x20


def widen_national(narrow: Bytes, page: CodePage, *, little_endian: bool) -> Bytes:
    """The characters of a number, bytes of ``page`` (rows, n), as UTF-16 (rows, 2 n)."""
    units = np.frombuffer(page.decode_table.encode("utf-16-le"), np.uint16)
    wide = units[narrow].astype("<u2" if little_endian else ">u2")
    return wide.view(np.uint8).reshape(len(narrow), 2 * narrow.shape[1])
