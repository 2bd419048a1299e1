"""settlement_line: a line of a bank's advice adds up, of a collector and a day that can be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.rules.rule import Details, Rule

COLLECTOR, COLLECTION_DATE = "COLLECTOR-CODE", "COLLECTION-DATE"
STATEMENT_DATE = "HDR-STATEMENT-DATE"
GROSS, FEE, NET = "GROSS-AMOUNT", "FEE-AMOUNT", "NET-AMOUNT"


class SettlementLine(Rule):
    """The collector is one of the declaration's, nothing was collected after the statement date,
    and the net amount is the gross amount less the fee."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """CODE_UNKNOWN, SETTLEMENT_DATE or SETTLEMENT_NET, each of them once a record."""
        collector, days, gross, fee, net = (
            self.column(details.batch, Role.DETAIL, name)
            for name in (COLLECTOR, COLLECTION_DATE, GROSS, FEE, NET)
        )
        rule = self.interface.settlement
        known = pa.array(sorted(rule.collectors) if rule is not None else [], collector.type)
        stated = details.of_header(self.column(details.headers, Role.HEADER, STATEMENT_DATE))
        for code, wrong, name, values in (
            ("CODE_UNKNOWN", pc.invert(pc.is_in(collector, value_set=known)), COLLECTOR, collector),
            ("SETTLEMENT_DATE", pc.greater(days, stated), COLLECTION_DATE, days),
            ("SETTLEMENT_NET", pc.not_equal(pc.subtract(gross, fee), net), NET, net),
        ):
            mask = _true(wrong) & details.sound
            found = fault(code, mask, self.field(Role.DETAIL, name), values)
            if found is not None:
                yield found


def _true(values: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(values, False), bool)
