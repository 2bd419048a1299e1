"""form_1_10_period: the wage month and the day of payment of a form 1-10."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.periods import first_day
from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.places import as_mask
from validation.rules.form_years import written_gregorian, years_of_dates, years_of_periods
from validation.rules.rule import Rule

_ANY_MONTH = 197001  # stands where there is none


class FormPeriod(Rule):
    """Buddhist years; a month that has begun; paid neither before that month nor after today (in
    doubt only: the day that counts is the one on which the money came)."""

    def header_faults(self, headers: pa.RecordBatch, sound: Mask) -> Iterable[Fault]:
        """FORM_YEAR_GREGORIAN or FORM_PERIOD, as a warning FORM_PAID_DATE; one a header."""
        period = self.column(headers, Role.HEADER, "PAID-PERIOD")
        paid = self.column(headers, Role.HEADER, "PAID-DATE")
        fields = self.interface.fields
        years_back = (
            ("PAID-PERIOD", period, years_of_periods(period)),
            ("PAID-DATE", paid, years_of_dates(paid)),
        )
        open_ = sound.copy()
        for name, values, years in years_back:
            gregorian = open_ & written_gregorian(years, fields[name], self.references)
            open_ &= ~gregorian
            yield from _told("FORM_YEAR_GREGORIAN", gregorian, self, name, values)
        today = self.references.business_date
        future = open_ & as_mask(pc.greater(period, today.year * 100 + today.month))
        open_ &= ~future
        yield from _told("FORM_PERIOD", future, self, "PAID-PERIOD", period)
        early = pc.less(paid, _first_days(period))
        late = pc.greater(paid, pa.scalar(today, pa.date32()))
        wrong = open_ & (as_mask(early) | as_mask(late))
        yield from _told("FORM_PAID_DATE", wrong, self, "PAID-DATE", paid)


def _told(code: str, mask: Mask, rule: Rule, name: str, values: pa.Array) -> Iterable[Fault]:
    found = fault(code, mask, rule.field(Role.HEADER, name), values)
    return () if found is None else (found,)


def _first_days(periods: pa.Array) -> pa.Array:
    """First day of each month yyyymm, null where null; date32."""
    known = np.asarray(periods.is_valid())
    months = periods.fill_null(_ANY_MONTH).to_numpy(zero_copy_only=False)
    return pa.array(first_day(months), pa.date32(), mask=~known)
