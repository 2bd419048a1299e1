"""Columns of field bytes for the codecs, and their values as Python integers."""

import numpy as np
from hypothesis import strategies as st


def matrix(*fields: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(fields), np.uint8).reshape(len(fields), -1)


def strided(fields: list[bytes]) -> np.ndarray:
    """The same fields with other bytes around them, as they lie in records."""
    width = len(fields[0])
    records = np.full((len(fields), width + 7), 0xAB, np.uint8)
    records[:, 3 : 3 + width] = matrix(*fields)
    return records[:, 3 : 3 + width]


def integers(values: np.ndarray) -> list[int]:
    """Python integers of int64 values or of 128-bit halves."""
    if values.ndim == 1:
        return [int(value) for value in values]
    return [(int(high) << 64) | (int(low) & (2**64 - 1)) for low, high in values]


@st.composite
def numbers(draw, most_digits: int = 31, *, signed: bool = True):
    """(digits, values that fit)."""
    digits = draw(st.integers(1, most_digits))
    top = 10**digits - 1
    return digits, draw(st.lists(st.integers(-top if signed else 0, top), min_size=1, max_size=20))
