"""Faults of a batch → findings in the order of their records, all columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from parsers.codecs.fault import Bytes
from parsers.findings import FINDINGS_SCHEMA, fault_codes
from parsers.kernels.levels import FaultRows, address_of
from parsers.kernels.ordering import orderer
from parsers.kernels.plan import PlannedField
from parsers.rows import Ints

_WORD_BYTES = 8


def finding_table(
    faults: FaultRows,
    fields: Sequence[PlannedField],
    data: Bytes,
    numbers: Ints,
    offsets: Ints,
    *,
    file_id: str,
    record_type: str,
) -> pa.Table:
    """Findings by record, then field, then occurrence. ``numbers`` and ``offsets`` int64: record
    number and byte offset of each record of the batch."""
    count = len(faults)
    faults = np.ascontiguousarray(faults)
    lengths = np.array([field.length for field in fields], np.int64)
    raw_bytes = int(lengths[faults[:, 1]].sum())
    spare = np.empty_like(faults)
    ends = np.empty(max(len(numbers), len(fields)) + 1, np.int64)
    raw_ends = np.empty(count + 1, np.int32)
    raw = np.empty(raw_bytes + _WORD_BYTES, np.uint8)
    orderer()(
        address_of(faults),
        count,
        len(numbers),
        len(fields),
        address_of(spare),
        address_of(ends),
        address_of(data),
        address_of(lengths),
        address_of(raw_ends),
        address_of(raw),
    )
    records, places = faults[:, 0], faults[:, 1]
    names = pa.array([field.name for field in fields], pa.utf8())
    in_view = np.array([field.in_view for field in fields])[places]
    binary = pa.BinaryArray.from_buffers(
        pa.binary(), count, [None, pa.py_buffer(raw_ends), pa.py_buffer(raw)]
    )
    return pa.Table.from_arrays(
        [
            pa.repeat(pa.scalar(file_id, pa.utf8()), count),
            pa.array(numbers[records], pa.int64()),
            pa.array(offsets[records], pa.int64()),
            pa.repeat(pa.scalar(record_type, pa.utf8()), count),
            names.take(pa.array(places)),
            binary,
            fault_codes(faults[:, 2], in_view),
        ],
        schema=FINDINGS_SCHEMA,
    )
