"""What files that came under given names are, and when they got their latest result."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.among import is_among
from ledger.database import reading
from ledger.landing import Direction, FileState


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A name and the content that came last under it. ``first_name`` is that of the content;
    ``state`` and counts are of its latest result, which was recorded at ``judged_at``."""

    name: str
    file_id: str
    first_name: str
    size_bytes: int
    interface: str | None
    state: FileState
    records_read: int
    records_accepted: int
    records_rejected: int
    judged_at: datetime


def files_named(engine: Engine, names: Collection[str]) -> dict[str, NamedFile]:
    """Files of no partner that came in under these names and have a result, by name.

    Of several contents that had a name it is the one that had it last.
    """
    file, sighting, result = schema.file, schema.file_sighting, schema.file_result
    with reading(engine) as connection:
        query = (
            sa.select(
                sighting.c.name,
                file.c.file_id,
                file.c.name.label("first_name"),
                file.c.size_bytes,
                file.c.interface,
                result.c.state,
                result.c.records_read,
                result.c.records_accepted,
                result.c.records_rejected,
                result.c.recorded_at.label("judged_at"),
            )
            .join(file, file.c.file_id == sighting.c.file_id)
            .join(result, result.c.file_id == file.c.file_id)
            .where(
                is_among(connection, sighting.c.name, names),
                file.c.direction == Direction.INBOUND.value,
                file.c.partner.is_(None),
            )
            .order_by(sighting.c.recorded_at, file.c.file_id, result.c.result_id)
        )
        rows = connection.execute(query).all()
    # The last row of a name is that of its last content and that content's last result.
    return {row.name: NamedFile(**{**row._mapping, "state": FileState(row.state)}) for row in rows}
