"""Refunds: where money goes that was made payable, what a file has to order, what was paid; and
what moved on each account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.engine import Engine

from ledger import accounts
from ledger.account_movements import movements
from ledger.balances import balances
from ledger.books import close_books
from ledger.breaks import record_break_event
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.legs import insert_legs, reverse_leg
from ledger.refund_payments import BookedRefund, PaidLeg, Period, refunds_and_payments
from ledger.refunds import Refund, insert_refund, is_on_its_way, refunds_to_pay
from tests.ledger.made_outcomes import MONTHLY, load, outcomes, resolution, resolve
from tests.ledger.payments import DAO, DAY, NOW, RETURN_FILE, SOMCHAI, land

NEXT_DAY, THIRD_DAY = DAY + timedelta(days=1), DAY + timedelta(days=2)
REFUND = Refund(
    RETURN_FILE, 2, 2, SOMCHAI, MONTHLY, "014", "0345", "6661234567", "สมชาย ใจดี"
)  # fmt: skip


@pytest.fixture
def broken(ledger: Engine) -> Iterator[Engine]:
    """Two payments that nobody can post: records 2 and 3."""
    land(ledger)
    load(ledger, outcomes({"outcome": "NOT_SENT"}, {"national_id": DAO, "outcome": "NOT_SENT"}))
    yield ledger


def make_payable(engine: Engine, record: int = 2, day: date = DAY) -> int:
    """The leg that gives a break's money back, and its number."""
    return resolve(engine, resolution(record, accounts.REFUNDS_PAYABLE, day), day)


def insert(engine: Engine, refund: Refund) -> None:
    with writing(engine, "posting") as connection:
        insert_refund(connection, refund, recorded_at=NOW)


def refund_of(engine: Engine, record: int = 2, day: date = DAY) -> Refund:
    """A break resolved by a refund."""
    leg = make_payable(engine, record, day)
    refund = replace(REFUND, record_number=record, leg=leg)
    insert(engine, refund)
    return refund


def take_back(engine: Engine, refund: Refund, day: date) -> None:
    with writing(engine, "posting") as connection:
        reverse_leg(
            connection, refund.file_id, refund.record_number, refund.leg,
            effective_date=day, book_date=day, recorded_at=NOW,
        )  # fmt: skip
    record_break_event(engine, refund.file_id, refund.record_number, "reopened", recorded_at=NOW)


def pay(engine: Engine, refund: Refund, day: date) -> int:
    leg = resolution(
        refund.record_number, accounts.bank("a_bank"), day, debit=accounts.REFUNDS_PAYABLE
    )
    with writing(engine, "posting") as connection:
        (number,) = insert_legs(connection, [leg], recorded_at=NOW)
    return number


def keys(engine: Engine, after: date | None, up_to: date) -> list[tuple[int, int]]:
    rows = refunds_to_pay(engine, after, up_to).to_pylist()
    return [(row["record_number"], row["leg"]) for row in rows]


def looked_at(engine: Engine, *periods: Period) -> tuple[list[BookedRefund], list[PaidLeg]]:
    with reading(engine) as connection:
        return refunds_and_payments(connection, periods)


def test_a_refund_says_where_its_leg_goes(broken: Engine) -> None:
    refund = refund_of(broken)
    (row,) = refunds_to_pay(broken, None, DAY).to_pylist()
    names = list(Refund.__slots__)
    assert {name: row[name] for name in names} == {n: getattr(refund, n) for n in names}
    assert row["book_date"] == DAY


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bank_code": "14"}, "a bank_code of 3 digits"),
        ({"bank_code": "KTB"}, "a bank_code of 3 digits"),
        ({"branch_code": "00345"}, "a branch_code of 4 digits"),
        ({"account_number": ""}, "an account_number of 1 to 11 digits"),
        ({"account_number": "123-4-56789"}, "an account_number of 1 to 11 digits"),
        ({"account_number": "๑๒๓"}, "an account_number of 1 to 11 digits"),
        ({"account_number": "123456789012"}, "an account_number of 1 to 11 digits"),
        ({"payee_name": "  "}, "a payee_name of 1 to 100 characters"),
        ({"payee_name": "ก" * 101}, "a payee_name of 1 to 100 characters"),
    ],
)
def test_a_refund_that_no_bank_could_carry_out_is_refused(
    broken: Engine, change: dict[str, str], told: str
) -> None:
    make_payable(broken)
    with pytest.raises(LedgerError, match=rf"refund {RETURN_FILE[:12]}:2:2: the bank needs {told}"):
        insert(broken, replace(REFUND, **change))  # type: ignore[arg-type]
    assert refunds_to_pay(broken, None, THIRD_DAY).num_rows == 0


