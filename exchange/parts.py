"""Parts: the Parquet files of a dataset, written whole or not at all.

The settings are measured, not taken over: zstd level 1, dictionaries only for columns with
few values, byte-stream split for numbers and dates, row groups of 131,072 (benchmarks/).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.home import replacing

ROW_GROUP = 131_072
MOST_INTEGER_DIGITS = 18
FEW_VALUES = ("_code", "_file_id", "given_name", "office", "code", "field", "record_type")


class PartWriter:
    """Appends record batches of one schema to a part under way; buffers up to a row group."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, **_settings(schema))
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self.rows = 0
        self.abandoned = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Append; the batch's columns are put in the schema's order."""
        self._waiting.append(batch.select(self._schema.names).cast(self._schema))
        self._waiting_rows += batch.num_rows
        self.rows += batch.num_rows
        if self._waiting_rows >= ROW_GROUP:
            self._flush()

    def abandon(self) -> None:
        """Nothing of this part is wanted: it will not get its name."""
        self.abandoned = True

    def close(self) -> None:
        """Write what is buffered and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting_rows:
            table = pa.Table.from_batches(self._waiting, self._schema)
            self._writer.write_table(table, row_group_size=ROW_GROUP)
            self._waiting, self._waiting_rows = [], 0


@contextmanager
def new_part(target: Path, schema: pa.Schema) -> Iterator[PartWriter]:
    """Write a part under a temporary name; it gets its own when the block ends without error
    and the writer was not told to abandon it."""
    with replacing(target) as temporary:
        writer = PartWriter(temporary, schema)
        try:
            yield writer
        finally:
            writer.close()
        if writer.abandoned:
            temporary.unlink()


def part_name(file_ids: Iterable[str]) -> str:
    """Name of the part made from these files: the same files give the same name."""
    joined = "\n".join(sorted(file_ids)).encode()
    return f"{hashlib.sha256(joined).hexdigest()[:16]}.parquet"


def _settings(schema: pa.Schema) -> dict[str, object]:
    flat = [f for f in schema if not pa.types.is_nested(f.type)]
    few = [f.name for f in flat if f.name.endswith(FEW_VALUES)]
    split = {f.name: "BYTE_STREAM_SPLIT" for f in flat if f.name not in few and _is_integer(f.type)}
    return {
        "compression": "zstd",
        "compression_level": 1,
        # As integers, decimals can be split too, and every reader understands them.
        "store_decimal_as_integer": True,
        "use_dictionary": few or False,
        "column_encoding": split or None,
        "write_statistics": True,
    }


def _is_integer(kind: pa.DataType) -> bool:
    """Whether Parquet holds the values as plain integers, which can be split by byte."""
    if pa.types.is_decimal(kind):
        return bool(kind.precision <= MOST_INTEGER_DIGITS)
    return bool(pa.types.is_integer(kind) or pa.types.is_date(kind))
