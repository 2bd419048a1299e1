"""Faults in the order of their records, and the bytes at fault as one run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

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
_LOW_BITS = 8
LOW_RECORDS: Final = 1 << _LOW_BITS


@inlined
def _sorted_by(
    column: int, shift: int, kinds: int, source: int, count: int, ends: int, target: int
) -> None:
    """Copy faults so that the bits of a column from ``shift`` on ascend, of which there are
    ``kinds``, keeping the order of equals. ``ends`` has room for one int64 more."""
    for kind in range(kinds + 1):
        store_int(ends, 8 * kind, 0)
    for i in range(count):
        kind = 8 * (_kind(source, i, column, shift, kinds) + 1)
        store_int(ends, kind, load_int(ends, kind) + 1)
    for kind in range(kinds):
        store_int(ends, 8 * kind + 8, load_int(ends, 8 * kind + 8) + load_int(ends, 8 * kind))
    for i in range(count):
        kind = 8 * _kind(source, i, column, shift, kinds)
        place = FAULT_BYTES * load_int(ends, kind)
        store_int(ends, kind, load_int(ends, kind) + 1)
        for part in range(0, FAULT_BYTES, 8):
            store_int(target, place + part, load_int(source, FAULT_BYTES * i + part))


@inlined
def _kind(faults: int, place: int, column: int, shift: int, kinds: int) -> int:
    value = load_int(faults, FAULT_BYTES * place + column) >> shift
    return value & (LOW_RECORDS - 1) if kinds == LOW_RECORDS else value


@inlined
def _sorted_by_record(faults: int, count: int, records: int, ends: int, spare: int) -> None:
    """In two steps: counters for all records are more than there are faults, mostly."""
    _sorted_by(_RECORD, 0, LOW_RECORDS, faults, count, ends, spare)
    _sorted_by(_RECORD, _LOW_BITS, (records >> _LOW_BITS) + 1, spare, count, ends, faults)


@inlined
def _are_in_order(faults: int, count: int) -> bool:
    """Whether the fields of each record ascend."""
    descents = 0
    for i in range(1, count):
        here = faults + FAULT_BYTES * i
        same = load_int(here, _RECORD) == load_int(here - FAULT_BYTES, _RECORD)
        descents += same and load_int(here, _FIELD) < load_int(here - FAULT_BYTES, _FIELD)
    return descents == 0


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
        _sorted_by_record(faults, count, records, ends, spare)
        if not _are_in_order(faults, count):  # fields of several levels or engines
            _sorted_by(_FIELD, 0, fields, faults, count, ends, spare)
            for place in range(0, FAULT_BYTES * count, 8):
                store_int(faults, place, load_int(spare, place))
            _sorted_by_record(faults, count, records, ends, spare)
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
    ``ends`` for LOW_RECORDS int64 and one for each LOW_RECORDS records or each field. ``lengths``
    int64 (fields,). ``raw_ends`` and ``raw`` become an Arrow binary array; ``raw`` has eight bytes
    to spare.
    """
    return entry(_SIGNATURE, _orderer(fingerprint()))
