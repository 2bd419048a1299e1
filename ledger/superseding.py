"""When one delivery takes the place of another, and how the other ends.

A delivery that never arrived ends as soon as its replacement is planned. One that stands at
the partner is valid until its replacement, or the replacement of that, has arrived. Feeds
arrive in the order of their numbers: once one has arrived, those of earlier numbers or earlier
days that never did are not sent any more, nor one that was sent again and did not arrive
again. Lasting ones (:class:`ledger.delivery.Delivery`) are replaced by nothing and overtake
nothing. Nothing that is under way (SENDING, UNKNOWN) is superseded: it may be there at the next
moment. It is looked at again when it is settled.
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
    require,
    select_deliveries,
)
from ledger.delivery_events import insert_event
from ledger.errors import LedgerError


def require_supersedable(connection: Connection, old: Delivery) -> None:
    """LedgerError when a delivery cannot be superseded now.

    A feed that ended because one of an earlier day, made again under a later number, went
    first has lost nothing but its number: it may take another one.
    """
    if old.state in UNDER_WAY:
        raise LedgerError(
            f"{old.delivery_id} is {old.state}: settle it first (prakan retry {old.delivery_id})"
        )
    if old.superseded_by is None:
        return
    by = require(connection, old.superseded_by)
    if by.business_date >= old.business_date:
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
    replaced: sa.ColumnElement[bool] = delivery.c.delivery_id.in_(_replaced_by(connection, new))
    if new.answers is None and not new.lasting:
        overtaken = sa.and_(
            of_feed(new.partner, new.interface),
            delivery.c.answers.is_(None),
            sa.or_(
                delivery.c.sequence < new.sequence,
                delivery.c.business_date < new.business_date,
            ),
            sa.or_(
                sa.not_(has_arrived()),
                schema.delivery_event.c.state == DeliveryState.FAILED.value,
            ),
        )
        replaced = sa.or_(replaced, overtaken)
    for old in select_deliveries(connection, replaced):
        _supersede(connection, old, new.delivery_id, recorded_at)


def after_settling(connection: Connection, old: Delivery, recorded_at: datetime) -> None:
    """End a delivery that was under way while the one that replaces or overtakes it arrived."""
    if DeliveryState.SUPERSEDED not in STEPS[old.state]:
        return
    delivery = schema.delivery
    later: sa.ColumnElement[bool] = delivery.c.delivery_id.in_(_replacing(connection, old))
    may_be_overtaken = old.answers is None and not old.lasting
    if may_be_overtaken and (not old.arrived or old.state is DeliveryState.FAILED):
        overtaking = sa.and_(
            of_feed(old.partner, old.interface),
            delivery.c.answers.is_(None),
            sa.or_(
                delivery.c.sequence > old.sequence,
                delivery.c.business_date > old.business_date,
            ),
        )
        later = sa.or_(later, overtaking)
    found = select_deliveries(connection, sa.and_(later, has_arrived()))
    if found:
        _supersede(connection, old, found[-1].delivery_id, recorded_at)


def _replaced_by(connection: Connection, new: Delivery) -> list[str]:
    """What a delivery replaces, what that replaced, and so on."""
    found: list[str] = []
    earlier = new.supersedes
    while earlier is not None:
        found.append(earlier)
        earlier = require(connection, earlier).supersedes
    return found


def _replacing(connection: Connection, old: Delivery) -> list[str]:
    """What replaces a delivery, what replaces that, and so on."""
    found: list[str] = []
    next_one: str | None = old.delivery_id
    while next_one is not None:
        query = sa.select(schema.delivery.c.delivery_id)
        next_one = connection.scalar(query.where(schema.delivery.c.supersedes == next_one))
        if next_one is not None:
            found.append(next_one)
    return found


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
