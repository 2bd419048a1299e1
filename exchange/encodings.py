"""How columns are stored in Parquet: decided from their types and from what they hold.

Measured on the registration master (``python -m benchmarks.parquet``), not taken over:
dictionaries only for text that repeats, whose packed numbers no compression makes smaller; other
text with its lengths apart, compressed by zstd level 1; numbers and dates split by byte, so that
lz4 finds their equal upper bytes (by zstd files are a fourteenth smaller, and all of writing takes
a twentieth longer); rising numbers as differences; bounds (statistics) only where values rise:
elsewhere every row group holds everything, and no reader could skip one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SAMPLE_ROWS = 8_192
MOST_DISTINCT = 0.25
"""Text whose sample has more different values than this share gets no dictionary: it would
outgrow its page, after every value had been hashed."""
_MOST_INTEGER_DIGITS = 18
_LEAST_SPLIT_BITS = 32
_ZSTD_LEVEL = 1
_SPLIT = "BYTE_STREAM_SPLIT"
_VALUES_AT_ONCE = 4_096


def writer_settings(first: pa.Table) -> dict[str, object]:
    """Settings of :class:`pyarrow.parquet.ParquetWriter` for rows like those of ``first``.

    The same rows give the same settings.
    """
    step = max(1, first.num_rows // SAMPLE_ROWS)
    sample = first.take(np.arange(0, first.num_rows, step)) if step > 1 else first
    leaves = dict(_leaves(sample))
    repeating = [path for path, values in leaves.items() if _repeats(values)]
    packed = [path for path in leaves if path not in repeating]
    encodings = {path: _encoding(leaves[path]) for path in packed}
    split = [path for path in packed if encodings[path] == _SPLIT]
    squeezed = [path for path in packed if path not in split]
    codecs = {"zstd": squeezed, "lz4": split, "none": repeating}
    return {
        "compression": {path: codec for codec, paths in codecs.items() for path in paths},
        "compression_level": dict.fromkeys(squeezed, _ZSTD_LEVEL) or None,
        # As integers, decimals can be split too, and every reader understands them.
        "store_decimal_as_integer": True,
        "use_dictionary": repeating or False,
        "column_encoding": encodings or None,
        "write_statistics": [path for path, values in leaves.items() if _rises(values)] or False,
        "write_batch_size": _VALUES_AT_ONCE,
    }


def _leaves(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """Every column that holds values, members of lists and structs too, by its Parquet path."""
    for name, column in zip(table.schema.names, table.columns, strict=True):
        yield from _inside(name, column.combine_chunks())


def _inside(path: str, values: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        yield from _inside(f"{path}.list.element", pc.list_flatten(values))
    elif pa.types.is_struct(values.type):
        for member in values.type:
            yield from _inside(f"{path}.{member.name}", pc.struct_field(values, member.name))
    else:
        yield path, values


def _repeats(values: pa.Array) -> bool:
    if not _is_text(values.type):
        return False
    known = len(values) - values.null_count
    return bool(pc.count_distinct(values).as_py() <= max(1, known * MOST_DISTINCT))


def _encoding(values: pa.Array) -> str:
    if _is_text(values.type):
        return "DELTA_LENGTH_BYTE_ARRAY"
    if not _is_whole(values.type):
        return "PLAIN"
    if pa.types.is_int64(values.type) and _rises(values):
        return "DELTA_BINARY_PACKED"
    return _SPLIT


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _is_whole(kind: pa.DataType) -> bool:
    """Whether Parquet holds the values as plain integers of 4 or 8 bytes."""
    if pa.types.is_decimal128(kind):
        return bool(kind.precision <= _MOST_INTEGER_DIGITS)
    if pa.types.is_signed_integer(kind):
        return bool(kind.bit_width >= _LEAST_SPLIT_BITS)
    return bool(pa.types.is_date32(kind))


def _rises(values: pa.Array) -> bool:
    """Whether each value is greater than the one before, as record numbers are, and keys in the
    order of an indexed file."""
    if values.null_count or len(values) < 2 or pa.types.is_boolean(values.type):
        return False
    return bool(pc.all(pc.greater(values.slice(1), values.slice(0, len(values) - 1))).as_py())
