"""COMP, COMP-4, COMP-5, INDEX, POINTER: two's complement of one to eight bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.codecs.digits import Integers
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled

_WORD_BYTES = 8
_MACHINE_WIDTHS = (1, 2, 4, 8)


def decode_binary(
    matrix: Bytes,
    *,
    digits: int,
    signed: bool,
    native: bool,
    space: int,
    little_endian: bool = False,
) -> tuple[Integers, Faults]:
    """Integers of binary numbers, the most significant byte first unless ``little_endian``.

    COMP holds no more than the digits of its picture (the TRUNC(STD) that the mainframe's
    compiler defaults to), so that a larger value is NUMBER_DIGIT: it shows a wrong layout.
    ``native`` (COMP-5, or COMP under TRUNC(BIN)) uses the whole range of its bytes and is never
    at fault; of eight unsigned bytes the values are 128-bit halves, int64 (n, 2).
    ValueError for a width other than 1 to 8.
    """
    width = matrix.shape[1]
    if not 1 <= width <= _WORD_BYTES:
        raise ValueError(f"a binary number of {width} bytes; COMP has 1 to 8")
    words = _words(matrix, signed=signed, little_endian=little_endian)
    faults = np.zeros(len(matrix), np.uint8)
    whole = not signed and width == _WORD_BYTES
    if native:
        return (_as_halves(words) if whole else words), faults
    limit = 10**digits
    if whole:  # the upper half of the range looks negative
        faults[words.view(np.uint64) >= limit] = Fault.NUMBER_DIGIT
    elif limit < 1 << (8 * width):
        faults[(words >= limit) | (words <= -limit)] = Fault.NUMBER_DIGIT
    name_filled(matrix, faults, space)
    return words, faults


def _words(matrix: Bytes, *, signed: bool, little_endian: bool) -> npt.NDArray[np.int64]:
    """The numbers in eight bytes: extended by their sign, or by zeros."""
    rows, width = matrix.shape
    if width in _MACHINE_WIDTHS:
        stored = f"{'<' if little_endian else '>'}{'i' if signed else 'u'}{width}"
        return np.ascontiguousarray(matrix).view(stored)[:, 0].astype(np.int64)
    wide = np.zeros((rows, _WORD_BYTES), np.uint8)
    wide[:, :width] = matrix[:, ::-1] if little_endian else matrix
    left = wide.view(">u8")[:, 0].astype(np.uint64)
    spare = 8 * (_WORD_BYTES - width)
    if signed:
        return left.view(np.int64) >> np.int64(spare)
    return (left >> np.uint64(spare)).view(np.int64)


def _as_halves(words: npt.NDArray[np.int64]) -> Integers:
    return np.stack([words, np.zeros_like(words)], axis=1)
