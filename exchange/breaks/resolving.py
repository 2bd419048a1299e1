"""Settling one break by hand: what is asked becomes movements, checked against everything known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from exchange.breaks.asked import Asked, Owed, moves_of, with_amounts
from exchange.breaks.terms import (
    Known,
    employers_of,
    known_of,
    persons_of,
    require_registered,
    terms_of,
)
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger import file_resolutions, resolutions, schema
from ledger.break_events import Settled
from ledger.break_events import moves_of as decided
from ledger.break_records import BrokenPayment, find_break, is_payment_id
from ledger.database import reading
from ledger.moves import FOR_A_MONTH, Employer, Move, MoveKind, Payee, suggested_moves
from ledger.resolution_terms import By, Terms


@dataclass(frozen=True, slots=True)
class Prepared:
    """A broken payment, what is to be done with it, and what it has to fulfil."""

    broken: BrokenPayment
    moves: tuple[Move, ...]
    terms: Terms


def resolve_break(site: Site, break_id: str, asked: Sequence[Asked], by: By) -> Settled:
    """Settle a break of a payment or a file; WrongUse says in one line why not."""
    if is_payment_id(break_id):
        ready = prepare(site, find_break(site.ledger, break_id), asked, by.business_date)
        return resolutions.resolve(site.ledger, ready.broken.key, ready.moves, by, ready.terms)
    if [part.kind for part in asked] != [MoveKind.CLOSE]:
        raise WrongUse(f"{break_id} is about a file or a day: explain it, then --close it")
    return file_resolutions.close_file_break(site.ledger, break_id, by)


def approve_break(site: Site, break_id: str, by: By) -> Settled:
    """Carry out what another person proposed for a break."""
    if not is_payment_id(break_id):
        raise WrongUse(f"{break_id} is about a file or a day: closing it needs no approval")
    broken = find_break(site.ledger, break_id)
    moves = decided(broken)
    known = known_of(site, by.business_date, persons_of(moves), employers_of(moves))
    terms = terms_of(site, broken, known.paid)
    return resolutions.approve(site.ledger, broken.key, by, terms, seen=broken.event_id)


def reopen_break(site: Site, break_id: str, by: By) -> Settled:
    """Undo a resolution, withdraw a proposal, let go what was held, or open a closed file break."""
    if is_payment_id(break_id):
        return resolutions.reopen(site.ledger, find_break(site.ledger, break_id).key, by)
    return file_resolutions.reopen_file_break(site.ledger, break_id, by)


def prepare(
    site: Site,
    broken: BrokenPayment,
    asked: Sequence[Asked],
    business_date: date,
    known: Known | None = None,
) -> Prepared:
    """Movements with amounts, and the terms that hold for them; nothing is written.

    ``known`` is what the extracts say of the persons; it is looked up where it is not given.
    """
    for part in asked:
        if (part.kind is MoveKind.REFUND) != (part.payee is not None):
            raise WrongUse("a refund needs --to-account and --payee, and nothing else takes them")
    asked = [_of_break(part, broken) for part in asked]
    amounts = with_amounts(broken.amount_satang, asked, _owed(site, broken))
    moves = moves_of(asked, amounts, broken.national_id, broken.employer)
    if known is None:
        known = known_of(site, business_date, persons_of(moves), employers_of(moves))
    require_registered(known, moves)
    return Prepared(broken, moves, terms_of(site, broken, known.paid))


def suggestion_of(site: Site, break_id: str, payee: Payee | None) -> list[Asked]:
    """What matching suggests for a break, as if a person had asked for it; WrongUse without one."""
    broken = find_break(site.ledger, break_id)
    moves = suggested_moves(broken.suggestion)
    if not moves:
        raise WrongUse(
            f"nothing is suggested for break {broken.key.shown}: say what is to be done with it "
            f"(usual for {broken.code}: {', '.join(site.catalogue[broken.code].resolutions)})"
        )
    return [
        Asked(
            kind=move.kind,
            amount_satang=move.amount_satang,
            section_code=move.section_code,
            option_code=move.option_code,
            period=move.period,
            national_id=move.national_id,
            payee=payee if move.kind is MoveKind.REFUND else None,
            employer=move.employer,
        )
        for move in moves
    ]


def for_person(asked: Sequence[Asked], national_id: str | None) -> list[Asked]:
    """The same for another person than the break's, where one is given."""
    if national_id is None:
        return list(asked)
    return [
        replace(part, national_id=national_id) if part.kind in FOR_A_MONTH else part
        for part in asked
    ]


def for_employer(asked: Sequence[Asked], employer: Employer | None) -> list[Asked]:
    """The same for another employer than the break's, where one is given."""
    if employer is None:
        return list(asked)
    return [
        replace(part, employer=employer) if part.kind in FOR_A_MONTH else part for part in asked
    ]


def _of_break(part: Asked, broken: BrokenPayment) -> Asked:
    """A month without a section is one of the break's own section and option."""
    if part.kind not in FOR_A_MONTH or part.section_code is not None:
        return part
    if broken.section_code is None:
        raise WrongUse(f"break {broken.key.shown} names no section: write SECTION[/OPTION]:YYYY-MM")
    return replace(part, section_code=broken.section_code, option_code=broken.option_code)


def _owed(site: Site, broken: BrokenPayment) -> Owed:
    due = terms_of(site, broken, {}).due

    def owed(part: Asked) -> int | None:
        if part.section_code is None or part.period is None or part.employer is not None:
            return None
        contribution = due(part.section_code, part.option_code, part.period)
        if contribution is None:
            return None
        table = schema.month_paid
        with reading(site.ledger) as connection:
            posted = connection.scalar(
                sa.select(table.c.paid_satang).where(
                    table.c.national_id == (part.national_id or broken.national_id),
                    table.c.section_code == part.section_code,
                    table.c.period == part.period,
                )
            )
        return max(contribution - (posted or 0), 0)

    return owed
