"""What was sent to a partner, as the partner may name it in a receipt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.delivery import Delivery, select_deliveries
from validation.references import SentFiles


def sent_to(engine: Engine, partner: str) -> list[Delivery]:
    """Every delivery to the partner of which a first byte may have left, feeds and answers."""
    with reading(engine) as connection:
        found = select_deliveries(connection, schema.delivery.c.partner == partner)
    return [d for d in found if d.content is not None and d.attempt > 0]


def sent_files(deliveries: Sequence[Delivery]) -> SentFiles:
    """Their names with the hashes that they are known by."""
    known: dict[str, set[str]] = {}
    for delivery in deliveries:
        for name in names_of(delivery):
            known.setdefault(name, set()).update(hashes_of(delivery))
    return SentFiles(known)


def sent_as(deliveries: Sequence[Delivery], name: str, sha256: str) -> Delivery | None:
    """The newest of the deliveries that had this name and content, None when none had."""
    found = [d for d in deliveries if name in names_of(d) and sha256.lower() in hashes_of(d)]
    return max(found, key=lambda d: d.sequence, default=None)


def names_of(delivery: Delivery) -> set[str]:
    """Names of a delivery's file: opened, and as it lies at the partner."""
    names = {delivery.content.name} if delivery.content is not None else set()
    return names | ({delivery.sealed.name} if delivery.sealed is not None else set())


def hashes_of(delivery: Delivery) -> set[str]:
    """SHA-256 of a delivery's file: opened, and as it lies at the partner."""
    hashes = {delivery.content.file_id} if delivery.content is not None else set()
    return hashes | ({delivery.sealed.sha256} if delivery.sealed is not None else set())
