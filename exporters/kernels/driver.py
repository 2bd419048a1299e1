"""The one compiled encoder: runs the steps of a program over the records, tile by tile.

A tile's bytes stay in the processor's cache while field after field is written into them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from exporters.kernels import loads, selections, stores, text
from exporters.kernels.compiling import entry, fingerprint
from exporters.kernels.program import At, Op

_OP, _SELECTION, _PARENT = int(At.OP), int(At.SELECTION), int(At.PARENT)
_SELECT_TEXT, _SELECT_FLAG = int(Op.SELECT_TEXT), int(Op.SELECT_FLAG)
_SELECT_NULL, _FILL = int(Op.SELECT_NULL), int(Op.FILL)
_INTEGER, _DECIMAL, _DATE = int(Op.LOAD_INTEGER), int(Op.LOAD_DECIMAL), int(Op.LOAD_DATE)
_PERIOD = int(Op.LOAD_PERIOD)
_SCALE, _ZONED, _PACKED = int(Op.SCALE), int(Op.STORE_ZONED), int(Op.STORE_PACKED)
_BINARY, _TEXT = int(Op.STORE_BINARY), int(Op.STORE_TEXT)

load_integers, load_decimals = loads.load_integers, loads.load_decimals
load_dates, load_periods = loads.load_dates, loads.load_periods
scale_down = loads.scale_down
select_records, select_texts = selections.select_records, selections.select_texts
select_flagged, select_nulls = selections.select_flagged, selections.select_nulls
select_elements = selections.select_elements
fill, store_texts = selections.fill, text.store_texts
store_zoned, store_packed, store_binary = (
    stores.store_zoned,
    stores.store_packed,
    stores.store_binary,
)


_SIGNATURE = (
    "int64(int64[:, ::1], int64, int64, int64, int64, int64, int64,"
    " int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], uint8[::1])"
)


@cache
def encoder() -> Callable[..., int]:
    """The compiled encoder; its first caller waits for the compiler, or for the cache."""
    sources_fingerprint = fingerprint()

    def run(
        program: Any,
        first: int,
        rows: int,
        tile_rows: int,
        out: int,
        length: int,
        blank: int,
        bases: Any,
        counts: Any,
        sources: Any,
        targets: Any,
        values: Any,
        wrong: Any,
    ) -> int:
        """Encode rows ``first`` … of the columns into ``out`` (address, ``length`` bytes each).

        ``blank`` is the address of a record without values. Selection ``s`` takes the entries
        from ``bases[s]`` on of ``sources`` and ``targets``, ``counts[s]`` of them; ``values`` holds
        those of the largest. ``wrong`` (a byte a tile) is set where a value cannot be written.
        """
        for tile in range((rows + tile_rows - 1) // tile_rows):
            begin = tile * tile_rows
            size = min(tile_rows, rows - begin)
            counts[0] = size
            select_records(
                first + begin, size, out + begin * length, length, blank, sources, targets
            )
            bad = False
            for number in range(program.shape[0]):
                step = program[number]
                op, selection = step[_OP], step[_SELECTION]
                source, target = sources[bases[selection] :], targets[bases[selection] :]
                count = counts[selection]
                if op == _TEXT:
                    bad |= store_texts(step, source, target, count)
                elif op == _INTEGER:
                    bad |= load_integers(step, source, count, values)
                elif op == _DECIMAL:
                    bad |= load_decimals(step, source, count, values)
                elif op == _DATE:
                    bad |= load_dates(step, source, count, values)
                elif op == _PERIOD:
                    bad |= load_periods(step, source, count, values)
                elif op == _SCALE:
                    bad |= scale_down(step, count, values)
                elif op == _ZONED:
                    bad |= store_zoned(step, target, count, values)
                elif op == _PACKED:
                    bad |= store_packed(step, target, count, values)
                elif op == _BINARY:
                    bad |= store_binary(step, target, count, values)
                elif op == _FILL:
                    fill(step, target, count)
                else:
                    parent = step[_PARENT]
                    from_source, from_target = sources[bases[parent] :], targets[bases[parent] :]
                    many = counts[parent]
                    if op == _SELECT_TEXT:
                        counts[selection] = select_texts(
                            step, from_source, from_target, many, source, target
                        )
                    elif op == _SELECT_FLAG:
                        counts[selection] = select_flagged(
                            step, from_source, from_target, many, source, target
                        )
                    elif op == _SELECT_NULL:
                        counts[selection] = select_nulls(
                            step, from_source, from_target, many, source, target
                        )
                    else:
                        chosen, too_many = select_elements(
                            step, from_source, from_target, many, source, target
                        )
                        counts[selection] = chosen
                        bad |= too_many
            wrong[tile] = bad
        return sources_fingerprint

    return entry(_SIGNATURE, run)
