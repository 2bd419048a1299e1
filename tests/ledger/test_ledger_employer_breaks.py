"""Breaks of employers' payments: moved to the right account and month, taken back, undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from interfaces.catalogue import load_catalogue
from ledger import schema
from ledger.books import check_books
from ledger.break_events import moves_of
from ledger.break_records import BreakKey, ResolutionError, find_break
from ledger.moves import Employer, Move, MoveKind, Payee
from ledger.refunds import refunds_to_pay
from ledger.resolution_terms import By, Terms
from ledger.resolutions import approve, reopen, resolve
from tests.ledger.made_outcomes import balance, rows_of
from tests.ledger.paying_employers import (
    ACCOUNT,
    CLEARING,
    DAY,
    DUE_DAY,
    HEAD_OFFICE,
    MONTH,
    NOW,
    OTHER,
    SUSPENSE,
    file_due,
    pay,
    standing,
    stands,
)

LATE = date(2027, 3, 16)
UNKNOWN = {"outcome": "UNKNOWN_EMPLOYER", "employer_account": OTHER}
DEBIT = {"outcome": "DEBIT"}
RIGHT = Employer(ACCOUNT, HEAD_OFFICE)


def by(who: str = "malee", day: date = LATE) -> By:
    return By(who, "the employer showed the slip", day, NOW)


def terms(code: str, **changed: Any) -> Terms:
    made = Terms(load_catalogue()[code].resolutions, 1_000_000, of_employers=True)
    return replace(made, **changed)


def move(satang: int = 150_000, employer: Employer | None = RIGHT, period: int = MONTH) -> Move:
    return Move(MoveKind.MOVE, satang, section_code="33", period=period, employer=employer)


def agrees(ledger: Engine) -> None:
    failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
    assert failing == []


def test_money_is_moved_to_the_right_account_on_the_day_it_was_paid(ledger: Engine) -> None:
    """Decided long after the due day, but paid before it: no surcharge."""
    file_due(ledger, 150_000)
    key = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    settled = resolve(ledger, key, [move()], by(), terms("UNKNOWN_EMPLOYER"))
    assert (settled.state, settled.legs, settled.book_date) == ("resolved", (2,), LATE)
    assert standing(ledger) == stands(filed=150_000, paid=150_000)
    assert balance(ledger)[SUSPENSE] == 0
    (leg,) = [row for row in rows_of(ledger, schema.posting) if row["leg"] == 2]
    assert (leg["employer_account"], leg["employer_branch"], leg["section_code"]) == (
        ACCOUNT,
        HEAD_OFFICE,
        "33",
    )
    assert (leg["effective_date"], leg["book_date"]) == (DAY, LATE)
    assert moves_of(find_break(ledger, str(key))) == (move(),)
    agrees(ledger)


def test_money_paid_late_brings_its_surcharge_when_it_is_moved(ledger: Engine) -> None:
    file_due(ledger, 150_000)
    key = BreakKey(pay(ledger, UNKNOWN, day=LATE).file_id, 2)
    resolve(ledger, key, [move()], by(), terms("UNKNOWN_EMPLOYER"))
    owed = stands(filed=150_000, paid=150_000, surcharge=3_000, outstanding=3_000)
    assert standing(ledger) == owed
    agrees(ledger)


def test_reopening_takes_surcharge_and_overpayment_back_too(ledger: Engine) -> None:
    file_due(ledger, 100_000)
    key = BreakKey(pay(ledger, UNKNOWN, day=LATE).file_id, 2)
    before = balance(ledger)
    resolve(ledger, key, [move()], by(), terms("UNKNOWN_EMPLOYER"))
    assert standing(ledger) == stands(filed=100_000, paid=150_000, surcharge=2_000, overpaid=48_000)
    reopen(ledger, key, by())
    assert standing(ledger) == stands(filed=100_000, outstanding=100_000)
    left = {account: satang for account, satang in balance(ledger).items() if satang}
    assert left == {account: satang for account, satang in before.items() if satang}
    agrees(ledger)
    resolve(ledger, key, [move()], by(), terms("UNKNOWN_EMPLOYER"))
    assert standing(ledger)["overpaid"] == 48_000
    agrees(ledger)


def test_one_payment_is_divided_over_months_and_accounts(ledger: Engine) -> None:
    key = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    parts = [
        move(100_000),
        move(30_000, period=202612),
        move(20_000, Employer(OTHER, "000003")),
    ]
    resolve(ledger, key, parts, by(), terms("UNKNOWN_EMPLOYER"))
    assert standing(ledger)["paid"] == 100_000
    assert standing(ledger, period=202612)["paid"] == 30_000
    assert standing(ledger, OTHER)["paid"] == 20_000
    agrees(ledger)


def test_a_large_sum_needs_a_second_person(ledger: Engine) -> None:
    key = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    small = terms("UNKNOWN_EMPLOYER", approve_above_satang=100_000)
    assert resolve(ledger, key, [move()], by(), small).state == "proposed"
    assert standing(ledger) == {}
    seen = find_break(ledger, str(key)).event_id
    with pytest.raises(ResolutionError, match="second person"):
        approve(ledger, key, by("MALEE"), small, seen=seen)
    assert approve(ledger, key, by("somchai"), small, seen=seen).state == "resolved"
    assert standing(ledger) == stands(paid=150_000, overpaid=150_000)
    agrees(ledger)


@pytest.mark.parametrize(
    ("wanted", "changed", "message"),
    [
        (move(employer=None), {}, "for which employer"),
        (replace(move(), section_code="39"), {}, "for which employer"),
        (replace(move(), period=None), {}, "for which employer"),
        (move(period=202705), {}, "has not begun"),
        (replace(move(period=202705), kind=MoveKind.HOLD), {}, "cannot be settled by hold"),
        (
            replace(move(period=202705), kind=MoveKind.HOLD),
            {"kinds": ("hold",)},
            "is not held",
        ),
        (move(149_999), {}, "add up exactly"),
        (move(), {"of_employers": False}, "not to an employer"),
    ],
)
def test_what_a_resolution_must_fulfil(
    ledger: Engine, wanted: Move, changed: dict[str, Any], message: str
) -> None:
    key = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    before = rows_of(ledger, schema.posting)
    with pytest.raises(ResolutionError, match=message):
        resolve(ledger, key, [wanted], by(), terms("UNKNOWN_EMPLOYER", **changed))
    assert rows_of(ledger, schema.posting) == before


def test_one_month_is_named_once(ledger: Engine) -> None:
    key = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    with pytest.raises(ResolutionError, match="named twice"):
        resolve(ledger, key, [move(100_000), move(50_000)], by(), terms("UNKNOWN_EMPLOYER"))


def test_money_goes_back_to_the_employers_bank(ledger: Engine) -> None:
    key = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    payee = Payee("006", "0001", "1234567890", "บริษัท ตัวอย่างการค้า จำกัด")
    back = Move(MoveKind.REFUND, 150_000, payee=payee)
    resolve(ledger, key, [back], by(), terms("UNKNOWN_EMPLOYER"))
    (refund,) = refunds_to_pay(ledger, None, LATE).to_pylist()
    assert (refund["amount_satang"], refund["national_id"]) == (150_000, None)
    legs = [row for row in rows_of(ledger, schema.posting) if row["leg"] == 2]
    assert [(row["section_code"], row["employer_account"]) for row in legs] == [(None, None)]
    agrees(ledger)


def test_a_cheque_that_bounced_takes_its_payment_back(ledger: Engine) -> None:
    file_due(ledger, 150_000)
    paid = pay(ledger, {}, {"amount_satang": 10_000})
    assert standing(ledger)["overpaid"] == 10_000
    key = BreakKey(pay(ledger, DEBIT, day=DUE_DAY).file_id, 2)
    settled = resolve(ledger, key, [Move(MoveKind.REVERSE, 150_000)], by(), terms("DEBIT"))
    assert settled.state == "resolved"
    assert standing(ledger) == stands(filed=150_000, paid=10_000, outstanding=140_000)
    assert balance(ledger)[CLEARING] == 10_000
    assert balance(ledger)[SUSPENSE] == 0
    reversed_ = [row for row in rows_of(ledger, schema.posting) if row["leg"] == -1]
    assert [(row["file_id"], row["record_number"]) for row in reversed_] == [(paid.file_id, 2)]
    assert reversed_[0]["employer_account"] == ACCOUNT
    agrees(ledger)
    reopen(ledger, key, by())
    assert standing(ledger) == stands(filed=150_000, paid=160_000, overpaid=10_000)
    agrees(ledger)


def test_a_payment_is_taken_back_once(ledger: Engine) -> None:
    pay(ledger, {})
    debits = pay(ledger, DEBIT, DEBIT, day=DUE_DAY).file_id
    back = [Move(MoveKind.REVERSE, 150_000)]
    resolve(ledger, BreakKey(debits, 2), back, by(), terms("DEBIT"))
    with pytest.raises(ResolutionError, match="nothing to reverse"):
        resolve(ledger, BreakKey(debits, 3), back, by(), terms("DEBIT"))


@pytest.mark.parametrize(
    "other",
    [
        {"employer_account": OTHER},
        {"employer_branch": "000003"},
        {"period": 202612},
        {"amount_satang": 149_999},
    ],
)
def test_only_the_very_payment_is_taken_back(ledger: Engine, other: dict[str, object]) -> None:
    pay(ledger, other)
    key = BreakKey(pay(ledger, DEBIT, day=DUE_DAY).file_id, 2)
    with pytest.raises(ResolutionError, match="nothing to reverse"):
        resolve(ledger, key, [Move(MoveKind.REVERSE, 150_000)], by(), terms("DEBIT"))


def test_a_moved_payment_can_be_taken_back_and_its_move_not_undone_then(ledger: Engine) -> None:
    moved = BreakKey(pay(ledger, UNKNOWN).file_id, 2)
    resolve(ledger, moved, [move()], by(), terms("UNKNOWN_EMPLOYER"))
    key = BreakKey(pay(ledger, DEBIT, day=DUE_DAY).file_id, 2)
    resolve(ledger, key, [Move(MoveKind.REVERSE, 150_000)], by(), terms("DEBIT"))
    assert standing(ledger) == stands()
    agrees(ledger)
    with pytest.raises(ResolutionError, match="taken back by another break"):
        reopen(ledger, moved, by())
    reopen(ledger, key, by())
    assert standing(ledger) == stands(paid=150_000, overpaid=150_000)
    reopen(ledger, moved, by())
    assert standing(ledger) == stands()
    agrees(ledger)


def test_nothing_paid_is_closed(ledger: Engine) -> None:
    nothing = {"outcome": "NOTHING_PAID", "amount_satang": 0}
    key = BreakKey(pay(ledger, nothing).file_id, 2)
    settled = resolve(ledger, key, [Move(MoveKind.CLOSE, 0)], by(), terms("NOTHING_PAID"))
    assert (settled.state, settled.legs) == ("resolved", ())
    agrees(ledger)
