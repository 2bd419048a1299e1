"""Which header a record stands under, over the blocks of a file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from validation.bitmask import Bits
from validation.block import Numbers, begun_before, record_numbers


class HeaderSpans:
    """The headers that govern the records of the current block.

    With ``repeats`` every header governs the records up to the next one; otherwise the first
    header of the file governs all. A header stays in force over block borders.

    ``headers`` has a row for each governing header, the one carried over first; ``bits``
    uint64 are their reasons. Spans count from 0: span 0 began before this block.
    """

    def __init__(self, schema: pa.Schema, *, repeats: bool) -> None:
        self._repeats = repeats
        self._own: Numbers = np.zeros(0, np.int64)
        self._carried = 0
        self.headers: pa.RecordBatch = pa.RecordBatch.from_pylist([], schema=schema)
        self.bits: Bits = np.zeros(0, np.uint64)

    def advance(self, own: pa.RecordBatch | None, bits: Bits) -> None:
        """Go on to the next block; ``own`` are the headers that begin in it, with their bits."""
        known = self.headers.num_rows
        self.headers = self.headers.slice(known - 1) if known else self.headers
        self.bits = self.bits[-1:]
        self._carried = min(known, 1)
        self._own = np.zeros(0, np.int64)
        if own is None or not own.num_rows or (self._carried and not self._repeats):
            return
        if not self._repeats:
            own, bits = own.slice(0, 1), bits[:1]
        else:
            self._own = record_numbers(own)
        self.headers = _joined(self.headers, own)
        self.bits = np.concatenate([self.bits, bits])

    @property
    def count(self) -> int:
        """Number of spans in this block."""
        return len(self._own) + 1

    def span_of(self, numbers: Numbers) -> Numbers:
        """Span of each physical record number; int64[n], never falling with the number."""
        if not len(self._own):
            return np.zeros(len(numbers), np.int64)
        return begun_before(self._own, numbers)

    def header_of(self, numbers: Numbers) -> Numbers:
        """Row of ``headers`` for each physical record number, -1 where there is none yet."""
        if not self._repeats:
            return np.full(len(numbers), 0 if self.headers.num_rows else -1, np.int64)
        return self.header_row(self.span_of(numbers))

    def header_row(self, spans: Numbers) -> Numbers:
        """Row of ``headers`` for each span, -1 for records before any header."""
        return spans + self._carried - 1


def _joined(first: pa.RecordBatch, second: pa.RecordBatch) -> pa.RecordBatch:
    if not first.num_rows:
        return second
    return pa.Table.from_batches([first, second]).combine_chunks().to_batches()[0]
