"""Writes records of every type in their old order: the mirror of decoding a whole file.

Nothing is added and no total worked out: headers and trailers are rows like any others, and the
rows' ``_record_number`` says where in the file each stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.encode import EncodedBlock, RecordEncoder
from exporters.framing import file_end, file_start, frame_block
from exporters.part_file import PartFile
from exporters.preserved import PRESERVED, keep_preserved
from exporters.preserved.runs import flat_records
from exporters.rows import EncodeError
from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.arrow_types import RECORD_NUMBER
from parsers.copybook import load_layout
from parsers.findings import concat_findings
from parsers.rows import gather_runs

Int64s = npt.NDArray[np.int64]


class RecordOrderError(WrongUse):
    """Two rows with one record number, or numbers that go back."""


@dataclass(frozen=True, slots=True)
class WrittenRecords:
    """A complete file: its SHA-256, bytes and records."""

    path: Path
    sha256: str
    size: int
    records: int


class RecordsWriter:
    """Writes the file ``path`` of ``interface``; use it in a ``with`` block. Leaving the block
    without :meth:`close` leaves nothing behind."""

    def __init__(self, path: Path, interface: Interface) -> None:
        self._path = path
        self._interface = interface
        names = {rule.record for rule in interface.records}
        layout = [record for record in load_layout(interface) if record.name in names]
        self._encoders = {record.name: RecordEncoder(record, interface) for record in layout}
        self._longest = max(record.length for record in layout)
        self._records = self._last = 0
        self._file = PartFile(path)
        self._file.write(file_start(interface.file))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.abandon()

    def write(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Append rows of any record types, in the order of their ``_record_number``.

        The numbers must lie after those of earlier calls (RecordOrderError). EncodeError, with
        findings, for values that cannot be written.
        """
        names = [name for name, batch in batches.items() if batch.num_rows]
        blocks = [self._encoded(name, batches[name]) for name in names]
        if not blocks:
            return
        self._refuse(concat_findings(block.findings for block in blocks))
        numbers = np.concatenate([_numbers(batches[name]) for name in names])
        order = np.argsort(numbers, kind="stable")
        self._check_order(numbers[order])
        flat = [flat_records(block) for block in blocks]
        lengths = np.concatenate([length for _, length in flat])
        starts = np.cumsum(lengths) - lengths
        data = gather_runs(np.concatenate([run for run, _ in flat]), starts[order], lengths[order])
        block = EncodedBlock(data, lengths[order], concat_findings(()))
        self._file.write(frame_block(block, self._interface.file, self._longest))
        self._records += len(numbers)

    def close(self) -> WrittenRecords:
        """Sync to disk and give the file its name."""
        self._file.write(file_end(self._interface.file))
        self._file.complete()
        return WrittenRecords(self._path, self._file.sha256, self._file.size, self._records)

    def _encoded(self, name: str, batch: pa.RecordBatch) -> EncodedBlock:
        encoder = self._encoders[name]
        block = encoder.encode(batch, file_id=self._path.name, first_record=1)
        if PRESERVED in batch.schema.names:
            block = keep_preserved(block, batch, encoder.record, self._interface)
        return block

    def _check_order(self, numbers: Int64s) -> None:
        twice = np.flatnonzero(np.diff(numbers) == 0)
        if len(twice):
            raise RecordOrderError(
                f"two rows have the record number {numbers[twice[0]]}; number them anew"
            )
        if numbers[0] <= self._last:
            raise RecordOrderError(
                f"record {numbers[0]} comes after record {self._last}; sort the rows of each "
                f"table by {RECORD_NUMBER}"
            )
        self._last = int(numbers[-1])

    def _refuse(self, findings: pa.Table) -> None:
        if findings.num_rows:
            first = findings.slice(0, 1).to_pylist()[0]
            raise EncodeError(
                f"{self._path.name}: {findings.num_rows} values cannot be written; first: "
                f"{first['record_type']}, {first['field']}: {first['code']}",
                findings,
            )


def _numbers(batch: pa.RecordBatch) -> Int64s:
    numbers: Int64s = batch.column(RECORD_NUMBER).to_numpy().astype(np.int64)
    return numbers
