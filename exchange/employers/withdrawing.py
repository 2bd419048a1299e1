"""Taking an employer's filing back by hand, and letting it count again."""

from __future__ import annotations

from datetime import date
from functools import partial

import sqlalchemy as sa

from exchange.employers.lines import due_of
from exchange.site import Site
from exchange.status.masking import hide_ids
from interfaces.errors import WrongUse
from ledger import schema
from ledger.database import reading
from ledger.files import find
from ledger.filing_events import Changed, set_counting
from ledger.filings import REINSTATED, WITHDRAWN


def withdraw(site: Site, file_id: str, *, who: str, reason: str, business_date: date) -> Changed:
    """Withdraw an entered filing: what was filed before it counts again.

    ``file_id`` may be the beginning of an id. WrongUse for an unknown file and for one that was
    not entered.
    """
    return _set(site, file_id, WITHDRAWN, who, reason, business_date)


def reinstate(site: Site, file_id: str, *, who: str, reason: str, business_date: date) -> Changed:
    """Let a withdrawn filing count again, in the place where it was entered."""
    return _set(site, file_id, REINSTATED, who, reason, business_date)


def _set(
    site: Site, file_id: str, state: str, who: str, reason: str, business_date: date
) -> Changed:
    found = find(site.ledger, file_id)
    if found is None:
        raise WrongUse(f"no file {file_id} in the ledger: see `prakan status` for its id")
    if not _is_entered(site, found.file.file_id):
        raise WrongUse(
            f"{hide_ids(found.file.name)} is {found.state} and no filing that stands in the books: "
            f"there is nothing to take back; see `prakan show {found.file.file_id[:12]}`"
        )
    return set_counting(
        site.ledger,
        found.file.file_id,
        state,
        partial(due_of, site),
        who=who,
        reason=reason,
        business_date=business_date,
        recorded_at=site.clock(),
    )


def _is_entered(site: Site, file_id: str) -> bool:
    filing = schema.filing
    query = sa.select(sa.exists().where(filing.c.file_id == file_id))
    with reading(site.ledger) as connection:
        return bool(connection.scalar(query))
