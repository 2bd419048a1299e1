"""The compiled loop of :mod:`exporters.margins`; import this module late."""

from __future__ import annotations

from exporters.margins import Bytes, Int64s
from parsers.framing.compiled import INTS, READ, WRITE, compiled

_MATRIX = "Array(uint8, 2, 'C', True)"


@compiled(READ, INTS, _MATRIX, _MATRIX, WRITE, returns="void")
def interleave(flat: Bytes, lengths: Int64s, before: Bytes, after: Bytes, out: Bytes) -> None:
    """Fill ``out`` with each run of ``flat`` between its rows of ``before`` and ``after``."""
    read = 0
    write = 0
    for nth in range(len(lengths)):
        for byte in range(before.shape[1]):
            out[write + byte] = before[nth, byte]
        write += before.shape[1]
        length = lengths[nth]
        out[write : write + length] = flat[read : read + length]
        read += length
        write += length
        for byte in range(after.shape[1]):
            out[write + byte] = after[nth, byte]
        write += after.shape[1]
