"""The bytes of decoded records, as a column beside their values."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from parsers.framing import Frame
from parsers.rows import Places, binary_runs

ORIGINAL: Final = "_original"
"""Column of a record's bytes as they stand in the file, descriptors and line ends left out."""


def with_originals(batch: pa.RecordBatch, frame: Frame, places: Places) -> pa.RecordBatch:
    """The batch of the frame's records at ``places`` with their bytes as a last column."""
    raw = binary_runs(frame.rows.data, frame.rows.starts[places], frame.lengths[places])
    return batch.append_column(pa.field(ORIGINAL, pa.binary(), nullable=False), raw)
