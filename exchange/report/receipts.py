"""What partners confirmed of the feeds that were sent, and what is still awaited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.returns.receipts import ReceiptState, receipt_interfaces, receipt_state
from exchange.site import Site
from interfaces.model import CONFIRMED
from ledger.audit import head
from ledger.delivery import Delivery, DeliveryState

_ACCEPTING = (ReceiptState.ACCEPTED, ReceiptState.WITH_REJECTS)


@dataclass(frozen=True, slots=True)
class ReceiptCounts:
    """Feeds of partners that send receipts: those that arrived, by what was said of them.
    ``replaced`` are those of which nothing was said before another one took their place."""

    sent: int
    acknowledged: int
    refused: int
    awaited: int
    contradicted: int
    replaced: int


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last entry of the audit chain, to be compared with a head noted earlier."""

    number: int
    hash: str


def receipt_of(site: Site, delivery: Delivery) -> ReceiptState | None:
    """What was said of a delivery; None where its partner says nothing of such files."""
    interface = site.registry.get(f"{delivery.interface}.{delivery.version}")
    partner = site.partners.get(delivery.partner)
    if interface.kind not in CONFIRMED or partner is None:
        return None
    if not receipt_interfaces(site, delivery.business_date, partner):
        return None
    return receipt_state(site.ledger, delivery)


def count_receipts(site: Site, deliveries: Sequence[Delivery]) -> ReceiptCounts:
    """Numbers of the feeds that arrived, by their receipts."""
    said = [(receipt_of(site, delivery), delivery) for delivery in deliveries if delivery.arrived]
    states = [state for state, _ in said if state is not None]
    return ReceiptCounts(
        sent=len(states),
        acknowledged=sum(state in _ACCEPTING for state in states),
        refused=states.count(ReceiptState.REFUSED),
        awaited=states.count(ReceiptState.AWAITED),
        contradicted=states.count(ReceiptState.CONTRADICTED),
        replaced=states.count(ReceiptState.NOT_DUE),
    )


def acknowledged_by_both(site: Site, deliveries: Sequence[Delivery]) -> tuple[int, int] | None:
    """How many feeds the ledger holds as acknowledged, and of how many a receipt says so; those
    that were replaced or about which receipts contradict each other are left out. None while
    nothing can be said."""
    said = [(receipt_of(site, delivery), delivery) for delivery in deliveries if delivery.arrived]
    clear = [
        (state, delivery)
        for state, delivery in said
        if state not in (None, ReceiptState.CONTRADICTED)
        and delivery.state is not DeliveryState.SUPERSEDED
    ]
    if not clear:
        return None
    held = sum(delivery.state is DeliveryState.ACKNOWLEDGED for _, delivery in clear)
    return held, sum(state in _ACCEPTING for state, _ in clear)


def audit_head(site: Site) -> AuditHead:
    """Number and hash of the last entry."""
    number, hash_ = head(site.ledger)
    return AuditHead(number, hash_)
