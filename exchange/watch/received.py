"""What the ledger says of files that came in: when the first good one was there, and answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.files import FileStanding, select_standings
from ledger.landing import Direction, FileState


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Moments by interface: the first accepted file, and the first one that was refused."""

    accepted: Mapping[str, datetime]
    refused: Mapping[str, datetime]


def arrivals_of(engine: Engine, business_date: date, interfaces: Collection[str]) -> Arrivals:
    """What came for a business date under these interfaces."""
    rows = _first_results(engine, schema.file.c.business_date == business_date, interfaces)
    return Arrivals(rows[FileState.ACCEPTED], rows[FileState.QUARANTINED])


def accepted_later(
    engine: Engine, business_date: date, interfaces: Collection[str]
) -> Mapping[str, datetime]:
    """When a file of a later business date was first accepted, by interface."""
    later = schema.file.c.business_date > business_date
    return _first_results(engine, later, interfaces)[FileState.ACCEPTED]


def received_files(
    engine: Engine, business_date: date, interfaces: Collection[str]
) -> list[tuple[FileStanding, datetime]]:
    """Every judged file of a business date and these interfaces, with the moment of landing."""
    file = schema.file
    condition = sa.and_(
        file.c.business_date == business_date,
        file.c.interface.in_(sorted(interfaces)),
        file.c.direction == Direction.INBOUND.value,
    )
    with reading(engine) as connection:
        standings = select_standings(connection, condition)
        query = sa.select(file.c.file_id, file.c.recorded_at).where(condition)
        landed = {row.file_id: row.recorded_at for row in connection.execute(query)}
    return [(s, landed[s.file.file_id]) for s in standings if s.result is not None]


def _first_results(
    engine: Engine, condition: sa.ColumnElement[bool], interfaces: Collection[str]
) -> dict[FileState, dict[str, datetime]]:
    # Grouped by the database: of employers' filings a business date may have half a million.
    file, result = schema.file, schema.file_result
    query = (
        sa.select(file.c.interface, result.c.state, sa.func.min(result.c.recorded_at).label("at"))
        .join(result, result.c.file_id == file.c.file_id)
        .where(
            condition,
            file.c.interface.in_(sorted(interfaces)),
            file.c.direction == Direction.INBOUND.value,
        )
        .group_by(file.c.interface, result.c.state)
    )
    found: dict[FileState, dict[str, datetime]] = {
        FileState.ACCEPTED: {},
        FileState.QUARANTINED: {},
    }
    with reading(engine) as connection:
        for row in connection.execute(query):
            found[FileState(row.state)][row.interface] = row.at
    return found
