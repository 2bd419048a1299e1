"""receipt_counts: what a receipt says of a file and the numbers beside it say the same."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.rules.rule import Details, Rule

RESULT = "FILE-RESULT"
READ = "RECORDS-READ"
REJECTED = "RECORDS-REJECTED"
ACCEPTED, WITH_REJECTS = "A", "P"


class ReceiptCounts(Rule):
    """Of a file loaded whole no record is rejected; of one loaded without some records there are
    such, and not more than were read."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """RECEIPT_COUNTS for each record that contradicts itself."""
        result = self.column(details.batch, Role.DETAIL, RESULT)
        rejected = self.column(details.batch, Role.DETAIL, REJECTED)
        read = self.column(details.batch, Role.DETAIL, READ)
        none = pc.equal(rejected, 0)
        whole_and_not = pc.and_kleene(pc.equal(result, ACCEPTED), pc.invert(none))
        too_many = pc.or_kleene(none, pc.greater(rejected, read))
        wrong = pc.or_kleene(whole_and_not, pc.and_kleene(pc.equal(result, WITH_REJECTS), too_many))
        mask = _true(wrong) & details.sound
        found = fault("RECEIPT_COUNTS", mask, self.field(Role.DETAIL, REJECTED), rejected)
        return () if found is None else (found,)


def _true(values: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(values, False), bool)
