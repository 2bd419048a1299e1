"""Faults of a batch → findings in the order of their records, all columns at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.fault import REMARK, Bytes
from parsers.findings import FINDINGS_SCHEMA, finding_codes
from parsers.kernels.arenas import ALIGNMENT, Arena
from parsers.kernels.levels import FaultRows, address_of
from parsers.kernels.ordering import orderer
from parsers.kernels.plan import PlannedField
from parsers.kernels.tabulating import tabulator
from parsers.rows import Ints

_WORD_BYTES = 8

Words = npt.NDArray[np.uint8]
"""Places (int64) and UTF-8 of some texts, as the kernel reads them."""


class FindingTables:
    """Makes the findings of one record type; holds nothing of a file."""

    def __init__(self, fields: Sequence[PlannedField], record_type: str) -> None:
        self._record_type = record_type
        self._names = _words(*(field.name for field in fields))
        self._lengths = np.array([field.length for field in fields], np.int64)
        self._views = np.array([field.in_view for field in fields], np.int64)
        self._longest_name = max((len(field.name.encode()) for field in fields), default=0)

    def table(
        self, faults: FaultRows, data: Bytes, numbers: Ints, offsets: Ints, *, file_id: str
    ) -> pa.Table:
        """Findings by record, then field, then occurrence. ``numbers`` and ``offsets`` int64:
        record number and byte offset of each record of the batch."""
        count, fields = len(faults), len(self._lengths)
        faults = np.ascontiguousarray(faults)
        constants, (codes, longest_code) = _constants(file_id, self._record_type), _codes()
        texts = [
            len(file_id.encode()),
            len(self._record_type.encode()),
            self._longest_name,
            longest_code,
        ]
        raw_bytes = int(self._lengths[faults[:, 1]].sum())
        sizes = [8 * count] * 2 + [4 * count + 4] * 5
        sizes += [count * longest + _WORD_BYTES for longest in texts] + [raw_bytes + _WORD_BYTES]
        begins = [0]
        for size in sizes:
            begins.append(begins[-1] - -size // ALIGNMENT * ALIGNMENT)
        arena = Arena(begins[-1])
        places = [arena.address + begin for begin in begins]
        spare = np.empty_like(faults)
        room = np.empty(max(len(numbers), fields) + 1, np.int64)
        orderer()(
            address_of(faults),
            count,
            len(numbers),
            fields,
            address_of(spare),
            address_of(room),
            address_of(data),
            address_of(self._lengths),
            places[6],
            places[11],
        )
        numbers, offsets = np.ascontiguousarray(numbers), np.ascontiguousarray(offsets)
        tabulator()(
            address_of(faults),
            count,
            address_of(numbers),
            address_of(offsets),
            address_of(constants),
            address_of(self._names),
            address_of(codes),
            address_of(self._views),
            places[0],
            places[1],
            places[2],
            begins[3] - begins[2],
            *places[7:11],
            REMARK,
        )

        def column(type_: pa.DataType, *parts: int) -> pa.Array:
            buffers = [arena.buffer(begins[part], sizes[part]) for part in parts]
            return pa.Array.from_buffers(type_, count, [None, *buffers], 0)

        return pa.Table.from_arrays(
            [
                column(pa.utf8(), 2, 7),
                column(pa.int64(), 0),
                column(pa.int64(), 1),
                column(pa.utf8(), 3, 8),
                column(pa.utf8(), 4, 9),
                column(pa.binary(), 6, 11),
                column(pa.utf8(), 5, 10),
            ],
            schema=FINDINGS_SCHEMA,
        )


@lru_cache(maxsize=64)
def _constants(file_id: str, record_type: str) -> Words:
    return _words(file_id, record_type)


@cache
def _codes() -> tuple[Words, int]:
    """Codes of findings, and the bytes of the longest."""
    codes = finding_codes()
    return _words(*codes), max(map(len, codes))


def _words(*texts: str) -> Words:
    encoded = [text.encode() for text in texts]
    first = _WORD_BYTES * (len(encoded) + 1)
    places = np.cumsum([first, *map(len, encoded)], dtype=np.int64)
    spare = bytes(_WORD_BYTES)
    return np.frombuffer(places.tobytes() + b"".join(encoded) + spare, np.uint8)
