"""Settling breaks: what is posted, what is refused, who has to agree, and undoing all of it."""

from __future__ import annotations

import hashlib
import itertools
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from interfaces.catalogue import load_catalogue
from ledger import schema
from ledger.acts import acts_on
from ledger.audit import verify_chain
from ledger.books import close_books
from ledger.break_events import Settled
from ledger.break_queries import (
    BreakFilter,
    list_breaks,
    listed_break,
    sum_breaks,
)
from ledger.break_records import BreakKey, BrokenPayment, ResolutionError, find_break
from ledger.database import open_ledger
from ledger.file_breaks import FileBreak, FileBreakCode, file_breaks, record_file_break
from ledger.file_resolutions import close_file_break, reopen_file_break
from ledger.holding import held_breaks, release
from ledger.month_paid import months_differing
from ledger.months import paid_months
from ledger.moves import Move, MoveKind, Payee, moves_from_detail, suggested_moves
from ledger.refunds import refunds_to_pay
from ledger.resolution_terms import By, Terms, same_person
from ledger.resolutions import approve, reopen, resolve
from tests.ledger.made_outcomes import MONTHLY, balance, load, outcomes, rows_of
from tests.ledger.payments import (
    DAY,
    MALEE,
    NOW,
    PARTNER,
    PERIOD,
    RETURN_FILE,
    SOMCHAI,
    land,
)

CLEARING, SUSPENSE = f"clearing:{PARTNER}", f"suspense:{PARTNER}"
NEXT_DAY = date(2026, 11, 21)
DECEMBER, JANUARY = 202612, 202701
KEY = BreakKey(RETURN_FILE, 2)
TO = Payee("006", "0001", "1234567890", "สมชาย ใจดี")


def by(who: str = "somchai", day: date = NEXT_DAY, reason: str = "the payer asked") -> By:
    return By(who, reason, day, NOW)


def terms(code: str = "WRONG_PERIOD", **changed: Any) -> Terms:
    made = Terms(
        kinds=load_catalogue()[code].resolutions,
        approve_above_satang=100_000,
        hold_sections=("39", "40"),
        due=lambda section, option, _period: {"39": 43_200, "40": 7_000}.get(section),
    )
    return replace(made, **changed)


def move(period: int = PERIOD, satang: int = MONTHLY, person: str = SOMCHAI) -> Move:
    return Move(MoveKind.MOVE, satang, person, "39", None, period)


def hold(period: int = DECEMBER, satang: int = MONTHLY) -> Move:
    return Move(MoveKind.HOLD, satang, SOMCHAI, "39", None, period)


def refund(satang: int = MONTHLY) -> Move:
    return Move(MoveKind.REFUND, satang, payee=TO)


def part(kind: MoveKind, satang: int = MONTHLY) -> Move:
    return Move(kind, satang)


def broken(ledger: Engine, code: str = "WRONG_PERIOD", **values: object) -> BreakKey:
    """One payment that is broken."""
    land(ledger)
    load(ledger, outcomes({"outcome": code, "period": 202609, **values}))
    return KEY


def state(ledger: Engine, key: BreakKey = KEY) -> str:
    return find_break(ledger, str(key)).state


def months(ledger: Engine) -> list[tuple[str, int, int]]:
    assert len(months_differing(ledger)) == 0
    rows = rows_of(ledger, schema.month_paid)
    return [(row["national_id"], row["period"], row["paid_satang"]) for row in rows]


def test_money_moved_to_the_month_owed_is_posted_on_the_day_of_the_payment(ledger: Engine) -> None:
    broken(ledger)
    settled = resolve(ledger, KEY, [move()], by(), terms())
    assert settled == Settled(KEY.shown, "resolved", (2,), NEXT_DAY)
    assert balance(ledger) == {CLEARING: MONTHLY, SUSPENSE: 0, "contributions:39": -MONTHLY}
    (leg,) = [row for row in rows_of(ledger, schema.posting) if row["leg"] == 2]
    assert (leg["pass_name"], leg["effective_date"]) == ("resolution.move.1", DAY)
    assert (leg["book_date"], leg["period"], leg["rule_version"]) == (NEXT_DAY, PERIOD, 3)
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]
    assert paid_months(ledger, up_to=NEXT_DAY).num_rows == 1
    assert state(ledger) == "resolved"


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        (MoveKind.REFUND, "refunds:payable"),
        (MoveKind.RETURN, f"payable:{PARTNER}"),
    ],
)
def test_money_that_goes_back_leaves_suspense(ledger: Engine, kind: MoveKind, account: str) -> None:
    broken(ledger)
    one = refund() if kind is MoveKind.REFUND else part(kind)
    resolve(ledger, KEY, [one], by(), terms())
    assert balance(ledger) == {CLEARING: MONTHLY, SUSPENSE: 0, account: -MONTHLY}
    (leg,) = [row for row in rows_of(ledger, schema.posting) if row["leg"] == 2]
    assert (leg["pass_name"], leg["effective_date"]) == (f"resolution.{kind}.1", NEXT_DAY)
    assert months(ledger) == []


def test_a_payment_may_be_divided_and_every_satang_is_somewhere(ledger: Engine) -> None:
    broken(ledger, "AMOUNT_OVER", amount_satang=50_001)
    settled = resolve(ledger, KEY, [move(), refund(6_801)], by(), terms("AMOUNT_OVER"))
    assert settled.legs == (2, 3)
    assert balance(ledger) == {
        CLEARING: 50_001,
        SUSPENSE: 0,
        "contributions:39": -43_200,
        "refunds:payable": -6_801,
    }


