"""DISPLAY numbers: a digit a byte, the sign as an overpunch or as a character of its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.codecs.digits import Integers, digits_to_integers
from parsers.codecs.fault import Bytes, Fault, Faults, name_filled
from parsers.codepages import CodePage

_POSITIVE_OVERPUNCH = "{ABCDEFGHI"
_NEGATIVE_OVERPUNCH = "}JKLMNOPQR"
_NO_DIGIT = 0xFF
_ZONES_POSITIVE = (0xC0, 0xF0)
_ZONE_NEGATIVE = 0xD0


def decode_zoned(
    matrix: Bytes,
    page: CodePage,
    *,
    signed: bool = False,
    sign_leading: bool = False,
    sign_separate: bool = False,
) -> tuple[Integers, Faults]:
    """Unscaled integers of zoned numbers.

    EBCDIC pages: zone C or F is positive, D negative, anything else NUMBER_SIGN. ASCII pages:
    a plain digit is positive, and the translated EBCDIC overpunch ``{A…I`` / ``}J…R`` is read.
    An unsigned number has digits only: a sign there is NUMBER_SIGN, since ``ABCDE`` is not
    12345. A separate sign must be ``+`` or ``-``. Other bytes are NUMBER_DIGIT; see
    :func:`~parsers.codecs.fault.name_filled` for empty fields.
    """
    if sign_separate:
        values, faults = _sign_separate(matrix, page, sign_leading)
    else:
        values, faults = _overpunched(matrix, page, signed, 0 if sign_leading else -1)
    name_filled(matrix, faults, page.space)
    return values, faults


def _sign_separate(matrix: Bytes, page: CodePage, leading: bool) -> tuple[Integers, Faults]:
    sign, body = (matrix[:, 0], matrix[:, 1:]) if leading else (matrix[:, -1], matrix[:, :-1])
    negative = sign == page.encode_map[ord("-")]
    digits = _digits(body, page)
    faults = np.zeros(len(matrix), np.uint8)
    faults[~negative & (sign != page.encode_map[ord("+")])] = Fault.NUMBER_SIGN
    faults[(digits > 9).any(axis=0)] = Fault.NUMBER_DIGIT
    return digits_to_integers(digits, negative), faults


def _overpunched(
    matrix: Bytes, page: CodePage, signed: bool, place: int
) -> tuple[Integers, Faults]:
    digits = _digits(matrix, page)
    carrier = matrix[:, place]
    plain = digits[place] <= 9
    faults = np.zeros(len(matrix), np.uint8)
    negative = None
    if not plain.all():  # else every number is unsigned digits, the usual case
        carried, negative = _read_overpunch(carrier, page)
        is_sign = ~plain & (carried <= 9)
        if signed:
            digits[place] = np.where(is_sign, carried, digits[place])
            wrong = (digits[place] > 9) & _has_other_zone(carrier, page)
        else:
            wrong = is_sign
        faults[wrong] = Fault.NUMBER_SIGN
        digits[place, wrong] = 0
    faults[(digits > 9).any(axis=0)] = Fault.NUMBER_DIGIT
    return digits_to_integers(digits, negative), faults


def _digits(matrix: Bytes, page: CodePage) -> Bytes:
    """Digit values (width, n); above 9 where the byte is no plain digit."""
    digits = np.ascontiguousarray(matrix.T)
    if np.shares_memory(digits, matrix):
        digits = digits.copy()
    digits -= np.uint8(page.digit_zero)
    return digits


def _has_other_zone(carrier: Bytes, page: CodePage) -> npt.NDArray[np.bool_]:
    """Whether the byte is a digit under a zone that could be a sign but is none of ours."""
    if page.kind == "ascii":
        return np.zeros(len(carrier), np.bool_)
    return (carrier >= 0xA0) & ((carrier & 0x0F) <= 9)


def _read_overpunch(
    carrier: Bytes, page: CodePage
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Digit under the sign (255 where the byte carries none), and whether it is negative."""
    carried = np.full(256, _NO_DIGIT, np.uint8)
    is_negative = np.zeros(256, np.bool_)
    if page.kind == "ebcdic":
        for digit in range(10):
            for zone in _ZONES_POSITIVE:
                carried[zone + digit] = digit
            carried[_ZONE_NEGATIVE + digit] = digit
        is_negative[_ZONE_NEGATIVE : _ZONE_NEGATIVE + 10] = True
    else:
        for digit, (positive, negative) in enumerate(
            zip(_POSITIVE_OVERPUNCH, _NEGATIVE_OVERPUNCH, strict=True)
        ):
            carried[ord(positive)] = carried[ord(negative)] = digit
            is_negative[ord(negative)] = True
    return carried[carrier], is_negative[carrier]
