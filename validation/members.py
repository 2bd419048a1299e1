"""Files that are read as one stream: which record of the stream is which record of which file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from parsers.blocks import DecodedBlock
from validation.bitmask import Mask
from validation.block import Numbers, begun_before, record_numbers

_NUMBER, _OFFSET = "_record_number", "_byte_offset"


@dataclass(frozen=True, slots=True)
class Members:
    """Whole files that follow each other in a stream.

    ``file_ids`` utf8[n]; ``first_numbers`` and ``first_offsets`` int64[n], ascending: number (from
    1) and byte offset in the stream of each file's first record.
    """

    file_ids: pa.Array
    first_numbers: Numbers
    first_offsets: Numbers

    def __len__(self) -> int:
        return len(self.file_ids)

    def of(self, numbers: Numbers) -> Numbers:
        """Place of the file that each record of the stream belongs to; int64[m]."""
        return begun_before(self.first_numbers, numbers) - 1

    def own(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Decoded rows as of their own files: ``_file_id`` in front, numbers and offsets of each
        file."""
        files = self.of(record_numbers(rows))
        offsets = rows.column(_OFFSET).to_numpy()
        own = {
            _NUMBER: pa.array(record_numbers(rows) - self.first_numbers[files] + 1),
            _OFFSET: pa.array(offsets - self.first_offsets[files]),
        }
        columns = [own.get(name, rows.column(name)) for name in rows.schema.names]
        ids = self.file_ids.take(pa.array(files))
        return pa.RecordBatch.from_arrays([ids, *columns], names=["_file_id", *rows.schema.names])

    def own_findings(self, found: pa.Table) -> pa.Table:
        """Findings about records of the stream as findings of their files."""
        if not found.num_rows:
            return found
        numbers = found["record_number"].to_numpy()
        files = self.of(numbers)
        own = {
            "file_id": self.file_ids.take(pa.array(files)),
            "record_number": pa.array(numbers - self.first_numbers[files] + 1),
            "byte_offset": pa.array(found["byte_offset"].to_numpy() - self.first_offsets[files]),
        }
        columns = [own.get(name, found[name]) for name in found.schema.names]
        return pa.Table.from_arrays(columns, schema=found.schema)

    def beginning_with(self, rows: pa.RecordBatch | None) -> Mask:
        """Which files have one of these rows for their first record; bool[n]."""
        if rows is None:
            return np.zeros(len(self), np.bool_)
        return np.isin(self.first_numbers, record_numbers(rows), assume_unique=True)

    def without(self, block: DecodedBlock, kept: Mask) -> DecodedBlock:
        """The block without the records and findings of the files that are not ``kept``."""
        if kept.all():
            return block
        batches = {
            name: rows.filter(pa.array(kept[self.of(record_numbers(rows))]))
            for name, rows in block.batches.items()
        }
        numbers = block.findings["record_number"].to_numpy()
        findings = block.findings.filter(pa.array(kept[self.of(numbers)]))
        return DecodedBlock(
            batches={name: rows for name, rows in batches.items() if rows.num_rows},
            findings=findings.combine_chunks(),
            bytes_read=block.bytes_read,
            records_read=block.records_read,
        )