def test_only_the_table_of_refunds_knows_the_account(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [refund()], by(), terms())
    assert refunds_to_pay(ledger, None, NEXT_DAY).to_pylist() == [
        {
            "file_id": RETURN_FILE,
            "record_number": 2,
            "leg": 2,
            "national_id": SOMCHAI,
            "amount_satang": MONTHLY,
            "bank_code": "006",
            "branch_code": "0001",
            "account_number": "1234567890",
            "payee_name": "สมชาย ใจดี",
            "book_date": NEXT_DAY,
        }
    ]
    with ledger.connect() as connection:
        told = [
            text
            for table in (schema.payment_break_event, schema.audit)
            for text in connection.scalars(sa.select(table.c.detail))
        ]
    assert any("xxxxxx7890" in text for text in told)
    assert not any("1234567890" in text or "สมชาย ใจดี" in text for text in told)


def test_the_audit_holds_no_readable_person(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [move(person=MALEE)], by(), terms())
    with ledger.connect() as connection:
        audit = list(connection.scalars(sa.select(schema.audit.c.detail)))
    assert any("2-22xx-xxxxx-xx-2" in text for text in audit)
    assert not any(MALEE in text for text in audit)
    assert months(ledger) == [(MALEE, PERIOD, MONTHLY)]


def test_an_act_is_recorded_with_who_and_why(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [move()], by(), terms())
    reopen(ledger, KEY, by("malee", reason="the wrong month"))
    acts = [(act.verb, act.who, act.reason) for act in acts_on(ledger, str(KEY))]
    assert acts == [
        ("resolve", "somchai", "the payer asked"),
        ("reopen", "malee", "the wrong month"),
    ]
    assert verify_chain(ledger).fault is None


REFUSED = [
    ([move(satang=43_100)], {}, "parts are 431.00: they must add up exactly"),
    ([], {}, "say what becomes of its money"),
    ([part(MoveKind.REVERSE)], {}, "cannot be settled by reverse, but by move, hold, refund"),
    ([part(MoveKind.CLOSE)], {}, "cannot be settled by close"),
    ([move(DECEMBER)], {}, "2026-12 has not begun on 2026-11-21: hold the money"),
    ([hold(PERIOD)], {}, "2026-11 has begun by 2026-11-21: move the money"),
    ([hold()], {"hold_sections": ("40",)}, r"section 39 is not held for a month \(sections: 40\)"),
    ([move()], {"due": lambda *_: 50_000}, "2026-11 owes 500.00 baht, not 432.00"),
    ([move()], {"due": lambda *_: None}, "no contribution is known"),
    (
        [move()],
        {"paid_elsewhere": {(SOMCHAI, "39", PERIOD): DAY}},
        "2026-11 is paid by the mainframe's history of 2026-11-20",
    ),
    ([move(satang=21_600), move(satang=21_600)], {}, "one month is named twice"),
    ([hold(satang=21_600), hold(JANUARY, 21_600)], {}, "wait for one month only"),
    ([refund(), part(MoveKind.RETURN, 0)], {}, "needs an amount above nothing"),
    ([refund(MONTHLY + 100), part(MoveKind.RETURN, -100)], {}, "needs an amount above nothing"),
]


@pytest.mark.parametrize(("moves", "changed", "why"), REFUSED, ids=range(len(REFUSED)))
def test_what_does_not_settle_a_break_is_refused_in_one_line(
    ledger: Engine, moves: list[Move], changed: dict[str, Any], why: str
) -> None:
    broken(ledger)
    before = balance(ledger)
    with pytest.raises(ResolutionError, match=why) as caught:
        resolve(ledger, KEY, moves, by(), terms(**changed))
    assert len(str(caught.value).splitlines()) == 1
    assert SOMCHAI not in str(caught.value)
    assert (balance(ledger), state(ledger), acts_on(ledger, str(KEY))) == (before, "open", [])


def test_a_month_that_is_paid_in_the_ledger_is_not_paid_again(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes({}, {"outcome": "DOUBLE_PAYMENT"}))
    key = BreakKey(RETURN_FILE, 3)
    with pytest.raises(ResolutionError, match=r"paid in the ledger already \(432.00 baht\)"):
        resolve(ledger, key, [move()], by(), terms("DOUBLE_PAYMENT"))
    assert balance(ledger)[SUSPENSE] == -MONTHLY


def test_a_month_takes_the_rest_that_it_still_owes(ledger: Engine) -> None:
    land(ledger)
    part_paid = {"amount_satang": 13_200, "expected_satang": 13_200}
    load(ledger, outcomes(part_paid, {"outcome": "AMOUNT_SHORT", "amount_satang": 30_000}))
    key = BreakKey(RETURN_FILE, 3)
    resolve(ledger, key, [move(satang=30_000)], by(), terms("AMOUNT_SHORT"))
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]


def test_who_and_why_are_not_optional(ledger: Engine) -> None:
    broken(ledger)
    for nobody in (by(" "), by(reason=" ")):
        with pytest.raises(ResolutionError, match="who settles the break and why"):
            resolve(ledger, KEY, [move()], nobody, terms())


