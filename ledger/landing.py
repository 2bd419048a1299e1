"""Recording that files arrived, and telling new content from old under whatever name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.chain import append_entries
from ledger.chunks import chunks
from ledger.database import reading, writing
from ledger.detail import to_text

_NameKey = tuple[str, str | None, str]  # direction, partner, name
_Holder = tuple[str, datetime]  # content that had a name, and when it was first seen under it
_INSTANT = timedelta(microseconds=1)  # the finest step that both databases keep


class Direction(StrEnum):
    """Which way a file goes, seen from the agency."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class FileState(StrEnum):
    """What happened to a file; the latest event is its state."""

    LANDED = "landed"
    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    POSTED = "posted"  # a return whose payments are in the ledger
    ANSWERED = "answered"  # a return whose acknowledgement was delivered
    BUILT = "built"  # an outbound file, before its first byte leaves
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Identity and origin of one file. ``file_id`` is the SHA-256 of its bytes, lower-case hex.

    ``interface`` and ``version`` are null while no declaration recognises the name.
    """

    file_id: str
    interface: str | None
    version: int | None
    direction: Direction
    partner: str | None
    business_date: date
    name: str
    size_bytes: int


class LandingOutcome(StrEnum):
    """How an arriving file relates to what the ledger already knows."""

    NEW = "new"
    KNOWN = "known"  # same content, same name: an earlier landing repeated
    SAME_CONTENT = "same_content"  # known content under another name
    SAME_NAME = "same_name"  # content whose first name carried other content before


@dataclass(frozen=True, slots=True)
class Landing:
    """Outcome for one file.

    ``other`` is the first name of the content (SAME_CONTENT) or the file id that had the name
    first (SAME_NAME), else null. ``taken_by``: of content under a further name, the file id that
    had that name before it; else null.
    """

    file_id: str
    outcome: LandingOutcome
    other: str | None = None
    taken_by: str | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A further name under which known content arrived on a business date."""

    file_id: str
    name: str
    business_date: date
    first_name: str
    first_business_date: date


def record_landed(
    engine: Engine, files: Sequence[FileRecord], *, recorded_at: datetime
) -> list[Landing]:
    """Record that these files arrived, in one transaction; the outcome of each, in order.

    Repeating a landing changes nothing, and a name that was taken is told again: a run that
    died before its verdict comes to the same one. Names are compared among files of the same
    direction and partner.
    """
    with writing(engine, "files") as connection:
        known = _known_files(connection, files)
        names = _known_names(connection, files)
        new: list[FileRecord] = []
        sightings: list[tuple[FileRecord, datetime]] = []
        landings = []
        for arrived in files:
            landing = _compare(arrived, known, names)
            landings.append(landing)
            if arrived.file_id not in known:
                new.append(arrived)
                known[arrived.file_id] = arrived.name
            elif landing.outcome is not LandingOutcome.SAME_CONTENT:
                continue
            holders = names.setdefault(_name_key(arrived), [])
            seen_at = _after(holders, recorded_at)
            sightings.append((arrived, seen_at))
            holders.append((arrived.file_id, seen_at))
        insert_files(connection, new, FileState.LANDED, recorded_at)
        _insert_sightings(connection, sightings)
    return landings


def insert_files(
    connection: Connection, files: Sequence[FileRecord], state: FileState, recorded_at: datetime
) -> None:
    """Insert new files with their first event, within the caller's transaction."""
    if not files:
        return
    connection.execute(
        sa.insert(schema.file),
        [
            {
                "file_id": file.file_id,
                "interface": file.interface,
                "version": file.version,
                "direction": file.direction.value,
                "partner": file.partner,
                "business_date": file.business_date,
                "name": file.name,
                "size_bytes": file.size_bytes,
                "recorded_at": recorded_at,
            }
            for file in files
        ],
    )
    connection.execute(
        sa.insert(schema.file_event),
        [
            {
                "file_id": file.file_id,
                "state": state.value,
                "detail": to_text({}),
                "recorded_at": recorded_at,
            }
            for file in files
        ],
    )
    kind, nothing = f"file.{state.value}", dict[str, object]()
    append_entries(connection, [(kind, file.file_id, nothing) for file in files], recorded_at)


