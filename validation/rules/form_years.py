"""Years of form 1-10, where two digits of the Buddhist year are asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.periods import index_of_days
from interfaces.model import FieldRule
from validation.bitmask import Mask
from validation.references import References

_BUDDHIST = 543
_CENTURY = 100
_YEARS_BACK, _YEARS_AHEAD = 3, 1
"""A filing that reads as about today when its two digits are taken as a Gregorian year was
written so: read in the Buddhist era the same digits lie 43 years back."""

Years = npt.NDArray[np.int64]


def written_gregorian(years: Years, rule: FieldRule, references: References) -> Mask:
    """Which decoded Gregorian years come from Gregorian digits in a Buddhist field."""
    if rule.pivot_base is None:
        return np.zeros(len(years), np.bool_)
    today = references.business_date.year
    shift = today // _CENTURY * _CENTURY - (rule.pivot_base - _BUDDHIST)
    meant = years + shift
    mask: Mask = (meant >= today - _YEARS_BACK) & (meant <= today + _YEARS_AHEAD)
    return mask & (years < today - _YEARS_BACK)


def years_of_periods(periods: pa.Array) -> Years:
    """Year of each period yyyymm, 0 where null; int64[n]."""
    return _integers(periods) // 100


def years_of_dates(dates: pa.Array) -> Years:
    """Year of each date32, 0 where null; int64[n]."""
    known = np.asarray(dates.is_valid())
    days = np.where(known, _integers(dates.cast(pa.int32())), 0).astype("datetime64[D]")
    return np.where(known, index_of_days(days) // 12, 0).astype(np.int64)


def _integers(values: pa.Array) -> Years:
    return np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False), np.int64)
