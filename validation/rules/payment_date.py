"""payment_date: nobody pays on a day that has not come yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.rules.rule import Details, Rule

FIELD = "PAYMENT-DATE"
TIME = "PAYMENT-TIME"


class PaymentDate(Rule):
    """PAYMENT-DATE is not after the business date on which the file is received, but for a payment
    taken within the interface's ``midnight_grace`` after its midnight. A Buddhist year in this
    Gregorian field shows here."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """PAYMENT_DATE_FUTURE for each such record."""
        days = self.column(details.batch, Role.DETAIL, FIELD)
        today = pa.scalar(self.references.business_date, pa.date32())
        late = np.asarray(pc.fill_null(pc.greater(days, today), False)) & details.sound
        late &= ~self._over_midnight(details, days)
        found = fault("PAYMENT_DATE_FUTURE", late, self.field(Role.DETAIL, FIELD), days)
        return () if found is None else (found,)

    def _over_midnight(self, details: Details, days: pa.Array) -> Mask:
        """Payments of the next day's first minutes, which the sender still counts to this one."""
        grace = self.interface.matching.midnight_grace_minutes
        if not grace or self.references.business_date is None:
            return np.zeros(details.batch.num_rows, np.bool_)
        tomorrow = pa.scalar(self.references.business_date + timedelta(days=1), pa.date32())
        times = self.column(details.batch, Role.DETAIL, TIME).cast(pa.int64())
        minutes = pc.add(
            pc.multiply(pc.divide(times, 10_000), 60), pc.divide(_rest(times, 10_000), 100)
        )
        early = pc.and_(pc.equal(days, tomorrow), pc.less(minutes, grace))
        return np.asarray(pc.fill_null(early, False))


def _rest(values: pa.Array, by: int) -> pa.Array:
    return pc.subtract(values, pc.multiply(pc.divide(values, by), by))