def duplicates_of(engine: Engine, business_date: date) -> list[Duplicate]:
    """Arrivals of that business date whose content was known under another name."""
    file, sighting = schema.file, schema.file_sighting
    query = (
        sa.select(
            sighting.c.file_id,
            sighting.c.name,
            sighting.c.business_date,
            file.c.name.label("first_name"),
            file.c.business_date.label("first_business_date"),
        )
        .join(file, file.c.file_id == sighting.c.file_id)
        .where(sighting.c.business_date == business_date, sighting.c.name != file.c.name)
        .order_by(sighting.c.name, sighting.c.file_id)
    )
    with reading(engine) as connection:
        return [Duplicate(*row) for row in connection.execute(query)]


def _compare(
    arrived: FileRecord, known: dict[str, str], names: dict[_NameKey, list[_Holder]]
) -> Landing:
    """What the sightings say; of known content nothing is taken from an earlier outcome."""
    holders = [file_id for file_id, _ in names.get(_name_key(arrived), [])]
    first_name = known.get(arrived.file_id, arrived.name)
    if arrived.name != first_name:
        # Its first name decides on the content; this one makes it a copy, whoever else had it.
        taken_by = holders[0] if holders and holders[0] != arrived.file_id else None
        if arrived.file_id in holders:
            return Landing(arrived.file_id, LandingOutcome.KNOWN, taken_by=taken_by)
        return Landing(arrived.file_id, LandingOutcome.SAME_CONTENT, first_name, taken_by)
    if holders and holders[0] != arrived.file_id:
        return Landing(arrived.file_id, LandingOutcome.SAME_NAME, holders[0])
    if arrived.file_id in known:
        return Landing(arrived.file_id, LandingOutcome.KNOWN)
    return Landing(arrived.file_id, LandingOutcome.NEW)


def _after(holders: Sequence[_Holder], recorded_at: datetime) -> datetime:
    """When a name is seen with one more content: later than with any before.

    Within one call, and when a clock stood still or was set back, the order in which a name was
    taken must still be told by the times.
    """
    return max([recorded_at, *(seen_at + _INSTANT for _, seen_at in holders)])


def _name_key(file: FileRecord) -> _NameKey:
    return (file.direction.value, file.partner, file.name)


def _known_files(connection: Connection, files: Sequence[FileRecord]) -> dict[str, str]:
    file = schema.file
    known: dict[str, str] = {}
    for keys in chunks(arrived.file_id for arrived in files):
        query = sa.select(file.c.file_id, file.c.name).where(file.c.file_id.in_(keys))
        known.update((row.file_id, row.name) for row in connection.execute(query))
    return known


def _known_names(
    connection: Connection, files: Sequence[FileRecord]
) -> dict[_NameKey, list[_Holder]]:
    """Contents seen under these names, the first one first."""
    file, sighting = schema.file, schema.file_sighting
    names: dict[_NameKey, list[_Holder]] = {}
    for keys in chunks(arrived.name for arrived in files):
        query = (
            sa.select(
                file.c.direction,
                file.c.partner,
                sighting.c.name,
                file.c.file_id,
                sighting.c.recorded_at,
            )
            .join(sighting, sighting.c.file_id == file.c.file_id)
            .where(sighting.c.name.in_(keys))
            .order_by(sighting.c.recorded_at, file.c.file_id)
        )
        for row in connection.execute(query):
            key = (row.direction, row.partner, row.name)
            names.setdefault(key, []).append((row.file_id, row.recorded_at))
    return names


def _insert_sightings(
    connection: Connection, sightings: Sequence[tuple[FileRecord, datetime]]
) -> None:
    if not sightings:
        return
    connection.execute(
        sa.insert(schema.file_sighting),
        [
            {
                "file_id": file.file_id,
                "name": file.name,
                "business_date": file.business_date,
                "recorded_at": seen_at,
            }
            for file, seen_at in sightings
        ],
    )
