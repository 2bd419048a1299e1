"""notice_line: a record of a notice list is of the list's notice, and can still be acted upon."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.rules.rule import Details, Rule

LIST_CODE, LIST_DATE = "HDR-NOTICE-CODE", "HDR-BUSINESS-DATE"
CODE, DEADLINE = "NOTICE-CODE", "DEADLINE-DATE"


class NoticeLine(Rule):
    """A list is one notice, and no employer is told of a deadline that had passed when the list
    was made."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """NOTICE_CODE_DIFFERS and NOTICE_DEADLINE_PAST, each of them once a record."""
        code, deadline = (self.column(details.batch, Role.DETAIL, n) for n in (CODE, DEADLINE))
        listed, made = (
            details.of_header(self.column(details.headers, Role.HEADER, name))
            for name in (LIST_CODE, LIST_DATE)
        )
        for found, wrong, name, values in (
            ("NOTICE_CODE_DIFFERS", pc.not_equal(code, listed), CODE, code),
            ("NOTICE_DEADLINE_PAST", pc.less(deadline, made), DEADLINE, deadline),
        ):
            told = fault(found, _true(wrong) & details.sound, self.field(Role.DETAIL, name), values)
            if told is not None:
                yield told


def _true(values: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(values, False), bool)
