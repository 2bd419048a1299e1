"""COMP, COMP-4 and COMP-5 of one to eight bytes, in either byte order."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.gathering import gather_words
from parsers.kernels.memory import (
    Word,
    integer,
    load_int,
    load_word,
    store_byte,
    store_int,
    swap_bytes,
)
from parsers.kernels.program import IS_LITTLE, IS_SIGNED, LIMIT, OFFSET, SUSPECT, WIDTH

_ZERO = np.uint64(0)
_SUSPECT = np.uint64(SUSPECT)


@inlined
def read_binary(
    row: int, data: int, source: int, step: int, count: int, values: int, status: int
) -> Word:
    """Integers and status of ``count`` fields at the starts in ``source``, or ``step`` bytes apart;
    not zero when one is suspect, that is beyond the digits of its picture."""
    first, limit = load_int(row, OFFSET), load_int(row, LIMIT)
    spare = 64 - 8 * load_int(row, WIDTH)
    little, signed = load_int(row, IS_LITTLE) != 0, load_int(row, IS_SIGNED) != 0
    whole = not signed and spare == 0
    suspects = _ZERO
    gather_words(data, source, step, first, count, values)
    for i in range(count):
        word = load_word(values, 8 * i)
        word = word << np.uint64(spare) if little else swap_bytes(word)
        value = integer(word) >> spare if signed else integer(word >> np.uint64(spare))
        beyond = value >= limit or value <= -limit or (whole and value < 0)
        wrong = np.uint64(limit != 0 and beyond)
        store_int(values, 8 * i, value)
        store_byte(status, i, _SUSPECT * wrong)
        suspects |= wrong
    return suspects
