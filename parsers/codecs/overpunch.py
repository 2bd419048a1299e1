"""The sign of a zoned number in the zone of a digit: which bytes carry which digit and sign.

EBCDIC: zone C plus, D minus, F no sign (Enterprise COBOL Programming Guide, "Examples: numeric
data and internal representation"); the decimal instructions also take A and E as plus and B as
minus (z/Architecture Principles of Operation, "Decimal Codes"), but the class test that IBM's
compiler makes by default, NUMPROC(NOPFD) with NUMCLS(PRIM), does not (Enterprise COBOL
Programming Guide, "NUMPROC"): a letter S to Z would be a digit. Only LENIENT does here.

ASCII: the characters that those bytes stand for, ``{`` ``A``…``I`` and ``}`` ``J``…``R``, are
what a translating transfer leaves; Micro Focus and GnuCOBOL under their ASCII sign convention set
the bit 40 of a negative digit instead, ``p``…``y`` (measured with GnuCOBOL 3.1,
``-fsign=ASCII``).
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from interfaces.model import SignRule

NO_DIGIT = 0xFF
POSITIVE_OVERPUNCH = "{ABCDEFGHI"
NEGATIVE_OVERPUNCH = "}JKLMNOPQR"

_PREFERRED_ZONES = {0xC0: False, 0xD0: True, 0xF0: False}
_ALL_ZONES = _PREFERRED_ZONES | {0xA0: False, 0xB0: True, 0xE0: False}
_ASCII_DIGITS = 0x30
_ASCII_NEGATIVE_DIGITS = 0x70


@cache
def overpunch_tables(
    kind: Literal["ebcdic", "ascii"], signs: SignRule
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """For each byte the digit that it carries beside a sign (255: none) and whether the sign is
    minus. ASCII under LENIENT has the plain digits and ``p``…``y`` too."""
    carried = np.full(256, NO_DIGIT, np.uint8)
    is_negative = np.zeros(256, np.bool_)
    digits = np.arange(10, dtype=np.uint8)
    if kind == "ebcdic":
        zones = _ALL_ZONES if signs is SignRule.LENIENT else _PREFERRED_ZONES
        for zone, negative in zones.items():
            carried[zone : zone + 10] = digits
            is_negative[zone : zone + 10] = negative
    else:
        carried[list(POSITIVE_OVERPUNCH.encode("ascii"))] = digits
        carried[list(NEGATIVE_OVERPUNCH.encode("ascii"))] = digits
        is_negative[list(NEGATIVE_OVERPUNCH.encode("ascii"))] = True
        if signs is SignRule.LENIENT:
            carried[_ASCII_DIGITS : _ASCII_DIGITS + 10] = digits
            carried[_ASCII_NEGATIVE_DIGITS : _ASCII_NEGATIVE_DIGITS + 10] = digits
            is_negative[_ASCII_NEGATIVE_DIGITS : _ASCII_NEGATIVE_DIGITS + 10] = True
    carried.setflags(write=False)
    is_negative.setflags(write=False)
    return carried, is_negative
