"""Digit strings of fixed width ↔ numbers, column-wise. Only ASCII 0-9 are digits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

_ZERO = 48


def digit_matrix(texts: pa.Array, width: int) -> tuple[Bytes, Bools]:
    """Digits of each text that is exactly ``width`` ASCII digits.

    Returns ``(digits uint8[n, width], good bool[n])``; rows that are null, of another length in
    bytes or hold anything but 0-9 are not good and their digits are zeros.
    """
    plain = texts.cast(pa.large_utf8())
    count = len(plain)
    if not count:
        return np.zeros((0, width), np.uint8), np.zeros(0, np.bool_)
    _, offsets_buffer, data_buffer = plain.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64, count + 1, plain.offset * 8)
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else _no_bytes()
    good: Bools = np.diff(offsets) == width
    if plain.null_count:
        good &= np.asarray(plain.is_valid())
    digits = _gather(data, offsets[:-1], good, width) - np.uint8(_ZERO)
    for column in digits.T:  # many times faster than .all(axis=1) over so short an axis
        good &= column <= 9
    digits[~good] = 0
    return digits, good


def numbers_of(texts: pa.Array, width: int) -> tuple[Ints, Bools]:
    """``(value int64[n], good bool[n])`` of texts of ``width`` digits (at most 18); 0 if not."""
    digits, good = digit_matrix(texts, width)
    return number_of_digits(digits), good


def number_of_digits(digits: Bytes) -> Ints:
    """Value of each row of a digit matrix, most significant digit first; int64[n]."""
    value = np.zeros(len(digits), np.int64)
    for column in digits.T:
        value *= 10
        value += column
    return value


def digits_of_number(values: Ints, width: int) -> Bytes:
    """Last ``width`` decimal digits of non-negative values; uint8[n, width]."""
    digits = np.empty((len(values), width), np.uint8)
    rest = values.astype(np.int64, copy=True)
    for position in range(width - 1, -1, -1):
        rest, digits[:, position] = np.divmod(rest, 10)
    return digits


def text_of_digits(digits: Bytes) -> pa.StringArray:
    """Zero-padded texts of a digit matrix; utf8[n], no nulls. At most 2 GiB of text."""
    count, width = digits.shape
    if count * width > np.iinfo(np.int32).max:
        raise ValueError(f"{count} texts of {width} digits do not fit one utf8 array; use batches")
    data = np.ascontiguousarray(digits + np.uint8(_ZERO))
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)[: count + 1]
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def text_of_numbers(values: Ints, width: int) -> pa.StringArray:
    """Zero-padded texts of non-negative values; utf8[n], no nulls."""
    return text_of_digits(digits_of_number(values, width))


def _gather(data: Bytes, starts: Ints, rows: Bools, width: int) -> Bytes:
    if rows.all():
        first = int(starts[0])
        return data[first : first + len(starts) * width].reshape(-1, width)
    result = np.zeros((len(starts), width), np.uint8)
    chosen = np.flatnonzero(rows)
    if len(chosen):
        result[chosen] = data[starts[chosen, None] + np.arange(width)]
    return result


def _no_bytes() -> Bytes:
    return np.zeros(0, np.uint8)
