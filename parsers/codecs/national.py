"""PIC N and USAGE NATIONAL: UTF-16, as text and as the digits of a number."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.fault import HIGH_VALUE, LOW_VALUE, Bytes, Fault, Faults
from parsers.codecs.points import Mask, text_of_points
from parsers.codepages import CodePage
from parsers.codepages.unicode_text import is_text_point

Units = npt.NDArray[np.uint16]
"""UTF-16 code units in the machine's own byte order."""

_NOT_IN_PAGE = 0x100
_LOW_UNIT = 0x0000
_HIGH_UNIT = 0xFFFF


def code_units(matrix: Bytes, *, little_endian: bool) -> Units:
    """UTF-16 code units (n, width / 2) of the bytes ``matrix`` (n, width), width even."""
    order = "<u2" if little_endian else ">u2"
    return np.ascontiguousarray(matrix).view(order).astype(np.uint16)


def decode_national(
    matrix: Bytes, *, little_endian: bool, applies: Mask | None = None
) -> tuple[pa.StringArray, Faults]:
    """Text of each row, blanks included; null in rows that do not apply and at a fault.

    Half a surrogate pair, a control character or a noncharacter is TEXT_UNMAPPABLE.
    """
    units = code_units(matrix, little_endian=little_endian)
    points = units.astype(np.uint32)
    is_character = _join_surrogates(points)
    wrong: Mask = np.any(is_character & ~is_text_point(points), axis=1)
    if applies is not None:
        wrong &= applies
    kept = ~wrong if applies is None else applies & ~wrong
    faults = np.where(wrong, np.uint8(Fault.TEXT_UNMAPPABLE), np.uint8(0))
    is_character &= kept[:, None]
    return text_of_points(points[is_character], is_character.sum(axis=1)), faults


def _join_surrogates(points: npt.NDArray[np.uint32]) -> Mask:
    """Put the character of each surrogate pair in the place of its first half, and tell which
    places are characters: all but those of second halves. Unpaired halves stay as they are."""
    is_character = np.ones(points.shape, np.bool_)
    high: Mask = np.equal(points & 0xFC00, 0xD800)
    if high.any():
        row, place = np.nonzero(high[:, :-1] & ((points[:, 1:] & 0xFC00) == 0xDC00))
        low = points[row, place + 1] & np.uint32(0x3FF)
        points[row, place] = ((points[row, place] & np.uint32(0x3FF)) << 10 | low) + 0x1_0000
        is_character[row, place + 1] = False
    return is_character


def narrow_national(matrix: Bytes, page: CodePage, *, little_endian: bool) -> tuple[Bytes, Faults]:
    """The characters of a national number as bytes of ``page``, for the codecs of DISPLAY numbers.

    ``matrix`` uint8 (n, width) gives uint8 (n, width / 2). A code unit that is no character of
    the page is NUMBER_DIGIT, its byte 0. LOW-VALUES and HIGH-VALUES stay what they are, without
    a fault: those codecs have names for them.
    """
    bytes_ = _page_bytes(page)[code_units(matrix, little_endian=little_endian)]
    unknown = bytes_ == _NOT_IN_PAGE
    faults = np.where(unknown.any(axis=1), np.uint8(Fault.NUMBER_DIGIT), np.uint8(0))
    return np.where(unknown, 0, bytes_).astype(np.uint8), faults


@cache
def _page_bytes(page: CodePage) -> npt.NDArray[np.uint16]:
    """Byte of each code unit, 0x100 for none."""
    table = np.full(0x1_0000, _NOT_IN_PAGE, np.uint16)
    table[list(page.encode_map)] = list(page.encode_map.values())
    table[_LOW_UNIT], table[_HIGH_UNIT] = LOW_VALUE, HIGH_VALUE
    return table
