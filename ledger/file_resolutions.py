"""Closing breaks about a file or a day once they are explained, and opening them again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.acts import OperatorAct, insert_act
from ledger.break_events import Settled
from ledger.break_records import RESOLVED, ResolutionError
from ledger.breaks import OPEN, REOPENED
from ledger.database import writing
from ledger.file_breaks import insert_file_break_event
from ledger.moves import MoveKind
from ledger.resolution_terms import By
from ledger.resolutions import REOPEN, RESOLVE


def close_file_break(engine: Engine, break_id: str, by: By) -> Settled:
    """Record that a file break is explained; nothing is posted. ResolutionError when it is
    unknown or closed already."""
    return _step(engine, break_id, by, RESOLVE, OPEN, RESOLVED)


def reopen_file_break(engine: Engine, break_id: str, by: By) -> Settled:
    """Open a closed file break again; ResolutionError when it is unknown or open."""
    return _step(engine, break_id, by, REOPEN, RESOLVED, REOPENED)


def _step(engine: Engine, break_id: str, by: By, verb: str, before: str, after: str) -> Settled:
    by.require()
    with writing(engine, "posting") as connection:
        state = _state(connection, break_id)
        if state is None:
            raise ResolutionError(
                f"no break {break_id!r} in the ledger; `prakan breaks list` shows them"
            )
        if state != before:
            raise ResolutionError(f"break {break_id} is {state} already")
        insert_act(connection, OperatorAct(verb, break_id, by.who, by.reason, by.recorded_at))
        detail: dict[str, object] = {"who": by.who, "reason": by.reason}
        if after == RESOLVED:
            detail["moves"] = [{"kind": MoveKind.CLOSE.value, "amount_satang": 0}]
        insert_file_break_event(connection, break_id, after, by.recorded_at, detail)
    return Settled(break_id, OPEN if after == REOPENED else after)


def _state(connection: Connection, break_id: str) -> str | None:
    """State of a file break, None when there is no such break."""
    table, event = schema.file_break, schema.file_break_event
    if not connection.scalar(sa.select(sa.func.count()).where(table.c.break_id == break_id)):
        return None
    latest = (
        sa.select(event.c.state)
        .where(event.c.break_id == break_id)
        .order_by(event.c.event_id.desc())
        .limit(1)
    )
    state: str | None = connection.scalar(latest)
    return OPEN if state in (None, REOPENED) else state
