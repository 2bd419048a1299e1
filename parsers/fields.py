"""One elementary field: picks its codec, applies the declared meaning, makes the Arrow array."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import FieldRule, FieldType
from parsers.arrow_types import element_type
from parsers.codecs.arrays import integer_array
from parsers.codecs.binary import decode_binary
from parsers.codecs.digits import INT64_DIGITS, Integers
from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.packed import decode_packed
from parsers.codecs.text import decode_text
from parsers.codecs.zoned import decode_zoned
from parsers.codepages import CodePage
from parsers.dates import decode_dates, decode_periods
from parsers.layout import Field

Mask = npt.NDArray[np.bool_]


def decode_field(
    matrix: Bytes,
    field: Field,
    rule: FieldRule | None,
    page: CodePage,
    applies: Mask | None = None,
) -> tuple[pa.Array, Faults]:
    """Column of an elementary field and a fault for each row; null at a fault.

    ``matrix`` uint8 (n, field length). ``applies`` bool (n,): rows that have the field at all
    (REDEFINES); the others are null and never at fault.
    """
    if field.kind == "text" and (rule is None or rule.type is None):
        return decode_text(matrix, page, applies)
    if applies is not None and not applies.all():
        return _decode_where(matrix, field, rule, page, applies)
    values, faults, valid = _decode_values(matrix, field, rule, page)
    return integer_array(values, valid & (faults == 0), element_type(field, rule)), faults


def decode_number(matrix: Bytes, field: Field, page: CodePage) -> tuple[Integers, Faults]:
    """Unscaled integers of a numeric field, and a fault for each row."""
    if field.usage == "packed":
        return decode_packed(matrix, digits=field.digits, signed=field.signed, space=page.space)
    if field.usage == "binary":
        return decode_binary(
            matrix,
            digits=field.digits,
            signed=field.signed,
            native=field.native,
            space=page.space,
        )
    return decode_zoned(
        matrix,
        page,
        signed=field.signed,
        sign_leading=field.sign_leading,
        sign_separate=field.sign_separate,
    )


def _decode_where(
    matrix: Bytes, field: Field, rule: FieldRule | None, page: CodePage, applies: Mask
) -> tuple[pa.Array, Faults]:
    """Decode the rows in which the field exists and put them in their places."""
    values, found, good = _decode_values(matrix[applies], field, rule, page)
    spread = np.zeros((len(matrix), *values.shape[1:]), np.int64)
    faults = np.zeros(len(matrix), np.uint8)
    valid = np.zeros(len(matrix), np.bool_)
    spread[applies], faults[applies], valid[applies] = values, found, good & (found == 0)
    return integer_array(spread, valid, element_type(field, rule)), faults


def _decode_values(
    matrix: Bytes, field: Field, rule: FieldRule | None, page: CodePage
) -> tuple[Integers, Faults, Mask]:
    """Unscaled integers (or days, or periods), faults, and which are not declared null."""
    values, faults = _decode_digits(matrix, field, page)
    if rule is not None and rule.type is not None:
        return _as_calendar(values, faults, rule)
    return values, faults, np.ones(len(matrix), np.bool_)


def _decode_digits(matrix: Bytes, field: Field, page: CodePage) -> tuple[Integers, Faults]:
    if field.kind == "text":  # a date in PIC X(8)
        return decode_zoned(matrix, page)
    values, faults = decode_number(matrix, field, page)
    if field.scale < 0:  # 9(3)PP: the value has zeros that the file leaves out
        values = _shifted(values, -field.scale, field)
    return values, faults


def _shifted(values: Integers, zeros: int, field: Field) -> Integers:
    if field.precision <= INT64_DIGITS:
        return values * np.int64(10**zeros)
    raise ValueError(
        f"{field.name}: {field.picture} with P beyond {INT64_DIGITS} digits is not read"
    )


def _as_calendar(
    values: Integers, faults: Faults, rule: FieldRule
) -> tuple[Integers, Faults, Mask]:
    """Dates or periods of the digits. Zero and blank are null where the rule says so."""
    empty = (faults == 0) & (values == 0)
    empty |= faults == Fault.NUMBER_SPACES
    decode = decode_dates if rule.type is FieldType.DATE else decode_periods
    calendar, wrong = decode(values, rule)
    faults = np.where(faults == 0, wrong, faults)
    if rule.zero_is_null:
        faults[empty] = Fault.NONE
        return calendar.astype(np.int64), faults, ~empty
    return calendar.astype(np.int64), faults, np.ones(len(values), np.bool_)
