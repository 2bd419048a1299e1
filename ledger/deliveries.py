"""Deliveries to partners: numbered, planned, built, sealed, and sent once.

A delivery's state is its latest event. Whoever moves it to SENDING owns the attempt: the step
is refused to everybody else, so two processes cannot send the same file. A process that died
while sending leaves SENDING; its successor records UNKNOWN, looks at the partner's side, and
records DELIVERED or FAILED.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.database import writing
from ledger.delivery import (
    ARRIVED,
    LASTING,
    STEPS,
    Delivery,
    DeliveryContent,
    DeliveryState,
    Sealed,
    of_feed,
    recipients_to_text,
    require,
    select_deliveries,
)
from ledger.delivery_events import feed_lock, insert_event
from ledger.delivery_queries import (
    arrived_deliveries,
    deliveries_of,
    events_of,
    find,
    lasting_deliveries,
    latest_delivered,
    missed_sequences,
    newer_deliveries,
    planned_days,
    progress_of,
    state_of,
)
from ledger.errors import LedgerError
from ledger.files import insert_events
from ledger.landing import Direction, FileRecord, FileState, insert_files
from ledger.superseding import (
    after_arrival,
    after_settling,
    require_supersedable,
    supersede_unsent,
)

__all__ = [
    "arrived_deliveries",
    "deliveries_of",
    "events_of",
    "find",
    "lasting_deliveries",
    "latest_delivered",
    "missed_sequences",
    "newer_deliveries",
    "plan_delivery",
    "planned_days",
    "progress_of",
    "record_content",
    "record_event",
    "record_progress",
    "record_seal",
    "state_of",
    "step",
]

_OF_THEIR_OWN = {
    DeliveryState.PLANNED: "plan_delivery",
    DeliveryState.BUILT: "record_content",
    DeliveryState.SEALED: "record_seal",
    DeliveryState.SUPERSEDED: "plan_delivery",
}


def plan_delivery(
    engine: Engine,
    *,
    partner: str,
    interface: str,
    version: int,
    business_date: date,
    recorded_at: datetime,
    answers: str | None = None,
    supersedes: str | None = None,
    lasting: bool = False,
) -> Delivery:
    """Take the next sequence number of that partner and interface for that business date.

    A feed exists once for a business date, an acknowledgement once for the return file that it
    ``answers``: asked again, the existing delivery is given back with the number it has.
    ``supersedes`` names a delivery to replace, which takes a new number, also once; the
    replaced one is SUPERSEDED at once if it never arrived, else when the new one arrives.
    ``lasting`` is for files that later ones do not replace (:class:`Delivery`).
    LedgerError when the delivery was planned under another version, or the superseded one is
    not of this feed and day, is under way (settle it first), or was superseded already by one
    of its own day or a later one.
    """
    delivery_id = f"{partner}.{interface}."
    with writing(engine, feed_lock(delivery_id)) as connection:
        line = _line(connection, partner, interface, business_date, answers)
        old = next((d for d in line if d.delivery_id == supersedes), None)
        if supersedes is None:
            existing = line[-1] if line else None
        else:
            existing = next((d for d in line if d.supersedes == supersedes), None)
            if old is None:
                raise LedgerError(
                    f"{supersedes} is not a delivery of {interface} to {partner} "
                    f"for {business_date}: nothing to supersede"
                )
        if existing is not None:
            if existing.version != version:
                raise LedgerError(
                    f"{existing.delivery_id} was planned as version {existing.version} of "
                    f"{interface}, not {version}: regenerate it to change the version"
                )
            return existing
        if old is not None:
            require_supersedable(connection, old)
        sequence = _next_sequence(connection, partner, interface)
        delivery_id += f"{sequence:06d}"
        connection.execute(
            sa.insert(schema.delivery).values(
                delivery_id=delivery_id,
                partner=partner,
                interface=interface,
                version=version,
                business_date=business_date,
                sequence=sequence,
                answers=answers,
                supersedes=supersedes,
                recorded_at=recorded_at,
            )
        )
        planned = {
            "version": version,
            "business_date": business_date.isoformat(),
            "answers": answers,
            "supersedes": supersedes,
        }
        insert_event(
            connection,
            delivery_id,
            DeliveryState.PLANNED,
            0,
            LASTING if lasting else {},
            recorded_at,
            audited=planned,
        )
        if old is not None:
            supersede_unsent(connection, old, delivery_id, recorded_at)
        return require(connection, delivery_id)


def record_content(
    engine: Engine, delivery_id: str, content: DeliveryContent, *, recorded_at: datetime
) -> Delivery:
    """Record the built file: the delivery is BUILT; the same content again is no change.

    LedgerError when the delivery already carries other bytes, or was superseded meanwhile.
    """
    with writing(engine, feed_lock(delivery_id)) as connection:
        delivery = require(connection, delivery_id)
        if delivery.content is not None:
            if (delivery.content.file_id, delivery.content.name) != (content.file_id, content.name):
                raise LedgerError(
                    f"{delivery_id} was built as {delivery.content.name} "
                    f"({delivery.content.file_id}) and is now {content.name} "
                    f"({content.file_id}): regenerate it to send other content"
                )
            return delivery
        _require_step(delivery, DeliveryState.BUILT)
        built = FileRecord(
            file_id=content.file_id,
            interface=delivery.interface,
            version=delivery.version,
            direction=Direction.OUTBOUND,
            partner=delivery.partner,
            business_date=delivery.business_date,
            name=content.name,
            size_bytes=content.size_bytes,
        )
        insert_files(connection, [built], FileState.BUILT, recorded_at)
        connection.execute(
            sa.insert(schema.delivery_content).values(
                delivery_id=delivery_id,
                name=content.name,
                file_id=content.file_id,
                rows_uri=content.rows_uri,
                recorded_at=recorded_at,
            )
        )
        told = {"name": content.name, "sha256": content.file_id, "size": content.size_bytes}
        insert_event(connection, delivery_id, DeliveryState.BUILT, 0, {}, recorded_at, audited=told)
        return require(connection, delivery_id)


def record_seal(
    engine: Engine, delivery_id: str, sealed: Sealed, *, recorded_at: datetime
) -> Delivery:
    """Record what goes on the wire, before its first byte leaves: the delivery is SEALED.

    The same again is no change. LedgerError when it was sealed otherwise, is not built, or was
    superseded meanwhile.
    """
    with writing(engine, feed_lock(delivery_id)) as connection:
        delivery = require(connection, delivery_id)
        if delivery.sealed is not None:
            if delivery.sealed != sealed:
                raise LedgerError(
                    f"{delivery_id} was sealed as {delivery.sealed.name} "
                    f"({delivery.sealed.sha256}) and is now {sealed.name} ({sealed.sha256}): "
                    "restore the outbox folder from backup, or regenerate it"
                )
            return delivery
        _require_step(delivery, DeliveryState.SEALED)
        facts = {
            "kind": sealed.kind.value,
            "name": sealed.name,
            "sha256": sealed.sha256,
            "size_bytes": sealed.size_bytes,
            "manifest_sha256": sealed.manifest_sha256,
            "signature_sha256": sealed.signature_sha256,
            "signer": sealed.signer,
        }
        connection.execute(
            sa.insert(schema.sealed).values(
                **facts,
                delivery_id=delivery_id,
                recipients=recipients_to_text(sealed.recipients),
                recorded_at=recorded_at,
            )
        )
        told = {**facts, "recipients": list(sealed.recipients)}
        insert_event(
            connection, delivery_id, DeliveryState.SEALED, 0, {}, recorded_at, audited=told
        )
        return require(connection, delivery_id)


def record_event(
    engine: Engine,
    delivery_id: str,
    state: DeliveryState,
    *,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
    attempt: int | None = None,
) -> Delivery:
    """Move a delivery to its next state, in one transaction with all that follows from it.

    The same state again is no change, except SENDING, which belongs to one process: LedgerError
    tells the second one, as it does for every other step that is not allowed. A delivery that
    arrives ends those that it replaces or overtakes. One that is settled after its replacement
    arrived is SUPERSEDED in the same transaction, and that is the state given back.

    ``attempt`` is the one that the caller made: LedgerError when another was begun since.
    """
    with writing(engine, feed_lock(delivery_id)) as connection:
        delivery = require(connection, delivery_id)
        _require_attempt(delivery, attempt)
        if state is delivery.state and state is not DeliveryState.SENDING:
            return delivery
        if state in _OF_THEIR_OWN:
            raise LedgerError(f"{delivery_id}: {state} is recorded by {_OF_THEIR_OWN[state]}")
        return step(connection, delivery, state, detail or {}, recorded_at)


def step(
    connection: Connection,
    delivery: Delivery,
    state: DeliveryState,
    detail: Mapping[str, object],
    recorded_at: datetime,
) -> Delivery:
    """The same within the caller's transaction, which holds the feed's lock."""
    _require_step(delivery, state)
    attempt = delivery.attempt + (state is DeliveryState.SENDING)
    insert_event(connection, delivery.delivery_id, state, attempt, detail, recorded_at)
    if state in ARRIVED:
        if delivery.content is not None:
            sent = [(delivery.content.file_id, FileState.SENT, dict[str, object]())]
            insert_events(connection, sent, recorded_at)
        after_arrival(connection, delivery, recorded_at)
    moved = require(connection, delivery.delivery_id)
    after_settling(connection, moved, recorded_at)
    return require(connection, delivery.delivery_id)


def record_progress(
    engine: Engine,
    delivery_id: str,
    step: str,
    detail: Mapping[str, object] | None = None,
    *,
    recorded_at: datetime,
    attempt: int | None = None,
) -> None:
    """Mark how far the attempt that is under way has come; LedgerError unless it is SENDING.

    ``attempt`` is the one that the caller makes: LedgerError when another was begun since.

    ``uploaded``: every byte of the file stands under its temporary name, about to be renamed;
    ``published``: renamed; ``manifest`` and so on for what follows.
    """
    with writing(engine, feed_lock(delivery_id)) as connection:
        delivery = require(connection, delivery_id)
        _require_attempt(delivery, attempt)
        if delivery.state is not DeliveryState.SENDING:
            raise LedgerError(f"{delivery_id} is {delivery.state}, not sending: no {step} to mark")
        insert_event(
            connection,
            delivery_id,
            DeliveryState.SENDING,
            delivery.attempt,
            {**(detail or {}), "step": step},
            recorded_at,
        )


def _require_attempt(delivery: Delivery, attempt: int | None) -> None:
    """Whoever lost its lock unseen (a connection to the database that ended) is told here."""
    if attempt is not None and attempt != delivery.attempt:
        raise LedgerError(
            f"{delivery.delivery_id}: attempt {attempt} was given up, another process has begun "
            f"attempt {delivery.attempt}: look at `prakan show {delivery.delivery_id}`"
        )


def _require_step(delivery: Delivery, state: DeliveryState) -> None:
    if state in STEPS[delivery.state]:
        return
    why = f"{delivery.delivery_id} is {delivery.state}: it cannot become {state}"
    if delivery.superseded_by is not None:
        why += f"; {delivery.superseded_by} took its place"
    elif delivery.content is None:
        why += "; build it first"
    elif delivery.sealed is None:
        why += "; seal it first"
    raise LedgerError(why)


def _next_sequence(connection: Connection, partner: str, interface: str) -> int:
    last = connection.scalar(
        sa.select(sa.func.max(schema.delivery.c.sequence)).where(of_feed(partner, interface))
    )
    return (last or 0) + 1


def _line(
    connection: Connection,
    partner: str,
    interface: str,
    business_date: date,
    answers: str | None,
) -> list[Delivery]:
    """The deliveries of one feed and day (or one answered file), first to newest."""
    delivery = schema.delivery
    subject = (
        sa.and_(delivery.c.business_date == business_date, delivery.c.answers.is_(None))
        if answers is None
        else delivery.c.answers == answers
    )
    return select_deliveries(connection, sa.and_(of_feed(partner, interface), subject))
