"""Running the program of one record, compiled; import this module late.

The operations are those of :mod:`parsers.framing.lengths.program`. ``data`` and ``record``: the
buffer and where in it the record begins; the tables are those of the program.
"""

from __future__ import annotations

from typing import Final

from parsers.codecs.fault import Bytes
from parsers.framing.compiled import inlined
from parsers.framing.lengths.program import (
    ADD,
    ADVANCE,
    CONSTANT,
    COUNT,
    DEEPEST,
    FACTOR_LIMIT,
    FINISH,
    LOAD,
    LOOK_UP,
    LOOP,
    MOST_REGISTERS,
    MULTIPLY,
    NEGATE,
    NUMBER_LIMIT,
    PUSH,
    REPEAT,
    SUBTRACT,
    TEXT,
    Column,
)
from parsers.framing.lengths.stored_numbers import (
    OFFSET,
    field_end,
    field_length,
    same_text,
    stored_number,
)
from parsers.rows import Ints

GOOD: Final = 0
SHORT: Final = 1  # the data ends before the length is known
UNKNOWN: Final = 2  # it cannot be told

_USAGE: Final = int(Column.USAGE)
_NOT_FOUND: Final = -1


@inlined
def _found(
    data: Bytes,
    record: int,
    fields: Ints,
    row: int,
    values: Ints,
    texts: Bytes,
    carriers: Ints,
    first: int,
    stop: int,
) -> int:
    """Place in ``values`` of what the field holds, -1 when it is none of them."""
    at = record + fields[row, OFFSET]
    if fields[row, _USAGE] == TEXT:
        for nth in range(first, stop):
            if same_text(data, at, texts, values[nth, 0], field_length(fields, row)):
                return nth
        return _NOT_FOUND
    number, good = stored_number(data, at, fields, row, carriers)
    if good:
        for nth in range(first, stop):
            if values[nth, 0] == number:
                return nth
    return _NOT_FOUND


@inlined
def _combined(operation: int, left: int, right: int) -> tuple[int, bool]:
    """Result of an arithmetic operation, and whether there is one."""
    if operation == ADD:
        result = left + right
    elif operation == SUBTRACT:
        result = left - right
    elif operation == MULTIPLY:
        if abs(left) > FACTOR_LIMIT or abs(right) > FACTOR_LIMIT:
            return 0, False
        result = left * right
    else:
        if right == 0:
            return 0, False
        result = abs(left) // abs(right)  # towards zero, as COBOL cuts decimals off
        if (left < 0) != (right < 0):
            result = -result
    return result, abs(result) <= NUMBER_LIMIT


@inlined
def measured_record(
    data: Bytes,
    record: int,
    first: int,
    code: Ints,
    fields: Ints,
    values: Ints,
    texts: Bytes,
    carriers: Ints,
    work: Ints,
) -> tuple[int, int]:
    """Run the program at instruction ``first``: (GOOD, length), or (SHORT or UNKNOWN, 0)."""
    size = len(data)
    stack = MOST_REGISTERS
    loops = MOST_REGISTERS + DEEPEST
    depth = 0
    nesting = 0
    length = 0
    at = first
    while True:
        operation, a, b = code[at, 0], code[at, 1], code[at, 2]
        at += 1
        if operation == ADVANCE:
            length += a
        elif operation == COUNT:
            place = record + length + code[at - 1, 3]
            if place + field_length(fields, b) > size:
                return SHORT, 0
            work[a], good = stored_number(data, place, fields, b, carriers)
            if not good:
                return UNKNOWN, 0
        elif operation == CONSTANT:
            work[a] = b
        elif operation in (REPEAT, LOOP):
            if work[a] < code[at - 1, 3] or work[a] > code[at - 1, 4]:
                return UNKNOWN, 0
            if operation == REPEAT:
                length += work[a] * b
            elif work[a] == 0:
                at = b
            else:
                work[loops + 2 * nesting] = work[a]
                work[loops + 2 * nesting + 1] = at
                nesting += 1
        elif operation == PUSH:
            work[stack + depth] = a
            depth += 1
        elif operation in (LOAD, LOOK_UP):
            if record + field_end(fields, a) > size:
                return SHORT, 0
            if operation == LOAD:
                number, good = stored_number(data, record + fields[a, OFFSET], fields, a, carriers)
                good = good and abs(number) <= NUMBER_LIMIT
            else:
                nth = _found(data, record, fields, a, values, texts, carriers, b, code[at - 1, 3])
                good = nth != _NOT_FOUND
                number = values[nth, 1] if good else 0
            if not good:
                return UNKNOWN, 0
            work[stack + depth] = number
            depth += 1
        elif operation == NEGATE:
            work[stack + depth - 1] = -work[stack + depth - 1]
        elif operation == FINISH:
            return GOOD, length if depth == 0 else work[stack]
        elif operation >= ADD:
            depth -= 1
            work[stack + depth - 1], good = _combined(
                operation, work[stack + depth - 1], work[stack + depth]
            )
            if not good:
                return UNKNOWN, 0
        else:  # NEXT
            work[loops + 2 * nesting - 2] -= 1
            if work[loops + 2 * nesting - 2] > 0:
                at = work[loops + 2 * nesting - 1]
            else:
                nesting -= 1


@inlined
def is_of_type(
    data: Bytes,
    record: int,
    types: Ints,
    kind: int,
    conditions: Ints,
    fields: Ints,
    values: Ints,
    texts: Bytes,
    carriers: Ints,
) -> bool:
    for nth in range(types[kind, 0], types[kind, 1]):
        field, first, stop = conditions[nth, 0], conditions[nth, 1], conditions[nth, 2]
        if _found(data, record, fields, field, values, texts, carriers, first, stop) == _NOT_FOUND:
            return False
    return True
