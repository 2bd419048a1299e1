"""What a break's money is resolved into: movements of a kind, that add up to it exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledger.detail import from_text


class MoveKind(StrEnum):
    """What is done with money of a break, as ``interfaces.catalogue.RESOLUTIONS`` names it."""

    MOVE = "move"  # to a month
    REFUND = "refund"  # back to the payer
    HOLD = "hold"  # kept for a month to come
    RETURN = "return"  # back to the partner
    WRITE_OFF = "write_off"  # given up
    REVERSE = "reverse"  # the posting that a debit takes back is undone
    CLOSE = "close"  # explained, nothing to post


FOR_A_MONTH = (MoveKind.MOVE, MoveKind.HOLD)
"""Kinds that name a person, section and period."""

_SHOWN_DIGITS = 4
_BETWEEN_DIGITS = " -./"


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a refund goes: bank (3 digits), branch (4), account number, name on the account."""

    bank_code: str
    branch_code: str
    account_number: str
    name: str


@dataclass(frozen=True, slots=True)
class Employer:
    """An employer's account (10 digits) and branch (6 digits, ``000000`` head office)."""

    account: str
    branch: str

    def __str__(self) -> str:
        return f"{self.account}/{self.branch}"


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of a resolution, in satang.

    MOVE and HOLD name a person, section, option (None: the section has none) and period
    (yyyymm), a MOVE of an employer's payment the account and branch instead of a person; REFUND
    the payee; the others nothing.
    """

    kind: MoveKind
    amount_satang: int
    national_id: str | None = None
    section_code: str | None = None
    option_code: str | None = None
    period: int | None = None
    payee: Payee | None = None
    employer: Employer | None = None


def moves_to_detail(moves: Iterable[Move]) -> list[dict[str, object]]:
    """As events and the audit carry them: of a payee the last digits of the account alone."""
    return [_told(move) for move in moves]


def moves_from_detail(told: Iterable[Mapping[str, object]]) -> tuple[Move, ...]:
    """The same back, without payees: these stand in the table ``refund`` only."""
    return tuple(
        Move(
            kind=MoveKind(str(each["kind"])),
            amount_satang=_number(each["amount_satang"]),
            national_id=_text(each.get("national_id")),
            section_code=_text(each.get("section_code")),
            option_code=_text(each.get("option_code")),
            period=None if each.get("period") is None else _number(each["period"]),
            employer=employer_in(each),
        )
        for each in told
    )


def employer_in(told: Mapping[str, object]) -> Employer | None:
    """The employer that a recorded movement, or what is told of a break, names; None: none."""
    account, branch = told.get("employer_account"), told.get("employer_branch")
    return None if account is None or branch is None else Employer(str(account), str(branch))


def suggested_moves(suggestion: str | None) -> tuple[Move, ...]:
    """Movements that a matching pass suggests with a break; none without a suggestion."""
    if not suggestion:
        return ()
    moves = from_text(suggestion).get("moves")
    return moves_from_detail(moves) if isinstance(moves, list) else ()


def masked_account(number: str) -> str:
    """``xxxxxx1234``: the last four digits of an account number."""
    hidden = max(len(number) - _SHOWN_DIGITS, 0)
    return "x" * hidden + number[hidden:]


def tells_account(text: str, payee: Payee) -> bool:
    """Whether a text that is kept and shown holds the whole account number of a payee."""
    number = payee.account_number
    digits = "".join(sign for sign in text if sign not in _BETWEEN_DIGITS)
    return len(number) > _SHOWN_DIGITS and number in digits


def _told(move: Move) -> dict[str, object]:
    detail: dict[str, object] = {"kind": move.kind.value, "amount_satang": move.amount_satang}
    for name in ("national_id", "section_code", "option_code", "period"):
        value = getattr(move, name)
        if value is not None:
            detail[name] = value
    if move.employer is not None:
        detail["employer_account"] = move.employer.account
        detail["employer_branch"] = move.employer.branch
    if move.payee is not None:
        detail["payee"] = {
            "bank_code": move.payee.bank_code,
            "branch_code": move.payee.branch_code,
            "account": masked_account(move.payee.account_number),
        }
    return detail


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number of a recorded movement")
    return value
