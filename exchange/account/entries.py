"""What the ledger holds of a person or record: movements of money, breaks with their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from exchange.account.person import only_of
from exchange.site import Site
from ledger import schema
from ledger.breaks import OPEN
from ledger.database import reading
from ledger.detail import from_text


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which entries count: booked, effective and recorded up to these, all inclusive."""

    booked_to: date | None = None
    effective_to: date | None = None
    recorded_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting: an amount from the debit to the credit account. ``leg`` -n takes back leg n,
    ``taken_back`` says that this one was. ``byte_offset`` is None where nobody knows it."""

    file_id: str
    file_name: str
    partner: str
    record_number: int
    leg: int
    pass_name: str | None
    section_code: str | None
    option_code: str | None
    period: int | None
    amount_satang: int
    debit_account: str
    credit_account: str
    effective_date: date
    book_date: date
    recorded_at: datetime
    taken_back: bool
    byte_offset: int | None = None


@dataclass(frozen=True, slots=True)
class BreakStep:
    """A later state of a break."""

    at: datetime
    state: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BrokenPayment:
    """A payment that was not posted as asked, with its history."""

    file_id: str
    file_name: str
    partner: str
    record_number: int
    code: str
    text_en: str
    text_th: str
    state: str
    section_code: str | None
    option_code: str | None
    period: int | None
    amount_satang: int
    expected_satang: int | None
    payment_date: date | None
    status_code: str | None
    feed_date: date | None
    ended_date: date | None
    suggestion: object
    recorded_at: datetime
    steps: tuple[BreakStep, ...] = field(default=())
    byte_offset: int | None = None


def movements(engine: Engine, condition: sa.ColumnElement[bool], as_of: AsOf) -> list[Movement]:
    """Postings that meet a condition on ``schema.posting``, in the order they were entered."""
    posting, file, batch = schema.posting, schema.file, schema.posting_batch
    limits = [condition]
    if as_of.booked_to is not None:
        limits.append(posting.c.book_date <= as_of.booked_to)
    if as_of.effective_to is not None:
        limits.append(posting.c.effective_date <= as_of.effective_to)
    if as_of.recorded_to is not None:
        limits.append(posting.c.recorded_at <= as_of.recorded_to)
    query = (
        sa.select(posting, file.c.name, batch.c.partner)
        .join(file, file.c.file_id == posting.c.file_id)
        .join(batch, batch.c.file_id == posting.c.file_id)
        .where(*limits)
        .order_by(posting.c.posting_id)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    reversed_ids = {row.reverses for row in rows if row.reverses is not None}
    return [_movement(row, row.posting_id in reversed_ids) for row in rows]


def _movement(row: Row[Any], taken_back: bool) -> Movement:
    return Movement(
        file_id=row.file_id,
        file_name=row.name,
        partner=row.partner,
        record_number=row.record_number,
        leg=row.leg,
        pass_name=row.pass_name,
        section_code=row.section_code,
        option_code=row.option_code,
        period=row.period,
        amount_satang=row.amount_satang,
        debit_account=row.debit_account,
        credit_account=row.credit_account,
        effective_date=row.effective_date,
        book_date=row.book_date,
        recorded_at=row.recorded_at,
        taken_back=taken_back,
    )


def broken_payments(
    site: Site, condition: sa.ColumnElement[bool], as_of: AsOf, *, person: str
) -> list[BrokenPayment]:
    """Breaks that meet a condition on ``schema.payment_break``, in the order they were found.

    Of people other than ``person`` no ID is told.
    """
    broken, event = schema.payment_break, schema.payment_break_event
    file, batch = schema.file, schema.posting_batch
    limits, later = [condition], [condition]
    if as_of.recorded_to is not None:
        limits.append(broken.c.recorded_at <= as_of.recorded_to)
        later.append(event.c.recorded_at <= as_of.recorded_to)
    if as_of.booked_to is not None:
        limits.append(batch.c.book_date <= as_of.booked_to)
    if as_of.effective_to is not None:
        limits.append(
            sa.func.coalesce(broken.c.payment_date, batch.c.book_date) <= as_of.effective_to
        )
    same = sa.and_(
        event.c.file_id == broken.c.file_id, event.c.record_number == broken.c.record_number
    )
    query = (
        sa.select(broken, file.c.name, batch.c.partner)
        .join(file, file.c.file_id == broken.c.file_id)
        .join(batch, batch.c.file_id == broken.c.file_id)
        .where(*limits)
        .order_by(broken.c.recorded_at, broken.c.file_id, broken.c.record_number)
    )
    steps = sa.select(event).join(broken, same).where(*later).order_by(event.c.event_id)
    with reading(site.ledger) as connection:
        rows = connection.execute(query).all()
        events = connection.execute(steps).all()
    history: dict[tuple[str, int], list[BreakStep]] = {}
    for row in events:
        detail = only_of(person, from_text(row.detail))
        step = BreakStep(row.recorded_at, row.state, detail if isinstance(detail, Mapping) else {})
        history.setdefault((row.file_id, row.record_number), []).append(step)
    return [
        _broken(site, row, tuple(history.get((row.file_id, row.record_number), ())), person)
        for row in rows
    ]


def _broken(site: Site, row: Row[Any], steps: tuple[BreakStep, ...], person: str) -> BrokenPayment:
    return BrokenPayment(
        file_id=row.file_id,
        file_name=row.name,
        partner=row.partner,
        record_number=row.record_number,
        code=row.code,
        text_en=site.catalogue.text(row.code, "en"),
        text_th=site.catalogue.text(row.code, "th"),
        state=steps[-1].state if steps else OPEN,
        section_code=row.section_code,
        option_code=row.option_code,
        period=row.period,
        amount_satang=row.amount_satang,
        expected_satang=row.expected_satang,
        payment_date=row.payment_date,
        status_code=row.status_code,
        feed_date=row.feed_date,
        ended_date=row.ended_date,
        suggestion=only_of(person, from_text(row.suggestion)) if row.suggestion else None,
        recorded_at=row.recorded_at,
        steps=steps,
    )
