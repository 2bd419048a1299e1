"""Money that is held in suspense for a month to come, and goes to it once that has begun."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.break_events import Settled, moves_in, moves_of, record_event, said, told
from ledger.break_records import (
    HELD,
    RESOLVED,
    BreakKey,
    BrokenPayment,
    ResolutionError,
    require_break,
)
from ledger.breaks import REOPENED
from ledger.database import reading, writing
from ledger.detail import from_text
from ledger.kept_payees import with_kept_payees
from ledger.moves import FOR_A_MONTH, Move, MoveKind, moves_to_detail
from ledger.resolution_legs import day_of_entry, enter
from ledger.resolution_terms import By, Terms, has_begun, why_not_owed

RELEASED_BY = "prakan"
"""Who enters held money for its month: nobody by hand."""


def held_breaks(engine: Engine, business_date: date) -> list[BrokenPayment]:
    """Breaks whose money waits for a month that has begun by that day, in order of their ids."""
    with reading(engine) as connection:
        due = [key for key, moves in _held(connection) if _is_due(moves, business_date)]
        return [require_break(connection, key) for key in due]


def release(engine: Engine, key: BreakKey, by: By, terms: Terms) -> Settled:
    """Enter held money for its month, or reopen the break when the month is not owed any more.

    A month that the rest of the money is to go to has waited as well, and may be paid by now. A
    break that is not held (any more) is left as it is.
    """
    with writing(engine, "posting") as connection:
        broken = require_break(connection, key)
        if broken.state != HELD or not _is_due(moves_of(broken), by.business_date):
            return Settled(key.shown, broken.state)
        moves = with_kept_payees(connection, broken, moves_of(broken))
        why = _why_not_owed(connection, moves, terms)
        if why is not None:
            let_go = replace(by, reason=f"{by.reason}, but {why}")
            return record_event(connection, broken, REOPENED, by, {**said(let_go), "was": HELD})
        book_date = day_of_entry(connection, key, by.business_date)
        entered = enter(connection, broken, moves, by, book_date)
        detail = {**said(by), "moves": moves_to_detail(moves), **told(entered)}
        return record_event(
            connection, broken, RESOLVED, by, detail, entered.legs, entered.book_date
        )


def require_not_held(connection: Connection, broken: BrokenPayment, moves: Sequence[Move]) -> None:
    """ResolutionError when other money is held for the same month of the same person."""
    wanted = {_month(move) for move in moves if move.kind is MoveKind.HOLD}
    if not wanted:
        return
    for key, moved in _held(connection, {str(move[0]) for move in wanted}):
        if wanted & {_month(move) for move in moved if move.kind is MoveKind.HOLD}:
            raise ResolutionError(
                f"break {broken.key.shown}: the money of break {key.shown} is held for that month "
                "already"
            )


def _why_not_owed(connection: Connection, moves: Sequence[Move], terms: Terms) -> str | None:
    """Why one of the months does not take its amount now; None when all do."""
    for move in moves:
        why = why_not_owed(connection, move, terms) if move.kind in FOR_A_MONTH else None
        if why is not None:
            return why
    return None


def _held(
    connection: Connection, persons: Collection[str] | None = None
) -> list[tuple[BreakKey, tuple[Move, ...]]]:
    """Breaks in the state HELD with their movements, in order of their keys; with ``persons`` at
    least those of which one of them is named."""
    event = schema.payment_break_event
    later = event.alias("later")
    query = sa.select(event.c.file_id, event.c.record_number, event.c.detail).where(
        event.c.state == HELD,
        ~sa.exists().where(
            later.c.file_id == event.c.file_id,
            later.c.record_number == event.c.record_number,
            later.c.event_id > event.c.event_id,
        ),
    )
    if persons is not None:
        query = query.where(sa.or_(*(event.c.detail.contains(person) for person in persons)))
    found = [
        (BreakKey(row.file_id, row.record_number), moves_in(from_text(row.detail)))
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda held: held[0])


def _month(move: Move) -> tuple[str | None, str | None, int | None]:
    return move.national_id, move.section_code, move.period


def _is_due(moves: Sequence[Move], business_date: date) -> bool:
    held = [move for move in moves if move.kind is MoveKind.HOLD]
    return bool(held) and held[0].period is not None and has_begun(held[0].period, business_date)
