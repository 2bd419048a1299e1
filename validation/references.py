"""What a file is compared with: masters, code lists, rates and the business date.

Passed in by the caller, never read here: a replay passes those of its own day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insurance.identifiers import EMPLOYER_ACCOUNT_LENGTH
from insurance.rates import WageRates
from validation.bitmask import Mask
from validation.packing import KeyLookup
from validation.places import as_mask
from validation.registered import RegisteredPersons

BRANCH_LENGTH = 6
CLOSED = "C"
"""Status code of a branch that has given up its business."""


class MissingReferenceError(LookupError):
    """A declaration names a code list that the caller did not provide: a programming error."""


class EmployerBranches:
    """Registered employers, from a table with employer_account and employer_branch (utf8); with
    status_code too, those of status C are closed."""

    def __init__(self, table: pa.Table) -> None:
        accounts, branches = table.column("employer_account"), table.column("employer_branch")
        self._accounts = KeyLookup([accounts], (EMPLOYER_ACCOUNT_LENGTH,))
        self._branches = KeyLookup([accounts, branches], (EMPLOYER_ACCOUNT_LENGTH, BRANCH_LENGTH))
        self._closed: Mask = np.zeros(table.num_rows, np.bool_)
        if "status_code" in table.column_names:
            self._closed = as_mask(pc.equal(table.column("status_code").combine_chunks(), CLOSED))

    def has_account(self, accounts: pa.Array) -> Mask:
        """Which accounts (utf8) have any branch registered; bool[n]."""
        return self._accounts.contains([accounts])

    def has_branch(self, accounts: pa.Array, branches: pa.Array) -> Mask:
        """Which branches (utf8) are registered for their account; bool[n]."""
        return self._branches.contains([accounts, branches])

    def is_closed(self, accounts: pa.Array, branches: pa.Array) -> Mask:
        """Which branches (utf8) are registered as closed; bool[n]."""
        at = self._branches.positions([accounts, branches])
        closed: Mask = np.zeros(len(at), np.bool_)
        closed[at >= 0] = self._closed[at[at >= 0]]
        return closed


class SentFiles:
    """Files sent to one partner: name → the hashes (SHA-256, lower-case hex) that they are known
    by, as sent and opened."""

    def __init__(self, hashes: Mapping[str, Collection[str]]) -> None:
        self._hashes = {name: frozenset(known) for name, known in hashes.items()}

    def is_known(self, name: str | None) -> bool:
        """Whether a file of that name was sent."""
        return name in self._hashes

    def is_same(self, name: str | None, sha256: str | None) -> bool:
        """Whether a file of that name and content was sent."""
        if name is None or sha256 is None:
            return False
        return sha256.lower() in self._hashes.get(name, ())


@dataclass(frozen=True)
class References:
    """What is known on the business date of the file.

    ``code_lists``: by name, the rows in force (:func:`interfaces.dated.code_list`) of every
    list that the interface and its rules name. ``sent``: by partner, the files that it was
    sent. A master, rate table or ``sent`` that is None is not known: the rules that need it are
    reported as unchecked, never taken as passed.
    """

    business_date: date
    code_lists: Mapping[str, pa.Table] = field(default_factory=dict)
    employers: EmployerBranches | None = None
    persons: RegisteredPersons | None = None
    wages: WageRates | None = None
    sent: Mapping[str, SentFiles] | None = None

    def code_list(self, name: str) -> pa.Table:
        """A code list by name; MissingReferenceError when it was not provided."""
        try:
            return self.code_lists[name]
        except KeyError:
            raise MissingReferenceError(f"code list {name!r} was not provided") from None

    def codes(self, name: str) -> pa.Array:
        """The codes of a list; utf8."""
        return self.code_list(name).column("code").combine_chunks().cast(pa.utf8())
