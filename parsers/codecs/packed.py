"""COMP-3 and COMP-6 (packed decimal): two digits a byte, and of COMP-3 the sign in the last
nibble."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from interfaces.model import SignRule
from parsers.codecs.digits import Integers, digits_to_integers
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled

_NEGATIVE_NIBBLES = (0xB, 0xD)
_KNOWN_NIBBLES = {
    (SignRule.STRICT, True): (0xC, 0xD),
    (SignRule.STRICT, False): (0xF,),
    (SignRule.IBM, True): (0xA, 0xB, 0xC, 0xD, 0xE, 0xF),
    (SignRule.IBM, False): (0xC, 0xF),
    (SignRule.LENIENT, True): (0xA, 0xB, 0xC, 0xD, 0xE, 0xF),
    (SignRule.LENIENT, False): (0xA, 0xB, 0xC, 0xD, 0xE, 0xF),
}


def packed_length(digits: int, *, sign_nibble: bool = True) -> int:
    """Bytes of a packed number of so many digits, the sign included if it has one."""
    return digits // 2 + 1 if sign_nibble else (digits + 1) // 2


def decode_packed(
    matrix: Bytes,
    *,
    digits: int,
    signed: bool,
    space: int,
    signs: SignRule = SignRule.IBM,
    sign_nibble: bool = True,
) -> tuple[Integers, Faults]:
    """Unscaled integers of packed numbers.

    Sign nibbles A, C, E, F are positive, B and D negative (z/Architecture Principles of
    Operation, "Decimal Codes"); an unsigned number may carry F or C. Under STRICT it is C and D,
    or F (Enterprise COBOL Programming Guide, NUMPROC); under LENIENT an unsigned number may
    carry any of the six and is its magnitude, as an unsigned item is to COBOL. Any other nibble
    is PACKED_SIGN. Without ``sign_nibble`` (COMP-6) all nibbles are digits.
    A nibble above 9 among the digits, or a digit in the nibble that the picture leaves unused,
    is PACKED_DIGIT. ``space`` is the page's space byte, for naming empty fields.
    ValueError when the width does not fit ``digits``.
    """
    wanted = packed_length(digits, sign_nibble=sign_nibble)
    if matrix.shape[1] != wanted:
        raise ValueError(f"{digits} packed digits take {wanted} bytes, not {matrix.shape[1]}")
    body = _nibbles(matrix)
    faults = np.zeros(len(matrix), np.uint8)
    negative = None
    if sign_nibble:
        sign, body = body[-1], body[:-1]
        known, is_negative = _sign_tables(signs, signed)
        faults[~known[sign]] = Fault.PACKED_SIGN
        negative = is_negative[sign]
    wrong = (body > 9).any(axis=0)
    if len(body) > digits:
        wrong |= body[0] != 0
        body = body[1:]
    faults[wrong] = Fault.PACKED_DIGIT
    has_negative = negative is not None and negative.any()
    values = digits_to_integers(body, negative if has_negative else None)
    name_filled(matrix, faults, space)
    return values, faults


def _nibbles(matrix: Bytes) -> Bytes:
    """Nibbles (2 · width, n), the high one of each byte first."""
    columns = np.ascontiguousarray(matrix.T)
    nibbles = np.empty((2 * len(columns), len(matrix)), np.uint8)
    np.right_shift(columns, 4, out=nibbles[0::2])
    np.bitwise_and(columns, 0x0F, out=nibbles[1::2])
    return nibbles


@cache
def _sign_tables(
    signs: SignRule, signed: bool
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which nibbles are a sign, and which a negative one."""
    known = np.zeros(16, np.bool_)
    known[list(_KNOWN_NIBBLES[signs, signed])] = True
    is_negative = np.zeros(16, np.bool_)
    is_negative[list(_NEGATIVE_NIBBLES)] = signed
    return known, is_negative