def test_an_unknown_break_is_told(ledger: Engine) -> None:
    broken(ledger)
    with pytest.raises(ResolutionError, match="no break"):
        resolve(ledger, BreakKey(RETURN_FILE, 9), [move()], by(), terms())
    for text in (f"{RETURN_FILE[:12]}:9", "bbbbbbbbbbbb:2"):
        with pytest.raises(ResolutionError, match="no break"):
            find_break(ledger, text)
    with pytest.raises(ResolutionError, match="write FILE:RECORD"):
        find_break(ledger, "2")


def test_the_first_digits_of_the_file_name_a_break_if_only_one_has_them(ledger: Engine) -> None:
    broken(ledger)
    other = "aaaaaaaaaaaa" + "b" * 52
    land(ledger, [other])
    assert find_break(ledger, "AAAAAAAAAAAA:2").key == KEY
    load(ledger, outcomes({"outcome": "NOT_SENT"}, file_id=other), other)
    with pytest.raises(ResolutionError, match="more than one"):
        find_break(ledger, "aaaaaaaaaaaa:2")
    assert find_break(ledger, f"{other}:2").code == "NOT_SENT"


def test_more_than_the_declared_sum_waits_for_a_second_person(ledger: Engine) -> None:
    broken(ledger)
    rules = terms(approve_above_satang=MONTHLY - 1)
    proposed = resolve(ledger, KEY, [refund()], by(), rules)
    assert (proposed.state, proposed.legs) == ("proposed", ())
    assert balance(ledger) == {CLEARING: MONTHLY, SUSPENSE: -MONTHLY}
    assert len(refunds_to_pay(ledger, None, NEXT_DAY)) == 0
    seen = find_break(ledger, str(KEY))
    with pytest.raises(ResolutionError, match="proposed by somchai: a second person"):
        approve(ledger, KEY, by("  SomChai"), rules, seen=seen.event_id)
    with pytest.raises(ResolutionError, match="is proposed by somchai: approve or reopen"):
        resolve(ledger, KEY, [refund()], by(), rules)
    done = approve(ledger, KEY, by("malee"), rules, seen=seen.event_id)
    assert (done.state, done.legs) == ("resolved", (2,))
    (row,) = refunds_to_pay(ledger, None, NEXT_DAY).to_pylist()
    assert (row["leg"], row["account_number"], row["amount_satang"]) == (2, "1234567890", MONTHLY)
    assert [act.verb for act in acts_on(ledger, str(KEY))] == ["resolve", "approve"]


def test_exactly_the_declared_sum_needs_nobody_else(ledger: Engine) -> None:
    broken(ledger)
    rules = terms(approve_above_satang=MONTHLY)
    assert resolve(ledger, KEY, [move()], by(), rules).state == "resolved"


def test_a_write_off_always_needs_a_second_person(ledger: Engine) -> None:
    broken(ledger, amount_satang=1)
    assert resolve(ledger, KEY, [part(MoveKind.WRITE_OFF, 1)], by(), terms()).state == "proposed"
    seen = find_break(ledger, str(KEY)).event_id
    approve(ledger, KEY, by("malee"), terms(), seen=seen)
    assert balance(ledger) == {CLEARING: 1, SUSPENSE: 0, f"written_off:{PARTNER}": -1}


def test_one_person_stays_one_person_however_the_name_is_written() -> None:
    assert same_person("Somchai", " SOMCHAI ")
    assert same_person("José", "Jose\u0301")
    assert same_person("สมชาย ใจดี", "สมชาย  ใจดี")
    assert not same_person("somchai", "malee")


def test_a_proposal_that_was_withdrawn_or_made_anew_is_not_approved(ledger: Engine) -> None:
    broken(ledger)
    rules = terms(approve_above_satang=0)
    resolve(ledger, KEY, [refund()], by(), rules)
    old = find_break(ledger, str(KEY)).event_id
    assert reopen(ledger, KEY, by("malee")).state == "open"
    with pytest.raises(ResolutionError, match="nothing is proposed"):
        approve(ledger, KEY, by("malee"), rules, seen=old)
    other = replace(TO, account_number="9876543210")
    resolve(ledger, KEY, [replace(refund(), payee=other)], by(), rules)
    with pytest.raises(ResolutionError, match="proposed anew"):
        approve(ledger, KEY, by("malee"), rules, seen=old)
    approve(ledger, KEY, by("malee"), rules, seen=find_break(ledger, str(KEY)).event_id)
    (row,) = refunds_to_pay(ledger, None, NEXT_DAY).to_pylist()
    assert row["account_number"] == "9876543210"


def test_several_payees_of_one_proposal_keep_their_amounts(ledger: Engine) -> None:
    broken(ledger)
    rules = terms(approve_above_satang=0)
    second = replace(TO, account_number="222", name="มาลี")
    parts = [refund(40_000), Move(MoveKind.REFUND, 3_200, payee=second)]
    resolve(ledger, KEY, parts, by(), rules)
    approve(ledger, KEY, by("malee"), rules, seen=find_break(ledger, str(KEY)).event_id)
    rows = refunds_to_pay(ledger, None, NEXT_DAY).to_pylist()
    assert [(row["leg"], row["account_number"], row["amount_satang"]) for row in rows] == [
        (2, "1234567890", 40_000),
        (3, "222", 3_200),
    ]


def test_a_month_paid_since_the_proposal_is_not_paid_by_its_approval(ledger: Engine) -> None:
    broken(ledger)
    rules = terms(approve_above_satang=0)
    resolve(ledger, KEY, [move()], by(), rules)
    other = "b" * 64
    land(ledger, [other])
    load(ledger, outcomes({}, file_id=other), other)
    seen = find_break(ledger, str(KEY)).event_id
    with pytest.raises(ResolutionError, match="paid in the ledger already"):
        approve(ledger, KEY, by("malee"), rules, seen=seen)
    assert state(ledger) == "proposed"


