"""Dates and periods from the digits of a number, by a table of months."""

from __future__ import annotations

import numpy as np

from parsers.kernels.compiling import inlined
from parsers.kernels.memory import (
    integer,
    load_byte,
    load_int,
    look_up,
    store_byte,
    store_int32,
)
from parsers.kernels.program import (
    CALENDAR_LIMIT,
    DATE,
    DAY_UNIT,
    MONTH_UNIT,
    MONTHS,
    NINES_ARE_NULL,
    NULL,
    OUT,
    YEAR_MODULUS,
    YEAR_UNIT,
    ZERO_IS_NULL,
)

LENGTH_BITS = 6
"""Low bits of an entry of the month table: days of the month, 0 for no month. Above them is the
day number of its first, or the period."""
_DATE_INVALID = 8
_PERIOD_INVALID = 9
_DAY_BITS = (1 << LENGTH_BITS) - 1

_NO_VALUE = -(1 << 62)
_LOW_WORD = np.uint64(0xFFFFFFFF)
_HUNDREDTH, _HUNDREDTH_BITS = np.uint64(1_374_389_535), np.uint64(37)


@inlined
def read_calendar(row: int, values: int, count: int, status: int, result: int) -> int:
    """int32 days or yyyymm of ``count`` numbers; their status gains nulls and faults, and what
    is returned is not 0 if there are any."""
    is_date = load_int(row, OUT) == DATE
    year_unit, month_unit = load_int(row, YEAR_UNIT), load_int(row, MONTH_UNIT)
    if is_date and year_unit == 10_000 and month_unit == 100:
        return _days(row, values, count, status, result)
    year_modulus, day_unit = load_int(row, YEAR_MODULUS), load_int(row, DAY_UNIT)
    months, limit = load_int(row, MONTHS), load_int(row, CALENDAR_LIMIT)
    fault = _DATE_INVALID if is_date else _PERIOD_INVALID
    zero, nines = _null_values(row)
    whole = not is_date and year_unit == 100 and month_unit == 1
    found = 0
    for i in range(count):
        value = load_int(values, 8 * i)
        within = value if np.uint64(value) < np.uint64(limit) else 0
        month, day = within, 1
        if not whole:
            month = _part(within, year_unit, year_modulus) * 100 + _part(within, month_unit, 100)
            day = _part(within, day_unit, 100) if is_date else 1
        entry = look_up(months, 4 * month)
        good = np.uint64(day - 1) < np.uint64(entry & _DAY_BITS)
        store_int32(result, 4 * i, (entry >> LENGTH_BITS) + day - 1 if good else 0)
        before = integer(load_byte(status, i))
        after = NULL if (value == zero) | (value == nines) else fault
        after = before if before != 0 else 0 if good else after
        store_byte(status, i, np.uint64(after))
        found |= after
    return found


@inlined
def _days(row: int, values: int, count: int, status: int, result: int) -> int:
    """Dates in the usual order, yyyymmdd or yymmdd."""
    months, limit = load_int(row, MONTHS), load_int(row, CALENDAR_LIMIT)
    zero, nines = _null_values(row)
    found = 0
    for i in range(count):
        value = load_int(values, 8 * i)
        within = value if np.uint64(value) < np.uint64(limit) else 0
        month = _hundreds(within)
        day = within - 100 * month
        entry = look_up(months, 4 * month)
        good = np.uint64(day - 1) < np.uint64(entry & _DAY_BITS)
        store_int32(result, 4 * i, (entry >> LENGTH_BITS) + day - 1 if good else 0)
        before = integer(load_byte(status, i))
        after = NULL if (value == zero) | (value == nines) else _DATE_INVALID
        after = before if before != 0 else 0 if good else after
        store_byte(status, i, np.uint64(after))
        found |= after
    return found


@inlined
def _null_values(row: int) -> tuple[int, int]:
    """The numbers that are null by declaration; for none one that no field of a date can hold
    (minus one can stand in a signed one)."""
    zero = 0 if load_int(row, ZERO_IS_NULL) else _NO_VALUE
    nines = load_int(row, CALENDAR_LIMIT) - 1 if load_int(row, NINES_ARE_NULL) else _NO_VALUE
    return zero, nines


@inlined
def _hundreds(value: int) -> int:
    """A number of at most 32 bits divided by 100, by multiplication: right for all of them, and
    the processor can do it for several at once."""
    return integer(((np.uint64(value) & _LOW_WORD) * _HUNDREDTH) >> _HUNDREDTH_BITS)


@inlined
def _part(value: int, unit: int, modulus: int) -> int:
    part = np.uint32(value) // np.uint32(unit)
    return integer(part - part // np.uint32(modulus) * np.uint32(modulus))
