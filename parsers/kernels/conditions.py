"""Rows in which a REDEFINES applies: found once a tile, so that its fields read no others."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import (
    integer,
    load_byte,
    load_int,
    load_word,
    store_byte,
    store_int,
    store_int32,
    store_word,
)
from parsers.kernels.outputs import put_validity
from parsers.kernels.program import OFFSET, PATTERNS, TABLE, TILE, VALUES, WIDTH

_ZERO = np.uint64(0)
_PATTERN_BYTES = 8
_TOP_BITS = np.uint64(0x8080808080808080)


@inlined
def select_text(
    row: int,
    data: int,
    source: int,
    step: int,
    places: int,
    count: int,
    chosen: int,
    chosen_places: int,
) -> int:
    """Keep the rows whose field is one of the patterns; returns how many there are.

    The table holds the mask of the last word, then of each pattern its words. Rows of the tile
    stand in ``source`` (starts), or ``step`` bytes apart, and ``places`` (place in the tile).
    """
    first, width = load_int(row, OFFSET), load_int(row, WIDTH)
    patterns, table = load_int(row, PATTERNS), load_int(row, TABLE)
    words = (width + 7) // 8
    last = load_word(table, 0)
    kept = 0
    if words == 1 and patterns == 1:
        wanted = load_word(table, _PATTERN_BYTES)
        for i in range(count):
            start = i * step if step else load_int(source, 8 * i)
            store_int(chosen, 8 * kept, start)
            store_int(chosen_places, 8 * kept, load_int(places, 8 * i))
            kept += integer((load_word(data, start + first) ^ wanted) & last == _ZERO)
        return kept
    for i in range(count):
        start = i * step if step else load_int(source, 8 * i)
        equal = 0
        for pattern in range(patterns):
            different = _ZERO
            for word in range(words):
                mask = last if word == words - 1 else ~_ZERO
                wanted = load_word(table, _PATTERN_BYTES * (1 + pattern * words + word))
                different |= (load_word(data, start + first + 8 * word) ^ wanted) & mask
            equal |= integer(different == _ZERO)
        store_int(chosen, 8 * kept, start)
        store_int(chosen_places, 8 * kept, load_int(places, 8 * i))
        kept += equal
    return kept


@inlined
def select_masked(
    row: int,
    first_row: int,
    source: int,
    places: int,
    count: int,
    chosen: int,
    chosen_places: int,
) -> int:
    """Keep the rows for which the mask (a byte a row of the level) is not 0."""
    mask = load_int(row, VALUES)
    kept = 0
    for i in range(count):
        place = load_int(places, 8 * i)
        store_int(chosen, 8 * kept, load_int(source, 8 * i))
        store_int(chosen_places, 8 * kept, place)
        kept += integer(load_byte(mask, first_row + place) != _ZERO)
    return kept


@inlined
def rank_rows(places: int, count: int, rows: int, ranks: int) -> None:
    """For each row of a tile how many of the ``places`` (ascending) are not behind it (int32),
    then its status (null where it is none of them), then the validity bits of all."""
    absent, validity = ranks + 4 * TILE, ranks + 5 * TILE
    for i in range(TILE // 8):
        store_word(absent, 8 * i, _TOP_BITS)
    for i in range(count):
        store_byte(absent, load_int(places, 8 * i), _ZERO)
    rank = 0
    for i in range(rows):
        rank += integer(load_byte(absent, i) == _ZERO)
        store_int32(ranks, 4 * i, rank)
    put_validity(absent, rows, validity)
