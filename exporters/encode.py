"""Arrow batches → the records of one 01 level; the mirror of decoding.

The copybook's layout says where every byte goes, the interface what it means. FILLER and what
no field covers is spaces; a null is spaces in text and zeros in numbers, dates and periods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.blanks import Blanks
from exporters.closing import Closing, close_up, closing_of
from exporters.columnwise import ColumnEncoder
from exporters.completion import completed_rows
from exporters.counters import check_counters
from exporters.engine import Engine, is_compiled
from exporters.rows import Faults
from interfaces.model import Interface
from parsers.arrow_types import visible_fields
from parsers.findings import concat_findings, empty_findings
from parsers.layout import Record

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]

NUMPY_ROWS = 8_192  # rows that numpy works on at once, so that their bytes stay in the cache
_BLOCK_BYTES = 1 << 20  # of a block, so that whoever takes it finds it in the cache


@dataclass(frozen=True, slots=True)
class EncodedBlock:
    """Records without framing.

    Fixed records: ``data`` uint8 (records, record length), ``lengths`` None. Records with an
    OCCURS DEPENDING ON: ``data`` uint8 (all bytes), ``lengths`` int64 (records). With
    ``findings`` (FINDINGS_SCHEMA) the data must not be used: refuse the file.
    """

    data: Bytes
    lengths: Int64s | None
    findings: pa.Table


_RECENT: dict[tuple[int, int, Engine], RecordEncoder] = {}
"""Encoders by the identities of what they hold themselves, so that these stay taken."""
_MOST_RECENT = 16


def encode_batch(
    batch: pa.RecordBatch,
    record: Record,
    interface: Interface,
    *,
    file_id: str = "",
    first_record: int = 1,
    engine: Engine = "auto",
) -> EncodedBlock:
    """Encode the rows of ``batch`` as ``record``, in order.

    Columns are those of decoding, in any order; further ones are ignored. Fields that tell the
    record type are filled from the declaration, a missing counter of OCCURS DEPENDING ON from
    the length of its list; of an original and its redefinitions :mod:`exporters.choice` says
    which are written. Values that do not fit give ENCODE_TRUNCATED, ENCODE_UNMAPPABLE,
    ENCODE_OVERFLOW, PERIOD_INVALID or ODO_COUNT; ``file_id`` and ``first_record`` (physical
    number of the first row) appear in them. MissingColumnError and ColumnTypeError when the
    table itself does not match the layout. ``engine``: compiled and numpy give the same bytes
    and findings; auto takes numpy for a few rows.
    """
    encoder = _encoder_of(record, interface, engine)
    return encoder.encode(batch, file_id=file_id, first_record=first_record)


def _encoder_of(record: Record, interface: Interface, engine: Engine) -> RecordEncoder:
    """An encoder for this very record and interface, kept for the batches that follow."""
    key = (id(record), id(interface), engine)
    encoder = _RECENT.get(key)
    if encoder is None:
        if len(_RECENT) >= _MOST_RECENT:
            _RECENT.clear()
        encoder = _RECENT[key] = RecordEncoder(record, interface, engine=engine)
    return encoder


class RecordEncoder:
    """Encodes batch after batch of one record type; several threads may call :meth:`encode`."""

    def __init__(self, record: Record, interface: Interface, *, engine: Engine = "auto") -> None:
        self.record = record
        self.interface = interface
        self.items = visible_fields(record.fields, interface)
        self._engine = engine
        self.blanks = Blanks(record, interface, self.items)
        self._buffers = [np.empty(0, np.uint8), np.empty(0, np.uint8)]

    def encode(
        self, batch: pa.RecordBatch, *, file_id: str = "", first_record: int = 1
    ) -> EncodedBlock:
        """All rows of a batch in one block of its own; see :func:`encode_batch`."""
        if self.record.length > self.record.min_length and batch.num_rows > 1:
            return self._joined(batch, file_id, first_record)
        records = np.empty((batch.num_rows, self.record.length), np.uint8)
        return self._encoding(batch).block(0, records, file_id, first_record)

    def _joined(self, batch: pa.RecordBatch, file_id: str, first_record: int) -> EncodedBlock:
        """The same block by block: at their greatest length the records may not fit in memory."""
        data: list[Bytes] = []
        lengths: list[Int64s] = []
        findings: list[pa.Table] = []
        for block in self.blocks(batch, file_id=file_id, first_record=first_record):
            data.append(block.data.copy())
            findings.append(block.findings)
            if block.lengths is not None:
                lengths.append(block.lengths)
        found = concat_findings(findings)
        return EncodedBlock(np.concatenate(data), np.concatenate(lengths), found)

    def blocks(
        self, batch: pa.RecordBatch, *, file_id: str = "", first_record: int = 1
    ) -> Iterator[EncodedBlock]:
        """The rows of a batch in blocks of about a megabyte. They take turns in two buffers: a
        block is to be used up before the next but one is asked for."""
        encoding = self._encoding(batch)
        rows = max(_BLOCK_BYTES // self.record.length, 1)
        for start in range(0, batch.num_rows, rows):
            count = min(rows, batch.num_rows - start)
            records = self._next_buffer(count)
            yield encoding.block(start, records, file_id, first_record + start)

    def _next_buffer(self, rows: int) -> Bytes:
        self._buffers.reverse()
        size = rows * self.record.length
        if len(self._buffers[0]) < size:
            self._buffers[0] = np.empty(size, np.uint8)
        return self._buffers[0][:size].reshape(rows, self.record.length)

    def _encoding(self, batch: pa.RecordBatch) -> BatchEncoding:
        if is_compiled(self._engine, batch.num_rows) and self.blanks.is_writable:
            from exporters.compiled import CompiledEncoding  # numba is slow to import

            return CompiledEncoding(batch, self)
        return BatchEncoding(batch, self)


class BatchEncoding:
    """One batch on its way to bytes, by numpy."""

    def __init__(self, batch: pa.RecordBatch, encoder: RecordEncoder) -> None:
        self.batch = batch
        self.encoder = encoder
        self.record, self.interface = encoder.record, encoder.interface

    def block(self, start: int, records: Bytes, file_id: str, first_record: int) -> EncodedBlock:
        """The rows from ``start`` on, as many as ``records`` (uint8, rows × greatest length) has
        room for; its bytes become the block's where records have one length."""
        findings = [
            self.write_tile(start + place, records[place : place + NUMPY_ROWS], file_id, number)
            for place, number in _tiles(len(records), first_record)
        ]
        closing = self.closing(start, start + len(records))
        data = records if closing is None else self.close(records, closing)
        lengths = None if closing is None else closing.lengths
        return EncodedBlock(data, lengths, concat_findings(findings))

    def write_tile(self, start: int, out: Bytes, file_id: str, first_record: int) -> pa.Table:
        """Write the rows from ``start`` on into all of ``out``; returns the findings."""
        if not len(out):
            return empty_findings()
        faults = Faults(file_id, self.record.name, first_record)
        encoder = ColumnEncoder(self.record, self.interface, faults)
        batch = self.batch.slice(start, len(out))
        rows = completed_rows(batch, self.record, self.interface)
        check_counters(rows, self.record, faults)
        out[:] = encoder.page.space
        encoder.write(self.encoder.items, rows, out, 0)
        return faults.table()

    def closing(self, start: int, stop: int) -> Closing | None:
        """How the rows are closed up."""
        rows = completed_rows(self.batch.slice(start, stop - start), self.record, self.interface)
        return closing_of(rows, self.record)

    def close(self, records: Bytes, closing: Closing) -> Bytes:
        """Records without unused occurrences."""
        return close_up(records, closing)


def _tiles(rows: int, first_record: int) -> Iterator[tuple[int, int]]:
    return ((place, first_record + place) for place in range(0, rows, NUMPY_ROWS))
