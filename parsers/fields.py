"""One elementary field: picks its codec, applies the declared meaning, makes the Arrow array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Dialect, FieldRule, FieldType
from parsers.arrow_types import element_type, value_digits
from parsers.codecs.arrays import float_array, integer_array
from parsers.codecs.characters import decode_characters
from parsers.codecs.digits import Integers, times_power_of_ten
from parsers.codecs.fault import REMARK, Bytes, Fault, Faults
from parsers.codecs.fills import declared_fills, settle_fills
from parsers.codecs.national import narrow_national
from parsers.codecs.numbers import read_float, read_number
from parsers.codecs.zoned import decode_zoned
from parsers.codepages import CodePage
from parsers.date_masks import check_mask
from parsers.date_text import digits_of_text
from parsers.dates import MaskError, decode_dates, decode_periods, nines_of
from parsers.layout import Field

Mask = npt.NDArray[np.bool_]

_USUAL = Dialect()
_CALENDAR_FAULT = {
    FieldType.DATE: Fault.DATE_INVALID,
    FieldType.PERIOD: Fault.PERIOD_INVALID,
}


@dataclass(frozen=True, slots=True)
class _Values:
    """Decoded rows: integers (n,) or halves (n, 2), days, periods, or floats; the fault of
    each; and which are null by declaration, without a fault."""

    numbers: npt.NDArray[Any]
    faults: Faults
    null: Mask


def decode_field(
    matrix: Bytes,
    field: Field,
    rule: FieldRule | None,
    page: CodePage,
    applies: Mask | None = None,
    dialect: Dialect = _USUAL,
) -> tuple[pa.Array, Faults]:
    """Column of an elementary field and a fault for each row; null at a fault, not at a remark.

    ``matrix`` uint8 (n, field length). ``applies`` bool (n,): rows that have the field at all
    (REDEFINES); the others are null and never at fault. ``dialect`` tells which signs a number
    may carry and what a number filled with one byte means, unless ``rule`` says so itself.
    MaskError (a WrongUse) for a date or period whose mask the field cannot hold.
    """
    if field.kind == "text" and (rule is None or rule.type is None):
        return decode_characters(matrix, field, page, applies)
    if applies is None or applies.all():
        found = _decode(matrix, field, rule, page, dialect)
    else:
        found = _spread(_decode(matrix[applies], field, rule, page, dialect), applies)
    valid = ~found.null & ((found.faults == Fault.NONE) | (found.faults >= REMARK))
    type_ = element_type(field, rule)
    make = float_array if pa.types.is_floating(type_) else integer_array
    return make(found.numbers, valid, type_), found.faults


def decode_number(
    matrix: Bytes, field: Field, page: CodePage, dialect: Dialect = _USUAL
) -> tuple[Integers, Faults]:
    """Unscaled integers of a numeric field as stored, and a fault for each row.

    A filling that the dialect declares as zero is 0; one that it declares as null keeps the
    fault that names it, since there is no number.
    """
    values, faults = read_number(matrix, field, page, dialect.signs)
    named = faults.copy()
    null = settle_fills(values, faults, declared_fills(None, dialect))
    faults[null] = named[null]
    return values, faults


def _spread(found: _Values, applies: Mask) -> _Values:
    """The rows in which the field exists, put in their places."""
    rows = len(applies)
    numbers = np.zeros((rows, *found.numbers.shape[1:]), found.numbers.dtype)
    faults = np.zeros(rows, np.uint8)
    null = np.ones(rows, np.bool_)
    numbers[applies], faults[applies], null[applies] = found.numbers, found.faults, found.null
    return _Values(numbers, faults, null)


def _decode(
    matrix: Bytes, field: Field, rule: FieldRule | None, page: CodePage, dialect: Dialect
) -> _Values:
    if rule is not None and rule.type is not None:
        return _decode_calendar(matrix, field, rule, page, dialect)
    if field.kind == "float":
        floats, faults = read_float(matrix, field)
        return _Values(floats, faults, np.zeros(len(matrix), np.bool_))
    values, faults = read_number(matrix, field, page, dialect.signs)
    null = settle_fills(values, faults, declared_fills(rule, dialect))
    if field.scale < 0:  # 9(3)PP: the value has zeros that the file leaves out
        values = times_power_of_ten(values, -field.scale, value_digits(field))
    return _Values(values, faults, null)


def _decode_calendar(
    matrix: Bytes, field: Field, rule: FieldRule, page: CodePage, dialect: Dialect
) -> _Values:
    """Dates or periods of the digits. Zero, blank and all nines are null where the rule says."""
    values, faults = _calendar_digits(matrix, field, rule, page, dialect)
    null = settle_fills(values, faults, declared_fills(rule, dialect))
    read = (faults == Fault.NONE) & ~null
    decode = decode_dates if rule.type is FieldType.DATE else decode_periods
    calendar, wrong = decode(values, rule)
    if rule.zero_is_null:
        null |= (read & (values == 0)) | (faults == Fault.NUMBER_SPACES)
    if rule.nines_is_null:
        null |= read & (values == nines_of(rule))
    faults = np.where(read, wrong, faults)
    faults[null] = Fault.NONE
    return _Values(calendar.astype(np.int64), faults, null)


def _calendar_digits(
    matrix: Bytes, field: Field, rule: FieldRule, page: CodePage, dialect: Dialect
) -> tuple[Integers, Faults]:
    mask, type_ = rule.mask, rule.type
    if mask is None or type_ is None:
        raise MaskError(f"{field.name}: a date or period needs a mask")
    check_mask(mask, field)
    if field.kind == "number":
        return read_number(matrix, field, page, dialect.signs)
    unknown = None
    if field.usage == "national":
        matrix, unknown = narrow_national(matrix, page, little_endian=field.little_endian)
    digits, misplaced = digits_of_text(matrix, mask, type_, page)
    values, faults = decode_zoned(digits, page, signs=dialect.signs)
    faults[misplaced] = _CALENDAR_FAULT[type_]
    return values, faults if unknown is None else np.where(unknown, unknown, faults)
