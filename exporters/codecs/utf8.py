"""Text columns → UTF-8 in fields of a fixed number of bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exporters.codecs.text_rows import EncodedText, code_points, rows_with, utf8_rows
from parsers.codepages.unicode_text import is_text_point


def encode_utf8(column: pa.Array) -> EncodedText:
    """``column`` (text; null is empty) as it is; control characters and noncharacters are
    unmappable."""
    data, offsets = utf8_rows(column)
    points, ends = code_points(column)
    return EncodedText(data, np.diff(offsets), rows_with(~is_text_point(points), ends))
