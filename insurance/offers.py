"""Months offered for payment: a person × month grid, and its list column for the feeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from insurance.digits import Bools, Ints, text_of_numbers
from insurance.lapse import MASK_MONTHS, Masks
from insurance.money import baht_of
from insurance.payable import Validity, payable_months, payment_window
from insurance.periods import period_of_index
from insurance.rates import ContributionRates
from insurance.reference import REFERENCE_2_LENGTH, reference_2_numbers
from insurance.sections import SECTION_39, SECTION_40

MONTH_TYPE = pa.struct(
    [
        ("period", pa.int32()),
        ("amount", pa.decimal128(9, 2)),
        ("payable_from", pa.date32()),
        ("payable_until", pa.date32()),
        ("reference_2", pa.utf8()),
    ]
)


@dataclass(frozen=True, slots=True)
class Offers:
    """Months by person: ``payable`` and ``amount_missing`` bool[n, m], ``satang`` int64[n, m].

    ``months`` are the m month indices, oldest first. A month whose amount is not known is not
    payable; it is ``amount_missing`` instead.
    """

    months: range
    payable: Bools
    amount_missing: Bools
    satang: Ints

    @property
    def counts(self) -> Ints:
        """Payable months of each person; int64[n]."""
        counts: Ints = self.payable.sum(axis=1, dtype=np.int64)
        return counts

    def column(self, national_ids: Ints, sections: Ints, plans: Ints) -> pa.ListArray:
        """list<MONTH_TYPE>[n], oldest month first; empty lists, no nulls."""
        person, place = np.nonzero(self.payable)
        month = np.asarray(self.months, np.int32)[place]
        period = period_of_index(month)
        satang = self.satang[person, place]
        first, last = self._windows(sections[person], place)
        numbers = reference_2_numbers(national_ids[person], plans[person], period)
        values = pa.StructArray.from_arrays(
            [
                pa.array(period),
                baht_of(satang, np.ones(len(satang), np.bool_)),
                pa.array(first),
                pa.array(last),
                text_of_numbers(numbers, REFERENCE_2_LENGTH),
            ],
            fields=list(MONTH_TYPE),
        )
        offsets = np.concatenate(([0], np.cumsum(self.counts))).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), values)

    def _windows(
        self, section: Ints, place: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]:
        by_section = {
            number: [payment_window(number, month) for month in self.months]
            for number in (SECTION_39, SECTION_40)
        }
        row = (section == SECTION_40).astype(np.intp)
        grid = np.array(
            [[(w.first, w.last) for w in windows] for windows in by_section.values()],
            "datetime64[D]",
        )
        return grid[row, place, 0], grid[row, place, 1]


def offer_months(
    plans: Ints,
    sections: Ints,
    may_pay: Bools,
    insured_from: Ints,
    ended_in: Ints,
    paid: Masks,
    *,
    base: int,
    validity: Validity,
    rates: ContributionRates,
) -> Offers:
    """Months that each of n persons may pay while a feed is in use.

    ``plans`` and ``sections`` int64; ``may_pay`` bool; ``insured_from`` (first insured) and
    ``ended_in`` (first no longer insured) month indices int64; ``paid`` a bit a month from
    ``base`` on, which must reach to the end of ``validity``.
    """
    months = payable_months(SECTION_39, validity)
    of_section_40 = payable_months(SECTION_40, validity)
    if months[0] < base or months[-1] >= base + MASK_MONTHS:
        raise ValueError(f"months {months} lie outside the mask from {base}")
    owed = np.empty((len(plans), len(months)), np.bool_)
    for place, month in enumerate(months):
        in_window = np.bool_(month in of_section_40) | (sections == SECTION_39)
        unpaid = (paid >> np.uint64(month - base)) & np.uint64(1) == 0
        insured = (insured_from <= month) & (month < ended_in)
        owed[:, place] = may_pay & in_window & unpaid & insured
    satang, known = rates.amounts_of_plans(plans[:, None], np.asarray(months, np.int32)[None, :])
    return Offers(months, owed & known, owed & ~known, satang)
