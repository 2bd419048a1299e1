"""form_1_10_person: the persons of a form 1-10 against the register.

What differs from the register is doubtful, not wrong: the register is of yesterday, and a
registration, a change of name or of section may be on its way. So every code here warns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.ages import OLDEST_AT_ENTRY, YOUNGEST_AT_ENTRY, full_years
from insurance.periods import first_day, last_day
from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.places import as_mask
from validation.registered import RegisteredPersons
from validation.rules.rule import Details, Rule

_EMPLOYEES = "33"
_ANY_MONTH = 197001  # stands where there is none
_OTHERS = pa.array(["39", "40"])
_GOES_ON = pa.array(["A", "S"])
"""Status codes under which insurance goes on; it has ended under the others."""


class FormPerson(Rule):
    """A registered person, under the registered name, insured under section 33 already or of an age
    to become so."""

    needs: ClassVar[tuple[str, ...]] = ("persons",)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """Warnings: FORM_PERSON_UNKNOWN, or FORM_NAME, FORM_CHANGES_SECTION and FORM_AGE."""
        persons = self.references.persons
        if persons is None:
            return
        ids, given, family = (
            self.column(details.batch, Role.DETAIL, name) for name in ("SSO-ID", "FNAME", "LNAME")
        )
        known = persons.known(ids)
        other_given = known & ~persons.has_given_name(ids, given)
        other_family = known & ~other_given & ~persons.has_family_name(ids, family)
        section = persons.section(ids)
        goes_on = as_mask(pc.is_in(persons.status(ids), value_set=_GOES_ON))
        employed = goes_on & as_mask(pc.equal(section, _EMPLOYEES))
        changes = goes_on & as_mask(pc.is_in(section, value_set=_OTHERS))
        aged = self._outside_age(details, persons, ids, known & ~employed)
        for code, mask, name, values in (
            ("FORM_PERSON_UNKNOWN", ~known, "SSO-ID", ids),
            ("FORM_NAME", other_given, "FNAME", given),
            ("FORM_NAME", other_family, "LNAME", family),
            ("FORM_CHANGES_SECTION", changes, "SSO-ID", ids),
            ("FORM_AGE", aged, "SSO-ID", ids),
        ):
            found = fault(code, details.sound & mask, self.field(Role.DETAIL, name), values)
            if found is not None:
                yield found

    def _outside_age(
        self, details: Details, persons: RegisteredPersons, ids: pa.Array, entering: Mask
    ) -> Mask:
        """Who of those ``entering`` was too young on the last day of the wage month, or too old on
        its first: the form does not say on which day the work began."""
        outside: Mask = np.zeros(len(ids), np.bool_)
        rows = np.flatnonzero(entering & details.sound)
        if len(rows):
            period = details.of_header(self.column(details.headers, Role.HEADER, "PAID-PERIOD"))
            months = period.take(pa.array(rows))
            born = persons.birth_date(ids).take(pa.array(rows))
            young = pc.less(full_years(born, _days(months, last=True)), YOUNGEST_AT_ENTRY)
            old = pc.greater(full_years(born, _days(months, last=False)), OLDEST_AT_ENTRY)
            outside[rows] = as_mask(young) | as_mask(old)
        return outside


def _days(periods: pa.Array, *, last: bool) -> pa.Array:
    """Last or first day of each month yyyymm, null where null; date32."""
    known = np.asarray(periods.is_valid())
    months = periods.fill_null(_ANY_MONTH).to_numpy()
    return pa.array(last_day(months) if last else first_day(months), pa.date32(), mask=~known)
