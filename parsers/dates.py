"""Dates and periods between the digits of a file and the calendar, both ways, column-wise.

In a file a date is digits in the order of a mask (``yyyymmdd``, ``ddmmyy``, ``mmyy`` …), in the
Common or the Buddhist era, with four or two digits of the year. In memory it is a date32 (days
since 1970-01-01) and a period an int32 ``yyyymm``, Common Era always.

The Buddhist year is the Common year + 543 for every month, as civil records are kept today;
the Thai years that began in April (until 1941) are not reconstructed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from interfaces.errors import WrongUse
from interfaces.model import Era, FieldRule, FieldType
from parsers.codecs.fault import Fault, Faults

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

BUDDHIST_ERA_OFFSET = 543
FIRST_YEAR = 1583
"""First whole year of the Gregorian calendar. An earlier year is no date that these files can
mean: it is how a Gregorian year looks in a Buddhist-era field (2026 → 1483)."""
LAST_YEAR = 9999

_MONTH_START = (
    np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="datetime64[M]")
    .astype("datetime64[D]")
    .astype(np.int32)
)
"""Day number of the first of every month that can occur, and of the month after the last."""


class MaskError(WrongUse):
    """A declared mask that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class MaskPart:
    """Run of one letter: ``letter`` y, m or d, ``unit`` = 10 to the digits right of it,
    ``modulus`` = 10 to its own digits."""

    letter: str
    unit: int
    modulus: int


@cache
def mask_parts(mask: str, type_: FieldType) -> tuple[MaskPart, ...]:
    """Parts of a mask in file order.

    MaskError unless it has two or four ``y``, two ``m`` and, for a date, two ``d``, each in
    one run.
    """
    runs = [(letter, len(list(run))) for letter, run in groupby(mask)]
    letters = "ymd" if type_ is FieldType.DATE else "ym"
    widths = dict(runs)
    complete = sorted(letter for letter, _ in runs) == sorted(letters)
    if not complete or widths["y"] not in (2, 4) or any(widths[x] != 2 for x in letters[1:]):
        wanted = "yyyymmdd or ddmmyy" if type_ is FieldType.DATE else "yyyymm or mmyy"
        raise MaskError(f"mask {mask!r} is no {type_} mask; write it like {wanted}")
    right = len(mask)
    parts = []
    for letter, width in runs:
        right -= width
        parts.append(MaskPart(letter, 10**right, 10**width))
    return tuple(parts)


def decode_dates(values: Ints, rule: FieldRule) -> tuple[Days, Faults]:
    """Digits as integers (n,) → days since 1970-01-01, and DATE_INVALID where there is no such
    day. ``rule`` gives mask, era and pivot; zero is a fault here, the caller knows about null."""
    parts = _split(values, rule)
    month_index, wrong = _month_index(parts, rule)
    first = _MONTH_START[month_index]
    wrong |= (parts["d"] < 1) | (parts["d"] > _MONTH_START[month_index + 1] - first)
    days = (first + parts["d"] - 1).astype(np.int32)
    return days, wrong.astype(np.uint8) * np.uint8(Fault.DATE_INVALID)


def decode_periods(values: Ints, rule: FieldRule) -> tuple[npt.NDArray[np.int32], Faults]:
    """Digits as integers (n,) → Common Era ``yyyymm``, and PERIOD_INVALID where there is no such
    month."""
    parts = _split(values, rule)
    _, wrong = _month_index(parts, rule)
    periods = (_common_year(parts["y"], rule) * 100 + parts["m"]).astype(np.int32)
    return periods, wrong.astype(np.uint8) * np.uint8(Fault.PERIOD_INVALID)


def encode_dates(
    days: npt.NDArray[np.integer], rule: FieldRule
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Days since 1970-01-01 (n,) → digits as integers, and True where the mask cannot hold the
    date (a two-digit year outside its pivot's century, a year beyond four digits)."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    day = days.astype(np.int64) - months.astype("datetime64[D]").astype(np.int64) + 1
    month_number = months.astype(np.int64)
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


def _split(values: Ints, rule: FieldRule) -> dict[str, Ints]:
    mask, type_ = _mask(rule)
    return {
        part.letter: values // part.unit % part.modulus if part.unit > 1 else values % part.modulus
        for part in mask_parts(mask, type_)
    }


def _join(
    year: Ints, month: Ints, day: Ints, rule: FieldRule
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    mask, type_ = _mask(rule)
    written = year + _era_offset(rule) - (rule.pivot_base or 0)
    numbers = {"y": written, "m": month, "d": day}
    parts = mask_parts(mask, type_)
    values = np.zeros(len(year), np.int64)
    for part in parts:
        values += numbers[part.letter] * part.unit
    year_limit = next(part.modulus for part in parts if part.letter == "y")
    wrong = (year < FIRST_YEAR) | (year > LAST_YEAR) | (written < 0) | (written >= year_limit)
    return values, wrong


def _month_index(parts: dict[str, Ints], rule: FieldRule) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Place of each month in ``_MONTH_START`` (0 where there is none), and where there is none."""
    year = _common_year(parts["y"], rule)
    month = parts["m"]
    wrong = (year < FIRST_YEAR) | (year > LAST_YEAR) | (month < 1) | (month > 12)
    index = (year - FIRST_YEAR) * 12 + month - 1
    return np.where(wrong, 0, index), wrong


def _common_year(year: Ints, rule: FieldRule) -> Ints:
    return year + ((rule.pivot_base or 0) - _era_offset(rule))


def _era_offset(rule: FieldRule) -> int:
    return BUDDHIST_ERA_OFFSET if rule.era is Era.BE else 0


def _mask(rule: FieldRule) -> tuple[str, FieldType]:
    if rule.mask is None or rule.type is None:
        raise MaskError("a field without a declared mask is no date or period")
    return rule.mask, rule.type
