"""Intake: files become ours, byte for byte, and the ledger says how each relates to the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from exchange.inbound.landing import land
from exchange.remote.names import printable
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.model import Interface, Kind
from interfaces.names import NameParts, read_name
from ledger.files import FileStanding
from ledger.landing import (
    Direction,
    FileRecord,
    FileState,
    Landing,
    LandingOutcome,
    record_landed,
)
from ledger.listing import standings


@dataclass(frozen=True, slots=True)
class Arrival:
    """A landed file, what its name says, and whether its content or name was seen before.

    ``interface`` is None when no declaration knows the name. ``standing`` is what the ledger
    held of this content, the landing itself included.
    """

    file: FileRecord
    path: Path
    interface: Interface | None
    name: NameParts
    outcome: LandingOutcome
    other: str | None
    standing: FileStanding

    @property
    def is_finished(self) -> bool:
        """Whether an earlier run already came to a result on this content."""
        return self.standing.state is not FileState.LANDED

    @property
    def is_duplicate(self) -> bool:
        """Known content that came under another name: recorded, never processed again.

        Empty files are no copies of each other, though they all have the same hash.
        """
        return self.outcome is LandingOutcome.SAME_CONTENT and self.file.size_bytes > 0

    @property
    def is_empty_again(self) -> bool:
        """A further empty file: decided already, but this name was not yet told."""
        return (
            self.outcome is LandingOutcome.SAME_CONTENT
            and self.file.size_bytes == 0
            and self.is_finished
        )


def recognise(site: Site, name: str, business_date: date) -> tuple[Interface | None, NameParts]:
    """The inbound interface in force whose name template the file name fits."""
    for kind in (Kind.EXTRACT, Kind.FILING, Kind.RETURN):
        for interface in site.registry.of_kind(kind, on=business_date):
            parts = read_name(interface.file, name)
            if parts is not None:
                return interface, parts
    return None, NameParts()


def recorded_name(name: str) -> str:
    """A file name as the ledger, findings and people see it: text of one line.

    Bytes that are no UTF-8 and unprintable letters are escaped, backslashes doubled: the name
    itself can be told from it.
    """
    return printable(name.replace("\\", "\\\\"), cut=False)


def take_in(
    site: Site, business_date: date, paths: Sequence[Path], *, partner: str | None = None
) -> list[Arrival]:
    """Land files and record them in one transaction; one arrival each, in the given order.

    Landing is durable before the ledger speaks of it. A crash in between leaves a copy that
    the next run finds under the same hash.
    """
    landed = [land(path, site.home) for path in paths]
    known = [recognise(site, path.name, business_date) for path in paths]
    records = [
        FileRecord(
            file_id=copy.file_id,
            interface=interface.name if interface else None,
            version=interface.version if interface else None,
            direction=Direction.INBOUND,
            partner=_sender(interface, partner),
            business_date=parts.business_date or business_date,
            name=recorded_name(copy.name),
            size_bytes=copy.size,
        )
        for copy, (interface, parts) in zip(landed, known, strict=True)
    ]
    outcomes = record_landed(site.ledger, records, recorded_at=site.clock())
    known_now = standings(site.ledger, [record.file_id for record in records])
    return [
        _arrival(record, copy.path, interface, parts, outcome, known_now[record.file_id])
        for record, copy, (interface, parts), outcome in zip(
            records, landed, known, outcomes, strict=True
        )
    ]


def _arrival(
    file: FileRecord,
    path: Path,
    interface: Interface | None,
    name: NameParts,
    landing: Landing,
    standing: FileStanding,
) -> Arrival:
    """A copy whose original a crash left undecided stays a copy: content is read once."""
    first_name = standing.file.name
    undecided = standing.state is FileState.LANDED and file.name != first_name
    if landing.outcome is LandingOutcome.KNOWN and undecided:
        landing = Landing(file.file_id, LandingOutcome.SAME_CONTENT, first_name)
    return Arrival(file, path, interface, name, landing.outcome, landing.other, standing)


def again(site: Site, standing: FileStanding) -> Arrival:
    """A landed file as if it had arrived just now, under its first name."""
    file = standing.file
    interface, parts = recognise(site, file.name, file.business_date)
    return Arrival(
        file=file,
        path=site.home.landing(file.file_id),
        interface=interface,
        name=parts,
        outcome=LandingOutcome.NEW,
        other=None,
        standing=replace(standing, state=FileState.LANDED),
    )


def _sender(interface: Interface | None, given: str | None) -> str | None:
    """Partner that a file comes from: its interface says so, whoever handed it to us."""
    declared = interface.partner if interface is not None else None
    if declared is not None and given is not None and given != declared:
        raise WrongUse(
            f"a file of {declared} was given as one of {given}: give the right --partner, or none"
        )
    return declared or given