@pytest.mark.parametrize("change", [{"leg": 1}, {"leg": 3}, {"amount_satang": MONTHLY - 1}])
def test_only_what_a_leg_makes_payable_is_refunded(broken: Engine, change: dict[str, int]) -> None:
    make_payable(broken)
    with pytest.raises(LedgerError, match=r"no such leg makes .* payable"):
        insert(broken, replace(REFUND, **change))  # type: ignore[arg-type]


def test_a_leg_is_refunded_once(broken: Engine) -> None:
    refund = refund_of(broken)
    with pytest.raises(LedgerError, match="recorded already"):
        insert(broken, refund)


def test_refunds_are_due_in_the_books_that_their_legs_stand_in(broken: Engine) -> None:
    refund_of(broken, 3, NEXT_DAY)
    refund_of(broken, 2, DAY)
    assert keys(broken, None, DAY) == [(2, 2)]
    assert keys(broken, DAY, NEXT_DAY) == [(3, 2)]
    assert keys(broken, None, NEXT_DAY) == [(2, 2), (3, 2)]
    assert keys(broken, NEXT_DAY, THIRD_DAY) == []


def test_a_reversal_keeps_a_refund_out_of_books_that_know_it(broken: Engine) -> None:
    take_back(broken, refund_of(broken), NEXT_DAY)
    assert keys(broken, None, DAY) == [(2, 2)], "as it was when that day was closed"
    assert keys(broken, None, NEXT_DAY) == []


def test_a_refund_is_on_its_way_once_its_books_are_closed(broken: Engine) -> None:
    refund = refund_of(broken)
    leg_of_a_month = resolve(
        broken, resolution(3, accounts.contribution("39", None), DAY, national_id=DAO), DAY
    )

    def on_its_way(record: int, leg: int) -> bool:
        with reading(broken) as connection:
            return is_on_its_way(connection, RETURN_FILE, record, leg)

    assert not on_its_way(2, refund.leg)
    close_books(broken, DAY, recorded_at=NOW)
    assert on_its_way(2, refund.leg)
    assert not on_its_way(3, leg_of_a_month)
    assert not on_its_way(2, 1)


def test_records_with_more_refunds_than_payments_are_looked_at(broken: Engine) -> None:
    first, second = refund_of(broken, 2), refund_of(broken, 3, NEXT_DAY)
    refunds, paid = looked_at(broken)
    assert [(r.record_number, r.leg, r.book_date, r.reversed_on) for r in refunds] == [
        (2, 2, DAY, None),
        (3, 2, NEXT_DAY, None),
    ]
    assert paid == []

    number = pay(broken, first, NEXT_DAY)
    assert [r.record_number for r in looked_at(broken)[0]] == [3]
    refunds, paid = looked_at(broken, (None, DAY))
    assert [r.record_number for r in refunds] == [2, 3]
    assert paid == [PaidLeg(RETURN_FILE, 2, number, MONTHLY)]
    assert [r.record_number for r in looked_at(broken, (DAY, NEXT_DAY))[0]] == [3]

    pay(broken, second, NEXT_DAY)
    assert looked_at(broken) == ([], [])
    take_back(broken, replace(first, leg=number), THIRD_DAY)
    assert [r.record_number for r in looked_at(broken)[0]] == [2]
    assert looked_at(broken)[1] == []


def test_a_refund_taken_back_says_in_whose_books(broken: Engine) -> None:
    take_back(broken, refund_of(broken), THIRD_DAY)
    assert [r.reversed_on for r in looked_at(broken)[0]] == [THIRD_DAY]


def test_movements_of_a_period_lead_from_balance_to_balance(broken: Engine) -> None:
    refund = refund_of(broken, 2, NEXT_DAY)
    pay(broken, refund, THIRD_DAY)
    moved = {row["account"]: row for row in movements(broken, DAY, NEXT_DAY).to_pylist()}
    suspense = accounts.suspense("counter_service")
    assert {name: (r["debit_satang"], r["credit_satang"], r["entries"]) for name, r in
            moved.items()} == {
        accounts.REFUNDS_PAYABLE: (0, MONTHLY, 1),
        suspense: (MONTHLY, 0, 1),
    }  # fmt: skip
    whole = movements(broken, None, THIRD_DAY)
    assert whole.drop_columns(["entries"]).equals(balances(broken).drop_columns(["balance_satang"]))
    assert sum(whole["entries"].to_pylist()) == 2 * 4
    assert movements(broken, THIRD_DAY, THIRD_DAY + timedelta(days=9)).num_rows == 0
