"""form_1_10_employer: account and branch of a form 1-10 against the employer master."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pyarrow as pa

from interfaces.model import Role
from validation.bitmask import Mask
from validation.faults import Fault, fault
from validation.rules.rule import Rule


class FormEmployer(Rule):
    """The account is registered, and the branch announced. A closed employer is still one: it
    may owe earlier months, so closing only warns."""

    needs: ClassVar[tuple[str, ...]] = ("employers",)

    def header_faults(self, headers: pa.RecordBatch, sound: Mask) -> Iterable[Fault]:
        """FORM_EMPLOYER_UNKNOWN or FORM_BRANCH_UNANNOUNCED, as a warning FORM_EMPLOYER_CLOSED; one
        a header."""
        employers = self.references.employers
        if employers is None:
            return
        accounts = self.column(headers, Role.HEADER, "ACC-NO")
        branches = self.column(headers, Role.HEADER, "BRANCH-NO")
        known = employers.has_account(accounts)
        announced = employers.has_branch(accounts, branches)
        for code, mask, name, values in (
            ("FORM_EMPLOYER_UNKNOWN", ~known, "ACC-NO", accounts),
            ("FORM_BRANCH_UNANNOUNCED", known & ~announced, "BRANCH-NO", branches),
            ("FORM_EMPLOYER_CLOSED", employers.is_closed(accounts, branches), "ACC-NO", accounts),
        ):
            found = fault(code, sound & mask, self.field(Role.HEADER, name), values)
            if found is not None:
                yield found
