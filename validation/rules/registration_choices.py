"""registration_choices: codes of a registration line that do not decide who is insured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pyarrow.compute as pc

from interfaces.model import Role
from validation.faults import Fault, fault
from validation.places import as_mask
from validation.rules.registration_type import LEAVING, NEW_EMPLOYEE, of_type, told
from validation.rules.rule import Details, Rule

PROVINCES = "provinces"
LEAVING_REASONS = "leaving_reasons"
TITLES = "titles"
HOSPITAL_CODE = r"^[0-9]{7}\z"


class RegistrationChoices(Rule):
    """Province, title, reason of leaving and hospitals. All doubts: the lists are not complete,
    and a person is insured without them."""

    code_lists: ClassVar[tuple[str, ...]] = (PROVINCES, LEAVING_REASONS, TITLES)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """As warnings REGISTRATION_PROVINCE, REGISTRATION_TITLE, REGISTRATION_REASON and
        REGISTRATION_HOSPITAL; a hospital that was not chosen is none."""
        is_new = of_type(self, details, NEW_EMPLOYEE)
        is_leaving = of_type(self, details, LEAVING)
        for code, name, known, concerned in (
            ("REGISTRATION_PROVINCE", "PROVINCE", PROVINCES, is_new | is_leaving),
            ("REGISTRATION_TITLE", "PREFIX", TITLES, is_new),
            ("REGISTRATION_REASON", "LEAVING-REASON", LEAVING_REASONS, is_leaving),
        ):
            values = self.column(details.batch, Role.DETAIL, name)
            listed = as_mask(pc.is_in(values, value_set=self.references.codes(known)))
            yield from told(self, details, code, concerned & ~listed, name)
        yield from self._hospitals(details)

    def _hospitals(self, details: Details) -> Iterable[Fault]:
        place = self.places.of(self.interface.record(Role.DETAIL).record)["HOSPITAL-CODE"]
        codes, rows = place.values(details.batch)
        if rows is None:
            raise TypeError("HOSPITAL-CODE repeats in this layout")
        wrong = as_mask(pc.invert(pc.match_substring_regex(codes, HOSPITAL_CODE)))
        found = fault(
            "REGISTRATION_HOSPITAL", wrong & details.sound[rows], place.field, codes, rows
        )
        if found is not None:
            yield found
