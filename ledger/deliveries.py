"""Deliveries to partners: numbered, planned before they are built, sent once.

A delivery's state is its latest event. Whoever moves it to SENDING owns the attempt: the step
is refused to everybody else, so two processes cannot send the same file. A process that died
while sending leaves SENDING; its successor records UNKNOWN, looks at the partner's side, and
records DELIVERED or FAILED.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.database import reading, writing
from ledger.delivery import (
    ARRIVED,
    STEPS,
    Delivery,
    DeliveryContent,
    DeliveryEvent,
    DeliveryState,
    require,
    select_deliveries,
)
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError
from ledger.files import insert_events
from ledger.landing import Direction, FileRecord, FileState, insert_files


def plan_delivery(
    engine: Engine,
    *,
    partner: str,
    interface: str,
    version: int,
    business_date: date,
    recorded_at: datetime,
    answers: str | None = None,
    supersedes: str | None = None,
) -> Delivery:
    """Take the next sequence number of that partner and interface for that business date.

    A feed exists once for a business date, an acknowledgement once for the return file that it
    ``answers``: asked again, the existing delivery is given back with the number it has.
    ``supersedes`` names a delivery to replace, which takes a new number, also once. LedgerError
    when the delivery was planned under another version, or the superseded one is not of this
    feed and day.
    """
    with writing(engine, f"delivery {partner} {interface}") as connection:
        chain = _chain(connection, partner, interface, business_date, answers)
        if supersedes is None:
            existing = chain[-1] if chain else None
        else:
            existing = next((d for d in chain if d.supersedes == supersedes), None)
            if supersedes not in {delivery.delivery_id for delivery in chain}:
                raise LedgerError(
                    f"{supersedes} is not a delivery of {interface} to {partner} "
                    f"for {business_date}: nothing to supersede"
                )
        if existing is not None:
            if existing.version != version:
                raise LedgerError(
                    f"{existing.delivery_id} was planned as version {existing.version} of "
                    f"{interface}, not {version}: regenerate it to change the version"
                )
            return existing
        sequence = _next_sequence(connection, partner, interface)
        delivery_id = f"{partner}.{interface}.{sequence:06d}"
        connection.execute(
            sa.insert(schema.delivery).values(
                delivery_id=delivery_id,
                partner=partner,
                interface=interface,
                version=version,
                business_date=business_date,
                sequence=sequence,
                answers=answers,
                supersedes=supersedes,
                recorded_at=recorded_at,
            )
        )
        _insert_event(connection, delivery_id, DeliveryState.PLANNED, 0, {}, recorded_at)
        return require(connection, delivery_id)


def record_content(
    engine: Engine, delivery_id: str, content: DeliveryContent, *, recorded_at: datetime
) -> Delivery:
    """Record the built file, before its first byte leaves; the same content again is no change.

    LedgerError when the delivery already carries other bytes.
    """
    with writing(engine, f"delivery {delivery_id}") as connection:
        delivery = require(connection, delivery_id)
        if delivery.content is not None:
            if (delivery.content.file_id, delivery.content.name) != (content.file_id, content.name):
                raise LedgerError(
                    f"{delivery_id} was built as {delivery.content.name} "
                    f"({delivery.content.file_id}) and is now {content.name} "
                    f"({content.file_id}): regenerate it to send other content"
                )
            return delivery
        built = FileRecord(
            file_id=content.file_id,
            interface=delivery.interface,
            version=delivery.version,
            direction=Direction.OUTBOUND,
            partner=delivery.partner,
            business_date=delivery.business_date,
            name=content.name,
            size_bytes=content.size_bytes,
        )
        insert_files(connection, [built], FileState.BUILT, recorded_at)
        connection.execute(
            sa.insert(schema.delivery_content).values(
                delivery_id=delivery_id,
                name=content.name,
                file_id=content.file_id,
                manifest_sha256=content.manifest_sha256,
                rows_uri=content.rows_uri,
                recorded_at=recorded_at,
            )
        )
        return require(connection, delivery_id)


def record_event(
    engine: Engine,
    delivery_id: str,
    state: DeliveryState,
    *,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
) -> Delivery:
    """Move a delivery one step (see STEPS) and give it back as it then is.

    The same state again is no change, except SENDING, which belongs to one process: LedgerError
    tells the second one, as it does for every other step that is not allowed.
    """
    with writing(engine, f"delivery {delivery_id}") as connection:
        delivery = require(connection, delivery_id)
        if state is delivery.state and state is not DeliveryState.SENDING:
            return delivery
        if state not in STEPS[delivery.state]:
            raise LedgerError(f"{delivery_id} is {delivery.state}: it cannot become {state}")
        attempt = delivery.attempt
        if state is DeliveryState.SENDING:
            if delivery.content is None:
                raise LedgerError(f"{delivery_id} has no content yet: build it before sending")
            attempt += 1
        _insert_event(connection, delivery_id, state, attempt, detail or {}, recorded_at)
        if state is DeliveryState.DELIVERED and delivery.content is not None:
            sent = [(delivery.content.file_id, FileState.SENT, dict[str, object]())]
            insert_events(connection, sent, recorded_at)
        return require(connection, delivery_id)


def find(engine: Engine, delivery_id: str) -> Delivery | None:
    """The delivery of that id."""
    with reading(engine) as connection:
        found = select_deliveries(connection, schema.delivery.c.delivery_id == delivery_id)
    return found[0] if found else None


def state_of(engine: Engine, delivery_id: str) -> DeliveryState:
    """Latest state of a delivery; LedgerError when there is none of that id."""
    with reading(engine) as connection:
        return require(connection, delivery_id).state


def events_of(engine: Engine, delivery_id: str) -> list[DeliveryEvent]:
    """Every step of a delivery, oldest first."""
    event = schema.delivery_event
    query = sa.select(event).where(event.c.delivery_id == delivery_id).order_by(event.c.event_id)
    with reading(engine) as connection:
        return [
            DeliveryEvent(
                DeliveryState(row.state), row.attempt, from_text(row.detail), row.recorded_at
            )
            for row in connection.execute(query)
        ]


def deliveries_of(engine: Engine, business_date: date) -> list[Delivery]:
    """Every delivery of a business date, by partner, interface and sequence."""
    with reading(engine) as connection:
        return select_deliveries(connection, schema.delivery.c.business_date == business_date)


def latest_delivered(
    engine: Engine, partner: str, interface: str, on_or_before: date
) -> Delivery | None:
    """The newest arrived delivery of that feed of a business date up to that day.

    Newest by business date, then by sequence, so that a superseding feed wins.
    """
    arrived = arrived_deliveries(engine, partner, interface, on_or_before)
    return max(arrived, key=lambda d: (d.business_date, d.sequence), default=None)


def arrived_deliveries(
    engine: Engine, partner: str, interface: str, on_or_before: date
) -> list[Delivery]:
    """Deliveries of that feed that arrived, of business dates up to that day, by sequence.

    Those that were superseded after they arrived are among them: the partner had them too.
    """
    delivery = schema.delivery
    with reading(engine) as connection:
        return select_deliveries(
            connection,
            sa.and_(
                delivery.c.partner == partner,
                delivery.c.interface == interface,
                delivery.c.business_date <= on_or_before,
                schema.delivery_event.c.state.in_([state.value for state in ARRIVED]),
            ),
        )


def _next_sequence(connection: Connection, partner: str, interface: str) -> int:
    delivery = schema.delivery
    last = connection.scalar(
        sa.select(sa.func.max(delivery.c.sequence)).where(
            delivery.c.partner == partner, delivery.c.interface == interface
        )
    )
    return (last or 0) + 1


def _chain(
    connection: Connection,
    partner: str,
    interface: str,
    business_date: date,
    answers: str | None,
) -> list[Delivery]:
    """The deliveries of one feed and day (or one answered file), first to newest."""
    delivery = schema.delivery
    subject = (
        sa.and_(delivery.c.business_date == business_date, delivery.c.answers.is_(None))
        if answers is None
        else delivery.c.answers == answers
    )
    return select_deliveries(
        connection,
        sa.and_(delivery.c.partner == partner, delivery.c.interface == interface, subject),
    )


def _insert_event(
    connection: Connection,
    delivery_id: str,
    state: DeliveryState,
    attempt: int,
    detail: Mapping[str, object],
    recorded_at: datetime,
) -> None:
    connection.execute(
        sa.insert(schema.delivery_event).values(
            delivery_id=delivery_id,
            state=state.value,
            attempt=attempt,
            detail=to_text(detail),
            recorded_at=recorded_at,
        )
    )
