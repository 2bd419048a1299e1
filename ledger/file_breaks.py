"""Breaks about a file or a day: recorded once under their own id, settled by events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.breaks import OPEN
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError


class FileBreakCode(StrEnum):
    """What is wrong with a file or a day as a whole."""

    TOTAL_DIFFERS = "TOTAL_DIFFERS"  # a return was refused: its totals or its form cannot be proven
    DUPLICATE_FILE = "DUPLICATE_FILE"  # the same content under another name
    RETURN_LATE = "RETURN_LATE"  # it came after the books of its business date were closed
    SETTLEMENT_DIFFERS = "SETTLEMENT_DIFFERS"  # the bank credited another sum than was collected
    REJECTED_BY_PARTNER = "REJECTED_BY_PARTNER"  # a receipt refuses our file or records of it


@dataclass(frozen=True, slots=True)
class FileBreak:
    """One break of a file or day; ``amount_satang`` is the money at stake, 0 where unknown.

    ``break_id`` says what it is about (``settlement.counter_service.2026-11-20``), so that the
    same break is the same row however often the night is run.
    """

    break_id: str
    code: FileBreakCode
    partner: str
    business_date: date
    file_id: str | None
    amount_satang: int
    detail: Mapping[str, object]
    state: str = OPEN


@dataclass(frozen=True, slots=True)
class FileBreakEvent:
    """Something that happened to a file break; ``detail`` says who and why."""

    state: str
    detail: Mapping[str, object]
    recorded_at: datetime


def record_file_break(engine: Engine, found: FileBreak, *, recorded_at: datetime) -> bool:
    """Record a break unless it is known; whether it was new."""
    with writing(engine, "posting") as connection:
        return insert_file_break(connection, found, recorded_at)


def insert_file_break(connection: Connection, found: FileBreak, recorded_at: datetime) -> bool:
    """As :func:`record_file_break`, in the caller's transaction."""
    table = schema.file_break
    known = sa.select(sa.func.count()).where(table.c.break_id == found.break_id)
    if connection.scalar(known):
        return False
    connection.execute(
        sa.insert(table).values(
            break_id=found.break_id,
            code=found.code.value,
            partner=found.partner,
            business_date=found.business_date,
            file_id=found.file_id,
            amount_satang=found.amount_satang,
            detail=to_text(found.detail),
            recorded_at=recorded_at,
        )
    )
    told = {"code": found.code.value, "amount_satang": found.amount_satang}
    append_entries(connection, [("break.found", found.break_id, told)], recorded_at)
    return True


def record_file_break_event(
    engine: Engine,
    break_id: str,
    state: str,
    *,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Record a later state of a file break; LedgerError when there is no such break."""
    with writing(engine, "posting") as connection:
        insert_file_break_event(connection, break_id, state, recorded_at, detail)


def insert_file_break_event(
    connection: Connection,
    break_id: str,
    state: str,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """As :func:`record_file_break_event`, in the caller's transaction."""
    table = schema.file_break
    if not connection.scalar(sa.select(sa.func.count()).where(table.c.break_id == break_id)):
        raise LedgerError(f"no break {break_id} in the ledger")
    connection.execute(
        sa.insert(schema.file_break_event).values(
            break_id=break_id, state=state, detail=to_text(detail or {}), recorded_at=recorded_at
        )
    )
    append_entries(connection, [(f"break.{state}", break_id, detail or {})], recorded_at)


def file_breaks(
    engine: Engine,
    *,
    break_id: str | None = None,
    business_date: date | None = None,
    code: FileBreakCode | None = None,
) -> list[FileBreak]:
    """File breaks with their latest state, ordered by business date and id."""
    table, event = schema.file_break, schema.file_break_event
    latest = (
        sa.select(event.c.state)
        .where(event.c.break_id == table.c.break_id)
        .order_by(event.c.event_id.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    query = sa.select(table, sa.func.coalesce(latest, OPEN).label("state"))
    if break_id is not None:
        query = query.where(table.c.break_id == break_id)
    if business_date is not None:
        query = query.where(table.c.business_date == business_date)
    if code is not None:
        query = query.where(table.c.code == code.value)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(table.c.business_date, table.c.break_id)).all()
    return [_found(row) for row in rows]


def file_break_events(engine: Engine, break_id: str) -> list[FileBreakEvent]:
    """What happened to a file break since it was found, the oldest first."""
    event = schema.file_break_event
    query = sa.select(event).where(event.c.break_id == break_id).order_by(event.c.event_id)
    with reading(engine) as connection:
        return [
            FileBreakEvent(row.state, from_text(row.detail), row.recorded_at)
            for row in connection.execute(query)
        ]


def _found(row: Row[tuple[object, ...]]) -> FileBreak:
    return FileBreak(
        break_id=row.break_id,
        code=FileBreakCode(row.code),
        partner=row.partner,
        business_date=row.business_date,
        file_id=row.file_id,
        amount_satang=row.amount_satang,
        detail=from_text(row.detail),
        state=row.state,
    )
