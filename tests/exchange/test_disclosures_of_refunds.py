"""The bank is told who gets a refund, without an ID: that is a disclosure all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from exchange.account.disclosures import disclosures_of
from insurance.identifiers import national_ids
from ledger import schema
from ledger.delivery import DeliveryState
from tests.exchange.closed_books import BANK, MONDAY, RETURN, ClosedBooks, closed_books

REFUNDED = 7


@pytest.fixture
def books(tmp_path: Path) -> Iterator[ClosedBooks]:
    """Monday is closed with a refund, whose order has arrived at the bank."""
    made = closed_books(tmp_path)
    made.refund_the_double_payment(MONDAY)
    made.close(MONDAY)
    built = made.build("refund_credit", MONDAY)
    made.bring(built, DeliveryState.SENDING, DeliveryState.DELIVERED)
    yield made
    made.site.ledger.dispose()


def payer(books: ClosedBooks) -> str:
    broken = schema.payment_break.c
    query = sa.select(broken.national_id).where(
        broken.file_id == RETURN, broken.record_number == REFUNDED
    )
    with books.site.ledger.connect() as connection:
        return str(connection.scalar(query))


@pytest.mark.parametrize("verify", [False, True])
def test_a_credit_file_is_told_to_whom_it_pays(books: ClosedBooks, verify: bool) -> None:
    told = disclosures_of(books.site, payer(books), partner=BANK, values=True, verify=verify)
    (file,) = told.files
    assert (file.partner, file.interface, file.records) == (BANK, "refund_credit.1", 1)
    assert {"RECEIVER-NAME", "RECEIVING-ACCOUNT"} <= set(file.fields)
    (row,) = file.values
    assert row["other_information_1"] == f"{RETURN[:12]}:{REFUNDED}:2"
    assert "national_id" not in row  # the bank did not get it
    assert told.gaps == ()
    assert file.verified is (True if verify else None)


def test_nobody_else_is_found_in_it(books: ClosedBooks) -> None:
    (other,) = national_ids(np.array([110_150_000_001])).to_pylist()
    assert disclosures_of(books.site, other, partner=BANK, verify=True).files == ()
