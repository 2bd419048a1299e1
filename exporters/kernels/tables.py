"""Tables that the kernels look characters and dates up in."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from interfaces.model import FieldRule
from parsers.codepages import CodePage
from parsers.dates import encode_dates

_CODE_POINTS = 0x1_0000
_NO_BYTE = 0x100
_ZONES = {"+": 0xC0, "-": 0xD0}
FIRST_DAY = int(np.datetime64("1900-01-01", "D").astype(np.int64))
"""Day since 1970-01-01 that a date table begins with."""
_OVERPUNCHED = "{ABCDEFGHI}JKLMNOPQR"


@cache
def code_point_table(page: CodePage) -> npt.NDArray[np.uint16]:
    """uint16[65536]: byte of each code point of the basic plane, 0x100 for none."""
    table = np.full(_CODE_POINTS, _NO_BYTE, np.uint16)
    for point, byte in page.encode_map.items():
        if point < _CODE_POINTS:
            table[point] = byte
    return table


@cache
def sign_table(page: CodePage) -> npt.NDArray[np.uint8]:
    """uint8[22]: bytes of the digits with plus, with minus, then the characters + and -.

    An EBCDIC sign is the zone of its digit, C or D. In an ASCII-based page it is the character
    that this byte stands for, which is what a translating transfer leaves.
    """
    if page.kind == "ebcdic":
        digits = [_ZONES[sign] | digit for sign in "+-" for digit in range(10)]
    else:
        digits = [page.encode_map[ord(character)] for character in _OVERPUNCHED]
    return np.array([*digits, page.encode_map[ord("+")], page.encode_map[ord("-")]], np.uint8)


@cache
def date_table(rule: FieldRule) -> npt.NDArray[np.int32]:
    """int32: the number that the digits of the mask form, -1 for none, for the days from
    FIRST_DAY on: two centuries, in which nearly all dates lie."""
    days = np.arange(FIRST_DAY, np.datetime64("2101-01-01", "D").astype(np.int64))
    numbers, wrong = encode_dates(days, rule)
    return np.where(wrong, -1, numbers).astype(np.int32)


@cache
def has_digits_in_a_row(page: CodePage) -> bool:
    """Whether the characters 0 to 9 follow each other, as the kernels take for granted."""
    return all(page.encode_map[ord("0") + digit] == page.digit_zero + digit for digit in range(10))
