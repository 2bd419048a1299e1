"""Breaks about files of ours that a partner's receipt refuses, whole or records of them.

One break a delivery. A later receipt that accepts it, or an acknowledged delivery in its place,
settles the break; one that refuses it anew opens it again.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from exchange.outbound.outbox import FACTS_FILE, outbox_folder
from exchange.site import Site
from exporters.manifest import ManifestError, parse_manifest
from interfaces.model import ControlKind
from interfaces.partners import Partner
from ledger import schema
from ledger.acknowledgements import AcknowledgementResult
from ledger.break_records import RESOLVED
from ledger.breaks import REOPENED
from ledger.database import reading
from ledger.deliveries import find
from ledger.delivery import Delivery, DeliveryState
from ledger.file_breaks import (
    FileBreak,
    FileBreakCode,
    file_break_events,
    file_breaks,
    record_file_break,
    record_file_break_event,
)
from ledger.receipts import receipts_of

_REJECTING = (AcknowledgementResult.REFUSED, AcknowledgementResult.WITH_REJECTS)


def break_id_of(delivery_id: str) -> str:
    """Id of the break about a delivery that a receipt refuses."""
    return f"receipt.{delivery_id}"


def record_rejections(site: Site, partner: Partner) -> None:
    """Bring the breaks about a partner's refusals to what its receipts say by now.

    They are worked out from the ledger alone, so it does not matter after which run.
    """
    known = {
        found.break_id: found
        for found in file_breaks(site.ledger, code=FileBreakCode.REJECTED_BY_PARTNER)
    }
    for delivery_id, day, rejected_at in _rejected(site.ledger, partner.name):
        delivery = find(site.ledger, delivery_id)
        if delivery is None:
            continue
        settled_by = _settled_by(site.ledger, delivery)
        found = known.get(break_id_of(delivery_id))
        if found is None:
            if settled_by is None:
                broken = _break(site, delivery, day)
                record_file_break(site.ledger, broken, recorded_at=site.clock())
        elif found.state != RESOLVED:
            if settled_by is not None:
                _follow(site, found, RESOLVED, {"settled_by": settled_by})
        elif settled_by is None and _last_event(site.ledger, found) < rejected_at:
            _follow(site, found, REOPENED, {"refused_by": "receipt"})


def _rejected(engine: Engine, partner: str) -> list[tuple[str, date, datetime]]:
    """Deliveries of which a receipt refused something: with the business date of the first such
    receipt file, and when the last one was recorded."""
    receipt, delivery, file = schema.receipt, schema.delivery, schema.file
    query = (
        sa.select(
            receipt.c.delivery_id,
            sa.type_coerce(sa.func.min(file.c.business_date), sa.Date),
            sa.type_coerce(sa.func.max(receipt.c.recorded_at), receipt.c.recorded_at.type),
        )
        .join(delivery, delivery.c.delivery_id == receipt.c.delivery_id)
        .join(file, file.c.file_id == receipt.c.file_id)
        .where(
            delivery.c.partner == partner,
            receipt.c.result.in_([result.value for result in _REJECTING]),
        )
        .group_by(receipt.c.delivery_id)
        .order_by(receipt.c.delivery_id)
    )
    with reading(engine) as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def _settled_by(engine: Engine, delivery: Delivery) -> str | None:
    """The delivery with which the matter ends: itself, accepted by its last receipt, or an
    acknowledged one in its place; None while there is none."""
    if delivery.state is DeliveryState.ACKNOWLEDGED:
        last = receipts_of(engine, delivery.delivery_id)[-1]
        is_accepted = last.result is AcknowledgementResult.ACCEPTED
        return delivery.delivery_id if is_accepted else None
    successor: Delivery | None = delivery
    while successor is not None and successor.superseded_by is not None:
        successor = find(engine, successor.superseded_by)
    if successor is None or successor.delivery_id == delivery.delivery_id:
        return None
    return successor.delivery_id if successor.state is DeliveryState.ACKNOWLEDGED else None


def _break(site: Site, delivery: Delivery, day: date) -> FileBreak:
    said = [r for r in receipts_of(site.ledger, delivery.delivery_id) if r.result in _REJECTING]
    is_refused = any(r.result is AcknowledgementResult.REFUSED for r in said)
    return FileBreak(
        break_id=break_id_of(delivery.delivery_id),
        code=FileBreakCode.REJECTED_BY_PARTNER,
        partner=delivery.partner,
        business_date=day,
        file_id=delivery.content.file_id if delivery.content is not None else None,
        # Which records of a file were rejected is not known, and so not how much money.
        amount_satang=_money_in(site, delivery) if is_refused else 0,
        detail={
            "delivery_id": delivery.delivery_id,
            "result": said[-1].result.value,
            "receipt_file_id": said[-1].file_id,
            "receipt_record_number": said[-1].record_number,
            **said[-1].detail,
        },
    )


def _money_in(site: Site, delivery: Delivery) -> int:
    """Satang: the greatest sum of money among the control totals of a file, 0 where it has none
    or they are gone."""
    path = outbox_folder(site, delivery) / FACTS_FILE
    try:
        controls = parse_manifest(path.read_bytes()).controls
    except (FileNotFoundError, ManifestError):
        return 0
    interface = site.registry.get(f"{delivery.interface}.{delivery.version}")
    sums = {rule.field for rule in interface.controls if rule.kind is ControlKind.SUM}
    amounts = [Decimal(controls[name]) for name in sums & controls.keys()]
    money = [abs(amount) for amount in amounts if amount.as_tuple().exponent == -2]
    return int(max(money, default=Decimal(0)) * 100)


def _last_event(engine: Engine, found: FileBreak) -> datetime:
    return file_break_events(engine, found.break_id)[-1].recorded_at


def _follow(site: Site, found: FileBreak, state: str, detail: dict[str, object]) -> None:
    record_file_break_event(
        site.ledger, found.break_id, state, recorded_at=site.clock(), detail=detail
    )
