"""Refunds of employers where somebody slips, hurries, or wants the money twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from interfaces.catalogue import load_catalogue
from ledger import schema
from ledger.books import check_books, close_books
from ledger.break_records import BreakKey, ResolutionError
from ledger.database import open_ledger, writing
from ledger.digest import content_digest
from ledger.employer_refund_legs import doubtful_refunds
from ledger.employer_refund_records import EmployerRefund, RefundError, employer_refunds
from ledger.employer_refunds import approve_refund, cancel_refund, refund
from ledger.errors import LedgerError
from ledger.moves import Move, MoveKind, Payee
from ledger.refunds import refunds_to_pay
from ledger.resolution_terms import By, Terms
from ledger.resolutions import check, resolve
from tests.ledger.made_outcomes import balance, rows_of
from tests.ledger.paying_employers import (
    ACCOUNT,
    DAY,
    MONTH,
    NOW,
    OTHER,
    file_due,
    pay,
    standing,
    stands,
)

LATER = DAY + timedelta(days=5)
PAYEE = Payee("006", "0001", "1234567890", "บริษัท ตัวอย่างการค้า จำกัด")
MONTH_BEFORE = 202612


def by(who: str = "malee", day: date = LATER, reason: str = "letter 17/2570") -> By:
    return By(who, reason, day, NOW)


def ask(
    ledger: Engine, satang: int | None = None, *, limit: int = 10**9, said: By | None = None
) -> EmployerRefund:
    return refund(ledger, ACCOUNT, MONTH, satang, PAYEE, said or by(), lambda *_: limit)


def agrees(ledger: Engine) -> None:
    failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
    assert failing == []


def overpay(engine: Engine) -> None:
    file_due(engine, 80_000)
    pay(engine, {"amount_satang": 100_000})


@pytest.fixture
def overpaid(ledger: Engine) -> Engine:
    """1,000 baht were paid for 800."""
    overpay(ledger)
    return ledger


def debit(ledger: Engine, number: int = 1, **named: object) -> BreakKey:
    """The bank says that it takes 1,000 baht back, in a return of that number."""
    row = {"outcome": "DEBIT", "amount_satang": 100_000, **named}
    return BreakKey(pay(ledger, row, day=LATER, number=number).file_id, 2)


def terms(code: str, limit: int = 10**9) -> Terms:
    return Terms(load_catalogue()[code].resolutions, limit, of_employers=True)


def test_what_the_bank_takes_back_is_not_refunded_too(overpaid: Engine) -> None:
    asked = ask(overpaid, 5_000, limit=0)
    key = debit(overpaid)
    before = content_digest(overpaid)
    attempts: list[Callable[[], object]] = [
        lambda: ask(overpaid),
        lambda: ask(overpaid, limit=0),
        lambda: approve_refund(overpaid, asked.refund_id, by("prasert")),
    ]
    for attempt in attempts:
        with pytest.raises(RefundError, match=f"takes money .* back: settle {key.shown} first"):
            attempt()
    assert content_digest(overpaid) == before
    resolve(overpaid, key, [Move(MoveKind.REVERSE, 100_000)], by(), terms("DEBIT"))
    with pytest.raises(RefundError, match=r"0\.00 stand as overpaid"):
        approve_refund(overpaid, asked.refund_id, by("prasert"))
    agrees(overpaid)


def test_a_debit_that_is_settled_or_of_another_month_or_employer_is_in_nobodys_way(
    overpaid: Engine,
) -> None:
    debit(overpaid, 1, employer_account=OTHER)
    debit(overpaid, 2, period=MONTH_BEFORE)
    debit(overpaid, 3, employer_account=None, employer_branch=None, period=None)
    assert ask(overpaid, 1_000).state == "payable"
    own = debit(overpaid, 4)
    with pytest.raises(RefundError, match="settle"):
        ask(overpaid)
    resolve(overpaid, own, [Move(MoveKind.RETURN, 100_000)], by(), terms("DEBIT"))
    assert ask(overpaid).amount_satang == 19_000
    agrees(overpaid)


def test_what_should_perhaps_be_cancelled_is_told_until_the_bank_has_it(overpaid: Engine) -> None:
    asked = ask(overpaid, 15_000)
    ask(overpaid, 5_000, limit=0)
    assert doubtful_refunds(overpaid) == []
    file_due(overpaid, 90_000)
    assert [one.refund_id for one in doubtful_refunds(overpaid)] == [asked.refund_id]
    file_due(overpaid, 80_001)
    file_due(overpaid, 80_000)
    assert doubtful_refunds(overpaid) == []
    debit(overpaid)
    assert [one.refund_id for one in doubtful_refunds(overpaid)] == [asked.refund_id]
    close_books(overpaid, LATER, recorded_at=NOW)
    assert doubtful_refunds(overpaid) == [], "it is too late"


@pytest.mark.parametrize("far", [date(2207, 1, 4), NOW.date() + timedelta(days=32)])
def test_a_year_that_is_mistyped_keeps_no_money_for_years(overpaid: Engine, far: date) -> None:
    asked = ask(overpaid, 5_000, limit=0)
    before = content_digest(overpaid)
    with pytest.raises(RefundError, match="is far ahead of the books"):
        ask(overpaid, said=by(day=far))
    with pytest.raises(RefundError, match="is far ahead of the books"):
        approve_refund(overpaid, asked.refund_id, by("prasert", far))
    assert content_digest(overpaid) == before
    with pytest.raises(RefundError, match="nothing can be refunded"):
        refund(overpaid, OTHER, MONTH, None, PAYEE, by(day=far), lambda *_: 0)


def test_a_day_is_measured_by_the_books_where_these_are_ahead_of_the_clock(
    overpaid: Engine,
) -> None:
    closed = NOW.date() + timedelta(days=90)
    close_books(overpaid, closed, recorded_at=NOW)
    assert ask(overpaid, said=by(day=closed + timedelta(days=31))).state == "payable"
    agrees(overpaid)


def test_what_was_cancelled_decides_no_day_of_the_next(overpaid: Engine) -> None:
    ahead = DAY + timedelta(days=20)
    gone = ask(overpaid, said=by(day=ahead))
    assert gone.book_date == ahead
    cancel_refund(overpaid, gone.refund_id, by())
    again = ask(overpaid)
    assert again.book_date == LATER
    close_books(overpaid, LATER, recorded_at=NOW)
    (row,) = refunds_to_pay(overpaid, None, LATER).to_pylist()
    assert (row["leg"], row["amount_satang"]) == (again.leg, 20_000)
    agrees(overpaid)


def test_the_thousandth_of_an_account_comes_after_its_999th(overpaid: Engine) -> None:
    first = ask(overpaid, 100)
    (event,) = rows_of(overpaid, schema.employer_refund_event)
    event.pop("event_id")
    numbers = [f"{ACCOUNT}-{number:03d}" for number in range(2, 1_000)]
    with writing(overpaid, "posting") as connection:
        for refund_id in numbers:
            asked = {"employer_account": ACCOUNT, "period": MONTH, "amount_satang": 100}
            connection.execute(
                sa.insert(schema.employer_refund).values(
                    **asked, refund_id=refund_id, recorded_at=NOW
                )
            )
            kept = {**event, "refund_id": refund_id, "state": "withdrawn"}
            connection.execute(sa.insert(schema.employer_refund_event).values(kept))
    last = ask(overpaid, 100, limit=10**9)
    assert last.refund_id == f"{ACCOUNT}-1000"
    assert cancel_refund(overpaid, last.refund_id, by()).state == "withdrawn"
    found = [one.refund_id for one in employer_refunds(overpaid)]
    assert found == [first.refund_id, *numbers, last.refund_id]


@pytest.mark.parametrize("written", ["1234567890", "123-4-56789-0", "006/0001/1234567890."])
def test_a_reason_does_not_tell_the_account_number(overpaid: Engine, written: str) -> None:
    """Reasons stand in the audit, in lists and in answers to programs."""
    telling = by(reason=f"to {written} as told")
    with pytest.raises(RefundError, match="holds the account number") as refused:
        ask(overpaid, said=telling)
    assert PAYEE.account_number not in str(refused.value)
    asked = ask(overpaid, limit=0)
    with pytest.raises(RefundError, match="holds the account number"):
        approve_refund(overpaid, asked.refund_id, replace(telling, who="prasert"))
    with pytest.raises(RefundError, match="holds the account number"):
        cancel_refund(overpaid, asked.refund_id, telling)
    assert approve_refund(overpaid, asked.refund_id, by("prasert")).state == "payable"


def test_a_reason_of_a_break_does_not_either(ledger: Engine) -> None:
    key = BreakKey(pay(ledger, {"outcome": "UNKNOWN_EMPLOYER"}).file_id, 2)
    back = [Move(MoveKind.REFUND, 150_000, payee=PAYEE)]
    telling = by(reason="to 123-456-7890")
    for attempt in (check, resolve):
        with pytest.raises(ResolutionError, match="holds the payee's account number"):
            attempt(ledger, key, back, telling, terms("UNKNOWN_EMPLOYER"))
    resolve(ledger, key, back, by(reason="to the account of letter 17"), terms("UNKNOWN_EMPLOYER"))


def test_a_defect_tells_no_account_number(overpaid: Engine) -> None:
    """What a database says of a statement that fails goes into logs, its values do not."""
    ask(overpaid)
    (row,) = rows_of(overpaid, schema.refund)
    with pytest.raises(LedgerError) as refused, writing(overpaid) as connection:
        connection.execute(sa.insert(schema.refund).values(row))
    told = f"{refused.value} {refused.value.__cause__}"
    assert PAYEE.account_number not in told
    assert PAYEE.name not in told


def test_of_a_large_return_a_refund_reads_its_own_record_only(overpaid: Engine) -> None:
    """Half a million others may stand in it."""
    asked_for: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked_for.append(" ".join(statement.split()))

    sa.event.listen(overpaid, "before_cursor_execute", note)
    ask(overpaid)
    numbering = [one for one in asked_for if "max(posting.leg)" in one]
    assert len(numbering) == 2, "of the refund's leg, and of what follows from it"
    assert all("posting.record_number IN" in one for one in numbering)


def _decide(asked: tuple[str, str, str]) -> str:
    url, refund_id, who = asked
    engine = open_ledger(url)
    try:
        if who == "canceller":
            return cancel_refund(engine, refund_id, by(who)).state
        return approve_refund(engine, refund_id, by(who)).state
    except RefundError as error:
        return str(error)
    finally:
        engine.dispose()


@pytest.mark.parametrize("rival", ["somchai", "canceller"])
def test_of_two_who_decide_at_once_the_books_have_one(ledger_url: str, rival: str) -> None:
    engine = open_ledger(ledger_url)
    try:
        overpay(engine)
        asked = ask(engine, limit=0)
        work = [(ledger_url, asked.refund_id, who) for who in ("prasert", rival)]
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
            told = list(processes.map(_decide, work))
        (now,) = employer_refunds(engine)
        if rival == "somchai":
            assert sorted(told)[0] == "payable"
            assert "is payable: nothing to approve" in sorted(told)[1]
        else:
            assert told[1] == "withdrawn", "whichever came first"
            assert told[0] == "payable" or "is withdrawn: nothing to approve" in told[0]
        refunded = 0 if now.state == "withdrawn" else 20_000
        assert -balance(engine).get("refunds:payable", 0) == refunded
        left = {"overpaid": 20_000 - refunded} if refunded == 0 else {}
        assert standing(engine) == stands(filed=80_000, paid=100_000 - refunded, **left)
        agrees(engine)
    finally:
        engine.dispose()
