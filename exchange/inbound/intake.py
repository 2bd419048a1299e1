"""Intake: files become ours, byte for byte, and the ledger says how each relates to the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from exchange.inbound.arrival import Arrival, with_standing
from exchange.inbound.complaints import Complaint
from exchange.inbound.landed import landed_path
from exchange.inbound.landing import Landed, land
from exchange.inbound.nearly_named import nearly_named
from exchange.inbound.opening import (
    Unwrapped,
    Wrapping,
    is_wrapped,
    land_wrapped,
    unwrap,
)
from exchange.inbound.recognising import recognise, recorded_name
from exchange.inbound.wrappings import last_wrapping, record_wrapping, tell_what_was_inside
from exchange.remote.fetch import companion_names
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.model import Interface, Kind
from interfaces.names import NameParts
from interfaces.partners import Partner
from interfaces.policies import CollectPolicy
from ledger.envelopes import opened_before
from ledger.files import FileStanding, find
from ledger.judged_names import judged_names
from ledger.landing import (
    Direction,
    FileRecord,
    FileState,
    Landing,
    LandingOutcome,
    record_landed,
)
from ledger.listing import standings

FILE_TOO_LARGE = "FILE_TOO_LARGE"


def take_in(
    site: Site, business_date: date, paths: Sequence[Path], *, partner: str | None = None
) -> list[Arrival]:
    """Land files, open what is sealed and record them; one arrival each, in the given order.

    The manifest and the signature of a partner's file are those that lie beside it; given among
    the files they are no files of their own. Landing is durable before the ledger speaks of it.
    A crash in between leaves a copy that the next run finds under the same hash.
    """
    beside = _companions(site, paths, partner)
    taken = [_take(site, business_date, path, partner) for path in paths if path not in beside]
    return _recorded(site, taken)


def _companions(site: Site, paths: Sequence[Path], given: str | None) -> set[Path]:
    partner = site.partners.get(given or "")
    if partner is None:
        return set()
    names = ((path, name) for path in paths for name in companion_names(path.name, partner.collect))
    return {path.with_name(name) for path, name in names}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file that is ours and not yet in the ledger."""

    interface: Interface | None
    parts: NameParts
    sender: str | None
    day: date
    unwrapped: Unwrapped
    largest: int | None
    meant: Interface | None = None
    """The filing that a name was meant as which no interface knows."""


def _take(site: Site, business_date: date, path: Path, given: str | None) -> _Taken:
    interface, parts = recognise(site, path.name, business_date)
    sender = _sender(interface, given)
    partner = site.partners.get(sender or "")
    if partner is not None and is_wrapped(partner):
        wrapping = land_wrapped(site, partner, path)
        return _unwrapped(site, business_date, wrapping, interface, parts, partner)
    landed = land(path, site.home)
    day = parts.business_date or business_date
    limit = _limit(interface, partner)
    meant = None
    if interface is None and sender is None:
        meant = nearly_named(site, path.name, business_date)
    return _Taken(interface, parts, sender, day, Unwrapped(landed, landed.name), limit, meant)


def _unwrapped(
    site: Site,
    business_date: date,
    wrapping: Wrapping,
    interface: Interface | None,
    parts: NameParts,
    partner: Partner,
    *,
    inside: Landed | None = None,
) -> _Taken:
    day = parts.business_date or business_date
    limit = partner.collect.largest
    received = wrapping.received
    inside = inside or _known_inside(site, wrapping, partner)
    if interface is None or (inside is None and received.size > limit):
        # What nobody knows is not opened, nor what is larger than anything agreed: neither is read.
        unwrapped = Unwrapped(inside or received, received.name, wrapping)
    else:
        # A key that has ended opens nothing any more, whatever day the sender writes on a file.
        days = (day, max(day, business_date))
        unwrapped = unwrap(site, partner, wrapping, interface, parts, days, inside=inside)
    return _Taken(interface, parts, partner.name, day, unwrapped, limit)


def _known_inside(site: Site, wrapping: Wrapping, partner: Partner) -> Landed | None:
    """What came out of the very same sealed bytes before, if that was decided on then.

    A crash left them at the partner, and the key may have ended meanwhile: they are no other file.
    """
    file_id = opened_before(site.ledger, wrapping.received.file_id)
    standing = find(site.ledger, file_id) if file_id is not None else None
    if standing is None or standing.state is FileState.LANDED:
        return None
    path = landed_path(site, standing.file.file_id)
    if standing.file.partner != partner.name or not path.is_file():
        return None
    return Landed(standing.file.file_id, standing.file.name, path, standing.file.size_bytes)


