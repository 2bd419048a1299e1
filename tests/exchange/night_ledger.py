"""A ledger that tells of a night, without the night: files and deliveries, state by state."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exchange.site import Site, open_site
from interfaces.model import Kind
from interfaces.policies import SealKind
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    record_acknowledgement,
)
from ledger.deliveries import (
    find,
    plan_delivery,
    record_content,
    record_event,
    record_seal,
)
from ledger.delivery import Delivery, DeliveryContent, DeliveryState, Sealed
from ledger.files import FileResult, record_results
from ledger.landing import Direction, FileRecord, FileState, record_landed
from ledger.receipts import Receipt, record_receipt

BANGKOK = ZoneInfo("Asia/Bangkok")
PARTNER = "counter_service"
MONDAY = date(2026, 11, 30)
FEED = "counter_feed_s39"


def at(text: str, day: date = MONDAY) -> datetime:
    """A time of day in Bangkok: ``at("18:45")``."""
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=BANGKOK)


@dataclass
class Clock:
    """The site's clock, set by the test."""

    now: datetime = field(default_factory=lambda: at("12:00"))

    def __call__(self) -> datetime:
        """The moment that was set."""
        return self.now


@dataclass(frozen=True)
class NightLedger:
    """An installation of which only the ledger is filled."""

    site: Site
    clock: Clock

    def receive(
        self, name: str, interface: str, *, day: date = MONDAY, accepted: bool = True
    ) -> str:
        """A file landed and was judged now; its id. A name judged before is judged again."""
        kind = self.site.registry.get(interface).kind
        file_id = hashlib.sha256(name.encode()).hexdigest()
        record = FileRecord(
            file_id=file_id,
            interface=interface,
            version=1,
            direction=Direction.INBOUND,
            partner=PARTNER if kind is Kind.RETURN else None,
            business_date=day,
            name=name,
            size_bytes=1,
        )
        record_landed(self.site.ledger, [record], recorded_at=self.clock())
        state = FileState.ACCEPTED if accepted else FileState.QUARANTINED
        result = FileResult(file_id, state, 0, 0, 0, {})
        record_results(self.site.ledger, [result], recorded_at=self.clock())
        return file_id

    def plan(
        self,
        interface: str = FEED,
        *,
        day: date = MONDAY,
        answers: str | None = None,
        supersedes: str | None = None,
    ) -> Delivery:
        """A delivery that has its number."""
        return plan_delivery(
            self.site.ledger,
            partner=PARTNER,
            interface=interface,
            version=self.site.registry.get(interface, on=day).version,
            business_date=day,
            answers=answers,
            supersedes=supersedes,
            recorded_at=self.clock(),
        )

    def bring(self, delivery: Delivery, *states: DeliveryState) -> Delivery:
        """The delivery after these states, each recorded now."""
        ledger, name = self.site.ledger, delivery.delivery_id
        digest = hashlib.sha256(name.encode()).hexdigest()
        for state in states:
            if state is DeliveryState.BUILT:
                content = DeliveryContent(f"{name}.TXT", digest, 1)
                record_content(ledger, name, content, recorded_at=self.clock())
            elif state is DeliveryState.SEALED:
                sealed = Sealed(SealKind.NONE, f"{name}.TXT", digest, 1, digest)
                record_seal(ledger, name, sealed, recorded_at=self.clock())
            else:
                record_event(ledger, name, state, recorded_at=self.clock())
        found = find(ledger, name)
        assert found is not None
        return found

    def deliver(
        self, interface: str = FEED, *, day: date = MONDAY, answers: str | None = None
    ) -> Delivery:
        """A delivery that arrived now."""
        return self.bring(self.plan(interface, day=day, answers=answers), *ARRIVING)

    def acknowledge(self, file_id: str, delivery: Delivery, result: str) -> None:
        """Our answer to a return is on record."""
        answer = Acknowledgement(file_id, delivery.delivery_id, AcknowledgementResult(result))
        record_acknowledgement(self.site.ledger, answer, recorded_at=self.clock())

    def receipt(self, delivery: Delivery, result: str) -> None:
        """The partner's word on a feed has come."""
        file_id = self.receive(f"CSRCP_{delivery.delivery_id}_{result}", "counter_feed_receipt")
        receipt = Receipt(file_id, 1, delivery.delivery_id, AcknowledgementResult(result))
        record_receipt(self.site.ledger, receipt, recorded_at=self.clock())


ARRIVING = (
    DeliveryState.BUILT,
    DeliveryState.SEALED,
    DeliveryState.SENDING,
    DeliveryState.DELIVERED,
)


def night_ledger(folder: Path, url: str | None = None) -> NightLedger:
    """An empty installation in ``folder``, its ledger at ``url`` (default: SQLite in it)."""
    clock = Clock()
    environment = {"PRAKAN_HOME": str(folder), "PRAKAN_LEDGER_URL": url or ""}
    return NightLedger(open_site(environment, clock=clock), clock)
