"""Date and period columns → the digits of the field's mask and era, as a number or as text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import ColumnTypeError, Integers, from_int64
from exporters.codecs.national import widen_national
from exporters.codecs.number import write_digits, write_number
from interfaces.model import FieldRule, FieldType
from parsers.codepages import CodePage
from parsers.date_masks import MaskError, check_mask, mask_digits
from parsers.date_text import text_of_digits
from parsers.dates import encode_dates, encode_periods, nines_of
from parsers.layout import Field

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


def read_calendar(column: pa.Array, rule: FieldRule) -> tuple[Integers, Bools]:
    """Digits of dates (date32) or periods (integer yyyymm) as numbers, and the rows that the
    mask cannot hold or that are no month.

    Null is zero, or all nines where only nines are declared to be null. ColumnTypeError for
    other columns.
    """
    kind = column.type
    present: Bools = column.is_valid().to_numpy(zero_copy_only=False)
    if rule.type is FieldType.DATE:
        if not (pa.types.is_date(kind) or pa.types.is_null(kind)):
            raise ColumnTypeError(f"{kind} is no date")
        days = column.cast(pa.date32()).cast(pa.int32())
        values, wrong = encode_dates(pc.fill_null(days, 0).to_numpy(), rule)
    else:
        if not (pa.types.is_integer(kind) or pa.types.is_null(kind)):
            raise ColumnTypeError(f"{kind} is no period (an integer yyyymm)")
        periods = column.cast(pa.int64())
        values, wrong = encode_periods(pc.fill_null(periods, 0).to_numpy(), rule)
    wrong &= present
    absent = nines_of(rule) if rule.nines_is_null and not rule.zero_is_null else 0
    return from_int64(np.where(present, np.where(wrong, 0, values), absent)), wrong


def write_calendar(
    column: pa.Array, field: Field, rule: FieldRule, page: CodePage, out: Bytes
) -> tuple[Bools, Bools]:
    """Write dates or periods into a number or text ``field``, ``out`` of shape (rows, length).

    Returns the rows that the mask cannot hold (or that are no month) and those whose digits do
    not fit the picture. MaskError for a mask that the field cannot hold; ColumnTypeError as in
    :func:`read_calendar`.
    """
    if rule.mask is None or rule.type is None:
        raise MaskError(f"{field.name}: a date or period needs a mask")
    check_mask(rule.mask, field)
    values, wrong = read_calendar(column, rule)
    if field.kind == "number":
        return wrong, write_number(values, field, page, out)
    digits = np.empty((len(out), mask_digits(rule.mask, rule.type)), np.uint8)
    write_digits(values, page, digits)
    if field.usage == "national":
        characters = np.empty((len(out), len(rule.mask)), np.uint8)
        text_of_digits(digits, rule.mask, rule.type, page, characters)
        out[:] = widen_national(characters, page, little_endian=field.little_endian)
    else:
        text_of_digits(digits, rule.mask, rule.type, page, out)
    return wrong, np.zeros(len(out), np.bool_)
