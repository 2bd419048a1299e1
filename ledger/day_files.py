"""The files of a business date, columnwise: employers send half a million within a few days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.files import FileStanding, is_latest_event, is_latest_result, select_standings
from ledger.landing import Direction, FileState

TAKEN_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("interface", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("state", pa.string(), nullable=False),  # latest event
        pa.field("records_read", pa.int64(), nullable=False),
        pa.field("records_accepted", pa.int64(), nullable=False),
        pa.field("records_rejected", pa.int64(), nullable=False),
        pa.field("part_uri", pa.string()),
        pa.field("findings_uri", pa.string()),
    ]
)
"""Files that were received and not refused, with their latest state and result."""


def taken_files(engine: Engine, business_date: date, interfaces: Collection[str]) -> pa.Table:
    """Accepted files of these interfaces and that business date, by interface and id:
    TAKEN_SCHEMA."""
    file, event, result = schema.file, schema.file_event, schema.file_result
    query = (
        sa.select(
            file.c.file_id,
            file.c.interface,
            file.c.version,
            event.c.state,
            result.c.records_read,
            result.c.records_accepted,
            result.c.records_rejected,
            result.c.part_uri,
            result.c.findings_uri,
        )
        .join(event, event.c.file_id == file.c.file_id)
        .join(result, result.c.file_id == file.c.file_id)
        .where(
            _is_of(business_date, interfaces),
            is_latest_event(),
            is_latest_result(),
            result.c.state == FileState.ACCEPTED.value,
        )
        .order_by(file.c.interface, file.c.file_id)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, TAKEN_SCHEMA)


def other_files(
    engine: Engine, business_date: date, interfaces: Collection[str]
) -> list[FileStanding]:
    """Every other file of the business date, both directions, by interface, name and id: those of
    other interfaces or none, and of these ones what was refused or not yet judged."""
    own = schema.file_result.alias("own_result")
    accepted = sa.select(own.c.file_id).where(
        own.c.file_id == schema.file.c.file_id,
        own.c.state == FileState.ACCEPTED.value,  # and final
    )
    is_accepted = accepted.correlate(schema.file).exists()
    is_taken = sa.and_(_is_of(business_date, interfaces), is_accepted)
    of_day = schema.file.c.business_date == business_date
    with reading(engine) as connection:
        return select_standings(connection, sa.and_(of_day, sa.not_(is_taken)))


def _is_of(business_date: date, interfaces: Collection[str]) -> sa.ColumnElement[bool]:
    file = schema.file
    names: Sequence[str] = sorted(interfaces)
    return sa.and_(
        file.c.business_date == business_date,
        file.c.direction == Direction.INBOUND.value,
        # A null interface is of none: not unknown, which would drop the row from both answers.
        sa.func.coalesce(file.c.interface, "").in_(names),
    )
