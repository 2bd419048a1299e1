"""Which deliveries a partner has, or may have, and when they arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.delivery import ARRIVED, UNDER_WAY, Delivery, DeliveryState, select_deliveries

MAY_BE_THERE = UNDER_WAY
"""States in which nobody knows whether the partner has the file: it counts as if it had."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When a delivery arrived (each time that it was sent), and when the partner said so."""

    delivered: tuple[datetime, ...] = ()
    acknowledged: datetime | None = None


def counted(
    engine: Engine,
    *,
    since: date | None = None,
    until: date | None = None,
    partner: str | None = None,
) -> tuple[list[Delivery], int]:
    """Deliveries of those business dates that arrived at some time or may have, in order of
    business date; and the number of those that were tried and surely did not arrive.

    What came after does not matter: a file that was superseded or refused lay at the partner.
    """
    table = schema.delivery
    limits: list[sa.ColumnElement[bool]] = [sa.true()]
    if since is not None:
        limits.append(table.c.business_date >= since)
    if until is not None:
        limits.append(table.c.business_date <= until)
    if partner is not None:
        limits.append(table.c.partner == partner)
    with reading(engine) as connection:
        found = select_deliveries(connection, sa.and_(*limits))
    there = [one for one in found if one.arrived or one.state in MAY_BE_THERE]
    tried = [one for one in found if one not in there and one.attempt > 0]
    order = sorted(there, key=lambda d: (d.business_date, d.partner, d.interface, d.sequence))
    return order, len(tried)


def arrivals_of(engine: Engine, deliveries: Sequence[Delivery]) -> dict[str, Arrivals]:
    """Moments of those deliveries, by id."""
    event = schema.delivery_event
    ids = [one.delivery_id for one in deliveries]
    told: dict[str, list[tuple[str, datetime]]] = {}
    with reading(engine) as connection:
        for start in range(0, len(ids), _AT_ONCE):
            query = (
                sa.select(event.c.delivery_id, event.c.state, event.c.recorded_at)
                .where(
                    event.c.delivery_id.in_(ids[start : start + _AT_ONCE]),
                    event.c.state.in_([state.value for state in ARRIVED]),
                )
                .order_by(event.c.event_id)
            )
            for row in connection.execute(query):
                told.setdefault(row.delivery_id, []).append((row.state, row.recorded_at))
    return {name: _arrivals(events) for name, events in told.items()}


_AT_ONCE = 500  # bound values in one statement


def _arrivals(events: Sequence[tuple[str, datetime]]) -> Arrivals:
    delivered = tuple(at for state, at in events if state == DeliveryState.DELIVERED)
    said = [at for state, at in events if state == DeliveryState.ACKNOWLEDGED]
    return Arrivals(delivered or tuple(said[:1]), said[0] if said else None)
