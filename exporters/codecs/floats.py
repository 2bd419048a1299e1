"""Float columns → COMP-1 and COMP-2, IBM hexadecimal or IEEE 754."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import ColumnTypeError
from parsers.codecs.hexfloat import encode_hexfloat
from parsers.codecs.ieee import encode_ieee
from parsers.layout import Field

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


def read_floats(column: pa.Array) -> npt.NDArray[np.float64]:
    """A column as doubles, null as zero.

    ColumnTypeError for anything but floats and integers: decimals and texts would be rounded
    by us, where COBOL would have rounded them by its own rules.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.zeros(len(column), np.float64)
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise ColumnTypeError(f"{kind} is no float")
    doubles = column.cast(pa.float64(), safe=False)
    return np.asarray(pc.fill_null(doubles, 0.0).to_numpy(zero_copy_only=False), np.float64)


def write_floats(column: pa.Array, field: Field, out: Bytes) -> Bools:
    """Write ``column`` into ``out``, shape (rows, 4 or 8), as the nearest number of the field.

    Rounding is what floats do and is not reported: a value that was read from the field is
    written back exactly. Returned are the rows without such a number: NaN, infinities, and
    magnitudes out of the format's range. ColumnTypeError as in :func:`read_floats`.
    """
    values = read_floats(column)
    if field.ieee:
        stored, wrong = encode_ieee(values, field.length, little_endian=field.little_endian)
    else:
        stored, wrong = encode_hexfloat(values, field.length)
    out[:] = stored
    return wrong