def test_reopening_reverses_every_leg_and_the_break_can_be_settled_again(ledger: Engine) -> None:
    broken(ledger, "AMOUNT_OVER", amount_satang=50_000)
    rules = terms("AMOUNT_OVER")
    resolve(ledger, KEY, [move(), part(MoveKind.RETURN, 6_800)], by(), rules)
    undone = reopen(ledger, KEY, by("malee", date(2026, 11, 24)))
    assert undone == Settled(KEY.shown, "open", (-2, -3), date(2026, 11, 24))
    assert balance(ledger)[SUSPENSE] == -50_000
    assert balance(ledger)["contributions:39"] == 0
    assert balance(ledger, booked_to=NEXT_DAY)[SUSPENSE] == 0
    assert months(ledger) == []
    again = resolve(ledger, KEY, [refund(50_000)], by(), rules)
    assert again.legs == (4,)
    assert balance(ledger)[SUSPENSE] == 0
    reopen(ledger, KEY, by())
    assert resolve(ledger, KEY, [move(), refund(6_800)], by(), rules).legs == (5, 6)
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]


def test_what_is_open_cannot_be_reopened(ledger: Engine) -> None:
    broken(ledger)
    with pytest.raises(ResolutionError, match="is open already"):
        reopen(ledger, KEY, by())


def test_nothing_is_entered_in_closed_books(ledger: Engine) -> None:
    broken(ledger)
    close_books(ledger, NEXT_DAY, recorded_at=NOW)
    settled = resolve(ledger, KEY, [move()], by(), terms())
    assert settled.book_date == date(2026, 11, 22)
    assert reopen(ledger, KEY, by(day=DAY)).book_date == date(2026, 11, 22)


def test_a_refund_in_closed_books_is_with_the_bank_and_stays(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [refund()], by(), terms())
    close_books(ledger, NEXT_DAY, recorded_at=NOW)
    with pytest.raises(ResolutionError, match="may be with the bank"):
        reopen(ledger, KEY, by(day=date(2026, 11, 24)))
    assert state(ledger) == "resolved"
    assert balance(ledger)["refunds:payable"] == -MONTHLY


def test_a_refund_is_taken_back_in_the_books_that_have_it(ledger: Engine) -> None:
    """On a later day while these are open still: the file that is made of them leaves it out."""
    broken(ledger)
    resolve(ledger, KEY, [refund()], by(), terms())
    assert reopen(ledger, KEY, by(day=date(2026, 11, 24))).book_date == NEXT_DAY
    close_books(ledger, NEXT_DAY, recorded_at=NOW)
    assert refunds_to_pay(ledger, None, NEXT_DAY).num_rows == 0
    assert balance(ledger, booked_to=NEXT_DAY)[SUSPENSE] == -MONTHLY


def test_a_move_in_closed_books_is_undone_in_open_ones(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [move()], by(), terms())
    close_books(ledger, NEXT_DAY, recorded_at=NOW)
    undone = reopen(ledger, KEY, by(day=date(2026, 11, 24)))
    assert undone.book_date == date(2026, 11, 24)
    close_books(ledger, date(2026, 11, 24), recorded_at=NOW)
    assert balance(ledger)[SUSPENSE] == -MONTHLY


def test_a_break_is_not_settled_in_books_before_those_its_money_came_into(ledger: Engine) -> None:
    close_books(ledger, DAY, recorded_at=NOW)
    land(ledger)
    came_in = date(2026, 11, 24)
    load(ledger, outcomes({"outcome": "NOT_SENT"}), book_date=came_in)
    settled = resolve(ledger, KEY, [move()], by(day=NEXT_DAY), terms("NOT_SENT"))
    assert settled.book_date == came_in
    assert close_books(ledger, NEXT_DAY, recorded_at=NOW).balances == {}


def test_no_day_has_the_reversal_of_what_a_later_one_has(ledger: Engine) -> None:
    broken(ledger, "NOT_SENT")
    later = date(2026, 11, 24)
    resolve(ledger, KEY, [move()], by(day=later), terms("NOT_SENT"))
    assert reopen(ledger, KEY, by(day=NEXT_DAY)).book_date == later
    resolve(ledger, KEY, [move()], by(day=later), terms("NOT_SENT"))
    other = "b" * 64
    land(ledger, [other])
    load(ledger, outcomes({"outcome": "DEBIT"}, file_id=other), other)
    taken = resolve(
        ledger, BreakKey(other, 2), [part(MoveKind.REVERSE)], by(day=NEXT_DAY), terms("DEBIT")
    )
    assert taken.book_date == later
    before = close_books(ledger, NEXT_DAY, recorded_at=NOW)
    assert before.balances == {CLEARING: 0, SUSPENSE: 0}
    after = close_books(ledger, later, recorded_at=NOW)
    assert set(after.balances.values()) == {0}


