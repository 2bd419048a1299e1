"""Under which names files of an interface were seen, and when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.landing import Direction


def inbound_names(
    engine: Engine, interface: str, partner: str | None
) -> list[tuple[str, datetime]]:
    """Names of all inbound files of an interface and sender with the moment of each first
    sighting, copies under further names included; oldest first, then by name."""
    file, sighting = schema.file, schema.file_sighting
    query = (
        sa.select(sighting.c.name, sa.func.min(sighting.c.recorded_at).label("first"))
        .join(file, file.c.file_id == sighting.c.file_id)
        .where(
            file.c.direction == Direction.INBOUND.value,
            file.c.interface == interface,
            file.c.partner == partner if partner is not None else file.c.partner.is_(None),
        )
        .group_by(sighting.c.name)
        .order_by("first", sighting.c.name)
    )
    with reading(engine) as connection:
        return [(row.name, row.first) for row in connection.execute(query)]
