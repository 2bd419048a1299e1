"""One field of a tile: from its bytes to its column in the arena."""

from __future__ import annotations

import numpy as np

from parsers.kernels.binary import read_binary
from parsers.kernels.calendar import read_calendar
from parsers.kernels.compiling import inlined
from parsers.kernels.memory import Word, load_int, store_int, store_int32
from parsers.kernels.outputs import (
    copy_validity,
    put_calendar,
    put_numbers,
    put_offsets,
    put_some_numbers,
    put_valid,
    put_validity,
    spread_status,
)
from parsers.kernels.packed import read_packed
from parsers.kernels.program import (
    BINARY,
    DATE,
    DECIMAL,
    FACTOR,
    INT64,
    KIND,
    OUT,
    PACKED,
    PERIOD,
    TEXT,
    TEXTS,
    TILE,
    VALIDITY,
    VALUES,
    WHOLE_DECIMAL,
    ZONED,
)
from parsers.kernels.suspects import examine
from parsers.kernels.text import read_text
from parsers.kernels.zoned import read_zoned

STATE_BYTES = 16
"""Of each row of a program: nulls, and bytes of text so far; int64 each."""

_VALUES = 0
_CALENDAR = 8 * TILE
STATUS = _CALENDAR + 4 * TILE + 64
"""Place of the status bytes of the field read last."""
_SPREAD = STATUS + TILE + 64
_LEADS = _SPREAD + TILE + 64
COLUMN_BYTES = _LEADS + 8 * TILE
"""Memory that reading a field takes."""


@inlined
def read_column(
    row: int,
    data: int,
    source: int,
    step: int,
    places: int,
    ranks: int,
    count: int,
    some: bool,
    first: int,
    size: int,
    arena: int,
    state: int,
    scratch: int,
) -> Word:
    """Read ``count`` fields at the starts in ``source`` (or ``step`` bytes apart) into the rows of
    their column from ``first`` to ``first + size``; not zero when a status is not good.

    With ``some`` they belong to the ``places`` only, and the other rows are null; ``ranks`` int32
    tells of each row how many of the ``places`` are not behind it.
    """
    status = scratch + STATUS
    flags = np.uint64(0)
    if load_int(row, KIND) == TEXT:
        flags = _read_texts(
            row, data, source, step, ranks, count, some, first, size, arena, state, scratch
        )
    else:
        flags = _read_numbers(
            row, data, source, step, places, count, some, first, size, arena, scratch
        )
    validity = arena + load_int(row, VALIDITY) + first // 8
    if some and flags:
        spread = scratch + _SPREAD
        spread_status(status, places, count, ranks + 4 * TILE, spread)
        store_int(state, 0, load_int(state, 0) + put_validity(spread, size, validity))
    elif some:
        copy_validity(ranks + 5 * TILE, validity)
        store_int(state, 0, load_int(state, 0) + size - count)
    elif flags:
        store_int(state, 0, load_int(state, 0) + put_validity(status, size, validity))
    else:
        put_valid(validity)
    return flags


@inlined
def _read_texts(
    row: int,
    data: int,
    source: int,
    step: int,
    ranks: int,
    count: int,
    some: bool,
    first: int,
    size: int,
    arena: int,
    state: int,
    scratch: int,
) -> Word:
    target = arena + load_int(row, VALUES)
    if first == 0:
        store_int32(target, 0, 0)
    target += 4 + 4 * first
    at = load_int(state, 8)
    before = scratch + _CALENDAR
    store_int32(before, 0, at)
    ends = before + 4 if some else target
    texts = arena + load_int(row, TEXTS)
    after, flags = read_text(
        row,
        data,
        source,
        step,
        count,
        ends,
        scratch + STATUS,
        texts,
        at,
        scratch + _VALUES,
        scratch + _LEADS,
    )
    if some:
        put_offsets(before, ranks, size, target)
    store_int(state, 8, after)
    return flags


@inlined
def _read_numbers(
    row: int,
    data: int,
    source: int,
    step: int,
    places: int,
    count: int,
    some: bool,
    first: int,
    size: int,
    arena: int,
    scratch: int,
) -> Word:
    target, status = arena + load_int(row, VALUES), scratch + STATUS
    kind, out, factor = load_int(row, KIND), load_int(row, OUT), load_int(row, FACTOR)
    plain = not some and out == INT64 and factor == 1
    digits = target + 8 * first if plain else scratch + _VALUES
    flags = np.uint64(0)
    if kind == ZONED:
        flags = read_zoned(row, data, source, step, count, digits, status, scratch + _LEADS)
    elif kind == PACKED:
        flags = read_packed(row, data, source, step, count, digits, status)
    elif kind == BINARY:
        flags = read_binary(row, data, source, step, count, digits, status)
    if flags:
        examine(row, data, source, count, digits, status)
    if (out == DATE) | (out == PERIOD):
        target += 4 * first
        result = scratch + _CALENDAR if some else target
        flags |= np.uint64(read_calendar(row, digits, count, status, result))
        if some:
            for j in range(size):
                store_int32(target, 4 * j, 0)
            put_calendar(result, places, count, target)
    elif not plain:
        wide = (out == DECIMAL) | (out == WHOLE_DECIMAL)
        target += 16 * first if wide else 8 * first
        if some:
            put_some_numbers(out, factor, digits, places, count, size, target)
        else:
            put_numbers(out, factor, digits, count, target)
    return flags