def test_held_money_waits_and_is_posted_when_its_month_has_begun(ledger: Engine) -> None:
    broken(ledger)
    assert resolve(ledger, KEY, [hold()], by(), terms()).state == "held"
    assert balance(ledger) == {CLEARING: MONTHLY, SUSPENSE: -MONTHLY}
    november, december = date(2026, 11, 30), date(2026, 12, 1)
    assert held_breaks(ledger, november) == []
    early = release(ledger, KEY, by("prakan", november), terms())
    assert (early.state, early.legs) == ("held", ())
    (waiting,) = held_breaks(ledger, december)
    done = release(ledger, waiting.key, by("prakan", december), terms())
    assert (done.state, done.legs, done.book_date) == ("resolved", (2,), december)
    (leg,) = [row for row in rows_of(ledger, schema.posting) if row["leg"] == 2]
    assert (leg["pass_name"], leg["effective_date"]) == ("held.1", DAY)
    assert months(ledger) == [(SOMCHAI, DECEMBER, MONTHLY)]
    assert held_breaks(ledger, december) == []
    assert release(ledger, KEY, by("prakan", december), terms()).legs == ()
    close_books(ledger, december, recorded_at=NOW)


def test_held_money_whose_month_is_paid_meanwhile_is_decided_anew(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [hold()], by(), terms())
    other = "b" * 64
    land(ledger, [other])
    load(ledger, outcomes({"period": DECEMBER}, file_id=other), other)
    done = release(ledger, KEY, by("prakan", date(2026, 12, 1), "the month has begun"), terms())
    assert (done.state, done.legs) == ("open", ())
    again = find_break(ledger, str(KEY))
    assert again.detail["reason"] == (
        "the month has begun, but section 39, 2026-12 is paid in the ledger already (432.00 baht)"
    )
    assert balance(ledger)[SUSPENSE] == -MONTHLY
    resolve(ledger, KEY, [refund()], by(), terms())


def test_held_money_is_let_go_and_can_be_reopened_after_it_was_posted(ledger: Engine) -> None:
    broken(ledger)
    resolve(ledger, KEY, [hold()], by(), terms())
    assert reopen(ledger, KEY, by()).legs == ()
    assert held_breaks(ledger, date(2026, 12, 1)) == []
    resolve(ledger, KEY, [hold(satang=43_200)], by(), terms())
    release(ledger, KEY, by("prakan", date(2026, 12, 1)), terms())
    assert reopen(ledger, KEY, by(day=date(2026, 12, 2))).legs == (-2,)
    assert (months(ledger), balance(ledger)[SUSPENSE]) == ([], -MONTHLY)


def test_one_month_is_waited_for_by_the_money_of_one_break(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes({"outcome": "DOUBLE_PAYMENT"}, {"outcome": "DOUBLE_PAYMENT"}))
    rules = terms("DOUBLE_PAYMENT")
    resolve(ledger, KEY, [hold()], by(), rules)
    other = BreakKey(RETURN_FILE, 3)
    with pytest.raises(ResolutionError, match="break aaaaaaaaaaaa:2 is held for that month"):
        resolve(ledger, other, [hold()], by(), rules)
    resolve(ledger, other, [hold(JANUARY)], by(), rules)
    assert [one.key for one in held_breaks(ledger, date(2027, 1, 4))] == [KEY, other]


def test_what_is_refunded_beside_held_money_goes_with_it(ledger: Engine) -> None:
    broken(ledger, "DOUBLE_PAYMENT", amount_satang=50_000)
    rules = terms("DOUBLE_PAYMENT")
    assert resolve(ledger, KEY, [hold(), refund(6_800)], by(), rules).state == "held"
    release(ledger, KEY, by("prakan", date(2026, 12, 1)), rules)
    assert balance(ledger) == {
        CLEARING: 50_000,
        SUSPENSE: 0,
        "contributions:39": -43_200,
        "refunds:payable": -6_800,
    }
    (row,) = refunds_to_pay(ledger, None, date(2026, 12, 1)).to_pylist()
    assert (row["leg"], row["account_number"]) == (3, "1234567890")


def test_a_month_paid_while_the_money_waited_for_another_is_not_paid_again(ledger: Engine) -> None:
    broken(ledger, "DOUBLE_PAYMENT", amount_satang=2 * MONTHLY)
    rules = terms("DOUBLE_PAYMENT")
    assert resolve(ledger, KEY, [move(), hold()], by(), rules).state == "held"
    other = "b" * 64
    land(ledger, [other])
    load(ledger, outcomes({}, file_id=other), other)
    done = release(ledger, KEY, by("prakan", date(2026, 12, 1)), rules)
    assert (done.state, done.legs) == ("open", ())
    assert "2026-11 is paid in the ledger" in str(find_break(ledger, str(KEY)).detail["reason"])
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]
    assert balance(ledger)[SUSPENSE] == -2 * MONTHLY


def debit(ledger: Engine) -> BreakKey:
    """November is posted and the bank takes it back."""
    land(ledger)
    load(ledger, outcomes({}, {"outcome": "DEBIT", "payment_date": date(2026, 11, 19)}))
    return BreakKey(RETURN_FILE, 3)


