"""Integers of the codecs → Arrow arrays, without Python objects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.digits import Integers


def integer_array(values: Integers, valid: npt.NDArray[np.bool_], type_: pa.DataType) -> pa.Array:
    """Array of ``type_`` (int64, int32, date32, or decimal128 of any scale); null if not valid.

    ``values`` are unscaled: int64 (n,) or, for decimal128 only, the two halves (n, 2).
    """
    if pa.types.is_decimal(type_):
        data = _limbs(values)
    else:
        data = np.ascontiguousarray(values, np.int64 if type_ == pa.int64() else np.int32)
    nulls = len(valid) - int(valid.sum())
    validity = pa.py_buffer(np.packbits(valid, bitorder="little")) if nulls else None
    return pa.Array.from_buffers(type_, len(valid), [validity, pa.py_buffer(data)], nulls)


def _limbs(values: Integers) -> npt.NDArray[np.int64]:
    """128-bit little-endian two's complement; a single int64 is extended by its sign."""
    if values.ndim == 2:
        return values
    return np.stack([values, values >> 63], axis=1)
