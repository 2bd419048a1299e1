"""The slow second look at numbers that a fast pass found odd: which fault, or what they mean."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import (
    COMPARED,
    load_byte,
    load_int,
    store_byte,
    store_int,
    trailing_zeros,
)
from parsers.kernels.outputs import odd_rows
from parsers.kernels.packed import packed_fault
from parsers.kernels.program import (
    BINARY,
    FILL_FAULT,
    FILL_NULL,
    FILLS,
    KIND,
    NULL,
    OFFSET,
    PACKED,
    SPACE,
    WIDTH,
    ZERO_IS_SUSPECT,
    ZONED,
)
from parsers.kernels.zoned import zoned_fault

_NUMBER_DIGIT = 1
_NUMBER_SPACES = 3
_NO_FILLING = -1


@inlined
def examine(row: int, data: int, source: int, count: int, values: int, status: int) -> None:
    """Settle every suspect of a tile: its status becomes a fault, NULL, or good again."""
    for k in range(0, count, COMPARED):
        odd = odd_rows(status, k, count)
        while odd:
            i = k + trailing_zeros(odd)
            odd &= odd - np.uint64(1)
            start = load_int(source, 8 * i) + load_int(row, OFFSET)
            settled = _settled(row, data, start)
            store_byte(status, i, np.uint64(max(settled, 0)))
            if settled < 0:  # declared to be zero
                store_int(values, 8 * i, 0)


@inlined
def _settled(row: int, data: int, start: int) -> int:
    """Status of the number at ``start``; -1 where it is to be zero."""
    filling = _filling(data, start, load_int(row, WIDTH), load_int(row, SPACE))
    fault = _fault(row, data, start)
    if fault == 0 and filling != _NO_FILLING and load_int(row, ZERO_IS_SUSPECT) != 0:
        fault = _NUMBER_DIGIT
    if fault == 0 or filling == _NO_FILLING:
        return fault
    meaning = (load_int(row, FILLS) >> (4 * filling)) & 0x0F
    if meaning == FILL_FAULT:
        return _NUMBER_SPACES + filling
    return NULL if meaning == FILL_NULL else -1


@inlined
def _fault(row: int, data: int, start: int) -> int:
    kind = load_int(row, KIND)
    if kind == ZONED:
        return zoned_fault(row, data, start)
    if kind == PACKED:
        return packed_fault(row, data, start)
    return _NUMBER_DIGIT if kind == BINARY else 0


@inlined
def _filling(data: int, start: int, width: int, space: int) -> int:
    """0: all spaces, 1: LOW-VALUES, 2: HIGH-VALUES, or none of them."""
    first = load_byte(data, start)
    for i in range(1, width):
        if load_byte(data, start + i) != first:
            return _NO_FILLING
    if first == np.uint64(0xFF):
        return 2
    if first == np.uint64(0):
        return 1
    return 0 if first == np.uint64(space) else _NO_FILLING
