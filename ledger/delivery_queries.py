"""Finding deliveries: by id, by business date, those that arrived, those that were missed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.delivery import (
    Delivery,
    DeliveryEvent,
    DeliveryState,
    has_arrived,
    is_lasting,
    of_feed,
    require,
    select_deliveries,
)
from ledger.detail import from_text


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


def progress_of(engine: Engine, delivery: Delivery) -> tuple[str, ...]:
    """Steps that the latest attempt of a delivery is known to have made, in their order."""
    return tuple(
        str(event.detail["step"])
        for event in events_of(engine, delivery.delivery_id)
        if event.state is DeliveryState.SENDING
        and event.attempt == delivery.attempt
        and "step" in event.detail
    )


def deliveries_of(engine: Engine, business_date: date) -> list[Delivery]:
    """Every delivery of a business date, by partner, interface and sequence."""
    with reading(engine) as connection:
        return select_deliveries(connection, schema.delivery.c.business_date == business_date)


def planned_days(engine: Engine) -> tuple[date, date] | None:
    """First and last business date of which something that is no answer was planned."""
    day = schema.delivery.c.business_date
    query = sa.select(sa.func.min(day).label("first"), sa.func.max(day).label("last"))
    with reading(engine) as connection:
        row = connection.execute(query.where(schema.delivery.c.answers.is_(None))).one()
    return None if row.first is None else (row.first, row.last)


def latest_delivered(
    engine: Engine, partner: str, interface: str, on_or_before: date
) -> Delivery | None:
    """The newest delivery of that feed that ever arrived, of a business date up to that day.

    Newest by business date, then by sequence, so that a superseding feed wins.
    """
    arrived = arrived_deliveries(engine, partner, interface, on_or_before)
    return max(arrived, key=lambda d: (d.business_date, d.sequence), default=None)


def arrived_deliveries(
    engine: Engine, partner: str, interface: str, on_or_before: date
) -> list[Delivery]:
    """Deliveries of that feed that ever arrived, of business dates up to that day, by sequence.

    Those that were superseded after they arrived are among them: the partner had them too.
    """
    days = schema.delivery.c.business_date <= on_or_before
    condition = sa.and_(of_feed(partner, interface), days, has_arrived())
    with reading(engine) as connection:
        return select_deliveries(connection, condition)


def lasting_deliveries(engine: Engine, partner: str, interface: str) -> list[Delivery]:
    """All deliveries of that interface that later ones do not replace, by sequence."""
    with reading(engine) as connection:
        return select_deliveries(connection, sa.and_(of_feed(partner, interface), is_lasting()))


def newer_deliveries(engine: Engine, delivery: Delivery) -> list[Delivery]:
    """Feeds of the same interface that have a later number or business date, by sequence."""
    table = schema.delivery
    later = sa.or_(
        table.c.sequence > delivery.sequence, table.c.business_date > delivery.business_date
    )
    of_this = of_feed(delivery.partner, delivery.interface)
    with reading(engine) as connection:
        return select_deliveries(connection, sa.and_(of_this, table.c.answers.is_(None), later))


def missed_sequences(engine: Engine, delivery: Delivery) -> tuple[int, ...]:
    """Numbers that the partner will miss between the last that arrived and this delivery.

    Numbers of the same feed below this one and above the last that ever arrived.
    """
    table = schema.delivery
    of_this = of_feed(delivery.partner, delivery.interface)
    earlier = sa.and_(of_this, table.c.sequence < delivery.sequence)
    last = sa.select(sa.func.max(table.c.sequence)).where(earlier, has_arrived())
    with reading(engine) as connection:
        arrived = connection.scalar(last) or 0
        numbers = connection.scalars(
            sa.select(table.c.sequence)
            .where(earlier, table.c.sequence > arrived)
            .order_by(table.c.sequence)
        )
        return tuple(numbers)
