"""Replay: a quarantined file is processed again, with the declarations and masters of today.

For the night on which our own declaration was wrong and has been repaired, and for the employer
who filed before being registered. The landed bytes are what is read; nobody has to send anything
again.
"""

from __future__ import annotations

from datetime import date

from exchange.inbound.arrivals import QuarantinedError
from exchange.inbound.intake import again
from exchange.inbound.receive import Received, receive
from exchange.inbound.references import references_for
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger.acts import OperatorAct, record_act
from ledger.files import FileStanding, events_of, find
from ledger.landing import Direction, FileState


def replay(site: Site, file_id: str, *, who: str, reason: str) -> Received:
    """Process a quarantined inbound file again; who and why is recorded first.

    WrongUse when there is no such file, when it was accepted (its rows count already: what
    came of it would be counted twice) or when it is ours. QuarantinedError when it is refused
    again.
    """
    standing = _replayable(site, file_id)
    record_act(
        site.ledger,
        OperatorAct("replay", standing.file.file_id, who, reason, recorded_at=site.clock()),
    )
    arrival = again(site, standing)
    interfaces = (arrival.interface,) if arrival.interface is not None else ()
    references = references_for(site, standing.file.business_date, interfaces, masters_to=date.max)
    received = receive(site, standing.file.business_date, [arrival], references)[0]
    if received.is_quarantined:
        raise QuarantinedError(
            f"{received.name} is still refused: see `prakan show {received.file_id[:12]}`"
        )
    return received


def _replayable(site: Site, file_id: str) -> FileStanding:
    standing = find(site.ledger, file_id)
    if standing is None:
        raise WrongUse(f"no file {file_id}; `prakan status --date D` lists the files of a day")
    if standing.file.direction is not Direction.INBOUND:
        raise WrongUse(f"{standing.file.name} was sent by us; a feed is made again by regenerate")
    if standing.result is None or standing.result.state is not FileState.QUARANTINED:
        raise WrongUse(
            f"{standing.file.name} is {standing.state}: only a quarantined file can be replayed, "
            "what was accepted already counts"
        )
    _refuse_opened(site, standing)
    return standing


def _refuse_opened(site: Site, standing: FileStanding) -> None:
    """WrongUse for a sealed file whose content was accepted since: it counts under its own id."""
    for event in events_of(site.ledger, standing.file.file_id):
        inside = event.detail.get("opened_as")
        found = find(site.ledger, str(inside)) if inside is not None else None
        result = found.result if found is not None else None
        if found is not None and result is not None and result.state is FileState.ACCEPTED:
            raise WrongUse(
                f"{standing.file.name} was opened since, and what is in it is {found.state}: "
                f"see `prakan show {found.file.file_id[:12]}`; it already counts"
            )
