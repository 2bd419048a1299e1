"""What files are checked against: code lists, rates, registered employers and titles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from exchange.datasets import latest, read
from exchange.returns.sent import sent_files, sent_to
from exchange.site import Site
from interfaces.dated import code_list
from interfaces.model import Interface, Kind
from validation.references import EmployerBranches, References, RegisteredTitles

EMPLOYERS = "employer_master"
PERSONS = "registration_master"


def references_for(site: Site, business_date: date, interfaces: Sequence[Interface]) -> References:
    """References for receiving files of these interfaces on a business date.

    The masters are those of the newest business date not after it, and are read only when a
    filing is among the interfaces. A master that was never received is left unknown. What was
    sent is looked up for the partners whose receipts are among them.
    """
    names = {r.codes for i in interfaces for r in i.fields.values() if r.codes is not None}
    names |= {"titles", "wrong_titles"}
    filing = any(interface.kind is Kind.FILING for interface in interfaces)
    employers = latest(site, EMPLOYERS, business_date) if filing else None
    persons = latest(site, PERSONS, business_date) if filing else None
    return References(
        business_date=business_date,
        code_lists={name: code_list(name, business_date) for name in sorted(names)},
        employers=EmployerBranches(read(site, *employers, ["employer_account", "employer_branch"]))
        if employers
        else None,
        titles=RegisteredTitles(read(site, *persons, ["national_id", "title_code"]))
        if persons
        else None,
        wages=site.wages,
        sent={
            interface.partner: sent_files(sent_to(site.ledger, interface.partner))
            for interface in interfaces
            if interface.kind is Kind.RECEIPT and interface.partner is not None
        },
    )
