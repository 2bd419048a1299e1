"""registration_dates: when an employee began and left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.faults import Fault
from validation.places import as_mask
from validation.rules.registration_type import told
from validation.rules.rule import Details, Rule

DAYS_AHEAD = 31
"""An employer may announce what happens within a month (defined by this project)."""


class RegistrationDates(Rule):
    """Neither beginning nor leaving lies more than a month ahead, and nobody leaves before the
    day on which, as the same record says, they began."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """REGISTRATION_DATE_AHEAD, REGISTRATION_LEAVING_EARLY."""
        latest = pa.scalar(self.references.business_date + timedelta(days=DAYS_AHEAD), pa.date32())
        for name in ("START-DATE", "LEAVING-DATE"):
            days = self.column(details.batch, Role.DETAIL, name)
            ahead = as_mask(pc.greater(days, latest))
            yield from told(self, details, "REGISTRATION_DATE_AHEAD", ahead, name)
        left = self.column(details.batch, Role.DETAIL, "LEAVING-DATE")
        since = self.column(details.batch, Role.DETAIL, "EMPLOYED-SINCE")
        early = as_mask(pc.less(left, since)) & ~as_mask(pc.greater(left, latest))
        yield from told(self, details, "REGISTRATION_LEAVING_EARLY", early, "LEAVING-DATE")
