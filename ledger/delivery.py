"""What a delivery is, the steps it may take, and reading it from its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ledger import schema
from ledger.errors import LedgerError


class DeliveryState(StrEnum):
    """Where a delivery is on its way."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"  # broken off while sending: only the partner's side knows
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # by the partner: login, host, or the file itself
    FAILED = "failed"  # surely not delivered


STEPS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PLANNED: frozenset({DeliveryState.SENDING, DeliveryState.FAILED}),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.UNKNOWN,
            DeliveryState.DELIVERED,
            DeliveryState.REFUSED,
            DeliveryState.FAILED,
        }
    ),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED}),
    DeliveryState.FAILED: frozenset({DeliveryState.SENDING}),
    DeliveryState.REFUSED: frozenset({DeliveryState.SENDING}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.ACKNOWLEDGED, DeliveryState.REFUSED}),
    DeliveryState.ACKNOWLEDGED: frozenset(),
}
ARRIVED = (DeliveryState.DELIVERED, DeliveryState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class DeliveryContent:
    """The bytes of a delivery: the file as named for the partner, its manifest, its rows.

    ``rows_uri`` is the Parquet of the rows as sent, for matching what comes back.
    """

    name: str
    file_id: str
    size_bytes: int
    manifest_sha256: str
    rows_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery with its latest state; ``content`` is null until the file is built.

    ``attempt`` counts the times that sending was begun.
    """

    delivery_id: str
    partner: str
    interface: str
    version: int
    business_date: date
    sequence: int
    answers: str | None
    supersedes: str | None
    state: DeliveryState
    attempt: int
    content: DeliveryContent | None


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One step of a delivery."""

    state: DeliveryState
    attempt: int
    detail: Mapping[str, object]
    recorded_at: datetime


def require(connection: Connection, delivery_id: str) -> Delivery:
    """The delivery of that id; LedgerError when there is none."""
    found = select_deliveries(connection, schema.delivery.c.delivery_id == delivery_id)
    if not found:
        raise LedgerError(f"no delivery {delivery_id} in the ledger")
    return found[0]


def select_deliveries(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Delivery]:
    """Deliveries with their latest event that meet a condition on either."""
    delivery, content, event = schema.delivery, schema.delivery_content, schema.delivery_event
    later = event.alias("later_event")
    latest = (
        sa.select(sa.func.max(later.c.event_id))
        .where(later.c.delivery_id == delivery.c.delivery_id)
        .correlate(delivery)
        .scalar_subquery()
    )
    query = (
        sa.select(
            delivery,
            event.c.state,
            event.c.attempt,
            content.c.name,
            content.c.file_id,
            content.c.manifest_sha256,
            content.c.rows_uri,
            schema.file.c.size_bytes,
        )
        .join(event, event.c.delivery_id == delivery.c.delivery_id)
        .outerjoin(content, content.c.delivery_id == delivery.c.delivery_id)
        .outerjoin(schema.file, schema.file.c.file_id == content.c.file_id)
        .where(event.c.event_id == latest, condition)
        .order_by(delivery.c.partner, delivery.c.interface, delivery.c.sequence)
    )
    return [_delivery(row) for row in connection.execute(query)]


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    content = None
    if row.file_id is not None:
        content = DeliveryContent(
            name=row.name,
            file_id=row.file_id,
            size_bytes=row.size_bytes,
            manifest_sha256=row.manifest_sha256,
            rows_uri=row.rows_uri,
        )
    return Delivery(
        delivery_id=row.delivery_id,
        partner=row.partner,
        interface=row.interface,
        version=row.version,
        business_date=row.business_date,
        sequence=row.sequence,
        answers=row.answers,
        supersedes=row.supersedes,
        state=DeliveryState(row.state),
        attempt=row.attempt,
        content=content,
    )
