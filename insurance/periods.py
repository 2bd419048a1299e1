"""Contribution periods: int32 Gregorian yyyymm ↔ month index, days and arithmetic.

A month index is ``year·12 + month - 1`` (int32): months apart are plain differences.
The functions take and give arrays; those named ``*_date`` or taking a ``date`` are scalar.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Periods = npt.NDArray[np.int32]
Days = npt.NDArray[np.datetime64]

_EPOCH_INDEX = 1970 * 12
_BUDDHIST_YEARS = 543


def month_index(periods: npt.NDArray[np.integer]) -> Periods:
    """Month index of yyyymm periods; int32[n]. Meaningless where :func:`is_period` is not."""
    wide = np.asarray(periods, np.int32)
    return wide // 100 * 12 + wide % 100 - 1


def period_of_index(indices: npt.NDArray[np.integer]) -> Periods:
    """yyyymm period of month indices; int32[n]."""
    wide = np.asarray(indices, np.int32)
    return wide // 12 * 100 + wide % 12 + 1


def is_period(periods: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Whether each value is a month 01-12 of a year 1-9999."""
    month = periods % 100
    result: npt.NDArray[np.bool_] = (
        (periods >= 101) & (periods <= 999912) & (month >= 1) & (month <= 12)
    )
    return result


def add_months(periods: npt.NDArray[np.integer], months: int) -> Periods:
    """Period ``months`` later (earlier if negative); int32[n]."""
    return period_of_index(month_index(periods) + np.int32(months))


def first_day(periods: npt.NDArray[np.integer]) -> Days:
    """First day of each period; datetime64[D][n]."""
    return first_day_of_index(month_index(periods))


def last_day(periods: npt.NDArray[np.integer]) -> Days:
    """Last day of each period; datetime64[D][n]."""
    return first_day_of_index(month_index(periods) + 1) - np.timedelta64(1, "D")


def first_day_of_index(indices: npt.NDArray[np.integer]) -> Days:
    """First day of each month index; datetime64[D][n]."""
    months = np.asarray(indices, np.int64) - _EPOCH_INDEX
    return months.astype("datetime64[M]").astype("datetime64[D]")


def index_of_days(days: Days) -> Periods:
    """Month index in which each day lies; int32[n]. Not-a-time must be filled before."""
    return (days.astype("datetime64[M]").astype(np.int64) + _EPOCH_INDEX).astype(np.int32)


def buddhist(periods: npt.NDArray[np.integer]) -> Periods:
    """Period with its year in the Buddhist era (Gregorian + 543)."""
    return np.asarray(periods, np.int32) + np.int32(_BUDDHIST_YEARS * 100)


def gregorian(buddhist_periods: npt.NDArray[np.integer]) -> Periods:
    """Period with its year in the common era, from the Buddhist era."""
    return np.asarray(buddhist_periods, np.int32) - np.int32(_BUDDHIST_YEARS * 100)


def index_of_date(day: date) -> int:
    """Month index in which one day lies."""
    return day.year * 12 + day.month - 1


def first_date(index: int) -> date:
    """First day of one month index."""
    return date(index // 12, index % 12 + 1, 1)


def last_date(index: int) -> date:
    """Last day of one month index."""
    return first_date(index + 1) - timedelta(days=1)


def twelve_months_before(day: date) -> date:
    """Same day a year earlier; 28 February for the leap day."""
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)
