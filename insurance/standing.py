"""Standing: per person of sections 39 and 40 and business date, status and months to pay.

The register's word on death, suspension and a recorded end stands. An active person of section
39 is judged by months unpaid (insurance.lapse); section 40 never ends by not paying.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from insurance.digits import Bools, Ints
from insurance.holidays import BusinessCalendar
from insurance.lapse import (
    FEWER_THAN_NINE,
    MASK_MONTHS,
    THREE_CONSECUTIVE,
    Masks,
    find_lapses,
    last_month_due,
    month_span,
)
from insurance.offers import Offers, offer_months
from insurance.paid import gather_paid, person_keys
from insurance.payable import feed_validity
from insurance.periods import (
    first_day_of_index,
    index_of_date,
    index_of_days,
    month_index,
    twelve_months_before,
)
from insurance.rates import ContributionRates
from insurance.sections import SECTION_39, SECTION_40, plan_numbers

PAYABLE = 0
NOTHING_PAYABLE = 10
ENDED_AS_RECORDED = 20
ENDED_THREE_CONSECUTIVE = THREE_CONSECUTIVE
ENDED_FEWER_THAN_NINE = FEWER_THAN_NINE
DECEASED = 23
SUSPENDED = 30
HISTORY_MISSING = 31
AMOUNT_NOT_KNOWN = 40

_LONG_AGO = -(10**6)  # month indices that no period reaches
_FAR_AHEAD = 10**6

_AS_GIVEN = (
    "national_id",
    "section_code",
    "option_code",
    "title_code",
    "given_name",
    "family_name",
)


def work_out(
    persons: pa.Table,
    paid: pa.Table,
    *,
    business_date: date,
    calendar: BusinessCalendar,
    rates: ContributionRates,
) -> pa.Table:
    """Standing of each person on ``business_date``, in the order of ``persons``.

    ``persons``: national_id, section_code ('39', '40'), option_code (null in section 39),
    title_code, given_name, family_name, status_code (A, S, E, D) utf8; effective_date,
    ended_date (nullable) date32; history_from int32 yyyymm, the first month from which payments
    are completely known, null without a history; last_period_recorded int32 yyyymm, the last
    month paid according to the register, null for none; history_refused bool, whether a record
    of the person's history was not accepted. ``paid``: one row a month paid, see
    :func:`insurance.paid.gather_paid`.

    Result: national_id, section_code, option_code, title_code, given_name, family_name as given;
    status_code utf8; effective_date date32 (for an ended person the day status ended);
    return_code int64 (the constants of this module); listed utf8 Y/N; last_period_paid int32,
    last_payment_method utf8, last_payment_date date32, last_payment_amount decimal128(9, 2);
    payable_count int64; payable_month list<insurance.offers.MONTH_TYPE>.

    ValueError for rows that validation would not have let through; CalendarError for a year
    without declared holidays.
    """
    validity = feed_validity(business_date, calendar)
    base = index_of_date(validity.last) - MASK_MONTHS + 1
    people = _People.of(persons)
    history = gather_paid(people.keys, paid, base)
    lapse_code, lapsed_in = _judge(
        people, history.months, base, last_month_due(business_date, calendar)
    )
    offers = offer_months(
        people.plans,
        people.sections,
        (people.active | people.ended) & ~people.history_missing,
        people.insured_from,
        np.minimum(people.ended_in, lapsed_in),
        history.months,
        base=base,
        validity=validity,
        rates=rates,
    )
    lapsed = people.active & (lapse_code != 0)
    ended_day = np.where(lapsed, first_day_of_index(lapsed_in), people.ended_day)
    ended = people.ended | lapsed
    status = pc.if_else(pa.array(lapsed), "E", people.status)
    return pa.table(
        {
            **{name: persons[name] for name in _AS_GIVEN},
            "status_code": status,
            "effective_date": np.where(
                ended & ~np.isnat(ended_day), ended_day, people.effective_day
            ),
            "return_code": _return_codes(people, lapse_code, offers),
            "listed": _listed(people, ended, ended_day, business_date),
            "last_period_paid": history.last_period,
            "last_payment_method": history.last_channel,
            "last_payment_date": history.last_date,
            "last_payment_amount": history.last_amount,
            "payable_count": offers.counts,
            "payable_month": offers.column(people.keys // 100, people.sections, people.plans),
        }
    )


@dataclass(frozen=True, slots=True)
class _People:
    """The persons as arrays of n; months are indices, days datetime64[D]."""

    keys: Ints
    sections: Ints
    plans: Ints
    status: pa.Array
    active: Bools
    suspended: Bools
    ended: Bools
    dead: Bools
    effective_day: npt.NDArray[np.datetime64]
    ended_day: npt.NDArray[np.datetime64]  # not-a-time unless recorded as ended, with its day
    insured_from: Ints
    ended_in: Ints  # _FAR_AHEAD unless recorded as ended; _LONG_AGO when its day is missing
    history_from: Ints  # _FAR_AHEAD without a history
    history_missing: Bools

    @classmethod
    def of(cls, persons: pa.Table) -> _People:
        section_texts = persons["section_code"].combine_chunks()
        keys = person_keys(persons["national_id"].combine_chunks(), section_texts, "persons")
        sections = keys % 100
        if not np.isin(sections, (SECTION_39, SECTION_40)).all():
            raise ValueError("persons: a section other than 39 and 40; filter them before")
        status = persons["status_code"].combine_chunks().cast(pa.utf8())
        active, suspended, ended, dead = (
            np.asarray(pc.fill_null(pc.equal(status, code), False)) for code in "ASED"
        )
        if not (active | suspended | ended | dead).all():
            raise ValueError("persons: a status other than A, S, E, D; pass accepted records only")
        effective_day = _days(persons["effective_date"])
        if np.isnat(effective_day).any():
            raise ValueError("persons: a row without effective date; pass accepted records only")
        ended_day = np.where(ended, _days(persons["ended_date"]), np.datetime64("NaT"))
        without_day = np.isnat(ended_day)
        ended_index = index_of_days(np.where(without_day, np.datetime64("1970-01-01"), ended_day))
        ended_in = np.where(ended, np.where(without_day, _LONG_AGO, ended_index), _FAR_AHEAD)
        history = persons["history_from"].combine_chunks()
        history_index = month_index(np.asarray(pc.fill_null(history, 0), np.int32))
        has_none = np.asarray(history.is_null())
        history_from = np.where(has_none, _FAR_AHEAD, history_index)
        insured_from = index_of_days(effective_day).astype(np.int64)
        recorded = persons["last_period_recorded"].combine_chunks()
        last_recorded = month_index(np.asarray(pc.fill_null(recorded, 0), np.int32))
        # Nobody knows which months are paid when a record of the history was not accepted, or
        # when there is none although the register says that a month was paid since insured.
        # Months already paid would be offered again.
        is_recorded = np.asarray(recorded.is_valid())
        refused = np.asarray(pc.fill_null(persons["history_refused"].combine_chunks(), False))
        history_missing = refused | (has_none & is_recorded & (last_recorded >= insured_from))
        return cls(
            keys=keys,
            sections=sections,
            plans=plan_numbers(section_texts, persons["option_code"].combine_chunks()),
            status=status,
            active=active,
            suspended=suspended,
            ended=ended,
            dead=dead,
            effective_day=effective_day,
            ended_day=ended_day,
            insured_from=insured_from,
            ended_in=ended_in.astype(np.int64),
            history_from=history_from.astype(np.int64),
            history_missing=history_missing,
        )


def _judge(
    people: _People, paid: Masks, base: int, last_due: int
) -> tuple[npt.NDArray[np.int64], Ints]:
    """Cause (0, 21, 22) and month of each lapse; _FAR_AHEAD where there is none.

    Recorded ends are judged too: a month after an unnoticed lapse must not be offered, whatever
    ended the status later.
    """
    first = np.maximum(people.insured_from, people.history_from) - base
    judged = month_span(first, np.full_like(first, last_due - base))
    may_lapse = (people.sections == SECTION_39) & (people.active | people.ended)
    lapses = find_lapses(np.where(may_lapse, judged & ~paid, np.uint64(0)))
    return lapses.cause, np.where(lapses.cause != 0, lapses.bit + base, _FAR_AHEAD)


def _return_codes(people: _People, lapse_code: npt.NDArray[np.int64], offers: Offers) -> Ints:
    """One code a person: the first that applies, in this order."""
    return np.select(
        [
            people.dead,
            people.suspended,
            people.active & people.history_missing,
            offers.payable.any(axis=1),
            people.ended,
            lapse_code != 0,
            offers.amount_missing.any(axis=1),
        ],
        [
            np.int64(DECEASED),
            np.int64(SUSPENDED),
            np.int64(HISTORY_MISSING),
            np.int64(PAYABLE),
            np.int64(ENDED_AS_RECORDED),
            lapse_code,
            np.int64(AMOUNT_NOT_KNOWN),
        ],
        default=np.int64(NOTHING_PAYABLE),
    )


def _listed(
    people: _People, ended: Bools, ended_day: npt.NDArray[np.datetime64], business_date: date
) -> pa.Array:
    """Whether a counter should see the person: not the dead, nor who ended over a year ago."""
    recently = ended_day >= np.datetime64(twelve_months_before(business_date))
    listed = np.where(ended, recently, people.active | people.suspended)
    return pc.if_else(pa.array(listed), "Y", "N")


def _days(column: pa.ChunkedArray) -> npt.NDArray[np.datetime64]:
    days = column.combine_chunks()
    numbers = np.asarray(pc.fill_null(days.cast(pa.int32()), 0), np.int64)
    result = numbers.astype("datetime64[D]")
    result[np.asarray(days.is_null())] = np.datetime64("NaT")
    return result
