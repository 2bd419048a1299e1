"""Events of a broken payment: what they carry, how they are written, what is read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from insurance.identifiers import mask_id
from ledger import schema
from ledger.break_records import BreakKey, BrokenPayment
from ledger.breaks import OPEN, REOPENED
from ledger.chain import append_entries
from ledger.detail import to_text
from ledger.moves import Move, moves_from_detail
from ledger.resolution_legs import Entered
from ledger.resolution_terms import By


@dataclass(frozen=True, slots=True)
class Settled:
    """How a break stands after an act: its state, the legs that were entered (reversals are
    negative), and the day in whose books (None: nothing was entered)."""

    break_id: str
    state: str
    legs: tuple[int, ...] = ()
    book_date: date | None = None


def record_event(
    connection: Connection,
    broken: BrokenPayment,
    state: str,
    by: By,
    detail: dict[str, object],
    legs: tuple[int, ...] = (),
    book_date: date | None = None,
) -> Settled:
    """Write a later state of a break, and its entry in the audit, which names nobody."""
    key = broken.key
    connection.execute(
        sa.insert(schema.payment_break_event).values(
            file_id=key.file_id,
            record_number=key.record_number,
            state=state,
            detail=to_text(detail),
            recorded_at=by.recorded_at,
        )
    )
    audited = {**detail, **_without_persons(detail)}
    append_entries(connection, [(f"break.{state}", str(key), audited)], by.recorded_at)
    return Settled(key.shown, OPEN if state == REOPENED else state, legs, book_date)


def _without_persons(detail: Mapping[str, object]) -> dict[str, object]:
    """The movements as the audit keeps them for ever: it holds no readable ID."""
    moves = detail.get("moves")
    if not isinstance(moves, list):
        return {}
    masked = [
        {**move, "national_id": mask_id(str(move["national_id"]))}
        if "national_id" in move
        else move
        for move in moves
    ]
    return {"moves": masked}


def said(by: By) -> dict[str, object]:
    """Who and why."""
    return {"who": by.who, "reason": by.reason}


def told(entered: Entered) -> dict[str, object]:
    """What was entered."""
    detail: dict[str, object] = {"legs": list(entered.legs)}
    if entered.book_date is not None:
        detail["book_date"] = str(entered.book_date)
    if entered.reversed_key is not None:
        detail["reversed"] = {
            "file_id": entered.reversed_key.file_id,
            "record_number": entered.reversed_key.record_number,
            "legs": list(entered.reversed_legs),
        }
    return detail


def entered_by(broken: BrokenPayment) -> Entered:
    """What the event of a resolution says was entered."""
    legs = broken.detail.get("legs")
    taken = broken.detail.get("reversed")
    entered = Entered(tuple(legs) if isinstance(legs, list) else ())
    if not isinstance(taken, dict):
        return entered
    key = BreakKey(str(taken["file_id"]), int(taken["record_number"]))
    return replace(entered, reversed_key=key, reversed_legs=tuple(taken["legs"]))


def moves_of(broken: BrokenPayment) -> tuple[Move, ...]:
    """The movements of the latest event, payees left out."""
    return moves_in(broken.detail)


def moves_in(detail: Mapping[str, object]) -> tuple[Move, ...]:
    """The movements that an event carries, payees left out."""
    moves = detail.get("moves")
    return moves_from_detail(moves) if isinstance(moves, list) else ()
