"""Dates and periods between the digits of a file and the calendar, both ways, column-wise.

In a file a date is digits in the order of a mask (:mod:`parsers.date_masks`: ``yyyymmdd``,
``ddmmyy``, ``yyyyddd``, ``mmyy`` …), in the Common or the Buddhist era, with four or two digits
of the year. In memory it is a date32 (days since 1970-01-01) and a period an int32 ``yyyymm``,
Common Era always.

The Buddhist year is the Common year + 543 for every month, as civil records are kept today;
the Thai years that began in April (until 1941) are not reconstructed.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from interfaces.model import Era, FieldRule, FieldType
from parsers.codecs.fault import Fault, Faults
from parsers.date_masks import MaskError, mask_digits, mask_parts

__all__ = [
    "MaskError",
    "decode_dates",
    "decode_periods",
    "encode_dates",
    "encode_periods",
    "mask_parts",
    "nines_of",
]

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

BUDDHIST_ERA_OFFSET = 543
FIRST_YEAR = 1583
"""First whole year of the Gregorian calendar. An earlier year is no date that these files can
mean: it is how a Gregorian year looks in a Buddhist-era field (2026 → 1483)."""
LAST_YEAR = 9999
CENTURY_BASE = 1900
"""The year that a century digit 0 and a year 00 stand for."""

_MONTH_START = (
    np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="datetime64[M]")
    .astype("datetime64[D]")
    .astype(np.int32)
)
"""Day number of the first of every month that can occur, and of the month after the last."""


def decode_dates(values: Ints, rule: FieldRule) -> tuple[Days, Faults]:
    """Digits as integers (n,) → days since 1970-01-01, and DATE_INVALID where there is no such
    day. ``rule`` gives mask, era and pivot; zero is a fault here, the caller knows about null."""
    parts, wrong = _split(values, rule)
    if "m" in parts:
        month_index, no_month = _month_index(parts, rule)
        months = 1
    else:  # the day counts from the first of January
        month_index, no_month = _month_index(parts | {"m": np.ones_like(values)}, rule)
        months = 12
    first = _MONTH_START[month_index]
    wrong |= no_month
    wrong |= (parts["d"] < 1) | (parts["d"] > _MONTH_START[month_index + months] - first)
    days = (first + parts["d"] - 1).astype(np.int32)
    return days, wrong.astype(np.uint8) * np.uint8(Fault.DATE_INVALID)


def decode_periods(values: Ints, rule: FieldRule) -> tuple[npt.NDArray[np.int32], Faults]:
    """Digits as integers (n,) → Common Era ``yyyymm``, and PERIOD_INVALID where there is no such
    month."""
    parts, wrong = _split(values, rule)
    wrong |= _month_index(parts, rule)[1]
    periods = (_common_year(parts, rule) * 100 + parts["m"]).astype(np.int32)
    return periods, wrong.astype(np.uint8) * np.uint8(Fault.PERIOD_INVALID)


def encode_dates(
    days: npt.NDArray[np.integer], rule: FieldRule
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Days since 1970-01-01 (n,) → digits as integers, and True where the mask cannot hold the
    date (a two-digit year outside its pivot's century, a year beyond four digits)."""
    wide = days.astype(np.int64)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    month_number = months.astype(np.int64)
    mask, type_ = _mask(rule)
    by_month = any(part.letter == "m" for part in mask_parts(mask, type_))
    start = months if by_month else months.astype("datetime64[Y]")
    day = wide - start.astype("datetime64[D]").astype(np.int64) + 1
    return _join(month_number // 12 + 1970, month_number % 12 + 1, day, rule)


def encode_periods(
    periods: npt.NDArray[np.integer], rule: FieldRule
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Common Era ``yyyymm`` (n,) → digits as integers, and True where the mask cannot hold the
    period or it is none (month 13)."""
    wide = periods.astype(np.int64)
    month = wide % 100
    values, wrong = _join(wide // 100, month, np.ones_like(wide), rule)
    return values, wrong | (month < 1) | (month > 12)


def nines_of(rule: FieldRule) -> int:
    """The number that fills the mask with nines: the "no end" of a rule with nines_is_null."""
    return int(10 ** mask_digits(*_mask(rule))) - 1


def _split(values: Ints, rule: FieldRule) -> tuple[dict[str, Ints], npt.NDArray[np.bool_]]:
    """Number of each letter, and where the value is none of the mask: negative or too long."""
    mask, type_ = _mask(rule)
    if values.ndim != 1:
        raise MaskError(f"mask {mask!r} does not fit a number of more than 18 digits")
    parts = {
        part.letter: values // part.unit % part.modulus if part.unit > 1 else values % part.modulus
        for part in mask_parts(mask, type_)
    }
    return parts, (values < 0) | (values > nines_of(rule))


def _join(
    year: Ints, month: Ints, day: Ints, rule: FieldRule
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    mask, type_ = _mask(rule)
    parts = mask_parts(mask, type_)
    written = year - _written_base(rule, {part.letter for part in parts})
    numbers = {"y": written, "m": month, "d": day}
    limit = next(part.modulus for part in parts if part.letter == "y")
    if any(part.letter == "c" for part in parts):
        numbers |= {"c": written // limit, "y": written % limit}
        limit *= 10
    values = np.zeros(len(year), np.int64)
    for part in parts:
        values += numbers[part.letter] * part.unit
    wrong = (year < FIRST_YEAR) | (year > LAST_YEAR) | (written < 0) | (written >= limit)
    return values, wrong


def _month_index(parts: dict[str, Ints], rule: FieldRule) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Place of each month in ``_MONTH_START`` (0 where there is none), and where there is none."""
    year = _common_year(parts, rule)
    month = parts["m"]
    wrong = (year < FIRST_YEAR) | (year > LAST_YEAR) | (month < 1) | (month > 12)
    index = (year - FIRST_YEAR) * 12 + month - 1
    return np.where(wrong, 0, index), wrong


def _common_year(parts: dict[str, Ints], rule: FieldRule) -> Ints:
    base = _written_base(rule, parts.keys())
    if "c" in parts:
        return parts["c"] * 100 + parts["y"] + base
    return parts["y"] + base


def _written_base(rule: FieldRule, letters: Collection[str]) -> int:
    """Common year that the digits 0 stand for."""
    if "c" in letters:
        if rule.era is Era.BE:
            raise MaskError(f"mask {rule.mask!r}: a century digit counts from 1900, not in era be")
        return CENTURY_BASE
    era_offset = BUDDHIST_ERA_OFFSET if rule.era is Era.BE else 0
    return (rule.pivot_base or 0) - era_offset


def _mask(rule: FieldRule) -> tuple[str, FieldType]:
    if rule.mask is None or rule.type is None:
        raise MaskError("a field without a declared mask is no date or period")
    return rule.mask, rule.type
