"""Refunds leave ``refunds:payable`` once the file that orders them has arrived at the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange.books.refunds_paid import mark_refunds_paid
from ledger import accounts, schema
from ledger.books import check_books
from ledger.delivery import DeliveryState
from tests.exchange.closed_books import (
    BANK,
    MONDAY,
    RETURN,
    TUESDAY,
    WEDNESDAY,
    ClosedBooks,
    closed_books,
)
from tests.ledger.made_outcomes import balance

MONTHLY = 43_200
SENDING, DELIVERED, UNKNOWN = (
    DeliveryState.SENDING,
    DeliveryState.DELIVERED,
    DeliveryState.UNKNOWN,
)
ACKNOWLEDGED, REFUSED = DeliveryState.ACKNOWLEDGED, DeliveryState.REFUSED
NOTHING = {"refunds_paid": 0, "refunds_paid_satang": 0, "refunds_taken_back": 0}
ONE = {"refunds_paid": 1, "refunds_paid_satang": MONTHLY, "refunds_taken_back": 0}


@pytest.fixture
def books(tmp_path: Path) -> Iterator[ClosedBooks]:
    """Monday is closed with a refund."""
    made = closed_books(tmp_path)
    made.refund_the_double_payment(MONDAY)
    made.close(MONDAY)
    yield made
    made.site.ledger.dispose()


def legs(books: ClosedBooks) -> list[tuple[object, ...]]:
    """Legs of the record with the refund behind those that made it payable."""
    posting = schema.posting.c
    query = (
        sa.select(posting.leg, posting.debit_account, posting.credit_account,
                  posting.effective_date, posting.book_date, posting.pass_name)
        .where(posting.file_id == RETURN, posting.record_number == 7)
        .order_by(posting.posting_id)
    )  # fmt: skip
    with books.site.ledger.connect() as connection:
        return [tuple(row) for row in connection.execute(query)][2:]


def payable(books: ClosedBooks) -> int:
    found = balance(books.site.ledger)
    assert found.get(accounts.bank(BANK), 0) == -MONTHLY - found[accounts.REFUNDS_PAYABLE]
    return -found[accounts.REFUNDS_PAYABLE]


@pytest.mark.parametrize("states", [(), (SENDING,), (SENDING, UNKNOWN), (SENDING, REFUSED)])
def test_an_order_that_did_not_arrive_pays_nothing(
    books: ClosedBooks, states: tuple[DeliveryState, ...]
) -> None:
    books.bring(books.build("refund_credit", MONDAY), *states)
    assert mark_refunds_paid(books.site, TUESDAY) == NOTHING
    assert (legs(books), payable(books)) == ([], MONTHLY)


@pytest.mark.parametrize("states", [(DELIVERED,), (DELIVERED, ACKNOWLEDGED)])
def test_an_order_that_arrived_pays_each_refund_once(
    books: ClosedBooks, states: tuple[DeliveryState, ...]
) -> None:
    books.bring(books.build("refund_credit", MONDAY), SENDING, *states)
    assert mark_refunds_paid(books.site, TUESDAY) == ONE
    paid = (3, accounts.REFUNDS_PAYABLE, accounts.bank(BANK), TUESDAY, TUESDAY, "refund_paid.1")
    assert (legs(books), payable(books)) == ([paid], 0)
    assert mark_refunds_paid(books.site, TUESDAY) == NOTHING
    assert mark_refunds_paid(books.site, WEDNESDAY) == NOTHING
    assert legs(books) == [paid]
    assert [str(one) for one in check_books(books.site.ledger) if not one.agrees] == []
    books.close(TUESDAY)
    rows = books.read(books.build("refund_credit", TUESDAY)).tables["CREDIT-DETAIL-RECORD"]
    assert rows.num_rows == 0


def test_a_payment_is_entered_in_open_books_only(books: ClosedBooks) -> None:
    books.bring(books.build("refund_credit", MONDAY), SENDING, DELIVERED)
    assert mark_refunds_paid(books.site, MONDAY) == ONE
    assert [row[4] for row in legs(books)] == [TUESDAY]


def test_an_order_of_a_later_day_is_not_looked_at(books: ClosedBooks) -> None:
    books.close(TUESDAY)
    books.bring(books.build("refund_credit", TUESDAY), SENDING, DELIVERED)
    assert mark_refunds_paid(books.site, MONDAY) == NOTHING


def test_an_order_that_the_bank_refuses_takes_its_payments_back(books: ClosedBooks) -> None:
    """And pays them again once it has been sent again; while it is under way nothing moves."""
    delivery = books.bring(books.build("refund_credit", MONDAY), SENDING, DELIVERED)
    assert mark_refunds_paid(books.site, TUESDAY) == ONE
    delivery = books.bring(delivery, REFUSED)
    taken_back = NOTHING | {"refunds_taken_back": 1}
    assert mark_refunds_paid(books.site, TUESDAY) == taken_back
    assert payable(books) == MONTHLY
    assert mark_refunds_paid(books.site, TUESDAY) == NOTHING
    delivery = books.bring(delivery, SENDING)
    assert mark_refunds_paid(books.site, TUESDAY) == NOTHING
    books.bring(delivery, DELIVERED)
    assert mark_refunds_paid(books.site, TUESDAY) == ONE
    assert [row[0] for row in legs(books)] == [3, -3, 4]
    assert payable(books) == 0
    assert [str(one) for one in check_books(books.site.ledger) if not one.agrees] == []


def test_a_refund_that_was_taken_back_before_the_close_is_not_paid(tmp_path: Path) -> None:
    books = closed_books(tmp_path)
    books.undo_refund(books.refund_the_double_payment(MONDAY), MONDAY)
    books.close(MONDAY)
    books.bring(books.build("refund_credit", MONDAY), SENDING, DELIVERED)
    assert mark_refunds_paid(books.site, TUESDAY) == NOTHING
    books.site.ledger.dispose()


def test_two_refunds_of_one_payment_and_amount_are_paid_each_by_its_own_file(
    tmp_path: Path,
) -> None:
    """The first was given to the bank and refused, the second goes its way."""
    books = closed_books(tmp_path)
    first = books.refund_the_double_payment(MONDAY)
    books.close(MONDAY)
    monday = books.bring(books.build("refund_credit", MONDAY), SENDING, DELIVERED, REFUSED)
    books.undo_refund(first, TUESDAY)
    books.refund_the_double_payment(TUESDAY)
    books.close(TUESDAY)
    books.bring(books.build("refund_credit", TUESDAY), SENDING, DELIVERED)
    assert monday.business_date == MONDAY
    assert mark_refunds_paid(books.site, WEDNESDAY) == ONE
    assert mark_refunds_paid(books.site, WEDNESDAY) == NOTHING
    assert payable(books) == 0
    books.site.ledger.dispose()
