"""When one delivery takes the place of another, and how the other ends.

A delivery that never arrived ends as soon as its replacement is planned. One that stands at
the partner is valid until its replacement has arrived. Feeds arrive in the order of their
numbers: once one has arrived, the earlier ones that never did are not sent any more. Nothing
that is under way (SENDING, UNKNOWN) is superseded: it may be there at the next moment. It is
looked at again when it is settled.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.delivery import (
    STEPS,
    UNDER_WAY,
    Delivery,
    DeliveryState,
    has_arrived,
    of_feed,
    select_deliveries,
)
from ledger.delivery_events import insert_event
from ledger.errors import LedgerError


def require_supersedable(old: Delivery) -> None:
    """LedgerError when a delivery cannot be superseded now."""
    if old.state in UNDER_WAY:
        raise LedgerError(
            f"{old.delivery_id} is {old.state}: settle it first (prakan retry {old.delivery_id})"
        )
    if old.superseded_by is not None:
        raise LedgerError(
            f"{old.delivery_id} was superseded by {old.superseded_by}: supersede that one"
        )


def supersede_unsent(connection: Connection, old: Delivery, by: str, recorded_at: datetime) -> None:
    """End a delivery that never arrived, for its replacement is planned."""
    if not old.arrived:
        _supersede(connection, old, by, recorded_at)


def after_arrival(connection: Connection, new: Delivery, recorded_at: datetime) -> None:
    """End what a delivery that just arrived replaces or overtakes."""
    delivery = schema.delivery
    replaced = delivery.c.delivery_id == (new.supersedes or "")
    if new.answers is None:
        overtaken = sa.and_(
            of_feed(new.partner, new.interface),
            delivery.c.answers.is_(None),
            delivery.c.sequence < new.sequence,
            sa.not_(has_arrived()),
        )
        replaced = sa.or_(replaced, overtaken)
    for old in select_deliveries(connection, replaced):
        _supersede(connection, old, new.delivery_id, recorded_at)


def after_settling(connection: Connection, old: Delivery, recorded_at: datetime) -> None:
    """End a delivery that was under way while the one that replaces or overtakes it arrived."""
    if DeliveryState.SUPERSEDED not in STEPS[old.state]:
        return
    delivery = schema.delivery
    later = delivery.c.supersedes == old.delivery_id
    if old.answers is None and not old.arrived:
        overtaking = sa.and_(
            of_feed(old.partner, old.interface),
            delivery.c.answers.is_(None),
            delivery.c.sequence > old.sequence,
        )
        later = sa.or_(later, overtaking)
    found = select_deliveries(connection, sa.and_(later, has_arrived()))
    if found:
        _supersede(connection, old, found[-1].delivery_id, recorded_at)


def _supersede(connection: Connection, old: Delivery, by: str, recorded_at: datetime) -> None:
    if DeliveryState.SUPERSEDED in STEPS[old.state]:
        insert_event(
            connection,
            old.delivery_id,
            DeliveryState.SUPERSEDED,
            old.attempt,
            {"by": by},
            recorded_at,
        )
