"""Parts: the Parquet files of a dataset, written whole or not at all.

Row groups are encoded apart, by as many threads as there are processors, and written in order:
the bytes depend on the rows alone, not on who was faster. How columns are stored is decided in
:mod:`exchange.encodings`.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.encodings import writer_settings
from exchange.footers import MAGIC, Encoded, joined, take_apart
from exchange.home import replacing

ROW_GROUP = 65_536
"""Rows encoded at once. Twice as many are written a twentieth faster, but held in memory too, as
often as there are threads and once more. Rows of long tables make smaller groups."""
_GROUP_BYTES = 32 << 20
_SAMPLE_ROWS = 4_096


class PartWriter:
    """Appends record batches of one schema to a part under way; buffers up to a row group, and
    one for each thread that encodes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._file: BinaryIO = path.open("wb")
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._settings: dict[str, object] | None = None
        self._group_rows: int | None = None
        self._threads = len(os.sched_getaffinity(0))
        self._pool: ThreadPoolExecutor | None = None
        self._encoding: deque[Future[Encoded]] = deque()
        self._written: list[Encoded] = []
        self.rows = 0
        self.abandoned = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Append; the batch's columns are put in the schema's order."""
        chosen = batch.select(self._schema.names)
        self._waiting.append(chosen if chosen.schema == self._schema else chosen.cast(self._schema))
        self._waiting_rows += batch.num_rows
        self.rows += batch.num_rows
        if self._group_rows is None and self._waiting_rows >= min(_SAMPLE_ROWS, ROW_GROUP):
            self._group_rows = _rows_of_a_group(pa.Table.from_batches(self._waiting, self._schema))
        while self._group_rows is not None and self._waiting_rows >= self._group_rows:
            self._encode_group(self._next_group(self._group_rows))

    def abandon(self) -> None:
        """Nothing of this part is wanted: it will not get its name."""
        self.abandoned = True

    def close(self) -> None:
        """Write what is buffered and the footer."""
        try:
            if not self.abandoned:
                self._finish()
        finally:
            self._end()

    def discard(self) -> None:
        """Stop without finishing the file: nobody will read it."""
        self._end()

    def _finish(self) -> None:
        if self._waiting_rows or not self.rows:
            rest = self._next_group(ROW_GROUP)
            if self.rows == rest.num_rows:  # one row group: a file as any other
                self._file.write(self._encoded(rest.combine_chunks()))
                return
            self._encode_group(rest)
        while self._encoding:
            self._append(self._encoding.popleft().result())
        self._file.write(joined(self._written))

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._file.close()

    def _next_group(self, most: int) -> pa.Table:
        """The rows that wait, at most so many."""
        table = pa.Table.from_batches(self._waiting, self._schema)
        rest = table.slice(most)
        self._waiting = rest.to_batches()
        self._waiting_rows = rest.num_rows
        return table.slice(0, most)

    def _encode_group(self, table: pa.Table) -> None:
        if self._group_rows is not None and self._group_rows < ROW_GROUP:
            # In one piece: of long tables pages would end where batches do.
            table = table.combine_chunks()
        self._settings = self._settings or writer_settings(table)
        if self._threads == 1:
            self._append(take_apart(self._encoded(table)))
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "parquet")
        self._encoding.append(self._pool.submit(lambda: take_apart(self._encoded(table))))
        while self._encoding and (len(self._encoding) >= self._threads or self._encoding[0].done()):
            self._append(self._encoding.popleft().result())

    def _encoded(self, table: pa.Table) -> pa.Buffer:
        """The rows as a Parquet file of one row group."""
        self._settings = self._settings or writer_settings(table)
        # The system's allocator gives memory back; Arrow's keep for each thread what it freed.
        pool = pa.system_memory_pool()
        sink = pa.BufferOutputStream(pool)
        with pq.ParquetWriter(sink, self._schema, memory_pool=pool, **self._settings) as writer:
            if table.num_rows:
                writer.write_table(table, row_group_size=ROW_GROUP)
        return sink.getvalue()

    def _append(self, group: Encoded) -> None:
        if not self._written:
            self._file.write(MAGIC)
        self._file.write(group.body)
        self._written.append(group.told())


def _rows_of_a_group(first: pa.Table) -> int:
    """Rows of a row group, a power of two, by the size of the first rows: the same rows give the
    same number, however they came in batches."""
    sample = first.slice(0, min(_SAMPLE_ROWS, ROW_GROUP)).combine_chunks()
    wanted = _GROUP_BYTES * sample.num_rows // max(1, int(sample.nbytes))
    rows: int = min(ROW_GROUP, max(1_024, 1 << (wanted.bit_length() - 1)))
    return rows


@contextmanager
def new_part(target: Path, schema: pa.Schema) -> Iterator[PartWriter]:
    """Write a part under a temporary name; it gets its own when the block ends without error
    and the writer was not told to abandon it."""
    with replacing(target) as temporary:
        writer = PartWriter(temporary, schema)
        try:
            yield writer
        except BaseException:
            writer.discard()
            raise
        writer.close()
        if writer.abandoned:
            temporary.unlink()


def part_name(file_ids: Iterable[str]) -> str:
    """Name of the part made from these files: the same files give the same name."""
    joined_ids = "\n".join(sorted(file_ids)).encode()
    return f"{hashlib.sha256(joined_ids).hexdigest()[:16]}.parquet"
