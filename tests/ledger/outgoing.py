"""Deliveries brought to wherever a test needs them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.engine import Engine

from interfaces.policies import SealKind
from ledger import deliveries
from ledger.delivery import Delivery, DeliveryContent, DeliveryState, Sealed
from ledger.landing import Direction, FileRecord, record_landed

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
DAY = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 23)
PARTNER = "counter_service"
FEED = "counter_feed_s39"
ARRIVE = (DeliveryState.SENDING, DeliveryState.DELIVERED)


def plan(
    engine: Engine,
    day: date = DAY,
    *,
    interface: str = FEED,
    version: int = 1,
    answers: str | None = None,
    supersedes: str | None = None,
) -> Delivery:
    """A delivery that has its number."""
    return deliveries.plan_delivery(
        engine,
        partner=PARTNER,
        interface=interface,
        version=version,
        business_date=day,
        recorded_at=NOW,
        answers=answers,
        supersedes=supersedes,
    )


def build(engine: Engine, delivery: Delivery, digit: str = "a") -> Delivery:
    """The delivery with a file whose SHA-256 is that digit 64 times."""
    content = DeliveryContent(f"S39_{digit}.TXT", digit * 64, 560, f"rows/{digit}")
    return deliveries.record_content(engine, delivery.delivery_id, content, recorded_at=NOW)


def a_seal(digit: str = "a", manifest: str = "b") -> Sealed:
    """What goes on the wire for that file."""
    return Sealed(
        kind=SealKind.OPENPGP,
        name=f"S39_{digit}.TXT.pgp",
        sha256=digit * 63 + "0",
        size_bytes=900,
        manifest_sha256=manifest * 64,
        signature_sha256="5d" * 32,
        signer="A1" * 20,
        recipients=("B2" * 20, "C3" * 20),
    )


def seal(engine: Engine, delivery: Delivery, digit: str = "a") -> Delivery:
    """The built delivery, sealed."""
    sealed = a_seal(digit)
    return deliveries.record_seal(engine, delivery.delivery_id, sealed, recorded_at=NOW)


def move(engine: Engine, delivery: Delivery, *states: DeliveryState) -> Delivery:
    """The delivery after these steps."""
    for state in states:
        delivery = deliveries.record_event(engine, delivery.delivery_id, state, recorded_at=NOW)
    return delivery


def ready(
    engine: Engine,
    day: date = DAY,
    digit: str = "a",
    *,
    supersedes: str | None = None,
    interface: str = FEED,
    answers: str | None = None,
) -> Delivery:
    """A new delivery that is sealed."""
    planned = plan(engine, day, supersedes=supersedes, interface=interface, answers=answers)
    return seal(engine, build(engine, planned, digit), digit)


def state_of(engine: Engine, delivery: Delivery) -> DeliveryState:
    """Its state now."""
    return deliveries.state_of(engine, delivery.delivery_id)


def land_return(engine: Engine, *file_ids: str) -> None:
    """Record that these files of the partner arrived."""
    arrived = [
        FileRecord(f, "counter_return", 1, Direction.INBOUND, PARTNER, DAY, f, 256)
        for f in file_ids
    ]
    record_landed(engine, arrived, recorded_at=NOW)
