"""form_1_10_contribution: the contribution of each wage, to the baht."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from insurance.money import satang_of
from insurance.wages import wage_contributions
from interfaces.model import Role
from validation.faults import Fault, fault
from validation.rules.rule import Details, Rule


class FormContribution(Rule):
    """PAID AMOUNT is what the law asks of WAGES in the wage month of the header."""

    needs: ClassVar[tuple[str, ...]] = ("wages",)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """FORM_CONTRIBUTION; as warnings FORM_WAGE_CAPPED, FORM_WAGE_ZERO and
        FORM_WAGE_BELOW_FLOOR."""
        rates = self.references.wages
        if rates is None:
            return
        period = details.of_header(self.column(details.headers, Role.HEADER, "PAID-PERIOD"))
        months = period.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
        wages = self.column(details.batch, Role.DETAIL, "WAGES")
        paid = self.column(details.batch, Role.DETAIL, "PAID-AMOUNT")
        wage_satang, wage_known = satang_of(wages)
        paid_satang, paid_known = satang_of(paid)
        due = wage_contributions(wage_satang, months, rates)
        checked = details.sound & wage_known & due.known
        wrong = paid_known & (paid_satang != due.employee)
        capped = wage_satang == rates.ceiling_satang(months)
        low = (wage_satang > 0) & (wage_satang < rates.floor_satang(months))
        for code, mask, name, values in (
            ("FORM_CONTRIBUTION", wrong, "PAID-AMOUNT", paid),
            ("FORM_WAGE_CAPPED", capped, "WAGES", wages),
            ("FORM_WAGE_ZERO", wage_satang == 0, "WAGES", wages),
            ("FORM_WAGE_BELOW_FLOOR", low, "WAGES", wages),
        ):
            found = fault(code, checked & mask, self.field(Role.DETAIL, name), values)
            if found is not None:
                yield found
