"""payment_date: nobody pays on a day that has not come yet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.faults import Fault, fault
from validation.rules.rule import Details, Rule

FIELD = "PAYMENT-DATE"


class PaymentDate(Rule):
    """PAYMENT-DATE is not after the business date on which the file is received. A Buddhist
    year in this Gregorian field shows here."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """PAYMENT_DATE_FUTURE for each such record."""
        days = self.column(details.batch, Role.DETAIL, FIELD)
        today = pa.scalar(self.references.business_date, pa.date32())
        late = np.asarray(pc.fill_null(pc.greater(days, today), False)) & details.sound
        found = fault("PAYMENT_DATE_FUTURE", late, self.field(Role.DETAIL, FIELD), days)
        return () if found is None else (found,)
