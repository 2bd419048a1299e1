"""Integers → zoned, edited and packed decimal and binary, as COBOL on z/OS writes them.

Preferred signs: zone or nibble C for plus and zero, D for minus, F where the picture has no
sign. In an ASCII-based page an overpunched digit is the character that the EBCDIC byte stands
for (``{`` ``A``…``I``, ``}`` ``J``…``R``), which is what a translating transfer leaves.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from exporters.codecs.integers import Integers, divided_by_power_of_ten
from exporters.codecs.national import widen_national
from parsers.codecs.edit_plan import edit_plan
from parsers.codecs.edited import edit_digits
from parsers.codecs.overpunch import NEGATIVE_OVERPUNCH, POSITIVE_OVERPUNCH
from parsers.codepages import CodePage
from parsers.layout import Edit, Field

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

_PLUS_NIBBLE, _MINUS_NIBBLE, _UNSIGNED_NIBBLE = 0xC, 0xD, 0xF
_OVERPUNCHED = POSITIVE_OVERPUNCH + NEGATIVE_OVERPUNCH
_GROUP_DIGITS = 4


def write_number(values: Integers, field: Field, page: CodePage, out: Bytes) -> Bools:
    """Write unscaled ``values`` of a number ``field`` into ``out``, shape (rows, length).

    Returns the rows whose value does not fit the picture; their bytes are not to be used.
    """
    if field.scale < 0:  # the zeros of a trailing P are not in the file
        values, exact = divided_by_power_of_ten(values, -field.scale)
        return ~exact | write_unscaled(values, field, page, out)
    return write_unscaled(values, field, page, out)


def write_unscaled(values: Integers, field: Field, page: CodePage, out: Bytes) -> Bools:
    """Write ``values``, in units of the last stored digit; the result as in write_number."""
    if field.usage == "national":
        characters = np.empty((len(out), out.shape[1] // 2), np.uint8)
        wrong = _write_display(values, field, page, characters)
        out[:] = widen_national(characters, page, little_endian=field.little_endian)
        return wrong
    if field.usage == "binary":
        return _write_binary(values, field, out)
    if field.usage == "packed":
        _write_packed(values, field, out)
        return ~values.fits(field.digits, signed=field.signed)
    return _write_display(values, field, page, out)


def _write_display(values: Integers, field: Field, page: CodePage, out: Bytes) -> Bools:
    """Numbers of characters: zoned, with a separate sign, or edited."""
    if field.edit is not None:
        return write_edited(values, field.edit, field, page, out)
    if field.sign_separate:
        _write_separate_sign(values, field, page, out)
    else:
        write_digits(values, page, out)
        if field.signed:
            _overpunch(values, page, out[:, 0 if field.sign_leading else -1])
    if field.blank_when_zero:
        out[values.is_zero()] = page.space
    return ~values.fits(field.digits, signed=field.signed)


def write_edited(values: Integers, edit: Edit, field: Field, page: CodePage, out: Bytes) -> Bools:
    """Write ``values`` as the edited picture shows them; the result as in write_number."""
    plan = edit_plan(edit, field.scale)
    characters = np.empty((len(out), len(plan.digits)), np.uint8)
    write_digits(values, page, characters)
    out[:] = edit_digits(
        np.ascontiguousarray(characters.T) - np.uint8(page.digit_zero),
        values.negative,
        edit,
        field.scale,
        page,
        blank_when_zero=field.blank_when_zero,
    )
    return ~values.fits(len(plan.digits), signed=plan.has_sign)


def write_digits(values: Integers, page: CodePage, out: Bytes) -> None:
    """The lowest digits of the magnitudes as characters, as many as ``out`` has columns."""
    rows, width = out.shape
    count = -(-width // _GROUP_DIGITS)
    scratch = np.empty((rows, count), np.uint32)
    table = _character_table(page.digit_zero)
    for place, group in enumerate(values.groups(count)):
        scratch[:, count - 1 - place] = table[group]
    out[:] = scratch.view(np.uint8)[:, -width:]


def _overpunch(values: Integers, page: CodePage, out: npt.NDArray[np.uint8]) -> None:
    """Put the sign into one column of digits already written."""
    digit = out - np.uint8(page.digit_zero)
    out[:] = _overpunch_table(page)[digit + values.negative * np.uint8(10)]


def _write_separate_sign(values: Integers, field: Field, page: CodePage, out: Bytes) -> None:
    sign = np.where(values.negative, page.encode_map[ord("-")], page.encode_map[ord("+")])
    if field.sign_leading:
        out[:, 0] = sign
        write_digits(values, page, out[:, 1:])
    else:
        out[:, -1] = sign
        write_digits(values, page, out[:, :-1])


def _write_packed(values: Integers, field: Field, out: Bytes) -> None:
    """Two digits a byte. With a sign in the last nibble: the digits of ten times the value, with
    the final zero replaced by the sign."""
    rows, width = out.shape
    count = -(-width // 2)
    scratch = np.empty((rows, count), np.uint16)
    table = _packed_table()
    shown = values.times_ten() if field.sign_nibble else values
    for place, group in enumerate(shown.groups(count)):
        scratch[:, count - 1 - place] = table[group]
    out[:] = scratch.view(np.uint8)[:, -width:]
    if not field.sign_nibble:
        return
    if field.signed:
        out[:, -1] |= np.where(values.negative, np.uint8(_MINUS_NIBBLE), np.uint8(_PLUS_NIBBLE))
    else:
        out[:, -1] |= np.uint8(_UNSIGNED_NIBBLE)


def _write_binary(values: Integers, field: Field, out: Bytes) -> Bools:
    """Two's complement in the field's byte order. COMP-5 takes what its bytes can hold."""
    rows, width = out.shape
    if field.native:
        limit = np.uint64((1 << (8 * width - field.signed)) - 1)
        fits = values.low <= limit + (values.negative & field.signed)
        fits &= field.signed | ~values.negative
    else:
        fits = values.fits(field.digits, signed=field.signed)
    if values.high is not None:
        fits &= values.high == 0
    magnitude = values.low.view(np.int64)
    signed = np.where(values.negative, -magnitude, magnitude)
    stored = signed.astype(">i8").view(np.uint8).reshape(rows, 8)[:, 8 - width :]
    out[:] = stored[:, ::-1] if field.little_endian else stored
    return ~fits


@cache
def _character_table(zero: int) -> npt.NDArray[np.uint32]:
    """The four digit characters of 0…9999, as they stand in memory."""
    digits = _digits_of_groups() + np.uint8(zero)
    return np.ascontiguousarray(digits).view(np.uint32).ravel()


@cache
def _packed_table() -> npt.NDArray[np.uint16]:
    """The four digits of 0…9999 in two bytes, as they stand in memory."""
    digits = _digits_of_groups()
    pairs = digits[:, 0::2] << np.uint8(4) | digits[:, 1::2]
    return np.ascontiguousarray(pairs).view(np.uint16).ravel()


def _digits_of_groups() -> Bytes:
    powers = np.array([1000, 100, 10, 1])
    digits: Bytes = (np.arange(10_000)[:, None] // powers % 10).astype(np.uint8)
    return digits


@cache
def _overpunch_table(page: CodePage) -> Bytes:
    """Byte of digit d with plus at d, with minus at 10 + d."""
    if page.kind == "ebcdic":
        zones = np.repeat(np.array([_PLUS_NIBBLE << 4, _MINUS_NIBBLE << 4], np.uint8), 10)
        return zones + np.tile(np.arange(10, dtype=np.uint8), 2)
    return np.array([page.encode_map[ord(character)] for character in _OVERPUNCHED], np.uint8)
