"""Faults in the order of their records, and the bytes at fault as one run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from parsers.kernels.compiling import entry, fingerprint, inlined
from parsers.kernels.memory import (
    load_int,
    load_word,
    store_int,
    store_int32,
    store_word,
)
from parsers.kernels.outputs import FAULT_BYTES

_SIGNATURE = "int64(int64, int64, int64, int64, int64, int64, int64, int64, int64, int64)"
Order = Callable[[int, int, int, int, int, int, int, int, int, int], int]
_RECORD, _FIELD, _START = 0, 8, 24


@inlined
def _sorted_by(column: int, source: int, count: int, kinds: int, ends: int, target: int) -> None:
    """Copy faults so that a column ascends, keeping the order of equals. ``ends`` has room for
    one int64 more than ``kinds``."""
    for kind in range(kinds + 1):
        store_int(ends, 8 * kind, 0)
    for i in range(count):
        kind = 8 * (load_int(source, FAULT_BYTES * i + column) + 1)
        store_int(ends, kind, load_int(ends, kind) + 1)
    for kind in range(kinds):
        store_int(ends, 8 * kind + 8, load_int(ends, 8 * kind + 8) + load_int(ends, 8 * kind))
    for i in range(count):
        kind = 8 * load_int(source, FAULT_BYTES * i + column)
        place = FAULT_BYTES * load_int(ends, kind)
        store_int(ends, kind, load_int(ends, kind) + 1)
        for part in range(0, FAULT_BYTES, 8):
            store_int(target, place + part, load_int(source, FAULT_BYTES * i + part))


def _orderer(stamp: int) -> Order:
    def order(
        faults: int,
        count: int,
        records: int,
        fields: int,
        spare: int,
        ends: int,
        data: int,
        lengths: int,
        raw_ends: int,
        raw: int,
    ) -> int:
        _sorted_by(_FIELD, faults, count, fields, ends, spare)
        _sorted_by(_RECORD, spare, count, records, ends, faults)
        at = 0 * stamp
        store_int32(raw_ends, 0, 0)
        for i in range(count):
            start = load_int(faults, FAULT_BYTES * i + _START)
            length = load_int(lengths, 8 * load_int(faults, FAULT_BYTES * i + _FIELD))
            for byte in range(0, length, 8):
                store_word(raw, at + byte, load_word(data, start + byte))
            at += length
            store_int32(raw_ends, 4 * i + 4, at)
        return at

    return order


@cache
def orderer() -> Order:
    """``order(faults, count, records, fields, spare, ends, data, lengths, raw_ends, raw)`` →
    bytes of ``raw``; all but the counts are addresses.

    Sorts ``faults`` in place by record, field and occurrence; ``spare`` has as much room, and
    ``ends`` for an int64 more than there are records or fields. ``lengths`` int64 (fields,).
    ``raw_ends`` and ``raw`` become an Arrow binary array; ``raw`` has eight bytes to spare.
    """
    return entry(_SIGNATURE, _orderer(fingerprint()))
