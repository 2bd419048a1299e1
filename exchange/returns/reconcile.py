"""Reconcile: a partner's returns are fetched, proven, matched, posted once and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from exchange.inbound.arrivals import QuarantinedError, receive_paths
from exchange.inbound.receive import Received
from exchange.locks import exclusive
from exchange.remote.fetch import Fetched, collect, move_to_done
from exchange.remote.sftp import SftpClient
from exchange.returns.acknowledge import acknowledge
from exchange.returns.matching_inputs import match_return, return_totals
from exchange.site import Site
from interfaces.model import Interface, Kind
from interfaces.names import read_name
from interfaces.partners import Partner
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.listing import files_in_state
from ledger.postings import PostingBatch, batch_of, load_outcomes


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did with one partner's returns of a business date."""

    partner: str
    received: Sequence[Received]
    batches: Sequence[PostingBatch]
    answered: int


def reconcile_partner(site: Site, business_date: date, partner: str) -> dict[str, object]:
    """Fetch, match, post and acknowledge; counts for the caller.

    QuarantinedError when a return was refused whole, after everything else has been done.
    """
    done = reconcile(site, business_date, partner)
    refused = [r for r in done.received if r.is_quarantined]
    if refused:
        raise QuarantinedError(
            f"{refused[0].name} is quarantined, nothing of it was posted: see "
            f"`prakan show {refused[0].file_id[:12]}`, ask {partner} for a corrected file under "
            "the next sequence number; if our own declaration was wrong, repair it and replay"
        )
    return {
        "returns": len(done.batches),
        "posted": sum(batch.posted_count for batch in done.batches),
        "posted_satang": sum(batch.posted_satang for batch in done.batches),
        "broken": sum(batch.broken_count for batch in done.batches),
        "broken_satang": sum(batch.broken_satang for batch in done.batches),
        "newly_posted": sum(batch.changed for batch in done.batches),
        "answered": done.answered,
    }


def reconcile(site: Site, business_date: date, partner_name: str) -> Reconciled:
    """Everything that a partner returned up to the business date, brought to its end.

    What was posted before is left alone, what was only received is posted, what was posted and
    not answered is answered: a re-run after a crash goes on where it broke off.
    """
    partner = site.partner(partner_name)
    with exclusive(site, f"returns.{partner.name}"):
        received = _fetch_and_receive(site, business_date, partner)
        batches = []
        answered = 0
        for standing in _returns_of(site, business_date, partner):
            batches.append(_post(site, partner, standing))
            answered += acknowledge(site, partner, standing)
        return Reconciled(partner.name, received, batches, answered)


def _fetch_and_receive(site: Site, business_date: date, partner: Partner) -> list[Received]:
    """Fetched files are landed before the partner's copies are moved aside."""
    interfaces = _return_interfaces(site, business_date, partner)

    def wanted(name: str) -> bool:
        return any(_is_due(interface, name, business_date) for interface in interfaces)

    folder = partner.directories.returns
    with SftpClient(site.endpoint(partner)) as client:
        found = collect(
            client,
            folder,
            site.home.partner_inbox(partner.name),
            policy=partner.publish,
            wanted=wanted,
        )
        received = receive_paths(
            site, business_date, [one.path for one in found.fetched], partner=partner.name
        )
        for one in found.fetched:
            _forget(one)
            move_to_done(client, folder, one)
    return received


def _forget(fetched: Fetched) -> None:
    """The landed copy is the one that counts; the fetched one has served.

    Its folder goes with the last of the names under which the same content came.
    """
    fetched.path.unlink(missing_ok=True)
    folder = fetched.path.parent
    if not any(folder.iterdir()):
        folder.rmdir()


def _return_interfaces(site: Site, business_date: date, partner: Partner) -> list[Interface]:
    return [
        interface
        for interface in site.registry.of_kind(Kind.RETURN, on=business_date)
        if interface.partner == partner.name
    ]


def _is_due(interface: Interface, name: str, business_date: date) -> bool:
    parts = read_name(interface.file, name)
    if parts is None:
        return False
    return parts.business_date is None or parts.business_date <= business_date


def _returns_of(site: Site, business_date: date, partner: Partner) -> list[FileStanding]:
    """Returns that wait for posting or for an answer, and those of the business date."""
    names = {i.name for i in _return_interfaces(site, business_date, partner)}
    found = files_in_state(
        site.ledger,
        names,
        {FileState.ACCEPTED, FileState.POSTED, FileState.ANSWERED},
        up_to=business_date,
        partner=partner.name,
    )
    finished = {FileState.ANSWERED}
    return [s for s in found if s.state not in finished or s.file.business_date == business_date]


def _post(site: Site, partner: Partner, standing: FileStanding) -> PostingBatch:
    known = batch_of(site.ledger, standing.file.file_id)
    if known is not None:
        return known
    return load_outcomes(
        site.ledger,
        standing.file.file_id,
        match_return(site, partner, standing),
        partner=partner.name,
        totals=return_totals(site, standing),
        recorded_at=site.clock(),
    )
