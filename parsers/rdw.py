"""V and VB: every record behind a record descriptor word (RDW).

The RDW is four bytes: a big-endian length that includes itself, then a segment byte (0: a whole
record) and a reserved byte. Files come from the transfer without block descriptor words.
(z/OS DFSMS Using Data Sets, "Variable-Length Record Formats".)
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes

Ints = npt.NDArray[np.int64]

RDW_BYTES = 4
LONGEST_RDW = 32_760
"""Greatest length an RDW can give: a record fits a block, and a block is no longer."""


class ChainEnd(IntEnum):
    """Why following the RDWs of a block came to an end."""

    SHORT = 0  # the data ends before the record does
    INVALID = 1  # no possible length, or a segment of a spanned record (not supported yet)


def follow_chain(data: Bytes) -> tuple[Ints, Ints, int, ChainEnd]:
    """Follow the RDWs from the beginning of ``data``.

    Returns where each whole record's data begins, its length (both int64, without RDW), the
    place of the RDW at which it ended, and why.
    """
    most = len(data) // RDW_BYTES
    starts = np.empty(most, np.int64)
    lengths = np.empty(most, np.int64)
    count, place, end = _kernel()(data, starts, lengths)
    return starts[:count].copy(), lengths[:count].copy(), place, ChainEnd(end)


_SIGNATURE = "UniTuple(int64, 3)(Array(uint8, 1, 'C', True), int64[::1], int64[::1])"
_Kernel = Callable[[Bytes, Ints, Ints], tuple[int, int, int]]


@cache
def _kernel() -> _Kernel:
    """The loop compiled, on first use: only V and VB files pay for loading the compiler."""
    import numba

    return cast(_Kernel, numba.njit(_SIGNATURE, cache=True, nogil=True)(_follow))


def _follow(data: Bytes, starts: Ints, lengths: Ints) -> tuple[int, int, int]:
    """Compiled by :func:`_kernel`; fills both arrays and returns count, place and ChainEnd."""
    count = 0
    place = 0
    while place + RDW_BYTES <= len(data):
        length = int(np.int64(data[place]) * 256 + np.int64(data[place + 1]))
        segment = data[place + 2] | data[place + 3]
        if length < RDW_BYTES or length > LONGEST_RDW or segment != 0:
            return count, place, 1
        if place + length > len(data):
            break
        starts[count] = place + RDW_BYTES
        lengths[count] = length - RDW_BYTES
        count += 1
        place += length
    return count, place, 0