def _limit(interface: Interface | None, partner: Partner | None) -> int | None:
    """Largest size in bytes that is read; None for the mainframe's own extracts."""
    if partner is not None:
        return partner.collect.largest
    is_filing = interface is not None and interface.kind is Kind.FILING
    return CollectPolicy().largest if is_filing else None


def _recorded(site: Site, taken: Sequence[_Taken]) -> list[Arrival]:
    meant = [one.interface or one.meant for one in taken]
    records = [
        FileRecord(
            file_id=one.unwrapped.content.file_id,
            interface=interface.name if interface else None,
            version=interface.version if interface else None,
            direction=Direction.INBOUND,
            partner=one.sender,
            business_date=one.day,
            name=recorded_name(one.unwrapped.name),
            size_bytes=one.unwrapped.content.size,
        )
        for one, interface in zip(taken, meant, strict=True)
    ]
    outcomes = record_landed(site.ledger, records, recorded_at=site.clock())
    known_now = standings(site.ledger, [record.file_id for record in records])
    for one, record in zip(taken, records, strict=True):
        record_wrapping(site, one.unwrapped, known_now[record.file_id])
    return [
        _arrival(record, one, outcome, known_now[record.file_id])
        for record, one, outcome in zip(records, taken, outcomes, strict=True)
    ]


def _arrival(file: FileRecord, one: _Taken, landing: Landing, standing: FileStanding) -> Arrival:
    """A copy whose original a crash left undecided stays a copy: content is read once."""
    first_name = standing.file.name
    undecided = standing.state is FileState.LANDED and file.name != first_name
    if landing.outcome is LandingOutcome.KNOWN and undecided:
        landing = replace(landing, outcome=LandingOutcome.SAME_CONTENT, other=first_name)
    arrival = Arrival(
        file=file,
        path=one.unwrapped.content.path,
        interface=one.interface,
        name=one.parts,
        outcome=landing.outcome,
        other=landing.other,
        standing=standing,
        complaints=(*_too_large(one), *one.unwrapped.complaints),
        manifest=one.unwrapped.manifest,
        largest=one.largest,
        taken_by=landing.taken_by,
    )
    return with_standing(arrival, standing)


def _too_large(one: _Taken) -> Iterator[Complaint]:
    size = one.unwrapped.content.size
    if one.largest is not None and size > one.largest:
        yield Complaint(FILE_TOO_LARGE, f"size={size} most={one.largest}")


def again(site: Site, standing: FileStanding) -> Arrival:
    """A landed file as if it had arrived just now, with the manifest that it last came with and
    under the name under which it was judged last.

    A file whose seal could not be opened is opened from the landed original: what is inside is
    another file, and that is the arrival then.
    """
    file = standing.file
    further = judged_names(site.ledger, [file.file_id]).get(file.file_id)
    file = replace(file, name=further or file.name)
    wrapping = last_wrapping(site, file.file_id)
    name = wrapping.received.name if wrapping is not None else file.name
    interface, parts = recognise(site, name, file.business_date)
    partner = site.partners.get(_sender(interface, file.partner) or "")
    content = Landed(file.file_id, file.name, landed_path(site, file.file_id), file.size_bytes)
    if wrapping is not None and partner is not None:
        # What was opened then stays opened: its key may be gone by now.
        inside = content if wrapping.received.file_id != file.file_id else None
        one = _unwrapped(
            site, file.business_date, wrapping, interface, parts, partner, inside=inside
        )
    else:
        limit = _limit(interface, partner)
        bare = Unwrapped(content, file.name)
        one = _Taken(interface, parts, file.partner, file.business_date, bare, limit)
    if one.unwrapped.content.file_id != file.file_id:
        (arrival,) = _recorded(site, [one])
        tell_what_was_inside(site, standing, arrival.file.file_id)
        return arrival
    record_wrapping(site, one.unwrapped, standing)
    arrival = _arrival(file, one, Landing(file.file_id, LandingOutcome.NEW), standing)
    return replace(arrival, standing=replace(standing, state=FileState.LANDED))


def _sender(interface: Interface | None, given: str | None) -> str | None:
    """Partner that a file comes from: its interface says so, whoever handed it to us."""
    declared = interface.partner if interface is not None else None
    if declared is not None and given is not None and given != declared:
        raise WrongUse(
            f"a file of {declared} was given as one of {given}: give the right --partner, or none"
        )
    return declared or given
