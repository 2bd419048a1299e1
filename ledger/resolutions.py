"""Settling breaks: proposing, approving, resolving, holding and reopening, each one transaction.

A resolution is all or nothing: its movements add up to the break's money and are entered
together. Whoever comes second finds the break in another state and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.engine import Connection, Engine

from ledger.acts import OperatorAct, insert_act
from ledger.books import book_day
from ledger.break_events import Settled, entered_by, moves_of, record_event, said, told
from ledger.break_records import (
    HELD,
    PROPOSED,
    RESOLVED,
    BreakKey,
    BrokenPayment,
    ResolutionError,
    require_break,
)
from ledger.breaks import OPEN, REOPENED
from ledger.database import reading, writing
from ledger.holding import require_not_held
from ledger.kept_payees import keep_payees, with_kept_payees
from ledger.moves import Move, MoveKind, moves_to_detail, tells_account
from ledger.resolution_legs import Entered, day_of_entry, enter, undo
from ledger.resolution_terms import By, Terms, needs_approval, require_terms, same_person

RESOLVE, APPROVE, REOPEN = "resolve", "approve", "reopen"
"""Verbs of the operator's acts."""


def resolve(engine: Engine, key: BreakKey, moves: Sequence[Move], by: By, terms: Terms) -> Settled:
    """Settle an open break, or propose how where a second person has to approve it.

    Money that is to be held waits in suspense, the whole resolution with it, until
    :func:`release` enters it. ResolutionError when the terms are not fulfilled.
    """
    by.require()
    with writing(engine, "posting") as connection:
        broken = _require_state(connection, key, OPEN)
        require_terms(connection, broken, moves, terms, by.business_date)
        require_not_held(connection, broken, moves)
        _require_untold(broken, moves, by)
        insert_act(connection, _act(RESOLVE, key, by))
        if needs_approval(broken, moves, terms):
            keep_payees(connection, broken, moves, by)
            detail = {**said(by), "moves": moves_to_detail(moves)}
            return record_event(connection, broken, PROPOSED, by, detail)
        return _carry_out(connection, broken, moves, by, {})


def check(engine: Engine, key: BreakKey, moves: Sequence[Move], by: By, terms: Terms) -> None:
    """ResolutionError when :func:`resolve` would refuse this now; nothing is written."""
    by.require()
    with reading(engine) as connection:
        broken = _require_state(connection, key, OPEN)
        require_terms(connection, broken, moves, terms, by.business_date)
        require_not_held(connection, broken, moves)
        _require_untold(broken, moves, by)


def approve(engine: Engine, key: BreakKey, by: By, terms: Terms, *, seen: int) -> Settled:
    """Carry out what another person proposed; ``seen`` is the event of the proposal read.

    ResolutionError when it is not proposed (any more), by the same person, or the month was paid
    since: reopen it then and settle it otherwise.
    """
    by.require()
    with writing(engine, "posting") as connection:
        broken = _require_state(connection, key, PROPOSED)
        if broken.event_id != seen:
            raise ResolutionError(
                f"break {key.shown} was proposed anew meanwhile: look at it again"
            )
        proposer = str(broken.detail["who"])
        if same_person(proposer, by.who):
            raise ResolutionError(
                f"break {key.shown} was proposed by {proposer}: a second person has to approve it"
            )
        moves = with_kept_payees(connection, broken, moves_of(broken))
        require_terms(connection, broken, moves, terms, by.business_date)
        require_not_held(connection, broken, moves)
        _require_untold(broken, moves, by)
        insert_act(connection, _act(APPROVE, key, by))
        proposal = {"proposed_by": proposer, "proposed_for": broken.detail["reason"]}
        return _carry_out(connection, broken, moves, by, proposal)


def reopen(engine: Engine, key: BreakKey, by: By) -> Settled:
    """Undo what was resolved, by reversals; a proposal is withdrawn, held money let go.

    ResolutionError when the break is open, or its entries cannot be undone any more.
    """
    by.require()
    with writing(engine, "posting") as connection:
        broken = require_break(connection, key)
        if broken.state == OPEN:
            raise ResolutionError(f"break {key.shown} is open already")
        insert_act(connection, _act(REOPEN, key, by))
        entered = entered_by(broken) if broken.state == RESOLVED else Entered()
        if not entered.legs and entered.reversed_key is None:
            return record_event(connection, broken, REOPENED, by, {**said(by), "was": broken.state})
        # A day must never have the reversal of what only a later one has. A refund is taken back
        # in the very books that have it: the file for the bank is made from these.
        resolved_on = date.fromisoformat(str(broken.detail["book_date"]))
        has_refund = any(move.kind is MoveKind.REFUND for move in moves_of(broken))
        wanted = resolved_on if has_refund else max(by.business_date, resolved_on)
        book_date = book_day(connection, wanted)
        legs = undo(connection, broken, entered, by, book_date)
        detail = {**said(by), "was": broken.state, "legs": legs, "book_date": str(book_date)}
        return record_event(connection, broken, REOPENED, by, detail, tuple(legs), book_date)


def _carry_out(
    connection: Connection,
    broken: BrokenPayment,
    moves: Sequence[Move],
    by: By,
    proposal: dict[str, object],
) -> Settled:
    detail = {**said(by), **proposal, "moves": moves_to_detail(moves)}
    if any(move.kind is MoveKind.HOLD for move in moves):
        keep_payees(connection, broken, moves, by)
        return record_event(connection, broken, HELD, by, detail)
    book_date = day_of_entry(connection, broken.key, by.business_date)
    entered = enter(connection, broken, moves, by, book_date)
    detail = {**detail, **told(entered)}
    return record_event(connection, broken, RESOLVED, by, detail, entered.legs, entered.book_date)


def _require_state(connection: Connection, key: BreakKey, state: str) -> BrokenPayment:
    broken = require_break(connection, key)
    if broken.state == state:
        return broken
    by = f" by {broken.detail['who']}" if broken.detail.get("who") else ""
    if state == PROPOSED:
        raise ResolutionError(
            f"break {key.shown} is {broken.state}{by}: nothing is proposed for it"
        )
    todo = "approve or reopen it" if broken.state == PROPOSED else "reopen it first"
    raise ResolutionError(f"break {key.shown} is {broken.state}{by}: {todo}")


def _require_untold(broken: BrokenPayment, moves: Sequence[Move], by: By) -> None:
    """ResolutionError for a reason that holds the account number of a payee: reasons are kept and
    shown, account numbers are not."""
    if any(move.payee is not None and tells_account(by.reason, move.payee) for move in moves):
        raise ResolutionError(
            f"break {broken.key.shown}: the reason holds the payee's account number: leave it out"
        )


def _act(verb: str, key: BreakKey, by: By) -> OperatorAct:
    return OperatorAct(verb, str(key), by.who, by.reason, by.recorded_at)
