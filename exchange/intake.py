"""Intake: files become ours, byte for byte, and the ledger says how each relates to the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from exchange.landing import land
from exchange.site import Site
from interfaces.model import Interface, Kind
from interfaces.names import NameParts, read_name
from ledger.files import FileStanding
from ledger.landing import Direction, FileRecord, FileState, LandingOutcome, record_landed
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
        """Known content that came under another name: recorded, never processed again."""
        return self.outcome is LandingOutcome.SAME_CONTENT


def recognise(site: Site, name: str, business_date: date) -> tuple[Interface | None, NameParts]:
    """The inbound interface in force whose name template the file name fits."""
    for kind in (Kind.EXTRACT, Kind.FILING, Kind.RETURN):
        for interface in site.registry.of_kind(kind, on=business_date):
            parts = read_name(interface.file, name)
            if parts is not None:
                return interface, parts
    return None, NameParts()


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
            partner=partner,
            business_date=parts.business_date or business_date,
            name=copy.name,
            size_bytes=copy.size,
        )
        for copy, (interface, parts) in zip(landed, known, strict=True)
    ]
    outcomes = record_landed(site.ledger, records, recorded_at=site.clock())
    known_now = standings(site.ledger, [record.file_id for record in records])
    return [
        Arrival(
            record,
            copy.path,
            interface,
            parts,
            outcome.outcome,
            outcome.other,
            known_now[record.file_id],
        )
        for record, copy, (interface, parts), outcome in zip(
            records, landed, known, outcomes, strict=True
        )
    ]


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
