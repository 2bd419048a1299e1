"""What partners say about the files that we sent them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.acknowledgements import AcknowledgementResult
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.deliveries import events_of, step
from ledger.delivery import Delivery, DeliveryState, has_arrived, require, select_deliveries
from ledger.delivery_events import feed_lock
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError

_SETTLED = (DeliveryState.ACKNOWLEDGED, DeliveryState.REFUSED, DeliveryState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One record of a partner's receipt file, about one delivery of ours.

    ``detail`` is free, JSON-able, without personal data.
    """

    file_id: str
    record_number: int
    delivery_id: str
    result: AcknowledgementResult
    detail: Mapping[str, object] = field(default_factory=dict)


def record_receipt(engine: Engine, receipt: Receipt, *, recorded_at: datetime) -> Delivery:
    """Record a receipt and what follows from it: the delivery is ACKNOWLEDGED or REFUSED.

    The same receipt again is no change. A receipt proves that the file arrived, so a delivery
    that was UNKNOWN is DELIVERED first. One that arrived and has gone on since (superseded,
    acknowledged, refused, sent again) keeps its state. LedgerError when that record said
    something else before, or the delivery was never sent or is being sent for the first time.
    """
    table = schema.receipt
    with writing(engine, feed_lock(receipt.delivery_id)) as connection:
        delivery = require(connection, receipt.delivery_id)
        row = connection.execute(
            sa.select(table).where(
                table.c.file_id == receipt.file_id,
                table.c.record_number == receipt.record_number,
            )
        ).one_or_none()
        if row is not None:
            if _receipt(row) != receipt:
                raise LedgerError(
                    f"record {receipt.record_number} of receipt {receipt.file_id} was recorded "
                    f"for {row.delivery_id} with {row.result}"
                )
            return delivery
        _require_sent(delivery)
        connection.execute(
            sa.insert(table).values(
                file_id=receipt.file_id,
                record_number=receipt.record_number,
                delivery_id=receipt.delivery_id,
                result=receipt.result.value,
                detail=to_text(receipt.detail),
                recorded_at=recorded_at,
            )
        )
        origin = {"file_id": receipt.file_id, "record_number": receipt.record_number}
        told = {**receipt.detail, **origin, "result": receipt.result.value}
        append_entries(connection, [("receipt", receipt.delivery_id, told)], recorded_at)
        return _follow(connection, delivery, receipt.result, origin, recorded_at)


def receipts_of(engine: Engine, delivery_id: str) -> list[Receipt]:
    """Every receipt of that delivery, in the order in which they were recorded."""
    table = schema.receipt
    query = (
        sa.select(table)
        .where(table.c.delivery_id == delivery_id)
        .order_by(table.c.recorded_at, table.c.file_id, table.c.record_number)
    )
    with reading(engine) as connection:
        return [_receipt(row) for row in connection.execute(query)]


def unacknowledged(engine: Engine, partner: str, on_or_before: date) -> list[Delivery]:
    """Feeds of business dates up to that day that arrived and wait for their receipt.

    Not those that were acknowledged, refused or superseded.
    """
    delivery = schema.delivery
    condition = sa.and_(
        delivery.c.partner == partner,
        delivery.c.answers.is_(None),
        delivery.c.business_date <= on_or_before,
        schema.delivery_event.c.state.not_in([state.value for state in _SETTLED]),
        has_arrived(),
    )
    with reading(engine) as connection:
        return select_deliveries(connection, condition)


def refused_by_receipt(engine: Engine, delivery: Delivery) -> bool:
    """Whether the partner has the file and will not take it: not its server, on the way there."""
    if delivery.state is not DeliveryState.REFUSED or not delivery.arrived:
        return False
    return "result" in events_of(engine, delivery.delivery_id)[-1].detail


def _require_sent(delivery: Delivery) -> None:
    if delivery.arrived or delivery.state in (DeliveryState.UNKNOWN, DeliveryState.SUPERSEDED):
        return
    raise LedgerError(
        f"{delivery.delivery_id} is {delivery.state}: a receipt of it cannot be; settle it first "
        f"(prakan retry {delivery.delivery_id})"
    )


def _follow(
    connection: Connection,
    delivery: Delivery,
    result: AcknowledgementResult,
    origin: Mapping[str, object],
    recorded_at: datetime,
) -> Delivery:
    refused = result is AcknowledgementResult.REFUSED
    end = DeliveryState.REFUSED if refused else DeliveryState.ACKNOWLEDGED
    if delivery.state is DeliveryState.UNKNOWN:
        delivery = step(connection, delivery, DeliveryState.DELIVERED, origin, recorded_at)
    if delivery.state is DeliveryState.DELIVERED:
        delivery = step(connection, delivery, end, {**origin, "result": result.value}, recorded_at)
    return delivery


def _receipt(row: Row[tuple[object, ...]]) -> Receipt:
    return Receipt(
        file_id=row.file_id,
        record_number=row.record_number,
        delivery_id=row.delivery_id,
        result=AcknowledgementResult(row.result),
        detail=from_text(row.detail),
    )
