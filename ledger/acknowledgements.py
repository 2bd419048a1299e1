"""Which delivery of ours answered which return file, and with what result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.files import insert_events
from ledger.landing import FileState


class AcknowledgementResult(StrEnum):
    """Answer about a whole return file, as its letter on the wire."""

    ACCEPTED = "A"
    WITH_REJECTS = "P"
    REFUSED = "R"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer to one return file."""

    file_id: str
    delivery_id: str
    result: AcknowledgementResult


def record_acknowledgement(
    engine: Engine, acknowledgement: Acknowledgement, *, recorded_at: datetime
) -> None:
    """Record that a return file was answered; the same answer again is no change.

    LedgerError when the file was answered otherwise.
    """
    table = schema.acknowledgement
    with writing(engine, f"acknowledgement {acknowledgement.file_id}") as connection:
        row = connection.execute(
            sa.select(table).where(table.c.file_id == acknowledgement.file_id)
        ).one_or_none()
        if row is not None:
            if (row.delivery_id, row.result) != (
                acknowledgement.delivery_id,
                acknowledgement.result.value,
            ):
                raise LedgerError(
                    f"return file {acknowledgement.file_id} was already answered "
                    f"by {row.delivery_id} with {row.result}"
                )
            return
        connection.execute(
            sa.insert(table).values(
                file_id=acknowledgement.file_id,
                delivery_id=acknowledgement.delivery_id,
                result=acknowledgement.result.value,
                recorded_at=recorded_at,
            )
        )
        answered = {"delivery_id": acknowledgement.delivery_id}
        insert_events(
            connection,
            [(acknowledgement.file_id, FileState.ANSWERED, answered)],
            recorded_at,
        )


def acknowledgement_of(engine: Engine, file_id: str) -> Acknowledgement | None:
    """The answer to that return file, if it had one."""
    table = schema.acknowledgement
    with reading(engine) as connection:
        row = connection.execute(sa.select(table).where(table.c.file_id == file_id)).one_or_none()
    if row is None:
        return None
    return Acknowledgement(row.file_id, row.delivery_id, AcknowledgementResult(row.result))
