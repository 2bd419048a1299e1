"""What a resolution must fulfil before anything of it is entered."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.break_records import BrokenPayment, ResolutionError
from ledger.moves import FOR_A_MONTH, Move, MoveKind

Due = Callable[[str, str | None, int], int | None]
"""Section, option and period → the contribution of that month in satang; None: no rate known."""

PaidMonth = tuple[str, str, int]
"""National ID, section, period. Of an employer's month the account and branch instead of the ID."""

EMPLOYERS = "33"
"""The section whose months employers pay."""


def _no_rate(_section: str, _option: str | None, _period: int) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the declarations and the mainframe say about one break.

    ``kinds`` are the ways in which the catalogue lets a break of this code be settled, more than
    ``approve_above_satang`` needs a second person, ``hold_sections`` are those in which money may
    wait for a month. ``paid_elsewhere`` are months paid by the mainframe's history, with the day
    of the extract that says so. ``of_employers``: the money came from an employer, and goes to a
    month of an employer's account, which takes whatever it is paid.
    """

    kinds: Sequence[str]
    approve_above_satang: int = 0
    hold_sections: Sequence[str] = ()
    due: Due = _no_rate
    paid_elsewhere: Mapping[PaidMonth, date] = field(default_factory=dict)
    of_employers: bool = False


@dataclass(frozen=True, slots=True)
class By:
    """Who settles a break and why, for which business date's books, and when."""

    who: str
    reason: str
    business_date: date
    recorded_at: datetime

    def require(self) -> None:
        """ResolutionError without a name or a reason."""
        if not self.who.strip() or not self.reason.strip():
            raise ResolutionError("say who settles the break and why")


def same_person(one: str, other: str) -> bool:
    """Whether two names of operators mean one: capitals, spaces and spelling of accents aside."""
    return _name(one) == _name(other)


def needs_approval(broken: BrokenPayment, moves: Sequence[Move], terms: Terms) -> bool:
    """Whether a second person has to approve it: write-offs always, else by the sum."""
    if any(move.kind is MoveKind.WRITE_OFF for move in moves):
        return True
    return broken.amount_satang > terms.approve_above_satang


def require_terms(
    connection: Connection,
    broken: BrokenPayment,
    moves: Sequence[Move],
    terms: Terms,
    business_date: date,
) -> None:
    """ResolutionError with the first thing that keeps these moves from settling this break."""
    _require_kinds(broken, moves, terms)
    _require_sum(broken, moves)
    holds = [move for move in moves if move.kind is MoveKind.HOLD]
    if len(holds) > 1:
        raise _refused(broken, "its money can wait for one month only; move or refund the rest")
    months = [_month(broken, move, terms) for move in moves if move.kind in FOR_A_MONTH]
    if len(set(months)) < len(months):
        raise _refused(broken, "one month is named twice: say its whole amount once")
    for move in moves:
        if move.kind is MoveKind.REFUND and move.amount_satang <= 0:
            raise _refused(broken, "a refund of nothing")
        if move.kind in FOR_A_MONTH:
            _require_time(broken, move, terms, business_date)
            owed = why_not_owed(connection, move, terms)
            if owed is not None:
                raise _refused(broken, owed)


def why_not_owed(connection: Connection, move: Move, terms: Terms) -> str | None:
    """Why a month does not take this amount now; None when it is owed exactly.

    An employer's account takes any: what is too much stands there as overpaid.
    """
    if move.employer is not None:
        return None
    if move.national_id is None or move.section_code is None or move.period is None:
        raise ValueError("a month is named by person, section and period")
    month = (move.national_id, move.section_code, move.period)
    name = month_name(move)
    extract = terms.paid_elsewhere.get(month)
    if extract is not None:
        return f"{name} is paid by the mainframe's history of {extract}"
    due = terms.due(move.section_code, move.option_code, move.period)
    if due is None:
        return f"{name}: no contribution is known for it; see interfaces/rates/flat.csv"
    table = schema.month_paid
    paid = connection.execute(
        sa.select(table.c.paid_satang, table.c.option_code).where(
            table.c.national_id == move.national_id,
            table.c.section_code == move.section_code,
            table.c.period == move.period,
        )
    ).one_or_none()
    posted = 0 if paid is None else paid.paid_satang
    if paid is not None and (posted >= due or paid.option_code != move.option_code):
        return f"{name} is paid in the ledger already ({_baht(posted)} baht)"
    if move.amount_satang != due - posted:
        rest = f"{_baht(due)} baht"
        if posted:
            rest = f"{_baht(due - posted)} of {rest}"
        return f"{name} owes {rest}, not {_baht(move.amount_satang)}"
    return None


