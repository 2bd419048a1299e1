"""What a tile leaves in the arena: values, offsets, validity bits, and its faults."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import (
    COMPARED,
    Word,
    integer,
    load_byte,
    load_int,
    load_int32,
    load_word,
    marked,
    ones,
    store_byte,
    store_int,
    store_int32,
    store_word,
    trailing_zeros,
)
from parsers.kernels.program import DECIMAL, FIELD, INT64, OFFSET, TILE, WHOLE_DECIMAL

FAULT_BYTES = 32
"""A fault: row of the level, place of the field, code, start of its bytes; int64 each."""

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_BYTE, _LOW_SEVEN = np.uint64(0xFF), np.uint64(0x7F)


@inlined
def put_numbers(out: int, factor: int, values: int, count: int, target: int) -> None:
    """Numbers of a tile to ``target``: 8 bytes each, or 16 for decimals."""
    if out == DECIMAL:
        for i in range(count):
            value = load_int(values, 8 * i)
            store_int(target, 16 * i, value)
            store_int(target, 16 * i + 8, value >> 63)
    elif out == WHOLE_DECIMAL:
        for i in range(count):
            store_int(target, 16 * i, load_int(values, 8 * i))
            store_int(target, 16 * i + 8, 0)
    else:
        for i in range(count):
            store_int(target, 8 * i, load_int(values, 8 * i) * factor)


@inlined
def put_some_numbers(
    out: int, factor: int, values: int, places: int, count: int, rows: int, target: int
) -> None:
    """The same to the ``places`` of a tile of so many rows; 0 in the others."""
    words = 1 if out == INT64 else 2
    for i in range(words * rows):
        store_int(target, 8 * i, 0)
    for i in range(count):
        value = load_int(values, 8 * i) * factor
        at = 8 * words * load_int(places, 8 * i)
        store_int(target, at, value)
        if out == DECIMAL:
            store_int(target, at + 8, value >> 63)


@inlined
def put_calendar(values: int, places: int, count: int, target: int) -> None:
    """Days or periods of the rows that have them; 4 bytes each."""
    for i in range(count):
        store_int32(target, 4 * load_int(places, 8 * i), load_int32(values, 4 * i))


@inlined
def put_offsets(ends: int, ranks: int, rows: int, target: int) -> None:
    """Ends of all rows of a tile from the ends of those that have text. ``ends`` begins with that
    of the row before the tile; ``ranks``: how many rows have text up to each."""
    for i in range(rows):
        store_int32(target, 4 * i, load_int32(ends, 4 * load_int32(ranks, 4 * i)))


@inlined
def spread_status(status: int, places: int, count: int, absent: int, spread: int) -> None:
    """Status of all rows of a tile: as in ``absent`` where the field does not apply."""
    for i in range(TILE // 8):
        store_word(spread, 8 * i, load_word(absent, 8 * i))
    for i in range(count):
        store_byte(spread, load_int(places, 8 * i), load_byte(status, i))


@inlined
def put_valid(target: int) -> None:
    """All rows of a tile are valid."""
    for i in range(TILE // 64):
        store_word(target, 8 * i, ~_ZERO)


@inlined
def copy_validity(source: int, target: int) -> None:
    """The validity bits of a whole tile."""
    for i in range(TILE // 64):
        store_word(target, 8 * i, load_word(source, 8 * i))


@inlined
def put_validity(status: int, rows: int, target: int) -> int:
    """Validity bits of a tile from its status; returns how many rows are null."""
    nulls = 0
    for i in range(0, rows, COMPARED):
        is_null = marked(status, i, _BYTE) & _first_bits(rows - i)
        store_word(target, i // 8, ~is_null)
        nulls += ones(is_null)
    return nulls


@inlined
def put_faults(
    row: int,
    status: int,
    starts: int,
    places: int,
    count: int,
    owner: int,
    first: int,
    faults: int,
    found: int,
) -> int:
    """Append the faults of a tile; returns how many there are now.

    ``starts``: beginning of each row of the tile; ``owner``: the row of the level that it belongs
    to, 0 where they are the same, from ``first`` on. Status bytes are those of the rows at
    ``places``.
    """
    for k in range(0, count, COMPARED):
        odd = odd_rows(status, k, count)
        while odd:
            j = k + trailing_zeros(odd)
            odd &= odd - _ONE
            at = found * FAULT_BYTES
            place = load_int(places, 8 * j)
            store_int(faults, at, load_int(owner, 8 * place) if owner else first + place)
            store_int(faults, at + 8, load_int(row, FIELD))
            store_int(faults, at + 16, integer(load_byte(status, j)))
            store_int(faults, at + 24, load_int(starts, 8 * place) + load_int(row, OFFSET))
            found += 1
    return found


@inlined
def odd_rows(status: int, first: int, count: int) -> Word:
    """A bit for each of COMPARED rows from ``first`` on: whether its status is neither good nor
    null. Faults are scattered, and every branch on one that the processor cannot foresee is
    dear: so many rows at once need the fewest."""
    return marked(status, first, _LOW_SEVEN) & _first_bits(count - first)


@inlined
def _first_bits(count: int) -> Word:
    return ~_ZERO >> np.uint64(max(COMPARED - count, 0))
