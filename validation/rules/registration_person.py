"""registration_person: who begins or leaves, against the register of insured persons.

Everything here is doubtful and nothing certain: the register is of the evening before, and the
employer may know better.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.ages import outside_entry_age
from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault
from validation.places import as_mask
from validation.rules.registration_type import LEAVING, NEW_EMPLOYEE, of_type, told
from validation.rules.rule import Details, Rule

_EMPLOYEES = "33"
_VOLUNTARY = ("39", "40")
_ACTIVE = "A"


class RegistrationPerson(Rule):
    """Aged 15 to 60 at entry; not at work elsewhere, nor here already; who leaves was here."""

    needs: ClassVar[tuple[str, ...]] = ("persons",)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """As warnings REGISTRATION_AGE, REGISTRATION_EMPLOYED, REGISTRATION_REPEATED,
        REGISTRATION_CHANGES_SECTION, REGISTRATION_NOT_EMPLOYED. Without a register only the age is
        looked at."""
        is_new = of_type(self, details, NEW_EMPLOYEE)
        is_leaving = of_type(self, details, LEAVING)
        at_work, employer, is_voluntary = self._registered(details)
        here = as_mask(pc.equal(employer, self.column(details.batch, Role.DETAIL, "ACC-NO")))
        born = self.column(details.batch, Role.DETAIL, "BIRTH-DATE")
        begins = self.column(details.batch, Role.DETAIL, "START-DATE")
        # Who is insured at sixty stays so, also with another employer.
        aged = outside_entry_age(born, begins) & ~at_work
        yield from told(self, details, "REGISTRATION_AGE", is_new & aged, "BIRTH-DATE")
        if self.references.persons is None:
            return
        for code, mask in (
            ("REGISTRATION_EMPLOYED", is_new & at_work & ~here),
            ("REGISTRATION_REPEATED", is_new & at_work & here),
            ("REGISTRATION_CHANGES_SECTION", is_new & is_voluntary),
            ("REGISTRATION_NOT_EMPLOYED", is_leaving & ~(at_work & here)),
        ):
            yield from told(self, details, code, mask, "SSO-ID")

    def _registered(self, details: Details) -> tuple[Mask, pa.Array, Mask]:
        """Who is at work as registered, with which account, and who is insured voluntarily."""
        persons = self.references.persons
        rows = details.batch.num_rows
        if persons is None:
            nobody = np.zeros(rows, np.bool_)
            return nobody, pa.nulls(rows, pa.utf8()), nobody
        ids = self.column(details.batch, Role.DETAIL, "SSO-ID")
        section, status = persons.section(ids), persons.status(ids)
        is_active = as_mask(pc.equal(status, _ACTIVE))
        at_work = as_mask(pc.equal(section, _EMPLOYEES)) & is_active
        is_voluntary = as_mask(pc.is_in(section, pa.array(_VOLUNTARY))) & is_active
        return at_work, persons.employer(ids), is_voluntary
