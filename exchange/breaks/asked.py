"""What a person asks to be done with a break, as written: amounts may be left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from exchange.status.masking import hide_ids
from interfaces.errors import WrongUse
from ledger.moves import FOR_A_MONTH, Employer, Move, MoveKind, Payee

_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_PERIOD = re.compile(r"([0-9]{4})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{2})(?:/([0-9]{2}))?:([0-9]{4}-[0-9]{2})(?:=(.+))?")
_EMPLOYER = re.compile(r"([0-9]{10})(?:/([0-9]{6}))?")
_HEAD_OFFICE = "000000"
_NO_WIDTH = "\u200b"  # between words of Thai text
_YEARS = range(1990, 2190)  # of the rates; a Buddhist year is none of them


@dataclass(frozen=True, slots=True)
class Asked:
    """One part of a resolution. ``amount_satang`` None: the rest of the money, or what a month
    owes where several amounts are left out. ``national_id`` None: the break's own person,
    ``employer`` None: the one that its references name."""

    kind: MoveKind
    amount_satang: int | None = None
    section_code: str | None = None
    option_code: str | None = None
    period: int | None = None
    national_id: str | None = None
    payee: Payee | None = None
    employer: Employer | None = None


Owed = Callable[[Asked], int | None]
"""What the month of a part still owes in satang; None where no contribution is known."""


def satang_written(text: str) -> int:
    """Baht as a person writes them (``432``, ``432.50``) in satang; WrongUse otherwise."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise WrongUse(f"{text!r} is no amount: write baht as 432 or 432.50")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def reason_written(text: str) -> str:
    """A reason as it is kept for ever: one line, IDs masked; WrongUse for one that would show
    something else than it says."""
    reason = " ".join(text.replace(_NO_WIDTH, "").split())
    if not reason.isprintable():
        raise WrongUse("reason: it has characters that cannot be shown; write it as one plain line")
    return hide_ids(reason)


def period_written(text: str) -> int:
    """``YYYY-MM`` as Gregorian yyyymm; WrongUse otherwise, for a Buddhist year too."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) not in _YEARS:
        raise WrongUse(f"{text!r} is no month: write YYYY-MM with the Gregorian year")
    return int(found[1]) * 100 + int(found[2])


def employer_written(text: str) -> Employer:
    """``ACCOUNT[/BRANCH]``, the head office without a branch; WrongUse otherwise."""
    found = _EMPLOYER.fullmatch(text.strip())
    if found is None:
        raise WrongUse(
            f"{text!r} is no employer: write ACCOUNT/BRANCH, 10 and 6 digits, as 1000000012/000000"
        )
    return Employer(found[1], found[2] or _HEAD_OFFICE)


def month_written(text: str) -> Asked:
    """``SECTION[/OPTION]:YYYY-MM[=BAHT]``: money to a month."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        raise WrongUse(f"{text!r}: a month is written SECTION[/OPTION]:YYYY-MM[=BAHT]")
    return Asked(
        kind=MoveKind.MOVE,
        amount_satang=None if found[4] is None else satang_written(found[4]),
        section_code=found[1],
        option_code=_option(found[2]),
        period=period_written(found[3]),
    )


def held_written(text: str) -> Asked:
    """``[SECTION[/OPTION]:]YYYY-MM[=BAHT]``: money that waits for a month; without a section, of
    that of the break."""
    if ":" in text:
        return replace(month_written(text), kind=MoveKind.HOLD)
    month, _, amount = text.partition("=")
    return Asked(
        MoveKind.HOLD, satang_written(amount) if amount else None, period=period_written(month)
    )


def with_amounts(money: int, asked: Sequence[Asked], owed: Owed) -> list[int]:
    """The amount of each part in satang.

    One that is left out is the rest. Of several, each month is what it owes, and one other part
    is the rest. WrongUse where that says nothing.
    """
    amounts = [part.amount_satang for part in asked]
    if amounts.count(None) > 1:
        amounts = [
            owed(part) if amount is None and part.kind in FOR_A_MONTH else amount
            for part, amount in zip(asked, amounts, strict=True)
        ]
    if amounts.count(None) > 1:
        raise WrongUse("write the amounts: only one of them may be left out, it is the rest")
    rest = money - sum(amount for amount in amounts if amount is not None)
    return [rest if amount is None else amount for amount in amounts]


def moves_of(
    asked: Sequence[Asked],
    amounts: Sequence[int],
    national_id: str | None,
    employer: Employer | None = None,
) -> tuple[Move, ...]:
    """The movements of a resolution for a break of that person or employer."""
    return tuple(
        Move(
            kind=part.kind,
            amount_satang=amount,
            national_id=(part.national_id or national_id) if part.kind in FOR_A_MONTH else None,
            section_code=part.section_code,
            option_code=_option(part.option_code),
            period=part.period,
            payee=part.payee,
            employer=(part.employer or employer) if part.kind in FOR_A_MONTH else None,
        )
        for part, amount in zip(asked, amounts, strict=True)
    )


def _option(code: str | None) -> str | None:
    return None if code in (None, "", "00") else code
