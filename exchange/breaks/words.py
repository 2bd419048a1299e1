"""Breaks in words: what was or may be done with the money, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange.status.wording import baht
from insurance.identifiers import mask_id
from interfaces.catalogue import Entry
from ledger.detail import from_text
from ledger.moves import Move, MoveKind, moves_from_detail, suggested_moves
from ledger.resolution_terms import month_name

_VERBS = {
    MoveKind.MOVE: "move",
    MoveKind.HOLD: "hold",
    MoveKind.REFUND: "refund",
    MoveKind.RETURN: "return to the partner",
    MoveKind.WRITE_OFF: "write off",
    MoveKind.REVERSE: "reverse the posting",
    MoveKind.CLOSE: "close",
}


def move_in_words(move: Move) -> str:
    """``move 432.00 to section 39, 2026-11``; a person is masked."""
    if move.kind is MoveKind.CLOSE:
        return _VERBS[move.kind]
    text = f"{_VERBS[move.kind]} {baht(move.amount_satang)}"
    if move.period is not None:
        text += f" {'for' if move.kind is MoveKind.HOLD else 'to'} {month_name(move)}"
    if move.national_id is not None and move.period is not None:
        text += f" of {mask_id(move.national_id)}"
    return text


def moves_in_words(detail: Mapping[str, object]) -> str | None:
    """The movements that an event carries; None when it carries none."""
    moves = detail.get("moves")
    if not isinstance(moves, list):
        return None
    return ", ".join(map(move_in_words, moves_from_detail(moves)))


def suggestion_in_words(suggestion: str | None, entry: Entry) -> tuple[str, bool]:
    """What to do with a break, and whether ``--suggested`` does it: what a pass found, or else
    what is usual for its code."""
    moves: Sequence[Move] = suggested_moves(suggestion)
    if moves and suggestion is not None:
        by = from_text(suggestion).get("pass")
        return ", ".join(map(move_in_words, moves)) + (f" ({by})" if by else ""), True
    told = from_text(suggestion) if suggestion is not None else {}
    candidates = told.get("candidates")
    if not candidates:
        return usual(entry), False
    which = "1 candidate, who has paid" if candidates == 1 else f"one of {candidates} candidates"
    return f"{usual(entry)}; {which} ({told.get('pass')})", False


def usual(entry: Entry) -> str:
    """The usual way to settle a code."""
    return f"usual: {_VERBS[MoveKind(entry.resolutions[0])]}"
