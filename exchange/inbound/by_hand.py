"""Receiving everything that waits, when a person asks for it: as the night takes the inboxes."""

from __future__ import annotations

from datetime import date

from exchange.inbound.arrivals import everything_else_waiting, receive_filings, receive_paths
from exchange.inbound.receive import Received
from exchange.inbound.recognising import recorded_name
from exchange.inbound.small_files import visible_files
from exchange.site import Site
from ledger.landing import FileState
from ledger.named_files import NamedFile, files_named


def receive_waiting(site: Site, business_date: date) -> list[Received]:
    """Receive what waits for the business date: files of our own systems first, which filings are
    judged by, then the employers' inbox, joined, which is emptied of what the ledger has the
    result of. What became of each file, in this order; files that cannot be read are left out.
    """
    others = receive_paths(site, business_date, everything_else_waiting(site, business_date))
    inbox = site.home.employer_inbox
    names = visible_files(inbox)
    began = site.clock()
    receive_filings(site, business_date)
    left = set(visible_files(inbox))
    taken = [recorded_name(name) for name in names if name not in left]
    known = files_named(site.ledger, taken) if taken else {}
    filings = [_received(known[name], name, began.timestamp()) for name in taken if name in known]
    return [*others, *filings]


def _received(found: NamedFile, name: str, began: float) -> Received:
    """As a run that receives one at a time tells it."""
    # A refused content under a further name was judged again, and empty files are no copies.
    is_refused = found.state is FileState.QUARANTINED
    is_copy = name != found.first_name and found.size_bytes > 0 and not is_refused
    return Received(
        file_id=found.file_id,
        name=name,
        interface=found.interface,
        state=found.state,
        read=found.records_read,
        accepted=found.records_accepted,
        rejected=found.records_rejected,
        repeated=found.judged_at.timestamp() < began,
        duplicate_of=found.first_name if is_copy else None,
    )
