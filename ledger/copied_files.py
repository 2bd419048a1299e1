"""Further names under which employers' files came, with what became of their content."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.files import is_latest_result
from ledger.filings import FILED_AGAIN
from ledger.judged_files import JUDGED_SCHEMA
from ledger.landing import Direction

COPIES_SCHEMA = pa.schema(
    [
        *JUDGED_SCHEMA.remove(JUDGED_SCHEMA.get_field_index("name")),
        pa.field("name", pa.string(), nullable=False),  # of the copy
        pa.field("first_name", pa.string(), nullable=False),
        pa.field("first_business_date", pa.date32(), nullable=False),
        pa.field("size_bytes", pa.int64(), nullable=False),
        pa.field("is_filed_again", pa.bool_(), nullable=False),  # it counts anew for its mark
        pa.field("is_name_taken", pa.bool_(), nullable=False),  # by other content, before
    ]
)
"""JUDGED_SCHEMA of the content, with the name of the copy and where the content came first.
``interface`` and ``version`` are those of the content; empty files may be of any or none."""


def copies_of(engine: Engine, business_date: date, interfaces: Collection[str]) -> pa.Table:
    """Names of that business date of contents of these interfaces that were known under another
    name and have a result: COPIES_SCHEMA, by name and file id.

    All empty files are one content, whoever sent it first: their names come too, of whatever
    interface that was.
    """
    file, sighting, result = schema.file, schema.file_sighting, schema.file_result
    batch, event = schema.posting_batch, schema.filing_event
    noted = sa.exists().where(
        event.c.file_id == sighting.c.file_id,
        event.c.name == sighting.c.name,
        event.c.state == FILED_AGAIN,
    )
    holder, held = sighting.alias("holder"), file.alias("held")
    taken = sa.exists().where(
        holder.c.name == sighting.c.name,
        holder.c.file_id != sighting.c.file_id,
        holder.c.recorded_at < sighting.c.recorded_at,
        held.c.file_id == holder.c.file_id,
        held.c.direction == Direction.INBOUND.value,
        held.c.partner.is_(None),
    )
    query = (
        sa.select(
            file.c.file_id,
            sa.func.coalesce(file.c.interface, ""),
            sa.func.coalesce(file.c.version, 0),
            result.c.state,
            result.c.records_read,
            result.c.records_accepted,
            result.c.records_rejected,
            result.c.part_uri,
            result.c.findings_uri,
            batch.c.file_id.is_not(None),
            sighting.c.name,
            file.c.name,
            file.c.business_date,
            file.c.size_bytes,
            noted,
            taken,
        )
        .join(sighting, sighting.c.file_id == file.c.file_id)
        .join(result, result.c.file_id == file.c.file_id)
        .outerjoin(batch, batch.c.file_id == file.c.file_id)
        .where(_is_copy(interfaces), sighting.c.business_date == business_date, is_latest_result())
        .order_by(sighting.c.name, file.c.file_id)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, COPIES_SCHEMA)


def copies_by_day(
    engine: Engine, interfaces: Collection[str], *, since: date, before: date
) -> dict[date, int]:
    """How many such names came on each business date from ``since`` on, earlier than ``before``."""
    file, sighting = schema.file, schema.file_sighting
    day = sighting.c.business_date
    query = (
        sa.select(day, sa.func.count())
        .join(file, sighting.c.file_id == file.c.file_id)
        .where(_is_copy(interfaces), day >= since, day < before)
        .group_by(day)
        .order_by(day)
    )
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def days_of_copies(engine: Engine, file_id: str) -> list[date]:
    """Business dates on which a content came under further names, oldest first."""
    file, sighting = schema.file, schema.file_sighting
    query = (
        sa.select(sighting.c.business_date)
        .join(file, sighting.c.file_id == file.c.file_id)
        .where(file.c.file_id == file_id, sighting.c.name != file.c.name)
        .distinct()
        .order_by(sighting.c.business_date)
    )
    with reading(engine) as connection:
        return list(connection.scalars(query))


def _is_copy(interfaces: Collection[str]) -> sa.ColumnElement[bool]:
    file, sighting = schema.file, schema.file_sighting
    return sa.and_(
        sighting.c.name != file.c.name,
        file.c.direction == Direction.INBOUND.value,
        sa.or_(file.c.interface.in_(sorted(interfaces)), file.c.size_bytes == 0),
    )
