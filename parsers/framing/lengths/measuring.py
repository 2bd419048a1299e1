"""The compiled loop that cuts records by their own bytes; import this module late.

It runs the programs that :mod:`parsers.framing.lengths.program` describes: one pass over the
buffer, record by record, since where a record begins is known only when the one before it is
measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from parsers.codecs.fault import Bytes
from parsers.framing.compiled import INTS, READ, TABLE, compiled, fingerprint, inlined
from parsers.framing.lengths.evaluation import GOOD, SHORT, UNKNOWN, is_of_type, measured_record
from parsers.framing.lengths.program import DEEPEST, MOST_REGISTERS
from parsers.rows import Ints

__all__ = ["UNKNOWN", "measure_records"]


@inlined
def _follow(
    data: Bytes,
    at_end: bool,
    before: int,
    after: int,
    longest: int,
    types: Ints,
    conditions: Ints,
    values: Ints,
    fields: Ints,
    code: Ints,
    texts: Bytes,
    carriers: Ints,
    starts: Ints,
    lengths: Ints,
) -> tuple[int, int, int]:
    work = np.zeros(MOST_REGISTERS + 3 * DEEPEST, np.int64)
    size = len(data)
    count = 0
    place = 0
    while place < size:
        record = place + before
        is_cut = False
        status = UNKNOWN
        length = 0
        for kind in range(len(types)):
            if record + types[kind, 2] > size:
                # Of this type it could only be if more bytes came.
                is_cut = True
                if at_end:
                    continue
                break
            if is_of_type(data, record, types, kind, conditions, fields, values, texts, carriers):
                is_cut = False
                status, length = measured_record(
                    data, record, types[kind, 3], code, fields, values, texts, carriers, work
                )
                break
        if is_cut:
            status = SHORT
        if status == GOOD and (length < 1 or length > longest):
            status = UNKNOWN
        if status != GOOD:
            return count, place, status
        if record + length + after > size:
            break
        starts[count] = record
        lengths[count] = length
        count += 1
        place = record + length + after
    return count, place, SHORT


def _kept(mark: int) -> Callable[..., tuple[int, int, int]]:
    """The loop, kept until a source that it is made of changes."""

    @compiled(
        READ,
        "boolean",
        *["int64"] * 3,
        *[TABLE] * 5,
        READ,
        *[INTS] * 3,
        returns="UniTuple(int64, 3)",
    )
    def measure_records(
        data: Bytes,
        at_end: bool,
        before: int,
        after: int,
        longest: int,
        types: Ints,
        conditions: Ints,
        values: Ints,
        fields: Ints,
        code: Ints,
        texts: Bytes,
        carriers: Ints,
        starts: Ints,
        lengths: Ints,
    ) -> tuple[int, int, int]:
        _ = mark
        return _follow(
            data,
            at_end,
            before,
            after,
            longest,
            types,
            conditions,
            values,
            fields,
            code,
            texts,
            carriers,
            starts,
            lengths,
        )

    return measure_records


measure_records: Final = _kept(fingerprint())
"""Fill ``starts`` and ``lengths`` (the last two arguments; the others as in ``RecordMeasure``);
returns how many records there are, the place behind them, and SHORT where the data ends or UNKNOWN
where the length of the next record cannot be told."""
