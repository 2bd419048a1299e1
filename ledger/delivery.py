"""What a delivery is, the steps it may take, and reading it from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from interfaces.policies import SealKind
from ledger import schema
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError


class DeliveryState(StrEnum):
    """Where a delivery is on its way."""

    PLANNED = "planned"
    BUILT = "built"  # the plaintext is made and recorded
    SEALED = "sealed"  # what goes on the wire is made and recorded
    SENDING = "sending"
    UNKNOWN = "unknown"  # broken off while sending: only the partner's side knows
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # by the partner: login, host, or the file itself
    FAILED = "failed"  # surely not delivered
    SUPERSEDED = "superseded"  # another one took its place


def _steps(*states: DeliveryState) -> frozenset[DeliveryState]:
    return frozenset(states)


_S = DeliveryState
STEPS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _S.PLANNED: _steps(_S.BUILT, _S.SUPERSEDED),
    _S.BUILT: _steps(_S.SEALED, _S.SUPERSEDED),
    _S.SEALED: _steps(_S.SENDING, _S.FAILED, _S.SUPERSEDED),
    _S.SENDING: _steps(_S.UNKNOWN, _S.DELIVERED, _S.REFUSED, _S.FAILED),
    _S.UNKNOWN: _steps(_S.DELIVERED, _S.FAILED, _S.ACKNOWLEDGED, _S.REFUSED),
    _S.FAILED: _steps(_S.SENDING, _S.SUPERSEDED),
    _S.REFUSED: _steps(_S.SENDING, _S.SUPERSEDED),
    # From the next two SENDING is the same bytes again, on purpose (redeliver).
    _S.DELIVERED: _steps(_S.ACKNOWLEDGED, _S.REFUSED, _S.SUPERSEDED, _S.SENDING),
    _S.ACKNOWLEDGED: _steps(_S.SUPERSEDED, _S.SENDING),
    _S.SUPERSEDED: _steps(),
}
ARRIVED = (DeliveryState.DELIVERED, DeliveryState.ACKNOWLEDGED)
UNDER_WAY = (DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class DeliveryContent:
    """The plaintext of a delivery: the file as it was written, and its rows.

    ``file_id`` is the SHA-256 of its bytes; ``rows_uri`` is the Parquet of the rows as sent,
    for matching what comes back.
    """

    name: str
    file_id: str
    size_bytes: int
    rows_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes on the wire: the content under its seal, the manifest and its signature.

    ``name``, ``sha256`` and ``size_bytes`` are of the file as the partner gets it;
    ``signature_sha256`` is None where the manifest is not signed. ``signer`` and
    ``recipients`` are full OpenPGP fingerprints.
    """

    kind: SealKind
    name: str
    sha256: str
    size_bytes: int
    manifest_sha256: str
    signature_sha256: str | None = None
    signer: str | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery with its latest state.

    ``content`` is None until the file is built, ``sealed`` until it is sealed. ``attempt``
    counts the times that sending was begun. ``arrived`` says that it was delivered or
    acknowledged at some time, whatever came after. ``superseded_by`` is the delivery that
    took its place, given exactly when the state is SUPERSEDED. ``lasting``: no later one replaces
    it, and it must arrive before any later one of its interface does.
    """

    delivery_id: str
    partner: str
    interface: str
    version: int
    business_date: date
    sequence: int
    answers: str | None
    supersedes: str | None
    state: DeliveryState
    attempt: int
    content: DeliveryContent | None
    sealed: Sealed | None = None
    arrived: bool = False
    superseded_by: str | None = None
    lasting: bool = False

    @property
    def holds_up(self) -> bool:
        """Whether later ones of its interface wait for it, if it is a lasting one."""
        return not self.arrived or self.state is DeliveryState.REFUSED


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One step of a delivery."""

    state: DeliveryState
    attempt: int
    detail: Mapping[str, object]
    recorded_at: datetime


def require(connection: Connection, delivery_id: str) -> Delivery:
    """The delivery of that id; LedgerError when there is none."""
    found = select_deliveries(connection, schema.delivery.c.delivery_id == delivery_id)
    if not found:
        raise LedgerError(f"no delivery {delivery_id} in the ledger")
    return found[0]


