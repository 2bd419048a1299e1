"""Rows in which a REDEFINES applies: found once a tile, so that its fields read no others."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import integer, load_byte, load_int, load_word, store_int, store_int32
from parsers.kernels.program import OFFSET, PATTERNS, TABLE, VALUES, WIDTH

_ZERO = np.uint64(0)
_PATTERN_BYTES = 8


@inlined
def select_text(
    row: int, data: int, source: int, places: int, count: int, chosen: int, chosen_places: int
) -> int:
    """Keep the rows whose field is one of the patterns; returns how many there are.

    The table holds the mask of the last word, then of each pattern its words. Rows of the tile
    stand in ``source`` (starts) and ``places`` (place in the tile).
    """
    first, width = load_int(row, OFFSET), load_int(row, WIDTH)
    patterns, table = load_int(row, PATTERNS), load_int(row, TABLE)
    words = (width + 7) // 8
    last = load_word(table, 0)
    kept = 0
    for i in range(count):
        start = load_int(source, 8 * i)
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
    """For each row of a tile how many of the ``places`` (ascending) are not behind it (int32)."""
    store_int(places, 8 * count, rows)
    rank = 0
    for i in range(rows):
        rank += integer(load_int(places, 8 * rank) == i)
        store_int32(ranks, 4 * i, rank)
