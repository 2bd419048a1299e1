"""What can be wrong with the bytes of one field."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
"""Field bytes (n, width), or a flat run of them."""
Faults = npt.NDArray[np.uint8]
"""A :class:`Fault` for each row."""

LOW_VALUE = 0x00
HIGH_VALUE = 0xFF


class Fault(IntEnum):
    """Fault of one value; the member's name is the finding's code in the rule catalogue."""

    NONE = 0
    NUMBER_DIGIT = 1
    NUMBER_SIGN = 2
    NUMBER_SPACES = 3
    NUMBER_LOW_VALUES = 4
    NUMBER_HIGH_VALUES = 5
    PACKED_DIGIT = 6
    PACKED_SIGN = 7
    DATE_INVALID = 8
    PERIOD_INVALID = 9
    TEXT_UNMAPPABLE = 10
    TEXT_UTF8 = 11
    EDITED_PICTURE = 12
    TEXT_SHIFT = 13
    VARCHAR_LENGTH = 14
    FLOAT_NOT_FINITE = 15
    FLOAT_ROUNDED = 64


REMARK = 64
"""Faults from here on leave the value in place; they only say something about it."""


def name_filled(matrix: Bytes, faults: Faults, space: int) -> None:
    """Give faulty rows that are filled with one byte the fault that names the filling, in place.

    All spaces, LOW-VALUES or HIGH-VALUES in a number means "never filled in" far more often
    than "damaged", and whoever repairs the file needs to know which.
    """
    rows = np.flatnonzero(faults)
    if len(rows) == 0:
        return
    suspects = matrix[rows]
    for filling, fault in (
        (space, Fault.NUMBER_SPACES),
        (LOW_VALUE, Fault.NUMBER_LOW_VALUES),
        (HIGH_VALUE, Fault.NUMBER_HIGH_VALUES),
    ):
        faults[rows[(suspects == filling).all(axis=1)]] = fault
