"""What files are checked against: code lists, rates, registered employers and persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow.dataset as ds

from exchange.datasets import latest, read, scan
from exchange.returns.sent import sent_files, sent_to
from exchange.site import Site
from interfaces.dated import code_list
from interfaces.model import Interface, Kind
from validation.references import EmployerBranches, References
from validation.registered import COLUMNS, RegisteredPersons
from validation.rules import lists_named_by

EMPLOYERS = "employer_master"
PERSONS = "registration_master"
_BRANCH_COLUMNS = ("employer_account", "employer_branch", "status_code")


def references_for(
    site: Site,
    business_date: date,
    interfaces: Sequence[Interface],
    *,
    masters_to: date | None = None,
) -> References:
    """References for receiving files of these interfaces on a business date.

    The masters are those of the newest business date not after it, or not after ``masters_to``,
    and are read only when a filing is among the interfaces. A master that was never received is
    left unknown. What was sent is looked up for the partners whose receipts are among them.
    """
    names = {name for interface in interfaces for name in lists_named_by(interface)}
    filing = any(interface.kind is Kind.FILING for interface in interfaces)
    to = masters_to or business_date
    employers = latest(site, EMPLOYERS, to) if filing else None
    persons = latest(site, PERSONS, to) if filing else None
    return References(
        business_date=business_date,
        code_lists={name: code_list(name, business_date) for name in sorted(names)},
        employers=EmployerBranches(read(site, *employers, _BRANCH_COLUMNS)) if employers else None,
        persons=_registered(scan(site, *persons)) if persons else None,
        wages=site.wages,
        sent={
            interface.partner: sent_files(sent_to(site.ledger, interface.partner))
            for interface in interfaces
            if interface.kind is Kind.RECEIPT and interface.partner is not None
        },
    )


def _registered(register: ds.Dataset) -> RegisteredPersons:
    """Batch by batch: the names of the whole register would take many times what is kept."""
    batches = register.to_batches(columns=list(COLUMNS), batch_readahead=2, fragment_readahead=1)
    return RegisteredPersons(batches, register.count_rows())
