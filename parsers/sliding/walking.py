"""The compiled walk, one record after the other; import this module late.

It says where things are in good records. What is wrong with a record, and whether a counter that it
cannot read is a number after all, numpy decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes
from parsers.framing.compiled import INTS, READ, TABLE, compiled, fingerprint
from parsers.framing.lengths.stored_numbers import stored_number
from parsers.rows import Ints
from parsers.sliding import program as of

Bools = npt.NDArray[np.bool_]
Walk = Callable[..., bool]
StraightWalk = Callable[..., None]

_OPERATION: Final = of.OPERATION
_SLOT: Final = of.SLOT
_OPERAND: Final = of.OPERAND
_FEWEST: Final = of.FEWEST
_MOST: Final = of.MOST
_COUNTER: Final = of.COUNTER
_SOURCE: Final = of.SOURCE
_BEHIND: Final = of.BEHIND
_BYTES: Final = of.BYTES
_SHORT: Final = of.SHORT
_SEGMENT: Final = of.SEGMENT
_TABLE: Final = of.TABLE
_LOOP: Final = of.LOOP
_FINISH: Final = of.FINISH
_DEEPEST: Final = of.DEEPEST

_STAMP_BYTES = 7  # so that it fits an int64


def _kept(stamp: int) -> Walk:
    @compiled(
        READ, INTS, INTS, "boolean", TABLE, "int32[::1]", TABLE, INTS, INTS, INTS, INTS, INTS,
        "boolean[::1]", "int64", returns="boolean",
    )  # fmt: skip
    def walk(
        data: Bytes,
        starts: Ints,
        lengths: Ints,
        padded: bool,
        code: Ints,
        short: npt.NDArray[np.int32],
        counters: Ints,
        carriers: Ints,
        filled: Ints,
        room: Ints,
        places: Ints,
        out: Ints,
        good: Bools,
        most: int,
    ) -> bool:
        slots = len(filled)
        here = np.zeros(slots, np.int64)
        before = np.zeros(slots, np.int64)
        left = np.zeros(_DEEPEST + 1, np.int64)
        back = np.zeros(_DEEPEST + 1, np.int64)
        _ = stamp
        for record in range(len(starts)):
            at = starts[record]
            end = at + lengths[record]
            before[:] = filled
            nesting = 0
            place = 0
            right = True
            while right:
                step = code[place]
                operation = step[_OPERATION]
                slot = step[_SLOT]
                place += 1
                if operation == _SEGMENT:
                    if filled[slot] >= most:
                        return False
                    if filled[slot] < room[slot]:
                        out[places[slot] + filled[slot]] = at
                    filled[slot] += 1
                    here[slot] = at
                    at += step[_OPERAND]
                    right = at <= end
                elif operation in (_TABLE, _LOOP):
                    count = step[_MOST]
                    if step[_COUNTER] >= 0:
                        field = here[step[_SOURCE]] + step[_BEHIND]
                        if field + step[_BYTES] > end:
                            right = False
                        elif step[_SHORT] >= 0:
                            pattern = np.int64(data[field])
                            if step[_BYTES] == 2:
                                pattern = pattern << 8 | np.int64(data[field + 1])
                            count = np.int64(short[step[_SHORT] + pattern])
                        else:
                            count, right = stored_number(
                                data, field, counters, step[_COUNTER], carriers
                            )
                        if not right or count < step[_FEWEST] or count > step[_MOST]:
                            right = False
                            break
                    if filled[slot] < room[slot]:
                        out[places[slot] + filled[slot]] = count
                    filled[slot] += 1
                    if operation == _TABLE:
                        at += count * step[_OPERAND]
                        right = at <= end
                    elif count == 0:
                        place = step[_OPERAND]
                    else:
                        left[nesting] = count
                        back[nesting] = place
                        nesting += 1
                elif operation == _FINISH:
                    right = padded or at == end
                    break
                else:  # NEXT
                    left[nesting - 1] -= 1
                    if left[nesting - 1] > 0:
                        place = back[nesting - 1]
                    else:
                        nesting -= 1
            good[record] = right
            if not right:
                filled[:] = before
        return True

    return walk


def _kept_straight(stamp: int) -> StraightWalk:
    @compiled(
        READ, INTS, INTS, "boolean", TABLE, "int32[::1]", TABLE, INTS, TABLE, "boolean[::1]",
        returns="void",
    )  # fmt: skip
    def walk(
        data: Bytes,
        starts: Ints,
        lengths: Ints,
        padded: bool,
        code: Ints,
        short: npt.NDArray[np.int32],
        counters: Ints,
        carriers: Ints,
        out: Ints,
        good: Bools,
    ) -> None:
        records = len(starts)
        at = starts.copy()
        ends = starts + lengths
        good[:] = True
        _ = stamp
        for place in range(len(code)):
            operation = code[place, _OPERATION]
            slot = code[place, _SLOT]
            operand = code[place, _OPERAND]
            if operation == _SEGMENT:
                for record in range(records):
                    out[slot, record] = at[record]
                    at[record] += operand
                    good[record] &= at[record] <= ends[record]
            elif operation == _TABLE:
                fewest, most = code[place, _FEWEST], code[place, _MOST]
                counter, source = code[place, _COUNTER], code[place, _SOURCE]
                behind, wide = code[place, _BEHIND], code[place, _BYTES]
                kind = code[place, _SHORT]
                for record in range(records):
                    count, right = most, True
                    if counter >= 0:
                        field = out[source, record] + behind
                        count = np.int64(-1)
                        if not good[record] or field + wide > ends[record]:
                            right = False
                        elif kind >= 0:
                            pattern = np.int64(data[field])
                            if wide == 2:
                                pattern = pattern << 8 | np.int64(data[field + 1])
                            count = np.int64(short[kind + pattern])
                        else:
                            count, right = stored_number(data, field, counters, counter, carriers)
                        right = right and fewest <= count <= most
                    count = count if right else np.int64(0)
                    out[slot, record] = count
                    at[record] += count * operand
                    good[record] &= right and at[record] <= ends[record]
            elif not padded:  # FINISH
                for record in range(records):
                    good[record] &= at[record] == ends[record]

    return walk


def _stamp() -> int:
    """Changes with the sources that the loop takes functions and numbers from."""
    digest = hashlib.sha256(Path(of.__file__).read_bytes()).digest()
    return fingerprint() ^ int.from_bytes(digest[:_STAMP_BYTES], "big")


walk_records: Final = _kept(_stamp())
"""``walk_records(data, starts, lengths, padded, code, short, counters, carriers, filled, room,
places, out, good, most)`` → whether no level has more than ``most`` rows; if one has, it stops.

``code`` to ``carriers`` are those of the program. ``filled`` int64 (slots), at first zeros: rows of
each slot in the good records. The first ``room[s]`` entries of slot s are written to ``out`` from
``places[s]`` on. ``good`` bool (records): whether the counters are numbers within their bounds and
the record is as long as they say.
"""

walk_straight: Final = _kept_straight(_stamp())
"""``walk_straight(data, starts, lengths, padded, code, short, counters, carriers, out, good)``: the
same for a program without loops, several times as fast: one instruction after the other, each for
all records. ``out`` int64 (slots, records) is filled for bad records too.
"""
