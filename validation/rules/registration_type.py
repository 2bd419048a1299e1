"""registration_type: record types of an employer's registration file that can be read."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.places import as_mask
from validation.rules.rule import Details, Rule

NEW_EMPLOYEE = "103"
LEAVING = "609"


class RegistrationType(Rule):
    """New employees and employees leaving. Of the types 104, 608 and 610 only the beginning of the
    record is public, so nothing can be done by them."""

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """REGISTRATION_TYPE."""
        types = self.column(details.batch, Role.DETAIL, "RECORD-TYPE")
        unread = as_mask(pc.invert(pc.is_in(types, pa.array([NEW_EMPLOYEE, LEAVING]))))
        found = fault(
            "REGISTRATION_TYPE",
            details.sound & unread,
            self.field(Role.DETAIL, "RECORD-TYPE"),
            types,
        )
        return () if found is None else (found,)


def of_type(rule: Rule, details: Details, kind: str) -> Mask:
    """Rows of one record type; bool[n]."""
    return as_mask(pc.equal(rule.column(details.batch, Role.DETAIL, "RECORD-TYPE"), kind))


def told(rule: Rule, details: Details, code: str, mask: Mask, name: str) -> Iterable[Fault]:
    """The fault of a field in the rows of ``mask`` that are sound, if there is one."""
    values = rule.column(details.batch, Role.DETAIL, name)
    found = fault(code, details.sound & mask, rule.field(Role.DETAIL, name), values)
    return () if found is None else (found,)
