"""Which delivery of ours answered which file of a partner, and with what result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.files import insert_events
from ledger.landing import FileState


class AcknowledgementResult(StrEnum):
    """Answer about a whole file, as its letter on the wire."""

    ACCEPTED = "A"
    WITH_REJECTS = "P"
    REFUSED = "R"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer to one file."""

    file_id: str
    delivery_id: str
    result: AcknowledgementResult


def record_acknowledgement(
    engine: Engine, acknowledgement: Acknowledgement, *, recorded_at: datetime
) -> None:
    """Record that a file was answered; the same answer again is no change.

    The file is ANSWERED when it was accepted, wholly or with rejects. One that was refused may
    be answered again, by a delivery that supersedes the one that refused it. LedgerError when
    the delivery gave another answer, or the file has an answer that this one does not replace.
    """
    with writing(engine, f"acknowledgement {acknowledgement.file_id}") as connection:
        earlier = _answers(connection, acknowledgement.file_id)
        if acknowledgement in earlier:
            return
        if earlier and not _replaces(connection, acknowledgement, earlier[-1]):
            raise LedgerError(
                f"file {acknowledgement.file_id} was already answered by "
                f"{earlier[-1].delivery_id} with {earlier[-1].result}"
            )
        connection.execute(
            sa.insert(schema.acknowledgement).values(
                delivery_id=acknowledgement.delivery_id,
                file_id=acknowledgement.file_id,
                result=acknowledgement.result.value,
                recorded_at=recorded_at,
            )
        )
        answered = {
            "delivery_id": acknowledgement.delivery_id,
            "result": acknowledgement.result.value,
        }
        entry = ("acknowledgement", acknowledgement.file_id, answered)
        append_entries(connection, [entry], recorded_at)
        if acknowledgement.result is not AcknowledgementResult.REFUSED:
            state = (acknowledgement.file_id, FileState.ANSWERED, _by(acknowledgement))
            insert_events(connection, [state], recorded_at)


def acknowledgement_of(engine: Engine, file_id: str) -> Acknowledgement | None:
    """The newest answer to that file, if it had one."""
    answers = acknowledgements_of(engine, file_id)
    return answers[-1] if answers else None


def acknowledgements_of(engine: Engine, file_id: str) -> list[Acknowledgement]:
    """Every answer to that file, oldest first."""
    with reading(engine) as connection:
        return _answers(connection, file_id)


def _answers(connection: Connection, file_id: str) -> list[Acknowledgement]:
    table, delivery = schema.acknowledgement, schema.delivery
    query = (
        sa.select(table.c.file_id, table.c.delivery_id, table.c.result)
        .join(delivery, delivery.c.delivery_id == table.c.delivery_id)
        .where(table.c.file_id == file_id)
        .order_by(delivery.c.sequence)
    )
    return [
        Acknowledgement(row.file_id, row.delivery_id, AcknowledgementResult(row.result))
        for row in connection.execute(query)
    ]


def _replaces(connection: Connection, new: Acknowledgement, old: Acknowledgement) -> bool:
    """Whether an answer may follow another: it supersedes a refusal, directly or not."""
    if old.result is not AcknowledgementResult.REFUSED:
        return False
    delivery = schema.delivery
    at: str | None = new.delivery_id
    while at is not None and at != old.delivery_id:
        at = connection.scalar(sa.select(delivery.c.supersedes).where(delivery.c.delivery_id == at))
    return at is not None and new.delivery_id != old.delivery_id


def _by(answer: Acknowledgement) -> dict[str, object]:
    return {"delivery_id": answer.delivery_id}
