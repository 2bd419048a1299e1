"""registration_employer: account and branch of each line against the employer master."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from interfaces.model import Role
from validation.faults import Fault
from validation.rules.registration_type import NEW_EMPLOYEE, of_type, told
from validation.rules.rule import Details, Rule


class RegistrationEmployer(Rule):
    """The account is registered and the branch announced. A closed employer still tells who left,
    but a new employee there is doubtful."""

    needs: ClassVar[tuple[str, ...]] = ("employers",)

    def detail_faults(self, details: Details) -> Iterable[Fault]:
        """REGISTRATION_EMPLOYER_UNKNOWN, REGISTRATION_BRANCH_UNANNOUNCED; as a warning
        REGISTRATION_EMPLOYER_CLOSED."""
        employers = self.references.employers
        if employers is None:
            return
        accounts = self.column(details.batch, Role.DETAIL, "ACC-NO")
        branches = self.column(details.batch, Role.DETAIL, "BRANCH-NO")
        known = employers.has_account(accounts)
        announced = employers.has_branch(accounts, branches)
        closed = employers.is_closed(accounts, branches) & of_type(self, details, NEW_EMPLOYEE)
        for code, mask, name in (
            ("REGISTRATION_EMPLOYER_UNKNOWN", ~known, "ACC-NO"),
            ("REGISTRATION_BRANCH_UNANNOUNCED", known & ~announced, "BRANCH-NO"),
            ("REGISTRATION_EMPLOYER_CLOSED", announced & closed, "ACC-NO"),
        ):
            yield from told(self, details, code, mask, name)
