"""One compiled function for all layouts: runs a program over the rows of a level, by tiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from parsers.kernels.columns import COLUMN_BYTES, STATE_BYTES, STATUS, read_column
from parsers.kernels.compiling import entry, fingerprint
from parsers.kernels.conditions import rank_rows, select_masked, select_text
from parsers.kernels.memory import load_int, load_word, store_int, store_word
from parsers.kernels.outputs import put_faults
from parsers.kernels.program import (
    ITEM_BYTES,
    KIND,
    MASK_SELECT,
    REPEATS,
    ROW_BYTES,
    SLOT,
    TARGET,
    TEXT_SELECT,
    TILE,
)

SLOT_BYTES = 21 * TILE + TILE // 8 + 8
"""Of each slot: starts and places of its rows, how many there are, and the :mod:`ranks
<parsers.kernels.conditions>` of the tile's rows."""
_COUNT = 16 * TILE
_RANKS = _COUNT + 8
_ITEM_STARTS = COLUMN_BYTES
_ITEM_OFFSETS = _ITEM_STARTS + 8 * TILE
_ITEM_OWNERS = _ITEM_OFFSETS + 8 * TILE
SCRATCH_BYTES = _ITEM_OWNERS + 8 * TILE

_SIGNATURE = f"int64({', '.join(['int64'] * 15)})"
RunLevel = Callable[..., int]


def _driver(stamp: int) -> RunLevel:
    def run_level(
        program: int,
        operations: int,
        state: int,
        data: int,
        starts: int,
        rows: int,
        arena: int,
        scratch: int,
        faults: int,
        found: int,
        room: int,
        most: int,
        low: int,
        stride: int,
        copies: int,
    ) -> int:
        next_row = state + operations * STATE_BYTES
        slots, status = scratch + SCRATCH_BYTES, scratch + STATUS
        item_starts, item_offsets = scratch + _ITEM_STARTS, scratch + _ITEM_OFFSETS
        item_owners = scratch + _ITEM_OWNERS
        for i in range(TILE):  # slot 0: every row of the tile
            store_int(slots, 8 * i, i * stride)
            store_int(slots, 8 * (TILE + i), i)
        base = copies - low if stride else data
        first = load_int(next_row, 0) + 0 * stamp
        while first < rows and found + TILE * most <= room:
            size = min(TILE, rows - first)
            for i in range(size if stride else 0):
                start = load_int(starts, 8 * (first + i)) + low
                for place in range(0, stride, 8):
                    store_word(copies + i * stride, place, load_word(data, start + place))
            for i in range(operations):
                row, total = program + i * ROW_BYTES, state + i * STATE_BYTES
                kind, slot = load_int(row, KIND), load_int(row, SLOT)
                block = slots + slot * SLOT_BYTES
                source, places = block, block + 8 * TILE
                count, step = size, 0
                if slot == 0:
                    source = block if stride else starts + 8 * first
                    step = stride
                else:
                    count = load_int(block, _COUNT)
                if kind <= MASK_SELECT:
                    chosen = slots + load_int(row, TARGET) * SLOT_BYTES
                    if kind == TEXT_SELECT:
                        kept = select_text(
                            row, base, source, step, places, count, chosen, chosen + 8 * TILE
                        )
                    else:
                        kept = select_masked(
                            row, first, source, places, count, chosen, chosen + 8 * TILE
                        )
                    store_int(chosen, _COUNT, kept)
                    rank_rows(chosen + 8 * TILE, kept, size, chosen + _RANKS)
                    continue
                repeats = load_int(row, REPEATS)
                before, values = first * repeats, size * repeats
                done = 0
                while done < values:
                    if repeats > 1:  # an item of a table: by its occurrences, in their order
                        length = load_int(row, ITEM_BYTES)
                        count, step = min(TILE, values - done), 0
                        record, occurrence = done // repeats, done % repeats
                        for j in range(count):
                            start = load_int(source, 8 * record)
                            store_int(item_starts, 8 * j, start + occurrence * length)
                            occurrence += 1
                            if occurrence == repeats:
                                record, occurrence = record + 1, 0
                    flags = read_column(
                        row,
                        base,
                        item_starts if repeats > 1 else source,
                        step,
                        slots + 8 * TILE if repeats > 1 else places,
                        block + _RANKS,
                        count,
                        slot != 0,
                        before + done,
                        count if repeats > 1 else size,
                        arena,
                        total,
                        scratch,
                    )
                    if flags and repeats > 1:
                        for j in range(count):
                            record = (done + j) // repeats
                            start = load_int(starts, 8 * (first + record))
                            start += (done + j) % repeats * load_int(row, ITEM_BYTES)
                            store_int(item_offsets, 8 * j, start)
                            store_int(item_owners, 8 * j, first + record)
                        found = put_faults(
                            row,
                            status,
                            item_offsets,
                            slots + 8 * TILE,
                            count,
                            item_owners,
                            0,
                            faults,
                            found,
                        )
                    elif flags:
                        found = put_faults(
                            row,
                            status,
                            starts + 8 * first,
                            places,
                            count,
                            0,
                            first,
                            faults,
                            found,
                        )
                    done += count if repeats > 1 else values
            first += TILE
        store_int(next_row, 0, first)
        return found

    return run_level


@cache
def level_runner() -> RunLevel:
    """``run_level(program, operations, state, data, starts, rows, arena, scratch, faults, found,
    room, most, low, stride, copies)`` → faults found, those ``found`` before included; all but
    the counts and distances are addresses.

    ``starts`` int64 (rows,): where each row begins in ``data``. A fault says which row it is in,
    not which record. ``scratch``: SCRATCH_BYTES and SLOT_BYTES for each slot. ``state``: zeros, an
    int64 more than the operations have; this last one is the row to go on with, fewer than ``rows``
    when ``faults`` might not have had ``room`` for a tile, of whose rows each has at ``most`` so
    many values. With ``stride`` the rows of a tile are
    copied to ``copies`` first, from their byte ``low`` on, that far apart: reading memory in its
    order is several times faster than field by field. Loads go up to 63 bytes beyond a row.
    """
    return entry(_SIGNATURE, _driver(fingerprint()))
