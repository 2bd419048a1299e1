"""Text fields made for tests, and the rows of one as a matrix within longer records."""

from __future__ import annotations

import numpy as np

from parsers.layout import Field


def text_field(length: int, usage: str = "display", **attributes: bool) -> Field:
    return Field("NAME", "name", 5, 0, length, "X", usage, "text", **attributes)


def rows_of(fields: list[bytes], width: int, blank: bytes = b"\x40") -> np.ndarray:
    """Fields filled with ``blank`` to ``width``, as a view into longer records."""
    records = np.full((len(fields), width + 5), 0xEE, np.uint8)
    filled = b"".join((field + blank * width)[:width] for field in fields)
    records[:, 2 : 2 + width] = np.frombuffer(filled, np.uint8).reshape(len(fields), width)
    return records[:, 2 : 2 + width]
