"""Reconcile: what a partner left is fetched and proven; returns are matched, posted once and
answered, receipts are matched with what was sent, a bank's advices are entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from exchange.errors import (
    ExchangeError,
    HostKeyRefused,
    LoginRefused,
    RemoteFailure,
    Unreachable,
)
from exchange.inbound.arrivals import QuarantinedError, receive_paths
from exchange.inbound.collecting import collect_from, let_go
from exchange.inbound.receive import Received
from exchange.locks import exclusive
from exchange.remote.sftp import SftpClient
from exchange.returns.acknowledge import acknowledge, is_refused
from exchange.returns.employer_outcomes import employer_outcomes
from exchange.returns.file_breaks import record_return_breaks
from exchange.returns.left import record_left
from exchange.returns.matching_inputs import match_return, return_interface, return_totals
from exchange.returns.receipts import Matched, match_receipts, receipt_interfaces
from exchange.settlement.loading import post_settlements, settlement_interfaces
from exchange.site import Site
from interfaces.errors import PrakanError
from interfaces.model import Interface, Kind, Payers
from interfaces.names import read_name
from interfaces.partners import Partner
from ledger.acknowledgements import acknowledgement_of
from ledger.employer_payments import load_employer_payments
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.listing import files_in_state
from ledger.postings import PostingBatch, batch_of, load_outcomes
from ledger.settlements import SettlementBatch


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did with one partner's returns, receipts and advices of a business date;
    ``left`` are the names of what lies there and cannot be taken."""

    partner: str
    received: Sequence[Received]
    batches: Sequence[PostingBatch]
    answered: int
    receipts: Matched
    settlements: Sequence[SettlementBatch]
    left: Sequence[str]


def reconcile_partner(site: Site, business_date: date, partner: str) -> dict[str, object]:
    """Fetch, match, post and acknowledge; counts for the caller.

    QuarantinedError when a file was refused whole, after everything else has been done.
    """
    done = reconcile(site, business_date, partner)
    refused = [r for r in done.received if r.is_quarantined]
    if refused:
        raise QuarantinedError(_told(site, business_date, partner, refused[0]))
    return {
        "returns": len(done.batches),
        "posted": sum(batch.posted_count for batch in done.batches),
        "posted_satang": sum(batch.posted_satang for batch in done.batches),
        "broken": sum(batch.broken_count for batch in done.batches),
        "broken_satang": sum(batch.broken_satang for batch in done.batches),
        "newly_posted": sum(batch.changed for batch in done.batches),
        "answered": done.answered,
        "receipts_acknowledged": done.receipts.acknowledged,
        "receipts_refused": done.receipts.refused,
        "advices": len(done.settlements),
        "settled_satang": sum(batch.gross_satang for batch in done.settlements),
        "left": len(done.left),
    }


def _told(site: Site, business_date: date, partner: str, refused: Received) -> str:
    """What is said of a refused file; a return was answered, the others are not."""
    look = f"see `prakan show {refused.file_id[:12]}`"
    sender = site.partner(partner)
    if refused.interface in {i.name for i in settlement_interfaces(site, business_date, sender)}:
        return (
            f"{refused.name} is quarantined, no credit in it counts: {look}, ask {partner} for a "
            "corrected advice under the next sequence number; if our own declaration was wrong, "
            "repair it and replay"
        )
    if refused.interface in {i.name for i in receipt_interfaces(site, business_date, sender)}:
        return (
            f"{refused.name} is quarantined, no receipt in it counts: {look}, ask {partner} for a "
            "corrected file under the next sequence number; if our own declaration was wrong, "
            "repair it and replay"
        )
    return (
        f"{refused.name} is quarantined, nothing of it was posted: {look}; {partner} is answered "
        "with the reason and sends a corrected file under the next sequence number; if our own "
        "declaration was wrong, repair it and replay"
    )


