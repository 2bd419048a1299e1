"""COMP-3 (packed decimal): two digits a byte, the sign in the last nibble."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.codecs.digits import Integers, digits_to_integers
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled

_SIGN_OF_NIBBLE = {0xA: 1, 0xB: -1, 0xC: 1, 0xD: -1, 0xE: 1, 0xF: 1}
_UNSIGNED_NIBBLES = (0xC, 0xF)


def packed_length(digits: int) -> int:
    """Bytes of a packed number of so many digits, the sign included."""
    return digits // 2 + 1


def decode_packed(
    matrix: Bytes, *, digits: int, signed: bool, space: int
) -> tuple[Integers, Faults]:
    """Unscaled integers of packed numbers.

    Sign nibbles A, C, E, F are positive, B and D negative (z/Architecture Principles of
    Operation, "Decimal Codes"); an unsigned number may carry F or C. Any other is PACKED_SIGN.
    A nibble above 9 among the digits, or a digit in the nibble that the picture leaves unused,
    is PACKED_DIGIT. ``space`` is the page's space byte, for naming empty fields.
    ValueError when the width does not fit ``digits``.
    """
    if matrix.shape[1] != packed_length(digits):
        raise ValueError(
            f"{digits} packed digits take {packed_length(digits)} bytes, not {matrix.shape[1]}"
        )
    nibbles = _nibbles(matrix)
    body, sign = nibbles[:-1], nibbles[-1]
    known, is_negative = _sign_tables(signed)
    faults = np.zeros(len(matrix), np.uint8)
    faults[~known[sign]] = Fault.PACKED_SIGN
    wrong = (body > 9).any(axis=0)
    if len(body) > digits:
        wrong |= body[0] != 0
        body = body[1:]
    faults[wrong] = Fault.PACKED_DIGIT
    negative = is_negative[sign]
    values = digits_to_integers(body, negative if negative.any() else None)
    name_filled(matrix, faults, space)
    return values, faults


def _nibbles(matrix: Bytes) -> Bytes:
    """Nibbles (2 · width, n), the high one of each byte first."""
    columns = np.ascontiguousarray(matrix.T)
    nibbles = np.empty((2 * len(columns), len(matrix)), np.uint8)
    np.right_shift(columns, 4, out=nibbles[0::2])
    np.bitwise_and(columns, 0x0F, out=nibbles[1::2])
    return nibbles


def _sign_tables(signed: bool) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which nibbles are a sign, and which a negative one."""
    known = np.zeros(16, np.bool_)
    known[list(_SIGN_OF_NIBBLE if signed else _UNSIGNED_NIBBLES)] = True
    is_negative = np.array([_SIGN_OF_NIBBLE.get(nibble) == -1 for nibble in range(16)])
    return known, is_negative
