"""Writing one step of a delivery, with its audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.chain import append_entries
from ledger.delivery import DeliveryState
from ledger.detail import to_text


def feed_lock(delivery_id: str) -> str:
    """Name of the lock under which deliveries of that feed are written.

    One for the whole feed: a step of one delivery may be the end of another.
    """
    return f"delivery {delivery_id.rpartition('.')[0]}"


def insert_event(
    connection: Connection,
    delivery_id: str,
    state: DeliveryState,
    attempt: int,
    detail: Mapping[str, object],
    recorded_at: datetime,
    audited: Mapping[str, object] | None = None,
) -> None:
    """Insert a step within the caller's transaction.

    ``audited`` is said in the audit beside the detail (what other rows of the step hold).
    """
    connection.execute(
        sa.insert(schema.delivery_event).values(
            delivery_id=delivery_id,
            state=state.value,
            attempt=attempt,
            detail=to_text(detail),
            recorded_at=recorded_at,
        )
    )
    told = {**detail, **(audited or {}), "attempt": attempt}
    append_entries(connection, [(f"delivery.{state.value}", delivery_id, told)], recorded_at)
