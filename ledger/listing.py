"""Finding many files at once: by id, by state, by newest accepted business date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.chunks import chunks
from ledger.database import reading
from ledger.files import FileStanding, is_latest_event, is_latest_result, select_standings
from ledger.landing import FileState


def standings(engine: Engine, file_ids: Sequence[str]) -> dict[str, FileStanding]:
    """Files with their latest state and result, by id; unknown ids are absent."""
    found: dict[str, FileStanding] = {}
    with reading(engine) as connection:
        for keys in chunks(file_ids):
            for standing in select_standings(connection, schema.file.c.file_id.in_(keys)):
                found[standing.file.file_id] = standing
    return found


def files_in_state(
    engine: Engine,
    interfaces: Collection[str],
    states: Collection[FileState],
    *,
    up_to: date,
    partner: str | None = None,
) -> list[FileStanding]:
    """Files of these interfaces and states, oldest business date first, then by name."""
    file, event = schema.file, schema.file_event
    conditions = [
        is_latest_event(),
        event.c.state.in_(sorted(state.value for state in states)),
        file.c.interface.in_(sorted(interfaces)),
        file.c.business_date <= up_to,
    ]
    if partner is not None:
        conditions.append(file.c.partner == partner)
    wanted = (
        sa.select(file.c.file_id)
        .join(event, event.c.file_id == file.c.file_id)
        .where(*conditions)
        .subquery()
    )
    with reading(engine) as connection:
        found = select_standings(connection, schema.file.c.file_id.in_(sa.select(wanted.c.file_id)))
    return sorted(found, key=lambda s: (s.file.business_date, s.file.name, s.file.file_id))


def accepted_part_uris(engine: Engine, interface: str, business_date: date) -> set[str]:
    """URIs of the accepted rows of that interface and business date, each once."""
    file, result = schema.file, schema.file_result
    query = (
        sa.select(result.c.part_uri)
        .distinct()
        .join(file, file.c.file_id == result.c.file_id)
        .where(
            is_latest_result(),
            result.c.state == FileState.ACCEPTED.value,
            result.c.part_uri.is_not(None),
            file.c.interface == interface,
            file.c.business_date == business_date,
        )
    )
    with reading(engine) as connection:
        return {uri for (uri,) in connection.execute(query)}


def latest_accepted_date(engine: Engine, interface: str, on_or_before: date) -> date | None:
    """Newest business date, not after the given one, with an accepted file of the interface."""
    file, result, event = schema.file, schema.file_result, schema.file_event
    query = (
        sa.select(sa.func.max(file.c.business_date))
        .join(result, result.c.file_id == file.c.file_id)
        .join(event, event.c.file_id == file.c.file_id)
        .where(
            is_latest_result(),
            is_latest_event(),
            result.c.state == FileState.ACCEPTED.value,
            file.c.interface == interface,
            file.c.business_date <= on_or_before,
        )
    )
    with reading(engine) as connection:
        found: date | None = connection.scalar(query)
    return found


def parts_of(engine: Engine, interfaces: Collection[str]) -> list[str]:
    """Where the accepted rows of all files of these interfaces lie: URIs, sorted, each once."""
    file, result = schema.file, schema.file_result
    query = (
        sa.select(result.c.part_uri)
        .join(file, file.c.file_id == result.c.file_id)
        .where(file.c.interface.in_(sorted(interfaces)), result.c.part_uri.is_not(None))
        .distinct()
    )
    with reading(engine) as connection:
        return sorted(connection.scalars(query))
