"""What an employer overpaid is given back: asked, approved, cancelled, and what follows."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from interfaces.catalogue import load_catalogue
from ledger import schema
from ledger.acts import acts_on
from ledger.audit import recent_entries, verify_chain
from ledger.books import check_books, close_books
from ledger.break_records import BreakKey, ResolutionError
from ledger.database import open_ledger, reading
from ledger.digest import content_digest
from ledger.employer_refund_legs import overpaid_of, paid_month
from ledger.employer_refund_records import EmployerRefund, RefundError, employer_refunds
from ledger.employer_refunds import approve_refund, cancel_refund, refund
from ledger.errors import LedgerError
from ledger.moves import Employer, Move, MoveKind, Payee
from ledger.refunds import refunds_to_pay
from ledger.resolution_terms import By, Terms
from ledger.resolutions import reopen, resolve
from tests.ledger.made_outcomes import balance, rows_of
from tests.ledger.paying_employers import (
    ACCOUNT,
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

LATER = DAY + timedelta(days=5)
MONTH_LATE = date(2027, 3, 16)
PAYEE = Payee("006", "0001", "1234567890", "บริษัท ตัวอย่างการค้า จำกัด")
PAYABLE = "refunds:payable"


def by(who: str = "malee", day: date = LATER) -> By:
    return By(who, "the employer asks", day, NOW)


def ask(
    ledger: Engine, satang: int | None = None, *, limit: int = 10**9, day: date = LATER
) -> EmployerRefund:
    return refund(ledger, ACCOUNT, MONTH, satang, PAYEE, by(day=day), lambda *_: limit)


def agrees(ledger: Engine) -> None:
    failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
    assert failing == []


@pytest.fixture
def overpaid(ledger: Engine) -> Engine:
    """1,000 baht were paid for 800."""
    file_due(ledger, 80_000)
    pay(ledger, {"amount_satang": 100_000})
    assert standing(ledger) == stands(filed=80_000, paid=100_000, overpaid=20_000)
    return ledger


def legs_of_refund(ledger: Engine) -> list[dict[str, object]]:
    rows = rows_of(ledger, schema.posting)
    return [row for row in rows if PAYABLE in (row["debit_account"], row["credit_account"])]


def test_all_of_it_goes_to_the_employers_bank(overpaid: Engine) -> None:
    done = ask(overpaid)
    assert (done.refund_id, done.state, done.amount_satang) == (f"{ACCOUNT}-001", "payable", 20_000)
    assert (done.account, done.payee_name, done.book_date) == ("xxxxxx7890", PAYEE.name, LATER)
    assert standing(overpaid) == stands(filed=80_000, paid=80_000)
    assert balance(overpaid)[PAYABLE] == -20_000
    (leg,) = legs_of_refund(overpaid)
    names = ("debit_account", "credit_account", "section_code", "period", "employer_account",
             "employer_branch", "effective_date", "book_date", "pass_name")  # fmt: skip
    assert tuple(leg[name] for name in names) == (
        "receivable:33", PAYABLE, "33", MONTH, ACCOUNT, HEAD_OFFICE, LATER, LATER,
        "employer_refund.1",
    )  # fmt: skip
    (row,) = refunds_to_pay(overpaid, None, LATER).to_pylist()
    assert (row["file_id"], row["record_number"], row["leg"]) == (
        done.file_id, done.record_number, done.leg
    )  # fmt: skip
    assert (row["amount_satang"], row["account_number"], row["national_id"]) == (
        20_000, "1234567890", None
    )  # fmt: skip
    agrees(overpaid)


def test_the_account_number_stands_in_one_table(overpaid: Engine) -> None:
    approve_refund(overpaid, ask(overpaid, limit=0).refund_id, by("prasert"))
    for table in schema.metadata.sorted_tables:
        if table.name != "refund":
            assert PAYEE.account_number not in repr(rows_of(overpaid, table)), table.name
    assert "xxxxxx7890" in repr(recent_entries(overpaid, 10))


@pytest.mark.parametrize(
    ("satang", "told"),
    [
        (20_001, "has 200.00 baht overpaid for 2027-01: no more than 200.00 can be refunded"),
        (0, "a refund of nothing"),
        (-5, "a refund of nothing"),
    ],
)
def test_no_more_than_is_overpaid(overpaid: Engine, satang: int, told: str) -> None:
    before = content_digest(overpaid)
    with pytest.raises(RefundError, match=told):
        ask(overpaid, satang)
    assert content_digest(overpaid) == before


def test_nothing_is_refunded_twice(overpaid: Engine) -> None:
    assert ask(overpaid, 15_000).refund_id == f"{ACCOUNT}-001"
    with pytest.raises(RefundError, match=r"has 50\.00 baht overpaid .* no more than 50\.00"):
        ask(overpaid, 5_001)
    waiting = ask(overpaid, limit=4_999)
    assert (waiting.refund_id, waiting.state, waiting.amount_satang) == (
        f"{ACCOUNT}-002", "proposed", 5_000
    )  # fmt: skip
    with pytest.raises(RefundError, match=r"50\.00 of it proposed .* already: nothing can be"):
        ask(overpaid)
    with pytest.raises(RefundError, match="nothing can be refunded"):
        refund(overpaid, OTHER, MONTH, None, PAYEE, by(), lambda *_: 0)
    agrees(overpaid)


def test_a_second_person_approves_what_is_above_the_limit(overpaid: Engine) -> None:
    asked = ask(overpaid, limit=19_999)
    assert (asked.state, asked.book_date) == ("proposed", None)
    assert standing(overpaid)["overpaid"] == 20_000
    assert refunds_to_pay(overpaid, None, MONTH_LATE).num_rows == 0
    with pytest.raises(RefundError, match="proposed by malee: a second person"):
        approve_refund(overpaid, asked.refund_id, by("Malee "))
    done = approve_refund(overpaid, asked.refund_id, by("prasert"))
    assert (done.state, done.who, done.asked_by) == ("payable", "prasert", "malee")
    assert done.leg > 0 > asked.leg
    (row,) = refunds_to_pay(overpaid, None, LATER).to_pylist()
    assert (row["account_number"], row["payee_name"]) == (PAYEE.account_number, PAYEE.name)
    with pytest.raises(RefundError, match="is payable: nothing to approve"):
        approve_refund(overpaid, asked.refund_id, by("prasert"))
    with pytest.raises(RefundError, match="no refund 1000000012-009"):
        approve_refund(overpaid, f"{ACCOUNT}-009", by("prasert"))
    verbs = [(act.verb, act.who) for act in acts_on(overpaid, asked.refund_id)]
    assert verbs == [("refund", "malee"), ("refund-approve", "prasert")]
    kinds = [entry.kind for entry in recent_entries(overpaid, 50)]
    assert {"refund.proposed", "refund.payable"} <= set(kinds)
    assert verify_chain(overpaid).fault is None
    agrees(overpaid)


def test_a_large_sum_in_parts_needs_a_second_person_too(overpaid: Engine) -> None:
    assert ask(overpaid, 7_000, limit=10_000).state == "payable"
    second = ask(overpaid, 3_001, limit=10_000)
    assert second.state == "proposed"
    cancel_refund(overpaid, second.refund_id, by())
    assert ask(overpaid, 3_000, limit=10_000).state == "payable"
    agrees(overpaid)


def test_a_limit_is_that_of_the_return_that_took_the_payment(overpaid: Engine) -> None:
    looked_up = []

    def approve_above(interface: str, version: int) -> int:
        looked_up.append((interface, version))
        return 0

    refund(overpaid, ACCOUNT, MONTH, None, PAYEE, by(), approve_above)
    assert looked_up == [("employer_payment", 1)]


def test_what_became_due_meanwhile_is_not_refunded(overpaid: Engine) -> None:
    asked = ask(overpaid, limit=0)
    file_due(overpaid, 90_000)
    assert standing(overpaid)["overpaid"] == 10_000
    with pytest.raises(RefundError, match=r"is 200\.00 baht, but 100\.00 stand as overpaid"):
        approve_refund(overpaid, asked.refund_id, by("prasert"))
    assert cancel_refund(overpaid, asked.refund_id, by()).state == "withdrawn"
    assert ask(overpaid).amount_satang == 10_000
    agrees(overpaid)


def test_a_refund_is_cancelled_until_its_books_are_closed(overpaid: Engine) -> None:
    done = ask(overpaid)
    gone = cancel_refund(overpaid, done.refund_id, by("somchai"))
    assert (gone.state, gone.who, gone.book_date) == ("withdrawn", "somchai", LATER)
    assert standing(overpaid) == stands(filed=80_000, paid=100_000, overpaid=20_000)
    assert refunds_to_pay(overpaid, None, LATER).num_rows == 0
    assert balance(overpaid)[PAYABLE] == 0
    with pytest.raises(RefundError, match="was cancelled already by somchai"):
        cancel_refund(overpaid, done.refund_id, by())
    again = ask(overpaid)
    assert (again.refund_id, again.leg > done.leg) == (f"{ACCOUNT}-002", True)
    agrees(overpaid)
    close_books(overpaid, LATER, recorded_at=NOW)
    (listed,) = (one for one in employer_refunds(overpaid) if one.refund_id == again.refund_id)
    assert listed.fixed
    with pytest.raises(RefundError, match="stands in closed books"):
        cancel_refund(overpaid, again.refund_id, by())
    agrees(overpaid)


def test_a_refund_cancelled_on_a_later_day_is_in_no_file_of_its_own(overpaid: Engine) -> None:
    """Its books are open still: they have both, or the bank would be told of what was cancelled."""
    done = ask(overpaid)
    gone = cancel_refund(overpaid, done.refund_id, by(day=MONTH_LATE))
    assert gone.book_date == LATER
    close_books(overpaid, LATER, recorded_at=NOW)
    assert refunds_to_pay(overpaid, None, LATER).num_rows == 0
    agrees(overpaid)


def test_refunds_are_listed_with_those_that_wait_first(overpaid: Engine) -> None:
    ask(overpaid, 1_000)
    ask(overpaid, 2_000, limit=0)
    found = employer_refunds(overpaid)
    assert [(one.refund_id[-3:], one.state) for one in found] == [
        ("002", "proposed"), ("001", "payable")
    ]  # fmt: skip
    assert employer_refunds(overpaid, state="payable") == found[1:]
    assert employer_refunds(overpaid, accounts=[OTHER]) == []
    assert employer_refunds(overpaid, accounts=[ACCOUNT], period=202612) == []


def test_what_is_due_after_all_is_paid_again_and_late(overpaid: Engine) -> None:
    """The refund was of what had been paid last: what comes after it keeps its own day."""
    ask(overpaid)
    file_due(overpaid, 100_000)
    assert standing(overpaid) == stands(filed=100_000, paid=80_000, outstanding=20_000)
    pay(overpaid, {"amount_satang": 20_000}, day=MONTH_LATE)
    assert standing(overpaid) == stands(filed=100_000, paid=100_000, surcharge=400, outstanding=400)
    agrees(overpaid)


def test_a_refund_changes_no_surcharge_and_is_dated_after_the_money(ledger: Engine) -> None:
    """Asked for on a day before the last payment: it is of that payment all the same."""
    file_due(ledger, 100_000)
    pay(ledger, {"amount_satang": 60_000}, day=DUE_DAY)
    pay(ledger, {"amount_satang": 60_000}, day=MONTH_LATE)
    before = standing(ledger)
    assert (before["surcharge"], before["overpaid"]) == (800, 19_200)
    done = ask(ledger, day=DUE_DAY)
    assert done.book_date == MONTH_LATE, "in no books before those that have the money"
    assert standing(ledger) == {**before, "paid": 100_800, "overpaid": 0}
    (leg,) = legs_of_refund(ledger)
    assert leg["effective_date"] == MONTH_LATE
    agrees(ledger)


def test_it_hangs_on_the_newest_payment_that_stands(ledger: Engine) -> None:
    first = pay(ledger, {}, {"employer_branch": "000003", "payment_date": DUE_DAY}).file_id
    pay(ledger, {"employer_account": OTHER}, day=MONTH_LATE)
    with reading(ledger) as connection:
        found = paid_month(connection, ACCOUNT, MONTH)
        nothing = paid_month(connection, OTHER, 202612)
    assert found is not None
    assert (found.file_id, found.record_number, found.employer_branch) == (first, 3, "000003")
    assert (found.interface, found.version, nothing) == ("employer_payment", 1, None)
    assert ask(ledger).amount_satang == 300_000, "all of it, of whichever payment"
    agrees(ledger)


def test_a_bank_that_takes_a_refunded_payment_back_leaves_a_debt(overpaid: Engine) -> None:
    done = ask(overpaid)
    debit = {"outcome": "DEBIT", "amount_satang": 100_000}
    key = BreakKey(pay(overpaid, debit, day=LATER).file_id, 2)
    terms = Terms(load_catalogue()["DEBIT"].resolutions, 10**9, of_employers=True)
    reverse = [Move(MoveKind.REVERSE, 100_000)]
    with pytest.raises(ResolutionError, match=f"{done.refund_id} is to be refunded"):
        resolve(overpaid, key, reverse, by(), terms)
    agrees(overpaid)
    close_books(overpaid, LATER, recorded_at=NOW)
    resolve(overpaid, key, reverse, by(day=MONTH_LATE), terms)
    assert standing(overpaid) == stands(filed=80_000, paid=-20_000, outstanding=100_000)
    agrees(overpaid)
    reopen(overpaid, key, by(day=MONTH_LATE))
    assert standing(overpaid) == stands(filed=80_000, paid=80_000)
    agrees(overpaid)


def test_a_break_is_not_reopened_while_its_money_is_to_be_refunded(ledger: Engine) -> None:
    unknown = {"outcome": "UNKNOWN_EMPLOYER", "employer_account": OTHER}
    key = BreakKey(pay(ledger, unknown).file_id, 2)
    terms = Terms(load_catalogue()["UNKNOWN_EMPLOYER"].resolutions, 10**9, of_employers=True)
    employer = Employer(ACCOUNT, HEAD_OFFICE)
    move = Move(MoveKind.MOVE, 150_000, section_code="33", period=MONTH, employer=employer)
    resolve(ledger, key, [move], by(), terms)
    done = ask(ledger, 50_000)
    with pytest.raises(ResolutionError, match="refund-cancel` first"):
        reopen(ledger, key, by())
    cancel_refund(ledger, done.refund_id, by())
    reopen(ledger, key, by())
    assert -balance(ledger)[SUSPENSE] == 150_000
    resolve(ledger, key, [move], by(), terms)
    ask(ledger, 50_000)
    close_books(ledger, LATER, recorded_at=NOW)
    reopen(ledger, key, by(day=MONTH_LATE))
    assert standing(ledger) == stands(paid=-50_000, outstanding=50_000)
    assert -balance(ledger)[SUSPENSE] == 150_000
    agrees(ledger)


def test_proposals_of_a_break_and_of_an_employer_keep_their_own_payees(ledger: Engine) -> None:
    """Both on one record: it was a break, its money was moved, is to be refunded, and then not."""
    unknown = {"outcome": "UNKNOWN_EMPLOYER", "employer_account": OTHER}
    key = BreakKey(pay(ledger, unknown).file_id, 2)
    terms = Terms(load_catalogue()["UNKNOWN_EMPLOYER"].resolutions, 10**9, of_employers=True)
    other_payee = replace(PAYEE, account_number="22222")
    back = Move(MoveKind.REFUND, 150_000, payee=other_payee)
    needs_two = replace(terms, approve_above_satang=0)
    resolve(ledger, key, [back], by(), needs_two)
    reopen(ledger, key, by())
    employer = Employer(ACCOUNT, HEAD_OFFICE)
    move = Move(MoveKind.MOVE, 150_000, section_code="33", period=MONTH, employer=employer)
    resolve(ledger, key, [move], by(), terms)
    asked = ask(ledger, limit=0)
    second = cancel_refund(ledger, asked.refund_id, by())
    asked = ask(ledger, limit=0)
    assert second.leg > asked.leg
    approve_refund(ledger, asked.refund_id, by("prasert"))
    (row,) = refunds_to_pay(ledger, None, MONTH_LATE).to_pylist()
    assert row["account_number"] == PAYEE.account_number
    agrees(ledger)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"bank_code": "6"}, "a bank_code of 3 digits"),
        ({"account_number": "12-3"}, "an account_number of 1 to 11 digits"),
    ],
)
@pytest.mark.parametrize("limit", [0, 10**9])
def test_a_payee_that_no_bank_can_credit_is_refused_at_once(
    overpaid: Engine, changed: dict[str, str], told: str, limit: int
) -> None:
    before = content_digest(overpaid)
    with pytest.raises(LedgerError, match=told):
        refund(overpaid, ACCOUNT, MONTH, None, replace(PAYEE, **changed), by(), lambda *_: limit)
    assert content_digest(overpaid) == before


def test_who_and_why_are_said(overpaid: Engine) -> None:
    for silent in (replace(by(), who=" "), replace(by(), reason="")):
        with pytest.raises(RefundError, match="say who refunds and why"):
            refund(overpaid, ACCOUNT, MONTH, None, PAYEE, silent, lambda *_: 0)
    assert employer_refunds(overpaid) == []


def test_a_decision_is_content_of_the_ledger(overpaid: Engine) -> None:
    digests = [content_digest(overpaid)]
    asked = ask(overpaid, limit=0)
    digests.append(content_digest(overpaid))
    approve_refund(overpaid, asked.refund_id, by("prasert"))
    digests.append(content_digest(overpaid))
    cancel_refund(overpaid, asked.refund_id, by())
    digests.append(content_digest(overpaid))
    assert len(set(digests)) == 4
    with reading(overpaid) as connection:
        assert overpaid_of(connection, ACCOUNT, MONTH) == 20_000


@pytest.mark.parametrize("table", ["employer_refund", "employer_refund_event"])
def test_decisions_are_append_only(overpaid: Engine, table: str) -> None:
    ask(overpaid)
    with (
        pytest.raises(sa.exc.DBAPIError, match=f"{table} is append-only"),
        overpaid.begin() as connection,
    ):
        connection.execute(sa.text(f"DELETE FROM {table}"))


def _ask(url: str) -> str:
    engine = open_ledger(url)
    try:
        return ask(engine).state
    except RefundError as error:
        return str(error)
    finally:
        engine.dispose()


def test_two_who_ask_at_once_get_it_once(ledger_url: str) -> None:
    engine = open_ledger(ledger_url)
    try:
        file_due(engine, 80_000)
        pay(engine, {"amount_satang": 100_000})
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
            told = sorted(processes.map(_ask, [ledger_url] * 2))
        assert told[1] == "payable"
        assert "nothing can be refunded" in told[0]
        assert standing(engine) == stands(filed=80_000, paid=80_000)
        agrees(engine)
    finally:
        engine.dispose()
