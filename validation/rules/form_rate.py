"""form_1_10_rate: the contribution rate in the header of a form 1-10."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import pyarrow as pa

from insurance.money import satang_of
from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.rules.form_years import written_gregorian, years_of_periods
from validation.rules.rule import Rule


class FormRate(Rule):
    """RATE is the employee's rate in force in the wage month; a month without one is wrong."""

    needs: ClassVar[tuple[str, ...]] = ("wages",)

    def header_faults(self, headers: pa.RecordBatch, sound: Mask) -> Iterable[Fault]:
        """FORM_RATE, unless the year is Gregorian, which has its own finding."""
        rates = self.references.wages
        if rates is None:
            return
        period = self.column(headers, Role.HEADER, "PAID-PERIOD")
        rate = self.column(headers, Role.HEADER, "RATE")
        readable = np.asarray(period.is_valid()) & np.asarray(rate.is_valid())
        months = period.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
        rule = self.interface.fields["PAID-PERIOD"]
        gregorian = written_gregorian(years_of_periods(period), rule, self.references)
        # 05.00 percent has the shape of an amount; its unscaled number is 500, as in the rates
        declared, _ = satang_of(rate)
        in_force = rates.known(months) & (declared == rates.employee_rate(months))
        wrong = sound & readable & ~gregorian & ~in_force
        found = fault("FORM_RATE", wrong, self.field(Role.HEADER, "RATE"), rate)
        if found is not None:
            yield found
