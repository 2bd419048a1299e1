"""One column into the bytes of one field, whatever its usage: numbers, floats, dates, periods."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.codecs.dates import write_calendar
from exporters.codecs.fills import null_filling
from exporters.codecs.floats import write_floats
from exporters.codecs.integers import read_integers
from exporters.codecs.number import write_number
from interfaces.model import Dialect, FieldRule, FieldType
from parsers.codepages import CodePage
from parsers.layout import Field

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

OVERFLOW = "ENCODE_OVERFLOW"
_NO_CALENDAR_VALUE = {FieldType.DATE: OVERFLOW, FieldType.PERIOD: "PERIOD_INVALID"}


def write_value(
    column: pa.Array,
    field: Field,
    rule: FieldRule | None,
    dialect: Dialect,
    page: CodePage,
    out: Bytes,
) -> Mapping[str, Bools]:
    """Write a number, float, date or period column into ``out``, shape (rows, field length).

    Returns for each finding code (ENCODE_OVERFLOW, PERIOD_INVALID) the rows that have it; their
    bytes are not to be used. A null is what the field's rule or the dialect declares to mean
    null, else zero. ColumnTypeError and MaskError as in the codecs. Not for plain text.
    """
    if rule is not None and rule.type is not None:
        wrong, overflow = write_calendar(column, field, rule, page, out)
        code = _NO_CALENDAR_VALUE[rule.type]
        found = (
            {OVERFLOW: wrong | overflow} if code == OVERFLOW else {code: wrong, OVERFLOW: overflow}
        )
    elif field.kind == "float":
        return {OVERFLOW: write_floats(column, field, out)}
    else:
        values = read_integers(column, max(field.scale, 0))
        found = {OVERFLOW: write_number(values, field, page, out)}
    if column.null_count:
        filling = null_filling(field, rule, dialect, page)
        if filling is not None:
            out[np.asarray(column.is_null())] = filling
    return found
