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
from parsers.kernels.ordering import LOW_RECORDS, orderer
from parsers.kernels.plan import PlannedField
from parsers.kernels.tabulating import tabulator
from parsers.rows import Ints

_WORD_BYTES = 8
_FEWEST_KEPT, _MOST_KEPT = 1 << 6, 1 << 14
_MUCH = 1 << 17

Words = npt.NDArray[np.uint8]
"""Places (int64) and UTF-8 of some texts, as the kernel reads them."""


class FindingTables:
    """Makes the findings of one record type; holds nothing of a file."""

    def __init__(self, fields: Sequence[PlannedField], record_type: str) -> None:
        self._record_type = record_type
        self._names = _words(*(field.name for field in fields))
        self._lengths = np.array([field.length for field in fields], np.int64)
        self._longest = max((field.length for field in fields), default=0)
        self._views = np.array([field.in_view for field in fields], np.int64)
        self._longest_name = max((len(field.name.encode()) for field in fields), default=0)

    def table(
        self, faults: FaultRows, data: Bytes, numbers: Ints, offsets: Ints, *, file_id: str
    ) -> pa.Table:
        """Findings by record, then field, then occurrence. ``numbers`` and ``offsets`` int64:
        record number and byte offset of each record of the batch."""
        count, fields = len(faults), len(self._lengths)
        faults = np.ascontiguousarray(faults)
        codes, longest_code = _codes()
        texts = [count * self._longest_name, count * longest_code, self._raw_room(faults)]
        sizes = [8 * count] * 2 + [4 * count + 4] * 3 + [size + _WORD_BYTES for size in texts]
        begins = [0]
        for size in sizes:
            begins.append(begins[-1] - -size // ALIGNMENT * ALIGNMENT)
        arena = Arena(begins[-1])
        places = [arena.address + begin for begin in begins]
        spare = np.empty_like(faults)
        room = np.empty(LOW_RECORDS + max(len(numbers) // LOW_RECORDS, fields) + 2, np.int64)
        sizes[7] = orderer()(
            address_of(faults),
            count,
            len(numbers),
            fields,
            address_of(spare),
            address_of(room),
            address_of(data),
            address_of(self._lengths),
            places[4],
            places[7],
        )
        numbers, offsets = np.ascontiguousarray(numbers), np.ascontiguousarray(offsets)
        tabulator()(
            address_of(faults),
            count,
            address_of(numbers),
            address_of(offsets),
            address_of(self._names),
            address_of(codes),
            address_of(self._views),
            places[0],
            places[1],
            places[2],
            begins[3] - begins[2],
            places[5],
            places[6],
            REMARK,
        )

        def column(type_: pa.DataType, *parts: int) -> pa.Array:
            buffers = [arena.buffer(begins[part], sizes[part]) for part in parts]
            return pa.Array.from_buffers(type_, count, [None, *buffers], 0)

        return pa.Table.from_arrays(
            [
                _repeated(file_id, count),
                column(pa.int64(), 0),
                column(pa.int64(), 1),
                _repeated(self._record_type, count),
                column(pa.utf8(), 2, 5),
                column(pa.binary(), 4, 7),
                column(pa.utf8(), 3, 6),
            ],
            schema=FINDINGS_SCHEMA,
        )

    def _raw_room(self, faults: FaultRows) -> int:
        """Bytes enough for those of all faults; a sum over them only where it saves much."""
        room = len(faults) * self._longest
        return room if room <= _MUCH else int(self._lengths[faults[:, 1]].sum())


def _repeated(text: str, count: int) -> pa.Array:
    """The text ``count`` times: a part of an array that the blocks of a file have in common, unless
    it is too long to be kept."""
    if count > _MOST_KEPT:
        return _copies(text, count)
    return _kept_copies(text, max(_FEWEST_KEPT, 1 << (count - 1).bit_length())).slice(0, count)


def _copies(text: str, count: int) -> pa.Array:
    encoded = text.encode()  # by hand: ``pa.scalar`` would load pandas
    ends = np.arange(count + 1, dtype=np.int32) * np.int32(len(encoded))
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(encoded * count))


@lru_cache(maxsize=16)
def _kept_copies(text: str, count: int) -> pa.Array:
    return _copies(text, count)


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
