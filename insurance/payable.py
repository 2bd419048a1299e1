"""The payment windows: which months may be paid while a feed is in use.

A feed of business date D is in use from D in the evening until the next business day's feed
replaces it, so it must be right on every day from D to that day. A month of section 39 may be
paid at a counter in its own and the following month, one of section 40 in its own month only
(agency's account of its partner feeds).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from insurance.holidays import BusinessCalendar
from insurance.periods import first_date, index_of_date, last_date
from insurance.sections import SECTION_39, SECTION_40

FOLLOWING_MONTHS = {SECTION_39: 1, SECTION_40: 0}  # months after its own in which one is payable


@dataclass(frozen=True, slots=True)
class Validity:
    """First and last day, both inclusive, on which a feed may be in use."""

    first: date
    last: date


def feed_validity(business_date: date, calendar: BusinessCalendar) -> Validity:
    """Days for which the feed of ``business_date`` must be right."""
    return Validity(business_date, calendar.next_business_day(business_date))


def payment_window(section: int, month: int) -> Validity:
    """First and last day on which the month (a month index) may be paid at a counter."""
    return Validity(first_date(month), last_date(month + FOLLOWING_MONTHS[section]))


def payable_months(section: int, validity: Validity) -> range:
    """Month indices whose payment window meets the validity, oldest first.

    Within a month two for section 39 and one for section 40; over a month end one more.
    """
    oldest = index_of_date(validity.first) - FOLLOWING_MONTHS[section]
    return range(oldest, index_of_date(validity.last) + 1)
