"""Moments in the life of a delivery."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Engine

from ledger.deliveries import events_of
from ledger.delivery import ARRIVED, DeliveryState


def first_arrival(engine: Engine, delivery_id: str) -> datetime | None:
    """When a delivery was first known to stand at its partner; None before."""
    return next((e.recorded_at for e in events_of(engine, delivery_id) if e.state in ARRIVED), None)


def last_moment(engine: Engine, delivery_id: str, *states: DeliveryState) -> datetime | None:
    """When a delivery last came into one of these states; None if it never did."""
    moments = [e.recorded_at for e in events_of(engine, delivery_id) if e.state in states]
    return moments[-1] if moments else None