def test_a_debit_reverses_the_posting_that_it_takes_back(ledger: Engine) -> None:
    key = debit(ledger)
    assert balance(ledger) == {CLEARING: 0, SUSPENSE: MONTHLY, "contributions:39": -MONTHLY}
    settled = resolve(ledger, key, [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    assert settled.legs == (2,)
    assert balance(ledger) == {CLEARING: 0, SUSPENSE: 0, "contributions:39": 0}
    assert months(ledger) == []
    legs = [(row["record_number"], row["leg"]) for row in rows_of(ledger, schema.posting)]
    assert sorted(legs) == [(2, -1), (2, 1), (3, 1), (3, 2)]
    close_books(ledger, NEXT_DAY, recorded_at=NOW)


def test_reopening_a_reversed_debit_posts_the_month_again(ledger: Engine) -> None:
    key = debit(ledger)
    resolve(ledger, key, [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    reopen(ledger, key, by())
    assert balance(ledger) == {CLEARING: 0, SUSPENSE: MONTHLY, "contributions:39": -MONTHLY}
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]
    again = resolve(ledger, key, [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    assert again.legs == (3,)
    assert (months(ledger), balance(ledger)[SUSPENSE]) == ([], 0)
    close_books(ledger, NEXT_DAY, recorded_at=NOW)


def test_a_month_paid_again_meanwhile_is_not_posted_twice_by_reopening(ledger: Engine) -> None:
    key = debit(ledger)
    resolve(ledger, key, [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    other = "b" * 64
    land(ledger, [other])
    load(ledger, outcomes({}, file_id=other), other)
    with pytest.raises(ResolutionError, match="paid meanwhile by another payment"):
        reopen(ledger, key, by())
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]


@pytest.mark.parametrize(
    "other",
    [{"national_id": MALEE}, {"period": DECEMBER}, {"amount_satang": 100}, {"national_id": None}],
)
def test_a_debit_of_nothing_that_was_posted_cannot_reverse_it(
    ledger: Engine, other: dict[str, object]
) -> None:
    land(ledger)
    load(ledger, outcomes({}, {"outcome": "DEBIT", **other}))
    key = BreakKey(RETURN_FILE, 3)
    satang = int(str(other.get("amount_satang", MONTHLY)))
    with pytest.raises(ResolutionError, match="nothing to reverse; return it or write it off"):
        resolve(ledger, key, [part(MoveKind.REVERSE, satang)], by(), terms("DEBIT"))
    resolve(ledger, key, [part(MoveKind.RETURN, satang)], by(), terms("DEBIT"))
    assert balance(ledger)[SUSPENSE] == 0
    assert balance(ledger)[f"payable:{PARTNER}"] == satang


def test_a_debit_written_off_is_a_loss(ledger: Engine) -> None:
    key = debit(ledger)
    resolve(ledger, key, [part(MoveKind.WRITE_OFF)], by(), terms("DEBIT"))
    approve(ledger, key, by("malee"), terms("DEBIT"), seen=find_break(ledger, str(key)).event_id)
    assert balance(ledger)[f"written_off:{PARTNER}"] == MONTHLY
    assert balance(ledger)[SUSPENSE] == 0


def test_a_resolution_that_a_debit_took_back_is_not_undone_twice(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes({"outcome": "NOT_SENT"}, {"outcome": "DEBIT"}))
    resolve(ledger, KEY, [move()], by(), terms("NOT_SENT"))
    key = BreakKey(RETURN_FILE, 3)
    resolve(ledger, key, [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    with pytest.raises(ResolutionError, match="taken back by another break"):
        reopen(ledger, KEY, by())
    assert balance(ledger)["contributions:39"] == 0


def test_a_resolution_posted_again_by_reopening_a_debit_can_be_undone(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes({"outcome": "NOT_SENT"}, {"outcome": "DEBIT"}))
    resolve(ledger, KEY, [move()], by(), terms("NOT_SENT"))
    key = BreakKey(RETURN_FILE, 3)
    resolve(ledger, key, [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    reopen(ledger, key, by())
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]
    assert reopen(ledger, KEY, by()).legs == (-3,)
    assert (months(ledger), balance(ledger)[SUSPENSE]) == ([], 0), "the debit's money is missing"
    close_books(ledger, NEXT_DAY, recorded_at=NOW)


_SEVERAL_MONTHS = (
    {"period": 202610, "pass_name": "several_months.1"},
    {"leg": 2, "pass_name": "several_months.1"},
)
_SHORT = {"amount_satang": 43_100, "tolerance_satang": -100, "pass_name": "tolerance.1"}
_OVER = {"amount_satang": 43_300, "tolerance_satang": 100, "pass_name": "tolerance.1"}


@pytest.mark.parametrize(
    ("payment", "satang"), [(_SEVERAL_MONTHS, 2 * MONTHLY), ((_SHORT,), 43_100), ((_OVER,), 43_300)]
)
def test_a_debit_takes_back_a_payment_with_all_of_its_legs(
    ledger: Engine, payment: tuple[dict[str, object], ...], satang: int
) -> None:
    land(ledger)
    load(ledger, outcomes(*payment, {"outcome": "DEBIT", "amount_satang": satang}))
    key, before = BreakKey(RETURN_FILE, 3), (months(ledger), balance(ledger))
    resolve(ledger, key, [part(MoveKind.REVERSE, satang)], by(), terms("DEBIT"))
    assert (months(ledger), set(balance(ledger).values())) == ([], {0})
    close_books(ledger, NEXT_DAY, recorded_at=NOW)
    reopen(ledger, key, by())
    assert (months(ledger), balance(ledger)) == before
    resolve(ledger, key, [part(MoveKind.REVERSE, satang)], by(), terms("DEBIT"))
    assert (months(ledger), set(balance(ledger).values())) == ([], {0})
    close_books(ledger, date(2026, 11, 23), recorded_at=NOW)


def test_a_debit_finds_what_was_posted_under_the_option_that_was_offered(ledger: Engine) -> None:
    land(ledger)
    paid = {"section_code": "40", "amount_satang": 10_000}
    debited = {**paid, "option_code": "01", "outcome": "DEBIT"}
    load(ledger, outcomes({**paid, "option_code": "02"}, debited))
    whole = part(MoveKind.REVERSE, 10_000)
    resolve(ledger, BreakKey(RETURN_FILE, 3), [whole], by(), terms("DEBIT"))
    assert (months(ledger), set(balance(ledger).values())) == ([], {0})


def test_a_debit_of_one_month_of_several_takes_back_that_one(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes(*_SEVERAL_MONTHS, {"outcome": "DEBIT"}))
    resolve(ledger, BreakKey(RETURN_FILE, 3), [part(MoveKind.REVERSE)], by(), terms("DEBIT"))
    assert months(ledger) == [(SOMCHAI, 202610, MONTHLY)]
    close_books(ledger, NEXT_DAY, recorded_at=NOW)


@pytest.mark.parametrize(("payment", "satang"), [(_SHORT, 100), (_OVER, MONTHLY)])
def test_a_debit_of_a_difference_takes_nothing_back(
    ledger: Engine, payment: dict[str, object], satang: int
) -> None:
    land(ledger)
    load(ledger, outcomes(payment, {"outcome": "DEBIT", "amount_satang": satang}))
    key = BreakKey(RETURN_FILE, 3)
    with pytest.raises(ResolutionError, match="nothing to reverse"):
        resolve(ledger, key, [part(MoveKind.REVERSE, satang)], by(), terms("DEBIT"))


def test_one_of_several_payments_that_was_taken_back_is_posted_again(ledger: Engine) -> None:
    half = {"amount_satang": MONTHLY // 2, "pass_name": "several_payments.1"}
    land(ledger)
    load(ledger, outcomes(half, half, *({**half, "pass_name": None, "outcome": "DEBIT"},) * 2))
    keys = [BreakKey(RETURN_FILE, 4), BreakKey(RETURN_FILE, 5)]
    for key in keys:
        resolve(ledger, key, [part(MoveKind.REVERSE, MONTHLY // 2)], by(), terms("DEBIT"))
    assert months(ledger) == []
    for key in keys:
        reopen(ledger, key, by())
    assert months(ledger) == [(SOMCHAI, PERIOD, MONTHLY)]
    close_books(ledger, NEXT_DAY, recorded_at=NOW)


def test_a_payment_of_nothing_is_closed_without_a_posting(ledger: Engine) -> None:
    broken(ledger, "AMOUNT_SHORT", amount_satang=0)
    settled = resolve(ledger, KEY, [part(MoveKind.CLOSE, 0)], by(), terms("AMOUNT_SHORT"))
    assert (settled.state, settled.legs) == ("resolved", ())
    assert rows_of(ledger, schema.posting) == []
    assert reopen(ledger, KEY, by()).state == "open"


def test_a_break_of_a_file_is_closed_and_opened_again(ledger: Engine) -> None:
    found = FileBreak(
        "settlement.counter_service.2026-11-20",
        FileBreakCode.SETTLEMENT_DIFFERS,
        PARTNER,
        DAY,
        None,
        100,
        {},
    )
    record_file_break(ledger, found, recorded_at=NOW)
    name = found.break_id
    assert close_file_break(ledger, name, by()).state == "resolved"
    with pytest.raises(ResolutionError, match="is resolved already"):
        close_file_break(ledger, name, by())
    assert reopen_file_break(ledger, name, by()).state == "open"
    with pytest.raises(ResolutionError, match="is open already"):
        reopen_file_break(ledger, name, by())
    with pytest.raises(ResolutionError, match=r"no break .settlement\.nobody."):
        close_file_break(ledger, "settlement.nobody", by())
    assert [act.verb for act in acts_on(ledger, name)] == ["resolve", "reopen"]
    assert rows_of(ledger, schema.posting) == []
    assert len(file_breaks(ledger)) == 1


def _settle(url: str, who: str) -> str:
    engine = open_ledger(url)
    try:
        return resolve(engine, KEY, [refund()], by(who), terms_of_process()).state
    except ResolutionError as error:
        return str(error)
    finally:
        engine.dispose()


def terms_of_process() -> Terms:
    return Terms(kinds=load_catalogue()["WRONG_PERIOD"].resolutions, approve_above_satang=100_000)


def test_of_two_processes_that_settle_one_break_one_wins(ledger_url: str) -> None:
    engine = open_ledger(ledger_url)
    broken(engine)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        told = list(processes.map(_settle, [ledger_url] * 4, ["a", "b", "c", "d"]))
    assert sorted(told)[-1] == "resolved"
    assert told.count("resolved") == 1
    assert sum("is resolved by" in text for text in told) == 3
    assert balance(engine)[SUSPENSE] == 0
    assert balance(engine)["refunds:payable"] == -MONTHLY
    engine.dispose()


def test_breaks_are_listed_with_their_latest_state_and_summed_by_age(ledger: Engine) -> None:
    land(ledger)
    load(
        ledger,
        outcomes(
            {"outcome": "NOT_SENT"},
            {"outcome": "NOT_SENT", "amount_satang": 100},
            {"outcome": "DOUBLE_PAYMENT"},
            {"outcome": "WRONG_PERIOD"},
        ),
    )
    late = FileBreak(
        "late.aaaa", FileBreakCode.RETURN_LATE, PARTNER, date(2026, 11, 18), None, 5, {}
    )
    record_file_break(ledger, late, recorded_at=NOW)
    resolve(ledger, BreakKey(RETURN_FILE, 5), [move()], by(), terms())
    resolve(ledger, BreakKey(RETURN_FILE, 4), [hold()], by(), terms("DOUBLE_PAYMENT"))
    found = list_breaks(ledger, BreakFilter(), limit=None)
    assert [(one.break_id, one.state) for one in found] == [
        ("late.aaaa", "open"),
        ("aaaaaaaaaaaa:2", "open"),
        ("aaaaaaaaaaaa:4", "held"),
        ("aaaaaaaaaaaa:3", "open"),
    ]
    assert len(list_breaks(ledger, BreakFilter(states=None), limit=None)) == 5
    assert len(list_breaks(ledger, BreakFilter(), limit=2)) == 2
    chosen = BreakFilter(codes=["NOT_SENT", "RETURN_LATE"], of=DAY)
    assert [one.code for one in list_breaks(ledger, chosen, limit=None)] == ["NOT_SENT"] * 2
    old = list_breaks(ledger, BreakFilter(since_up_to=date(2026, 11, 19)), limit=None)
    assert [one.break_id for one in old] == ["late.aaaa"]
    assert list_breaks(ledger, BreakFilter(partner="nobody"), limit=None) == []
    sums = sum_breaks(ledger, BreakFilter(), date(2026, 11, 21), (1, 7))
    assert [(one.code, one.state, one.bucket, one.count, one.satang) for one in sums] == [
        ("DOUBLE_PAYMENT", "held", 0, 1, MONTHLY),
        ("NOT_SENT", "open", 0, 2, MONTHLY + 100),
        ("RETURN_LATE", "open", 1, 1, 5),
    ]
    reopen(ledger, BreakKey(RETURN_FILE, 5), by())
    assert listed_break(ledger, BreakKey(RETURN_FILE, 5)).state == "open"
    assert listed_break(ledger, "late.aaaa").amount_satang == 5
    with pytest.raises(ResolutionError, match="no break"):
        listed_break(ledger, "late.bbbb")


def test_a_suggestion_is_read_back_as_movements() -> None:
    told = (
        '{"candidates":1,"moves":[{"amount_satang":43200,"kind":"move","period":202611,'
        '"section_code":"39"}],"pass":"other_period.1"}'
    )
    assert suggested_moves(told) == (Move(MoveKind.MOVE, 43_200, None, "39", None, 202611),)
    assert suggested_moves(None) == ()
    assert suggested_moves('{"candidates":3,"moves":[],"pass":"one_digit.1"}') == ()
    assert moves_from_detail([{"kind": "return", "amount_satang": 1}])[0].kind is MoveKind.RETURN


_worlds = itertools.count(1)
STEP = st.tuples(
    st.sampled_from(
        ["move", "hold", "refund", "return", "write_off", "reopen", "approve", "release"]
    ),
    st.integers(2, 4),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, max_size=14))
def test_suspense_is_the_money_of_unresolved_breaks_whatever_was_done(
    ledger: Engine, steps: list[tuple[str, int]]
) -> None:
    """And months paid are as if only the last state had ever been."""
    world = next(_worlds)
    file_id = hashlib.sha256(f"resolutions {world}".encode()).hexdigest()
    partner = f"partner{world}"
    persons = {record: f"{world:06d}{record:07d}" for record in (2, 3, 4)}
    rows = [
        {"outcome": "WRONG_PERIOD", "national_id": who, "period": 202609}
        for who in persons.values()
    ]
    land(ledger, [file_id])
    load(ledger, outcomes(*rows, file_id=file_id), file_id, partner=partner)
    rules = terms(approve_above_satang=100_000)
    for nth, (what, record) in enumerate(steps):
        _try(ledger, BreakKey(file_id, record), persons[record], what, rules, f"person{nth}")
    keys = {record: find_break(ledger, f"{file_id}:{record}") for record in persons}
    waiting = sum(one.amount_satang for one in keys.values() if one.state != "resolved")
    assert balance(ledger).get(f"suspense:{partner}", 0) == -waiting
    assert balance(ledger)[f"clearing:{partner}"] == 3 * MONTHLY
    assert _months_of(ledger, set(persons.values())) == _expected(keys)
    assert len(months_differing(ledger)) == 0


def _try(ledger: Engine, key: BreakKey, person: str, what: str, rules: Terms, who: str) -> None:
    moves = {
        "move": [move(person=person)],
        "hold": [replace(hold(), national_id=person)],
        "refund": [refund()],
        "return": [part(MoveKind.RETURN)],
        "write_off": [part(MoveKind.WRITE_OFF)],
    }
    try:
        if what in moves:
            resolve(ledger, key, moves[what], by(who), rules)
        elif what == "reopen":
            reopen(ledger, key, by(who))
        elif what == "release":
            release(ledger, key, by(who, date(2026, 12, 1)), rules)
        else:
            seen = find_break(ledger, str(key)).event_id
            approve(ledger, key, by(who), rules, seen=seen)
    except ResolutionError:
        pass  # a step that the state of the break does not allow changes nothing


def _months_of(ledger: Engine, persons: set[str]) -> set[tuple[str, int, int]]:
    return {month for month in months(ledger) if month[0] in persons}


def _expected(keys: dict[int, BrokenPayment]) -> set[tuple[str, int, int]]:
    found = set()
    for one in keys.values():
        moves = one.detail.get("moves", []) if one.state == "resolved" else []
        assert isinstance(moves, list)
        for each in moves_from_detail(moves):
            if each.period is not None:
                found.add((str(one.national_id), each.period, each.amount_satang))
    return found