def month_name(move: Move) -> str:
    """``section 40 option 01, 2026-11``, ``section 33, 2027-01 of employer 1000000012/000000``."""
    option = f" option {move.option_code}" if move.option_code else ""
    period = move.period or 0
    employer = f" of employer {move.employer}" if move.employer is not None else ""
    return f"section {move.section_code}{option}, {period // 100:04d}-{period % 100:02d}{employer}"


def has_begun(period: int, business_date: date) -> bool:
    """Whether a month (yyyymm) has begun on that day."""
    return business_date.year * 100 + business_date.month >= period


def _require_kinds(broken: BrokenPayment, moves: Sequence[Move], terms: Terms) -> None:
    if not moves:
        raise _refused(broken, "say what becomes of its money")
    allowed = ", ".join(terms.kinds)
    for move in moves:
        if move.kind is MoveKind.CLOSE and not broken.amount_satang:
            continue  # a payment of nothing: there is nothing to post
        if move.kind.value not in terms.kinds:
            raise _refused(
                broken, f"a break {broken.code} cannot be settled by {move.kind}, but by {allowed}"
            )


def _require_sum(broken: BrokenPayment, moves: Sequence[Move]) -> None:
    if broken.amount_satang and any(move.amount_satang <= 0 for move in moves):
        raise _refused(broken, "every part of it needs an amount above nothing")
    total = sum(move.amount_satang for move in moves)
    if total != broken.amount_satang:
        raise _refused(
            broken,
            f"its money is {_baht(broken.amount_satang)} baht, the parts are {_baht(total)}: "
            "they must add up exactly",
        )
    whole = [m.kind for m in moves if m.kind in (MoveKind.REVERSE, MoveKind.CLOSE)]
    if whole and len(moves) > 1:
        raise _refused(broken, f"{whole[0]} settles a break by itself, not with other parts")


def _require_time(broken: BrokenPayment, move: Move, terms: Terms, business_date: date) -> None:
    if move.period is None or move.section_code is None:
        raise ValueError("a month is named by section and period")
    begun = has_begun(move.period, business_date)
    if move.kind is MoveKind.MOVE and not begun:
        raise _refused(
            broken, f"{month_name(move)} has not begun on {business_date}: hold the money for it"
        )
    if move.kind is not MoveKind.HOLD:
        return
    if begun:
        raise _refused(
            broken, f"{month_name(move)} has begun by {business_date}: move the money to it"
        )
    if move.section_code not in terms.hold_sections:
        sections = ", ".join(terms.hold_sections) or "none"
        raise _refused(
            broken,
            f"money of section {move.section_code} is not held for a month (sections: {sections})",
        )


def _month(broken: BrokenPayment, move: Move, terms: Terms) -> PaidMonth:
    if terms.of_employers:
        if move.kind is MoveKind.HOLD:
            raise _refused(broken, "an employer's money is not held: move it to a month")
        if move.employer is None or move.section_code != EMPLOYERS or move.period is None:
            raise _refused(
                broken, "say for which employer and wage month: the references cannot be read"
            )
        return str(move.employer), move.section_code, move.period
    if move.employer is not None:
        raise _refused(broken, "a person's payment goes to a person's month, not to an employer")
    if move.national_id is None or move.section_code is None or move.period is None:
        raise _refused(broken, "say for whom: the person cannot be read from its reference")
    return move.national_id, move.section_code, move.period


def _refused(broken: BrokenPayment, why: str) -> ResolutionError:
    return ResolutionError(f"break {broken.key.shown}: {why}")


def _name(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _baht(satang: int) -> str:
    return f"{satang // 100:,}.{satang % 100:02d}"
