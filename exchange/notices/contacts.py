"""The contact register that counts on a business date: the newest accepted one, whole."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from exchange.datasets import NotArrivedError, accepted_files
from exchange.notices.accepted import accepted_rows
from exchange.site import Site
from interfaces.names import read_name
from ledger.files import FileStanding
from ledger.listing import latest_accepted_date

REGISTER = "employer_contact"


def newest_register(site: Site, on_or_before: date) -> FileStanding:
    """The accepted register of the newest business date, of several the highest sequence.

    NotArrivedError when there is none yet.
    """
    day = latest_accepted_date(site.ledger, REGISTER, on_or_before)
    if day is None:
        raise NotArrivedError(
            f"no {REGISTER} up to {on_or_before} has been received and accepted, so nobody's "
            f"address is known: drop the register into {site.home.mainframe_inbox} and run again"
        )
    interface = site.registry.get(REGISTER, on=day)

    def sequence(standing: FileStanding) -> tuple[int, str]:
        parts = read_name(interface.file, standing.file.name)
        return (parts.sequence or 0 if parts else 0, standing.file.file_id)

    return max(accepted_files(site, interface, day), key=sequence)


def contacts_of(site: Site, register: FileStanding) -> pa.Table:
    """``employer_account``, ``employer_branch``, ``contact_email`` and ``confirmed_date`` of every
    record, the last two null where there is none."""
    columns = ["employer_account", "employer_branch", "contact_email", "confirmed_date"]
    return accepted_rows(site, register, columns).select(columns)