def has_arrived() -> sa.ColumnElement[bool]:
    """Condition on ``delivery``: it was delivered or acknowledged at some time."""
    event = schema.delivery_event.alias("arrival")
    return (
        sa.exists()
        .where(
            event.c.delivery_id == schema.delivery.c.delivery_id,
            event.c.state.in_([state.value for state in ARRIVED]),
        )
        .correlate(schema.delivery)
    )


#: Detail of the PLANNED event of a lasting delivery.
LASTING: Mapping[str, object] = {"lasting": True}


def is_lasting() -> sa.ColumnElement[bool]:
    """Condition on ``delivery``: it was planned as one that later ones do not replace."""
    event = schema.delivery_event.alias("planning")
    return (
        sa.exists()
        .where(
            event.c.delivery_id == schema.delivery.c.delivery_id,
            event.c.state == DeliveryState.PLANNED.value,
            event.c.detail == to_text(LASTING),
        )
        .correlate(schema.delivery)
    )


def of_feed(partner: str, interface: str) -> sa.ColumnElement[bool]:
    """Condition on ``delivery``: it is one of that partner and interface."""
    delivery = schema.delivery
    return sa.and_(delivery.c.partner == partner, delivery.c.interface == interface)


def select_deliveries(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Delivery]:
    """Deliveries with their latest event that meet a condition on either.

    In order of partner, interface and sequence.
    """
    delivery, content, event = schema.delivery, schema.delivery_content, schema.delivery_event
    later = event.alias("later_event")
    latest = (
        sa.select(sa.func.max(later.c.event_id))
        .where(later.c.delivery_id == delivery.c.delivery_id)
        .correlate(delivery)
        .scalar_subquery()
    )
    sealed = schema.sealed
    query = (
        sa.select(
            delivery,
            event.c.state,
            event.c.attempt,
            event.c.detail,
            has_arrived().label("arrived"),
            is_lasting().label("lasting"),
            content.c.name,
            content.c.file_id,
            content.c.rows_uri,
            schema.file.c.size_bytes,
            *(column.label(f"sealed_{column.name}") for column in sealed.c),
        )
        .join(event, event.c.delivery_id == delivery.c.delivery_id)
        .outerjoin(content, content.c.delivery_id == delivery.c.delivery_id)
        .outerjoin(schema.file, schema.file.c.file_id == content.c.file_id)
        .outerjoin(sealed, sealed.c.delivery_id == delivery.c.delivery_id)
        .where(event.c.event_id == latest, condition)
        .order_by(delivery.c.partner, delivery.c.interface, delivery.c.sequence)
    )
    return [_delivery(row) for row in connection.execute(query)]


def _delivery(row: Row[Any]) -> Delivery:
    state = DeliveryState(row.state)
    is_superseded = state is DeliveryState.SUPERSEDED
    return Delivery(
        delivery_id=row.delivery_id,
        partner=row.partner,
        interface=row.interface,
        version=row.version,
        business_date=row.business_date,
        sequence=row.sequence,
        answers=row.answers,
        supersedes=row.supersedes,
        state=state,
        attempt=row.attempt,
        content=_content(row),
        sealed=_sealed(row),
        arrived=bool(row.arrived),
        superseded_by=str(from_text(row.detail)["by"]) if is_superseded else None,
        lasting=bool(row.lasting),
    )


def _content(row: Row[Any]) -> DeliveryContent | None:
    if row.file_id is None:
        return None
    return DeliveryContent(row.name, row.file_id, row.size_bytes, row.rows_uri)


def _sealed(row: Row[Any]) -> Sealed | None:
    if row.sealed_delivery_id is None:
        return None
    return Sealed(
        kind=SealKind(row.sealed_kind),
        name=row.sealed_name,
        sha256=row.sealed_sha256,
        size_bytes=row.sealed_size_bytes,
        manifest_sha256=row.sealed_manifest_sha256,
        signature_sha256=row.sealed_signature_sha256,
        signer=row.sealed_signer,
        recipients=tuple(recipients_from_text(row.sealed_recipients)),
    )


def recipients_to_text(recipients: Sequence[str]) -> str:
    """Fingerprints as the ``sealed`` table holds them."""
    return to_text({"fingerprints": list(recipients)})


def recipients_from_text(text: str) -> list[str]:
    """The fingerprints that ``recipients_to_text`` wrote."""
    found = from_text(text)["fingerprints"]
    return [str(one) for one in found] if isinstance(found, list) else []
