"""What an operator did by hand: the verb, on what, who, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.errors import LedgerError


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """One act: ``verb`` is a command (``replay``, ``regenerate``), ``target`` its object's id."""

    verb: str
    target: str
    who: str
    reason: str
    recorded_at: datetime


def record_act(engine: Engine, act: OperatorAct) -> None:
    """Record an act; LedgerError when it lacks who or why."""
    with writing(engine) as connection:
        insert_act(connection, act)


def insert_act(connection: Connection, act: OperatorAct) -> None:
    """Record an act in the transaction that carries it out."""
    if not act.who.strip() or not act.reason.strip():
        raise LedgerError(f"{act.verb} {act.target}: say who does it and why")
    connection.execute(
        sa.insert(schema.operator_act).values(
            verb=act.verb,
            target=act.target,
            who=act.who,
            reason=act.reason,
            recorded_at=act.recorded_at,
        )
    )
    told = {"who": act.who, "reason": act.reason}
    append_entries(connection, [(f"act.{act.verb}", act.target, told)], act.recorded_at)


def acts_on(engine: Engine, target: str) -> list[OperatorAct]:
    """Every act on that target, oldest first."""
    table = schema.operator_act
    query = sa.select(table).where(table.c.target == target).order_by(table.c.act_id)
    with reading(engine) as connection:
        return [
            OperatorAct(row.verb, row.target, row.who, row.reason, row.recorded_at)
            for row in connection.execute(query)
        ]
