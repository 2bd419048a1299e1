"""Values of the codecs → Arrow arrays, without Python objects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.digits import Integers

Mask = npt.NDArray[np.bool_]


def integer_array(values: Integers, valid: Mask, type_: pa.DataType) -> pa.Array:
    """Array of ``type_`` (int64, int32, date32, or decimal128 of any scale); null if not valid.

    ``values`` are unscaled: int64 (n,) or, for decimal128 only, the two halves (n, 2).
    """
    if pa.types.is_decimal(type_):
        data = _limbs(values)
    else:
        data = np.ascontiguousarray(values, np.int64 if type_ == pa.int64() else np.int32)
    return _array(data, valid, type_)


def float_array(values: npt.NDArray[np.floating], valid: Mask, type_: pa.DataType) -> pa.Array:
    """Array of ``type_`` (float32 or float64) of float values (n,); null if not valid."""
    width = np.float32 if type_ == pa.float32() else np.float64
    return _array(np.ascontiguousarray(values, width), valid, type_)


def _array(data: npt.NDArray[np.generic], valid: Mask, type_: pa.DataType) -> pa.Array:
    nulls = len(valid) - int(valid.sum())
    validity = pa.py_buffer(np.packbits(valid, bitorder="little")) if nulls else None
    return pa.Array.from_buffers(type_, len(valid), [validity, pa.py_buffer(data)], nulls)


def _limbs(values: Integers) -> npt.NDArray[np.int64]:
    """128-bit little-endian two's complement; a single int64 is extended by its sign."""
    if values.ndim == 2:
        return np.ascontiguousarray(values)
    return np.stack([values, values >> 63], axis=1)
