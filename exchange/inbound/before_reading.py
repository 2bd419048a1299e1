"""What is to be said of a file before a record of it is read: its name, copies, numbers."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.inbound.arrival import Arrival
from exchange.inbound.complaints import Complaint
from exchange.inbound.recognising import says_the_same
from exchange.inbound.sequences import Numbers
from exchange.site import Site
from interfaces.model import Interface
from interfaces.names import NameParts
from ledger.landing import LandingOutcome
from ledger.sightings import inbound_names

FILE_NAME_UNKNOWN = "FILE_NAME_UNKNOWN"
FILE_NAME_REUSED = "FILE_NAME_REUSED"
FILE_DUPLICATE = "FILE_DUPLICATE"
SHEET_COPIED = "SHEET_COPIED"
FILE_EMPTY = "FILE_EMPTY"


def refused_unread(arrival: Arrival) -> list[Complaint]:
    """Why not a record of the file is read: its name, its seal, its manifest, its size."""
    if arrival.interface is None:
        return [about_name(arrival, FILE_NAME_UNKNOWN)]
    told = list(arrival.complaints)
    if arrival.outcome is LandingOutcome.SAME_NAME:
        told.append(about_name(arrival, FILE_NAME_REUSED))
    return told


def copy_code(arrival: Arrival) -> str:
    """What is said of content that came under another name. A workbook does not say whose it is:
    under the name of another employer or month it is meant as another filing."""
    if arrival.interface is None or arrival.other is None:
        return FILE_DUPLICATE
    is_sheet = is_copied_sheet(arrival.interface, arrival.name, arrival.other)
    return SHEET_COPIED if is_sheet else FILE_DUPLICATE


def is_copied_sheet(interface: Interface, name: NameParts, first_name: str) -> bool:
    """Whether a name says another employer or month than the first one of the same content."""
    return not says_the_same(interface, name, first_name)


def about_name(arrival: Arrival, code: str) -> Complaint:
    """A finding about the file under this name of it."""
    return Complaint(code, arrival.file.name)


def number_complaints(site: Site, arrivals: Sequence[Arrival]) -> dict[str, list[Complaint]]:
    """What is to be said of the numbers in the files' names, by file id."""
    seen: dict[tuple[str, str | None], Numbers] = {}
    found: dict[str, list[Complaint]] = {}
    for arrival in arrivals:
        interface, sender = arrival.interface, arrival.file.partner
        if interface is None or arrival.name.sequence is None:
            continue
        if (interface.name, sender) not in seen:
            names = inbound_names(site.ledger, interface.name, sender)
            partner = site.partners.get(sender or "")
            suffix = partner.seal.suffix if partner is not None else ""
            seen[interface.name, sender] = Numbers(interface, names, suffix=suffix)
        told = seen[interface.name, sender].complaint(arrival.name)
        if told is not None:
            found[arrival.file.file_id] = [told]
    return found
