"""COMP-1 and COMP-2 as IEEE 754 binary32 and binary64, in either byte order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes, Fault, Faults

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def decode_ieee(matrix: Bytes, *, little_endian: bool = False) -> tuple[Floats, Faults]:
    """Floats of four bytes (float32) or eight (float64); ``matrix`` uint8 (n, 4) or (n, 8).

    NaN and the infinities are FLOAT_NOT_FINITE: no amount that a file means.
    ValueError for another width.
    """
    width = matrix.shape[1]
    if width not in (4, 8):
        raise ValueError(f"an IEEE float of {width} bytes; COMP-1 has 4, COMP-2 has 8")
    order = "<" if little_endian else ">"
    stored = np.ascontiguousarray(matrix).view(f"{order}f{width}")[:, 0]
    values: Floats = stored.astype(np.float32) if width == 4 else stored.astype(np.float64)
    faults = np.zeros(len(matrix), np.uint8)
    faults[~np.isfinite(values)] = Fault.FLOAT_NOT_FINITE
    return values, faults


def encode_ieee(
    values: npt.NDArray[np.float64], width: int, *, little_endian: bool = False
) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Bytes (n, width) of the nearest IEEE floats, and the rows that are not finite in them.

    A double is rounded to binary32 half to even; that is not reported, but one beyond the
    largest binary32 (about 3.4e38) is.
    """
    order = "<" if little_endian else ">"
    with np.errstate(over="ignore"):
        stored = values.astype(f"{order}f{width}")
    wrong = ~np.isfinite(stored)
    return stored.view(np.uint8).reshape(len(values), width), wrong
