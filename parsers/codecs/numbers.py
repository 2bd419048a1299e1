"""The codec of each numeric field, chosen by its usage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfaces.model import SignRule
from parsers.codecs.binary import decode_binary
from parsers.codecs.digits import Integers
from parsers.codecs.edited import decode_edited
from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.hexfloat import decode_hexfloat
from parsers.codecs.ieee import decode_ieee
from parsers.codecs.national import narrow_national
from parsers.codecs.packed import decode_packed
from parsers.codecs.zoned import decode_zoned
from parsers.codepages import CodePage
from parsers.layout import Field

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


def read_number(
    matrix: Bytes, field: Field, page: CodePage, signs: SignRule = SignRule.IBM
) -> tuple[Integers, Faults]:
    """Unscaled integers of a field of kind ``number`` as stored (without the zeros of a trailing
    P), and a fault for each row. Fillings keep the faults that name them, except that spaces
    are 0 under BLANK WHEN ZERO."""
    unknown = None
    if field.usage == "national":
        matrix, unknown = narrow_national(matrix, page, little_endian=field.little_endian)
    values, faults = _read(matrix, field, page, signs)
    if unknown is not None:
        faults = np.where(unknown, unknown, faults)
    if field.blank_when_zero:
        blank = faults == Fault.NUMBER_SPACES
        values[blank] = 0
        faults[blank] = Fault.NONE
    return values, faults


def read_float(matrix: Bytes, field: Field) -> tuple[Floats, Faults]:
    """Values of a field of kind ``float``, and a fault (or remark) for each row."""
    if field.ieee:
        return decode_ieee(matrix, little_endian=field.little_endian)
    return decode_hexfloat(matrix)


def _read(matrix: Bytes, field: Field, page: CodePage, signs: SignRule) -> tuple[Integers, Faults]:
    if field.usage == "packed":
        return decode_packed(
            matrix,
            digits=field.digits,
            signed=field.signed,
            space=page.space,
            signs=signs,
            sign_nibble=field.sign_nibble,
        )
    if field.usage == "binary":
        return decode_binary(
            matrix,
            digits=field.digits,
            signed=field.signed,
            native=field.native,
            space=page.space,
            little_endian=field.little_endian,
        )
    if field.edit is not None:
        return decode_edited(
            matrix, field.edit, field.scale, page, blank_when_zero=field.blank_when_zero
        )
    return decode_zoned(
        matrix,
        page,
        signed=field.signed,
        sign_leading=field.sign_leading,
        sign_separate=field.sign_separate,
        signs=signs,
    )
