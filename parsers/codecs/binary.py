"""COMP, COMP-4 and COMP-5: big-endian two's complement of 2, 4 or 8 bytes."""

from __future__ import annotations

import numpy as np

from parsers.codecs.digits import Integers
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled


def decode_binary(
    matrix: Bytes, *, digits: int, signed: bool, native: bool, space: int
) -> tuple[Integers, Faults]:
    """Integers of binary numbers.

    COMP holds no more than the digits of its picture (the TRUNC(STD) that the mainframe's
    compiler defaults to), so that a larger value is NUMBER_DIGIT: it shows a wrong layout.
    ``native`` (COMP-5) uses the whole range of its bytes; of eight unsigned bytes the upper
    half of the range does not fit an int64 and is NUMBER_DIGIT too.
    ValueError for a width other than 2, 4 or 8.
    """
    width = matrix.shape[1]
    if width not in (2, 4, 8):
        raise ValueError(f"a binary number of {width} bytes; COMP has 2, 4 or 8")
    stored = np.ascontiguousarray(matrix).view(f">{'i' if signed else 'u'}{width}")[:, 0]
    faults = np.zeros(len(matrix), np.uint8)
    if not native:
        beyond = stored >= 10**digits
        if signed:
            beyond |= stored <= -(10**digits)
        faults[beyond] = Fault.NUMBER_DIGIT
    elif width == 8 and not signed:
        faults[stored > np.uint64(np.iinfo(np.int64).max)] = Fault.NUMBER_DIGIT
    name_filled(matrix, faults, space)
    return stored.astype(np.int64), faults
