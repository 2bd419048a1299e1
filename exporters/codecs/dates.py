"""Date and period columns → the number that their digits form, in the field's mask and era."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import ColumnTypeError, Integers, from_int64
from interfaces.model import FieldRule, FieldType
from parsers.dates import encode_dates, encode_periods

Bools = npt.NDArray[np.bool_]


def read_calendar(column: pa.Array, rule: FieldRule) -> tuple[Integers, Bools]:
    """Digits of dates (date32) or periods (integer yyyymm) as numbers, null as zero, and the
    rows that the mask cannot hold or that are no month. ColumnTypeError for other columns."""
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
    return from_int64(np.where(present & ~wrong, values, 0)), wrong
