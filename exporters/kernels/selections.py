"""Which places of a tile a step works on: the records, those of a condition, list elements.

A selection is a run of ``count`` entries in two int64 arrays: ``source``, the index of a value in
its column, and ``target``, the address of the bytes that its item begins at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exporters.kernels.compiling import inlined
from exporters.kernels.loads import list_length
from exporters.kernels.memory import (
    copy_bytes,
    is_valid,
    load_i32,
    load_i64,
    load_low_bytes,
    load_u8,
    load_u64,
)
from exporters.kernels.program import At

_OFFSET, _WIDTH, _TABLE, _STEP = int(At.OFFSET), int(At.WIDTH), int(At.TABLE), int(At.STEP)
_DATA, _VALIDITY, _BIT, _ENDS, _ITEM = (
    int(at) for at in (At.DATA, At.VALIDITY, At.BIT, At.ENDS, At.ITEM)
)
_HIGH = int(At.HIGH)


@inlined
def select_records(
    first: int, count: int, out: int, length: int, blank: int, source: Any, target: Any
) -> None:
    """The tile's records, every one of them a copy of the blank record."""
    for k in range(count):
        source[k] = first + k
        target[k] = out + k * length
        copy_bytes(target[k], blank, length)


@inlined
def select_texts(
    step: Any, source: Any, target: Any, count: int, to_source: Any, to_target: Any
) -> int:
    """Entries whose text is one of the values in TABLE (int64 count, then for each its length
    and address); null is none of them. Returns how many."""
    table = step[_TABLE]
    chosen = 0
    for k in range(count):
        to_source[chosen] = source[k]
        to_target[chosen] = target[k]
        chosen += _is_one_of(step, source[k], table)
    return chosen


@inlined
def _is_one_of(step: Any, place: int, table: int) -> Any:
    if step[_ITEM] == 4:
        begin = load_i32(step[_ENDS] + place * 4)
        size = load_i32(step[_ENDS] + place * 4 + 4) - begin
    else:
        begin = load_i64(step[_ENDS] + place * 8)
        size = load_i64(step[_ENDS] + place * 8 + 8) - begin
    text = step[_DATA] + begin
    found = False
    for value in range(load_i64(table)):
        entry = table + 8 + value * 16
        if load_i64(entry) == size:
            found |= _same_bytes(text, load_i64(entry + 8), size)
    return found & is_valid(step[_VALIDITY], step[_BIT] + place)


@inlined
def _same_bytes(one: int, other: int, size: int) -> Any:
    done = 0
    while done + 8 <= size:
        if load_u64(one + done) != load_u64(other + done):
            return False
        done += 8
    left = size - done
    return load_low_bytes(one + done, left) == load_low_bytes(other + done, left)


@inlined
def select_flagged(
    step: Any, source: Any, target: Any, count: int, to_source: Any, to_target: Any
) -> int:
    """Entries whose byte at DATA is not zero. Returns how many."""
    chosen = 0
    for k in range(count):
        to_source[chosen] = source[k]
        to_target[chosen] = target[k]
        chosen += load_u8(step[_DATA] + source[k]) != np.uint64(0)
    return chosen


@inlined
def select_nulls(
    step: Any, source: Any, target: Any, count: int, to_source: Any, to_target: Any
) -> int:
    """Entries without a value. Returns how many."""
    chosen = 0
    for k in range(count):
        to_source[chosen] = source[k]
        to_target[chosen] = target[k]
        chosen += not is_valid(step[_VALIDITY], step[_BIT] + source[k])
    return chosen


@inlined
def select_elements(
    step: Any, source: Any, target: Any, count: int, to_source: Any, to_target: Any
) -> tuple[int, bool]:
    """Elements of lists, HIGH at the most; returns how many, and whether a list had more."""
    item, most = step[_ITEM], step[_HIGH]
    chosen, wrong = 0, False
    for k in range(count):
        length = list_length(step, source[k])
        if length > most:
            wrong = True
            length = most
        if item == 8:
            begin = load_i64(step[_ENDS] + source[k] * 8)
        else:
            begin = load_i32(step[_ENDS] + source[k] * 4)
        address = target[k] + step[_OFFSET]
        for element in range(length):
            to_source[chosen] = begin + element
            to_target[chosen] = address
            address += step[_STEP]
            chosen += 1
    return chosen, wrong


@inlined
def fill(step: Any, target: Any, count: int) -> None:
    """WIDTH bytes of TABLE to each place."""
    for k in range(count):
        copy_bytes(target[k] + step[_OFFSET], step[_TABLE], step[_WIDTH])
