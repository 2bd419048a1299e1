"""What follows a file: our answer to a return, the partner's receipt for a feed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from exchange.status.masking import hide_ids
from exchange.watch.deadlines import deadlines
from exchange.watch.deliveries import first_arrival, last_moment
from exchange.watch.expectation import Expectation
from exchange.watch.received import received_files
from interfaces.model import ExpectedRule, Interface, Kind
from ledger import schema
from ledger.database import reading
from ledger.deliveries import deliveries_of
from ledger.delivery import Delivery, DeliveryState, select_deliveries
from ledger.files import FileStanding
from ledger.landing import FileState
from ledger.receipts import refused_by_receipt

_SHORT_ID = 12


def answers_owed(
    engine: Engine,
    interface: Interface,
    rule: ExpectedRule,
    business_date: date,
    returns: Collection[str],
) -> Iterator[Expectation]:
    """One expectation for each return received from the partner, accepted or refused."""
    received = [
        (standing, landed_at)
        for standing, landed_at in received_files(engine, business_date, returns)
        if standing.file.partner == interface.partner
    ]
    answers = _answers_to(engine, interface, [s.file.file_id for s, _ in received])
    for standing, landed_at in received:
        file = standing.file
        chain = answers.get(file.file_id, [])
        newest = chain[-1] if chain else None
        met = newest is not None and _answered(standing, newest)
        warn_at, due_at = deadlines(rule, business_date, after=landed_at)
        yield Expectation(
            subject=f"{interface.name}:{file.file_id[:_SHORT_ID]}",
            kind=Kind.ACKNOWLEDGEMENT,
            interface=interface.name,
            partner=interface.partner,
            business_date=business_date,
            name=hide_ids(file.name),
            warn_at=warn_at,
            due_at=due_at,
            met_at=first_arrival(engine, newest.delivery_id) if newest and met else None,
            hindrance=newest.state.value if newest and not met else None,
            delivery_id=newest.delivery_id if newest else None,
        )


def receipts_owed(
    engine: Engine,
    interface: Interface,
    rule: ExpectedRule,
    business_date: date,
    confirmed: Collection[str],
) -> Iterator[Expectation]:
    """One expectation for each file of these interfaces that arrived at the partner; one sent
    again waits again."""
    for delivery in deliveries_of(engine, business_date):
        is_told_of = delivery.partner == interface.partner and delivery.interface in confirmed
        if not is_told_of or not delivery.arrived:
            continue
        there_since = last_moment(
            engine, delivery.delivery_id, DeliveryState.DELIVERED
        ) or first_arrival(engine, delivery.delivery_id)
        warn_at, due_at = deadlines(rule, business_date, after=there_since)
        superseded = delivery.state is DeliveryState.SUPERSEDED
        met_at = _receipt_moment(engine, delivery)
        yield Expectation(
            subject=f"{interface.name}:{delivery.delivery_id}",
            kind=Kind.RECEIPT,
            interface=interface.name,
            partner=interface.partner,
            business_date=business_date,
            name=hide_ids(delivery.content.name) if delivery.content else delivery.delivery_id,
            warn_at=warn_at,
            due_at=due_at,
            met_at=met_at,
            settled_by=(delivery.superseded_by or delivery.delivery_id) if superseded else None,
            hindrance=None if met_at or superseded else delivery.state.value,
            delivery_id=delivery.delivery_id,
        )


def _answers_to(
    engine: Engine, interface: Interface, file_ids: Collection[str]
) -> dict[str, list[Delivery]]:
    """Deliveries of our answers by the file that they answer, oldest first."""
    delivery = schema.delivery
    with reading(engine) as connection:
        found = select_deliveries(
            connection,
            sa.and_(
                delivery.c.answers.in_(sorted(file_ids)), delivery.c.interface == interface.name
            ),
        )
    answers: dict[str, list[Delivery]] = {}
    for each in found:
        if each.answers is not None:
            answers.setdefault(each.answers, []).append(each)
    return answers


def _answered(standing: FileStanding, newest: Delivery) -> bool:
    """Whether the newest answer stands at the partner and speaks of the file as it now is.

    A return that was refused, answered so, and accepted later needs another answer.
    """
    is_there = newest.arrived and newest.state is not DeliveryState.REFUSED
    accepted = standing.result is not None and standing.result.state is FileState.ACCEPTED
    return is_there and (not accepted or standing.state is FileState.ANSWERED)


def _receipt_moment(engine: Engine, delivery: Delivery) -> datetime | None:
    """When the partner's receipt was taken in; None while there is none for this sending."""
    if delivery.state is DeliveryState.ACKNOWLEDGED or refused_by_receipt(engine, delivery):
        return last_moment(engine, delivery.delivery_id, delivery.state)
    return None
