"""Arrow columns → the addresses that a step reads from."""

from __future__ import annotations

import pyarrow as pa

from exporters.kernels.program import At

Source = dict[At, int]

_MOST_DECIMAL_DIGITS, _INTEGER_DIGITS = 38, 20


class NoKernelError(Exception):
    """No kernel writes this kind of field from this kind of column; the columnwise encoder does,
    or says what is wrong with it."""


def text_source(column: pa.Array) -> tuple[pa.Array, Source]:
    """The column that holds the texts, and where."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.utf8())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise NoKernelError
    source = validity_source(column) | _ends(
        column, 8 if pa.types.is_large_string(column.type) else 4
    )
    source[At.DATA] = _address(column.buffers()[2])
    return column, source


def integer_source(column: pa.Array) -> tuple[pa.Array, Source]:
    """Whole numbers of at most 64 bits with sign."""
    if not pa.types.is_integer(column.type) or pa.types.is_uint64(column.type):
        raise NoKernelError
    if pa.types.is_unsigned_integer(column.type):
        column = column.cast(pa.int64())
    return column, _values(column, column.type.byte_width)


def decimal_source(column: pa.Array, scale: int) -> tuple[pa.Array, Source]:
    """Decimals in units of the last of ``scale`` places."""
    if pa.types.is_integer(column.type):
        column = column.cast(pa.decimal128(_INTEGER_DIGITS, 0))
    if not pa.types.is_decimal(column.type) or pa.types.is_decimal256(column.type):
        raise NoKernelError
    if (
        column.type.scale > scale
        or column.type.precision + scale - column.type.scale > _MOST_DECIMAL_DIGITS
    ):
        raise NoKernelError
    if not pa.types.is_decimal128(column.type) or column.type.scale != scale:
        column = column.cast(pa.decimal128(_MOST_DECIMAL_DIGITS, scale))
    return column, _values(column, 16)


def date_source(column: pa.Array) -> tuple[pa.Array, Source]:
    """Days since 1970-01-01."""
    if not pa.types.is_date(column.type):
        raise NoKernelError
    column = column.cast(pa.date32())
    return column, _values(column, 4)


def list_source(column: pa.Array) -> tuple[pa.Array, Source]:
    """Lists: their offsets into their values."""
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        raise NoKernelError
    width = 8 if pa.types.is_large_list(column.type) else 4
    return column, validity_source(column) | _ends(column, width)


def _values(column: pa.Array, width: int) -> Source:
    source = validity_source(column)
    source[At.DATA] = _address(column.buffers()[1]) + column.offset * width
    source[At.ITEM] = width
    return source


def validity_source(column: pa.Array) -> Source:
    """Which values there are."""
    bitmap = column.buffers()[0] if column.null_count else None
    return {At.VALIDITY: _address(bitmap), At.BIT: column.offset}


def _ends(column: pa.Array, width: int) -> Source:
    offsets = _address(column.buffers()[1])
    return {At.ENDS: offsets + column.offset * width, At.ITEM: width}


def _address(buffer: pa.Buffer | None) -> int:
    return 0 if buffer is None else buffer.address
