"""What a tile leaves in the arena: values, offsets, validity bits, and its faults."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import (
    Word,
    integer,
    load_byte,
    load_int,
    load_int32,
    load_word,
    store_byte,
    store_int,
    store_int32,
    store_word,
    trailing_zeros,
)
from parsers.kernels.program import DECIMAL, FIELD, INT64, OFFSET, TILE, WHOLE_DECIMAL

FAULT_BYTES = 32
"""A fault: record, place of the field, code, start of its bytes; int64 each."""

ODD = 2 * (TILE + 64)
"""From the status bytes of a tile to the places of those that are odd."""

_ZERO = np.uint64(0)
_LOW_SEVEN = np.uint64(0x7F7F7F7F7F7F7F7F)
_TOP_BITS = np.uint64(0x8080808080808080)
_GATHER_BITS = np.uint64(0x0102040810204080)
_SUM_BYTES = np.uint64(0x0101010101010101)
_ONE = np.uint64(1)
_SEVEN, _56 = np.uint64(7), np.uint64(56)


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
    for i in range(rows, (rows + 7) // 8 * 8):
        store_byte(status, i, _ZERO)
    nulls = 0
    for i in range((rows + 7) // 8):
        word = load_word(status, 8 * i)
        is_null = ((((word & _LOW_SEVEN) + _LOW_SEVEN) | word) & _TOP_BITS) >> _SEVEN
        store_byte(target, i, ~((is_null * _GATHER_BITS) >> _56))
        nulls += integer((is_null * _SUM_BYTES) >> _56)
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

    ``starts`` and ``owner``: beginning and record of each row of the tile; without an owner (0)
    rows are records, the tile's from ``first`` on. Status bytes are those
    of the rows at ``places``.
    """
    for k in range(odd_words(status, count)):
        i = load_int(status, ODD + 8 * k)
        odd = nonzero_bytes(load_word(status, i) & _LOW_SEVEN)
        while odd:
            j = i + (trailing_zeros(odd) >> 3)
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
def odd_words(status: int, count: int) -> int:
    """Write at ODD behind ``status`` where each eight status bytes begin of which one is neither
    good nor null; returns how many there are. Faults are scattered: there is no branch on them,
    which the processor could not foresee."""
    for i in range(count, (count + 7) // 8 * 8):
        store_byte(status, i, _ZERO)
    found = 0
    for i in range(0, count, 8):
        store_int(status, ODD + 8 * found, i)
        found += integer(load_word(status, i) & _LOW_SEVEN != _ZERO)
    return found


@inlined
def nonzero_bytes(word: Word) -> Word:
    """The top bit of each byte that is not 0, of bytes below 80."""
    return (word + _LOW_SEVEN) & _TOP_BITS
