"""Under which names files of an interface were seen, and when; copies of what counts already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.landing import Direction, FileState


@dataclass(frozen=True, slots=True)
class PostedCopy:
    """A further name under which a posted file came, the ``number``-th of that file from 1.

    ``credit_satang`` is the money of its payments, which counts once.
    """

    file_id: str
    number: int
    name: str
    business_date: date
    first_name: str
    credit_satang: int


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


def posted_copies(
    engine: Engine, interfaces: Collection[str], partner: str, up_to: date
) -> list[PostedCopy]:
    """Copies that a partner sent of files whose money is in the ledger, by file and sighting.

    What came again because it had been refused is no copy: it is the same file set right.
    """
    file, sighting, batch = schema.file, schema.file_sighting, schema.posting_batch
    query = (
        sa.select(
            sighting.c.file_id,
            sighting.c.name,
            sighting.c.business_date,
            file.c.name.label("first_name"),
            (batch.c.posted_satang + batch.c.broken_satang).label("credit_satang"),
        )
        .join(file, file.c.file_id == sighting.c.file_id)
        .join(batch, batch.c.file_id == file.c.file_id)
        .where(
            file.c.interface.in_(sorted(interfaces)),
            file.c.partner == partner,
            sighting.c.name != file.c.name,
            sighting.c.business_date <= up_to,
            sa.or_(_judged(FileState.ACCEPTED), sa.not_(_judged(FileState.QUARANTINED))),
        )
        .order_by(sighting.c.file_id, sighting.c.recorded_at, sighting.c.name)
    )
    found: list[PostedCopy] = []
    with reading(engine) as connection:
        for row in connection.execute(query):
            last = found[-1] if found and found[-1].file_id == row.file_id else None
            number = 1 if last is None else last.number + 1
            found.append(
                PostedCopy(
                    row.file_id,
                    number,
                    row.name,
                    row.business_date,
                    row.first_name,
                    row.credit_satang,
                )
            )
    return found


def _judged(state: FileState) -> sa.ColumnElement[bool]:
    """Whether the file had that result when the sighting was made."""
    result, sighting = schema.file_result, schema.file_sighting
    return sa.exists().where(
        result.c.file_id == sighting.c.file_id,
        result.c.state == state.value,
        result.c.recorded_at <= sighting.c.recorded_at,
    )