def reconcile(site: Site, business_date: date, partner_name: str) -> Reconciled:
    """Everything that a partner left up to the business date, brought to its end.

    What was posted before is left alone, what was only received is posted, what was posted or
    refused and not answered is answered: a re-run after a crash goes on where it broke off. A
    failure to move the partner's copies away, or to bring it an answer, is raised after all that:
    what came counts, and one answer that cannot be given does not keep back the others. A partner
    of which no interface is in force on that day is asked for nothing.
    """
    partner = site.partner(partner_name)
    with exclusive(site, f"returns.{partner.name}"):
        received, left, trouble = _fetch_and_receive(site, business_date, partner)
        receipts = match_receipts(site, business_date, partner)
        settlements = post_settlements(site, business_date, partner)
        standings = _returns_of(site, business_date, partner)
        batches = [
            _post(site, business_date, partner, one) for one in standings if not is_refused(one)
        ]
        record_return_breaks(site, business_date, partner, standings)
        answered, unanswered = _acknowledge_all(site, partner, standings)
        failure = trouble or unanswered
        if failure is not None:
            raise failure
        return Reconciled(partner.name, received, batches, answered, receipts, settlements, left)


def _acknowledge_all(
    site: Site, partner: Partner, standings: Sequence[FileStanding]
) -> tuple[int, PrakanError | None]:
    """How many answers were sent, and the first trouble with one."""
    answered = 0
    trouble: PrakanError | None = None
    for standing in standings:
        try:
            answered += acknowledge(site, partner, standing)
        except (Unreachable, HostKeyRefused, LoginRefused) as error:
            return answered, trouble or error  # the next one would not fare better
        except PrakanError as error:
            trouble = trouble or error
    return answered, trouble


def _fetch_and_receive(
    site: Site, business_date: date, partner: Partner
) -> tuple[list[Received], Sequence[str], ExchangeError | None]:
    """Fetched files are landed before the partner's copies are moved or removed; what went wrong
    with these comes last."""
    interfaces = [
        *_return_interfaces(site, business_date, partner),
        *receipt_interfaces(site, business_date, partner),
        *settlement_interfaces(site, business_date, partner),
    ]
    if not interfaces:
        return [], [], None

    def wanted(name: str) -> bool:
        return any(_is_due(interface, name, business_date) for interface in interfaces)

    folder = partner.directories.returns
    with SftpClient(site.endpoint(partner)) as client:
        found = collect_from(site, partner, client, folder, wanted=wanted)
        left = record_left(site, business_date, partner, found.refused)
        received = receive_paths(site, business_date, found.paths, partner=partner.name)
        try:
            let_go(site, partner, client, folder, found)
        except (RemoteFailure, Unreachable) as error:
            return received, left, error
    return received, left, None


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
        {FileState.ACCEPTED, FileState.QUARANTINED, FileState.POSTED, FileState.ANSWERED},
        up_to=business_date,
        partner=partner.name,
    )
    return [s for s in found if _is_open(site, s) or s.file.business_date == business_date]


def _is_open(site: Site, standing: FileStanding) -> bool:
    if standing.state is FileState.QUARANTINED:
        return acknowledgement_of(site.ledger, standing.file.file_id) is None
    return standing.state is not FileState.ANSWERED


def _post(
    site: Site, business_date: date, partner: Partner, standing: FileStanding
) -> PostingBatch:
    known = batch_of(site.ledger, standing.file.file_id)
    if known is not None:
        return known
    if return_interface(site, standing).matching.payers is Payers.EMPLOYERS:
        return load_employer_payments(
            site.ledger,
            standing.file.file_id,
            employer_outcomes(site, standing),
            partner=partner.name,
            totals=return_totals(site, standing),
            recorded_at=site.clock(),
            book_date=business_date,
        )
    return load_outcomes(
        site.ledger,
        standing.file.file_id,
        match_return(site, partner, standing),
        partner=partner.name,
        totals=return_totals(site, standing),
        recorded_at=site.clock(),
        book_date=business_date,
    )
