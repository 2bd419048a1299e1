"""decimal128 baht at the boundary ↔ int64 satang inside, column-wise and exact."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.digits import Bools, Ints

_LARGEST_PRECISION = 18  # digits that always fit int64


def satang_of(amounts: pa.Array) -> tuple[Ints, Bools]:
    """``(satang int64[n], known bool[n])`` of decimal128(≤18, 2) baht; 0 where null.

    TypeError for another type: a float or another scale would not be exact.
    """
    kind = amounts.type
    if not pa.types.is_decimal128(kind) or kind.scale != 2 or kind.precision > _LARGEST_PRECISION:
        raise TypeError(f"amounts are {kind}; decimal128 of at most 18 digits, scale 2, expected")
    known: Bools = np.asarray(amounts.is_valid())
    words = np.frombuffer(amounts.buffers()[1] or b"", "<i8")
    first = 2 * amounts.offset
    satang = words[first : first + 2 * len(amounts) : 2].astype(np.int64)
    satang[~known] = 0
    return satang, known


def baht_of(satang: Ints, known: Bools, precision: int = 9) -> pa.Array:
    """decimal128(precision, 2)[n] of int64 satang, null where not known.

    OverflowError when an amount has more digits than ``precision``.
    """
    if np.any(np.abs(np.where(known, satang, 0)) >= 10**precision):
        raise OverflowError(f"an amount has more than {precision} digits of satang")
    words: npt.NDArray[np.int64] = np.empty((len(satang), 2), "<i8")
    words[:, 0] = satang
    words[:, 1] = satang >> 63  # sign of the upper half
    validity = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(
        pa.decimal128(precision, 2), len(satang), [validity, pa.py_buffer(words)]
    )
