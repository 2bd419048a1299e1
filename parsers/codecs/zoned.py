"""DISPLAY numbers: a digit a byte, the sign as an overpunch or as a character of its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfaces.model import SignRule
from parsers.codecs.digits import Integers, digits_to_integers
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled
from parsers.codecs.overpunch import overpunch_tables
from parsers.codepages import CodePage

Mask = npt.NDArray[np.bool_]


def decode_zoned(
    matrix: Bytes,
    page: CodePage,
    *,
    signed: bool = False,
    sign_leading: bool = False,
    sign_separate: bool = False,
    signs: SignRule = SignRule.IBM,
) -> tuple[Integers, Faults]:
    """Unscaled integers of zoned numbers.

    EBCDIC pages: zone C or F is positive, D negative, anything else NUMBER_SIGN. ASCII pages:
    a plain digit is positive, and the translated EBCDIC overpunch ``{A…I`` / ``}J…R`` is read.
    An unsigned number has digits only: a sign there is NUMBER_SIGN, since ``ABCDE`` is not
    12345. A separate sign must be ``+`` or ``-``. Other bytes are NUMBER_DIGIT; see
    :func:`~parsers.codecs.fault.name_filled` for empty fields.

    ``signs`` STRICT: a signed number must carry C or D, so that a plain digit is NUMBER_SIGN.
    LENIENT: the zones of digits are ignored, as the PACK instruction does (only the low nibble
    must be a digit), a sign may be any zone A to F (B and D negative), and in ASCII pages
    ``p``…``y`` is a negative digit too.
    """
    if sign_separate:
        values, faults = _sign_separate(matrix, page, sign_leading, signs)
    elif signs is SignRule.LENIENT:
        values, faults = _any_zone(matrix, page, signed, 0 if sign_leading else -1)
    else:
        values, faults = _overpunched(matrix, page, signed, 0 if sign_leading else -1, signs)
    name_filled(matrix, faults, page.space)
    return values, faults


def _sign_separate(
    matrix: Bytes, page: CodePage, leading: bool, signs: SignRule
) -> tuple[Integers, Faults]:
    sign, body = (matrix[:, 0], matrix[:, 1:]) if leading else (matrix[:, -1], matrix[:, :-1])
    negative = sign == page.encode_map[ord("-")]
    digits = _digits(body, page) if signs is not SignRule.LENIENT else _low_nibbles(body)
    faults = np.zeros(len(matrix), np.uint8)
    faults[~negative & (sign != page.encode_map[ord("+")])] = Fault.NUMBER_SIGN
    faults[(digits > 9).any(axis=0)] = Fault.NUMBER_DIGIT
    return digits_to_integers(digits, negative), faults


def _overpunched(
    matrix: Bytes, page: CodePage, signed: bool, place: int, signs: SignRule
) -> tuple[Integers, Faults]:
    digits = _digits(matrix, page)
    carrier = matrix[:, place]
    plain = digits[place] <= 9
    faults = np.zeros(len(matrix), np.uint8)
    negative = None
    if not plain.all():  # else every number is unsigned digits, the usual case
        carried, is_negative = overpunch_tables(page.kind, SignRule.IBM)
        negative = is_negative[carrier]
        is_sign = ~plain & (carried[carrier] <= 9)
        if signed:
            digits[place] = np.where(is_sign, carried[carrier], digits[place])
            wrong = (digits[place] > 9) & _has_other_zone(carrier, page)
        else:
            wrong = is_sign
        faults[wrong] = Fault.NUMBER_SIGN
        digits[place, wrong] = 0
    if signed and signs is SignRule.STRICT:
        faults[plain] = Fault.NUMBER_SIGN
    faults[(digits > 9).any(axis=0)] = Fault.NUMBER_DIGIT
    return digits_to_integers(digits, negative), faults


def _any_zone(matrix: Bytes, page: CodePage, signed: bool, place: int) -> tuple[Integers, Faults]:
    """Digits by their low nibbles. A field filled with one byte is still a fault: spaces and
    LOW-VALUES have digits for low nibbles but no number was ever written there."""
    digits = _low_nibbles(matrix)
    faults = np.zeros(len(matrix), np.uint8)
    negative = None
    if signed:
        carried, is_negative = overpunch_tables(page.kind, SignRule.LENIENT)
        carrier = matrix[:, place]
        faults[(carried[carrier] > 9) & (digits[place] <= 9)] = Fault.NUMBER_SIGN
        digits[place] = np.where(carried[carrier] <= 9, carried[carrier], digits[place])
        negative = is_negative[carrier]
    faults[(digits > 9).any(axis=0)] = Fault.NUMBER_DIGIT
    empty = (matrix == page.space).all(axis=1) | (matrix == 0).all(axis=1)
    faults[empty] = Fault.NUMBER_DIGIT  # until it is named after its filling
    return digits_to_integers(digits, negative), faults


def _digits(matrix: Bytes, page: CodePage) -> Bytes:
    """Digit values (width, n); above 9 where the byte is no plain digit."""
    digits = np.ascontiguousarray(matrix.T)
    if np.shares_memory(digits, matrix):
        digits = digits.copy()
    digits -= np.uint8(page.digit_zero)
    return digits


def _low_nibbles(matrix: Bytes) -> Bytes:
    return np.ascontiguousarray(matrix.T) & np.uint8(0x0F)


def _has_other_zone(carrier: Bytes, page: CodePage) -> Mask:
    """Whether the byte is a digit under a zone that could be a sign but is none of ours."""
    if page.kind == "ascii":
        return np.zeros(len(carrier), np.bool_)
    return (carrier >= 0xA0) & ((carrier & 0x0F) <= 9)
