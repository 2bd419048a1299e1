"""Records as one run of bytes and the length of each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.encode import EncodedBlock
from parsers.codecs.fault import Bytes

Int64s = npt.NDArray[np.int64]


def record_count(block: EncodedBlock) -> int:
    """Records of a block."""
    return len(block.data) if block.lengths is None else len(block.lengths)


def flat_records(block: EncodedBlock) -> tuple[Bytes, Int64s]:
    """All bytes in one run, and the length of each record."""
    if block.lengths is not None:
        return block.data.reshape(-1), block.lengths
    rows, width = block.data.shape
    return np.ascontiguousarray(block.data).reshape(-1), np.full(rows, width, np.int64)


def padded_runs(flat: Bytes, lengths: Int64s, wanted: Int64s, space: int) -> Bytes:
    """Runs of ``lengths`` filled up to ``wanted`` with spaces."""
    if (lengths == wanted).all():
        return flat
    out = np.full(int(wanted.sum()), space, np.uint8)
    starts = np.cumsum(wanted) - wanted
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    out[np.repeat(starts, lengths) + np.arange(len(before)) - before] = flat
    return out


def bytes_of(array: pa.BinaryArray) -> tuple[Bytes, Int64s]:
    """Bytes of all values and where each ends (one more than values, from 0)."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4).astype(np.int64)
    everything = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return everything[ends[0] : ends[-1]], ends - ends[0]
