"""Enter: accepted registration files of employers are given a day in the books."""

from __future__ import annotations

from datetime import date

from exchange.employers.entering import LOOKED_BACK
from exchange.site import Site
from interfaces.model import FilingSubject, Interface
from ledger.filings import waiting_filings
from ledger.registrations import enter_registration_files


def enter_registrations(site: Site, business_date: date) -> dict[str, object]:
    """Enter every accepted registration file of that business date, or of at most LOOKED_BACK
    before it, that is not entered yet; done again, it finds nothing. The number of files that were.

    Run it after receiving: what is entered stands in the next file for the registration system.
    """
    names = {interface.name for interface in _registrations(site)}
    waiting = waiting_filings(
        site.ledger, names, since=business_date - LOOKED_BACK, up_to=business_date
    )
    entered = 0
    if waiting.num_rows:
        entered = enter_registration_files(
            site.ledger, waiting["file_id"], business_date, recorded_at=site.clock()
        )
    return {"registration_files": entered}


def _registrations(site: Site) -> list[Interface]:
    """Every version of every interface whose files are registrations."""
    return [
        interface
        for interface in site.registry.all()
        if interface.filing is not None and interface.filing.subject is FilingSubject.REGISTRATIONS
    ]
