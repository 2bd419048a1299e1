"""Columns → int64 values of the places of a selection; null is 0.

Each kernel returns whether a value has no place in an int64, or is none that the mask can say.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exporters.kernels.compiling import inlined
from exporters.kernels.memory import is_valid, load_i8, load_i16, load_i32, load_i64
from exporters.kernels.program import At
from parsers.dates import FIRST_YEAR, LAST_YEAR

_DATA, _VALIDITY, _BIT, _ENDS, _ITEM = (
    int(at) for at in (At.DATA, At.VALIDITY, At.BIT, At.ENDS, At.ITEM)
)
_YEAR_UNIT, _MONTH_UNIT, _DAY_UNIT = int(At.YEAR_UNIT), int(At.MONTH_UNIT), int(At.DAY_UNIT)
_YEAR_SHIFT, _YEAR_LIMIT = int(At.YEAR_SHIFT), int(At.YEAR_LIMIT)
_LOW, _HIGH, _TABLE = int(At.LOW), int(At.HIGH), int(At.TABLE)

_FIRST_YEAR, _LAST_YEAR = FIRST_YEAR, LAST_YEAR
_FIRST_DAY = int(np.datetime64(f"{FIRST_YEAR}-01-01", "D").astype(np.int64))
_LAST_DAY = int(np.datetime64(f"{LAST_YEAR}-12-31", "D").astype(np.int64))
# The proleptic Gregorian calendar repeats every 400 years; counted from 1 March of year 0 a
# leap day is the last of its year and of its cycle.
_TO_MARCH_0 = 719_468
_NO_DAY = _LAST_DAY + 1
_DAYS_OF_CYCLE, _LAST_OF_CYCLE = np.uint32(146_097), np.uint32(146_096)
_CENTURY, _FOUR_YEARS, _YEAR = np.uint32(36_524), np.uint32(1_460), np.uint32(365)
_FIVE_MONTHS = np.uint32(153)  # days from March to July, and from August to December
_2, _4, _5, _10, _100 = (np.uint32(number) for number in (2, 4, 5, 10, 100))


@inlined
def load_integers(step: Any, source: Any, count: int, values: Any) -> bool:
    """Signed integers of one, two, four or eight bytes."""
    data, item = step[_DATA], step[_ITEM]
    if item == 8:
        for k in range(count):
            values[k] = load_i64(data + source[k] * 8)
    elif item == 4:
        for k in range(count):
            values[k] = load_i32(data + source[k] * 4)
    elif item == 2:
        for k in range(count):
            values[k] = load_i16(data + source[k] * 2)
    else:
        for k in range(count):
            values[k] = load_i8(data + source[k])
    _clear_nulls(step, source, count, values)
    return False


@inlined
def load_decimals(step: Any, source: Any, count: int, values: Any) -> bool:
    """The unscaled integers of decimal128 values; True when one takes more than 64 bits."""
    data, validity, bit = step[_DATA], step[_VALIDITY], step[_BIT]
    wide = 0
    for k in range(count):
        address = data + source[k] * 16
        low = load_i64(address)
        present = is_valid(validity, bit + source[k])
        values[k] = low if present else 0
        wide |= (load_i64(address + 8) ^ (low >> 63)) if present else 0
    return wide != 0


@inlined
def _clear_nulls(step: Any, source: Any, count: int, values: Any) -> None:
    validity, bit = step[_VALIDITY], step[_BIT]
    if validity != 0:
        for k in range(count):
            values[k] = values[k] if is_valid(validity, bit + source[k]) else 0


@inlined
def load_dates(step: Any, source: Any, count: int, values: Any) -> Any:
    """Days since 1970-01-01 → the number that the digits of the mask form.

    TABLE has it for the HIGH days from day LOW on, -1 for those that the mask cannot hold.
    """
    data, validity, bit = step[_DATA], step[_VALIDITY], step[_BIT]
    first, size, table = step[_LOW], step[_HIGH], step[_TABLE]
    odd: Any = 0
    for k in range(count):
        place = load_i32(data + source[k] * 4) - first
        known = (place >= 0) & (place < size)
        number = load_i32(table + 4 * (place if known else 0))
        present = is_valid(validity, bit + source[k])
        odd |= np.int64(present) & (np.int64(not known) | np.int64(number < 0))
        values[k] = number if present else 0
    return _load_any_dates(step, source, count, values) if odd else False


@inlined
def _load_any_dates(step: Any, source: Any, count: int, values: Any) -> Any:
    """The same by the calendar, for days of all years."""
    data, validity, bit = step[_DATA], step[_VALIDITY], step[_BIT]
    wrong = False
    for k in range(count):
        present = is_valid(validity, bit + source[k])
        days = load_i32(data + source[k] * 4)
        inside = (days >= _FIRST_DAY) & (days <= _LAST_DAY)
        wrong |= present & (not inside)
        values[k] = days if present & inside else _NO_DAY
    return wrong | _write_days(step, count, values)


@inlined
def _write_days(step: Any, count: int, values: Any) -> Any:
    year_unit, month_unit, day_unit = step[_YEAR_UNIT], step[_MONTH_UNIT], step[_DAY_UNIT]
    shift, limit = step[_YEAR_SHIFT], step[_YEAR_LIMIT]
    wrong: Any = 0
    for k in range(count):
        present = values[k] != _NO_DAY
        counted = np.uint32(values[k] + _TO_MARCH_0)
        cycle = counted // _DAYS_OF_CYCLE
        day_of_cycle = counted - cycle * _DAYS_OF_CYCLE
        leap_days = day_of_cycle // _FOUR_YEARS - day_of_cycle // _CENTURY
        leap_days += day_of_cycle // _LAST_OF_CYCLE
        year_of_cycle = (day_of_cycle - leap_days) // _YEAR
        leap_days = year_of_cycle // _4 - year_of_cycle // _100
        day_of_year = day_of_cycle - (_YEAR * year_of_cycle + leap_days)
        months = (_5 * day_of_year + _2) // _FIVE_MONTHS
        day = np.int64(day_of_year - (_FIVE_MONTHS * months + _2) // _5) + 1
        late = np.int64(months >= _10)  # January and February belong to the next year
        month = np.int64(months) + 3 - 12 * late
        year = np.int64(year_of_cycle) + np.int64(cycle) * 400 + late + shift
        values[k] = (year * year_unit + month * month_unit + day * day_unit) * present
        wrong |= np.int64(present) & (np.int64(year < 0) | np.int64(year >= limit))
    return wrong != 0


@inlined
def load_periods(step: Any, source: Any, count: int, values: Any) -> bool:
    """Common Era yyyymm → the number that the digits of the mask form."""
    shift, limit = step[_YEAR_SHIFT], step[_YEAR_LIMIT]
    validity, bit = step[_VALIDITY], step[_BIT]
    load_integers(step, source, count, values)
    wrong = False
    for k in range(count):
        period = values[k]
        year = period // 100
        month = period - year * 100
        written = year + shift
        inside = (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12)
        inside &= (written >= 0) & (written < limit)
        present = is_valid(validity, bit + source[k])
        number = written * step[_YEAR_UNIT] + month * step[_MONTH_UNIT]
        values[k] = number if present & inside else 0
        wrong |= present & (not inside)
    return wrong


@inlined
def list_length(step: Any, place: int) -> Any:
    """Elements of one list; 0 for null."""
    if not is_valid(step[_VALIDITY], step[_BIT] + place):
        return 0
    if step[_ITEM] == 8:
        return load_i64(step[_ENDS] + place * 8 + 8) - load_i64(step[_ENDS] + place * 8)
    return load_i32(step[_ENDS] + place * 4 + 4) - load_i32(step[_ENDS] + place * 4)


@inlined
def scale_down(step: Any, count: int, values: Any) -> bool:
    """Divide by a power of ten (trailing P of a picture); whether a remainder was left."""
    divisor = step[_LOW]
    wrong = False
    for k in range(count):
        value = values[k]
        quotient = value // divisor if value >= 0 else -(-value // divisor)
        wrong |= quotient * divisor != value
        values[k] = quotient
    return wrong
