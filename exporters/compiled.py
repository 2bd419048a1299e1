"""A batch on its way to bytes by the compiled encoder.

Fields that no kernel writes are left to the columnwise encoder, and so is every tile in which a
kernel found a value that cannot be written: what is wrong there, only that one says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.closing import Closing, closing_of
from exporters.columnwise import ColumnEncoder
from exporters.completion import completed_rows
from exporters.counters import check_counters
from exporters.encode import NUMPY_ROWS, BatchEncoding, Bytes, EncodedBlock, RecordEncoder
from exporters.kernels.assembler import Assembler
from exporters.kernels.closing import closer
from exporters.kernels.driver import encoder as compiled_encoder
from exporters.rows import Faults
from parsers.findings import concat_findings

Int64s = npt.NDArray[np.int64]

_TILE_BYTES = 1 << 18  # of records, so that they stay in the cache while fields are written
_MOST_TILE_ROWS, _FEWEST_TILE_ROWS = 1_024, 16


class CompiledEncoding(BatchEncoding):
    """One batch, bound to the addresses of its columns."""

    def __init__(self, batch: pa.RecordBatch, encoder: RecordEncoder) -> None:
        super().__init__(batch, encoder)
        self._blank = encoder.blanks.record
        self._rows = completed_rows(batch, self.record, self.interface)
        self._assembler = Assembler(self.record, self.interface, self._rows, encoder.blanks)
        self._assembler.write_records(encoder.items)
        self._miscounted = self._rows_miscounted()
        self._program = self._assembler.program()
        tile = _TILE_BYTES // self.record.length
        self._tile_rows = min(max(tile, _FEWEST_TILE_ROWS), _MOST_TILE_ROWS)
        sizes = np.array(self._assembler.shares, np.int64) * self._tile_rows
        self._bases = np.cumsum(sizes) - sizes
        self._counts = np.zeros(len(sizes), np.int64)
        self._sources = np.empty(sizes.sum(), np.int64)
        self._targets = np.empty(sizes.sum(), np.int64)
        self._values = np.empty(sizes.max(), np.int64)

    @property
    def left(self) -> tuple[str, ...]:
        """Names of the items that the columnwise encoder writes."""
        return tuple(item.name for family in self._assembler.left for item in family)

    def block(self, start: int, records: Bytes, file_id: str, first_record: int) -> EncodedBlock:
        """As in :class:`BatchEncoding`."""
        wrong = self._run(start, records)
        self._write_left(start, records, wrong)
        miscounted = self._miscounted[np.searchsorted(self._miscounted, start) :]
        self._mark(miscounted[: np.searchsorted(miscounted, start + len(records))] - start, wrong)
        findings = []
        for place, stop in self._stretches(wrong):
            out = records[place:stop]
            findings.append(self.write_tile(start + place, out, file_id, first_record + place))
        closing = self.closing(start, start + len(records))
        data = records if closing is None else self.close(records, closing)
        lengths = None if closing is None else closing.lengths
        return EncodedBlock(data, lengths, concat_findings(findings))

    def _stretches(self, wrong: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Rows from the first to the last wrong tile, in parts that numpy works on at once."""
        tiles = np.flatnonzero(wrong)
        parts = tiles * self._tile_rows // NUMPY_ROWS
        for part in np.unique(parts):
            within = tiles[parts == part]
            yield int(within[0]) * self._tile_rows, (int(within[-1]) + 1) * self._tile_rows

    def _run(self, start: int, records: Bytes) -> npt.NDArray[np.bool_]:
        wrong = np.zeros(-(-len(records) // self._tile_rows), np.uint8)
        compiled_encoder()(
            self._program,
            start,
            len(records),
            self._tile_rows,
            records.ctypes.data,
            self.record.length,
            self._blank.ctypes.data,
            self._bases,
            self._counts,
            self._sources,
            self._targets,
            self._values,
            wrong,
        )
        return wrong.view(np.bool_)

    def _write_left(self, start: int, records: Bytes, wrong: npt.NDArray[np.bool_]) -> None:
        """Write what has no kernel; marks the tiles in which some of it cannot be written."""
        if not self._assembler.left or not len(records):
            return
        faults = Faults("", self.record.name, 0)
        encoder = ColumnEncoder(self.record, self.interface, faults)
        batch = self.batch.slice(start, len(records))
        rows = completed_rows(batch, self.record, self.interface)
        for family in self._assembler.left:
            for item in family:
                records[:, item.offset : item.offset + item.total_length] = encoder.page.space
            encoder.write_family(family, rows, records, 0)
        self._mark(faults.records(), wrong)

    def _rows_miscounted(self) -> Int64s:
        """Rows, ascending, in which a counter is wrong."""
        faults = Faults("", self.record.name, 0)
        check_counters(self._rows, self.record, faults)
        return faults.records()

    def _mark(self, rows: Int64s, wrong: npt.NDArray[np.bool_]) -> None:
        wrong[rows // self._tile_rows] = True

    @cached_property
    def _closing(self) -> Closing | None:
        return closing_of(self._rows, self.record)

    def closing(self, start: int, stop: int) -> Closing | None:
        """As in :class:`BatchEncoding`, worked out once for the batch."""
        return None if self._closing is None else self._closing.part(start, stop)

    def close(self, records: Bytes, closing: Closing) -> Bytes:
        """Records without unused occurrences, moved together in place."""
        size = closer()(records.ctypes.data, records.size, closing.starts, closing.sizes)
        return records.reshape(-1)[:size]
