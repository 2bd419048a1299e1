"""How insured status under section 39 ends by not paying.

Three consecutive unpaid months end it from the first of them; fewer than nine months paid
within twelve end it from the month it became short, the fourth unpaid month of any twelve.
What is known first stands: status that has ended is not judged again, so that the answer for
a person does not change with the days that pass afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from insurance.holidays import BusinessCalendar
from insurance.periods import first_date, index_of_date

Masks = npt.NDArray[np.uint64]  # a bit a month, bit 0 the oldest

MASK_MONTHS = 64
THREE_CONSECUTIVE = 21
FEWER_THAN_NINE = 22

_DUE_DAY = 15
_WINDOW = 12
_UNPAID_TO_BE_SHORT = 4  # 12 - 4 < 9
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_NEVER = MASK_MONTHS


@dataclass(frozen=True, slots=True)
class Lapses:
    """``cause`` int64[n]: 0, THREE_CONSECUTIVE or FEWER_THAN_NINE; ``bit`` int64[n]: the month
    from which status ended, meaningless where cause is 0."""

    cause: npt.NDArray[np.int64]
    bit: npt.NDArray[np.int64]


def due_date(month: int, calendar: BusinessCalendar) -> date:
    """Last day to pay a month (index) in time: the 15th of the next, or the business day after.

    That a closed 15th moves the day is our inference (confidence D).
    """
    return calendar.on_or_after(first_date(month + 1).replace(day=_DUE_DAY))


def last_month_due(business_date: date, calendar: BusinessCalendar) -> int:
    """Latest month (index) whose due date has passed on ``business_date``."""
    month = index_of_date(business_date) - 1
    while due_date(month, calendar) >= business_date:
        month -= 1
    return month


def month_span(first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Masks:
    """Bits ``first`` … ``last`` (inclusive, clipped to the mask) set; empty where first > last."""
    low = np.clip(first, 0, MASK_MONTHS - 1).astype(np.uint64)
    high = np.clip(last, 0, MASK_MONTHS - 1).astype(np.uint64)
    span = (_ALL << low) & (_ALL >> (np.uint64(MASK_MONTHS - 1) - high))
    empty = (first > last) | (first >= MASK_MONTHS) | (last < 0)
    return np.where(empty, np.uint64(0), span)


def find_lapses(unpaid: Masks) -> Lapses:
    """First lapse in masks of judged unpaid months; uint64[n]."""
    third = _lowest(unpaid & (unpaid << np.uint64(1)) & (unpaid << np.uint64(2)))
    fourth = _month_short(unpaid)
    # Known in the same month: the earlier beginning, three consecutive, stands.
    consecutive = (third != _NEVER) & (third <= fourth)
    cause = np.where(consecutive, THREE_CONSECUTIVE, np.where(fourth != _NEVER, FEWER_THAN_NINE, 0))
    return Lapses(cause, np.where(consecutive, third - 2, fourth))


def _lowest(masks: Masks) -> npt.NDArray[np.int64]:
    """Position of the lowest bit set, _NEVER if none."""
    return np.bitwise_count(~masks & (masks - np.uint64(1))).astype(np.int64)


def _month_short(unpaid: Masks) -> npt.NDArray[np.int64]:
    """First month that is the fourth unpaid one of the twelve it ends."""
    result = np.full(len(unpaid), _NEVER, np.int64)
    rows = np.flatnonzero(np.bitwise_count(unpaid) >= _UNPAID_TO_BE_SHORT)
    masks = unpaid[rows]
    for month in range(_UNPAID_TO_BE_SHORT - 1, MASK_MONTHS):
        first = max(month - _WINDOW + 1, 0)
        window = (_ALL << np.uint64(first)) & (_ALL >> np.uint64(MASK_MONTHS - 1 - month))
        short = np.bitwise_count(masks & window) >= _UNPAID_TO_BE_SHORT
        result[rows[short]] = month
        rows, masks = rows[~short], masks[~short]
    return result
