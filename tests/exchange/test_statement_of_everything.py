"""A settlement statement of books in which everything happens: each kind of line, over two closes;
it is equal to the ledger to the satang, or not issued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from exchange.books.statement_entries import LineKind
from exchange.outbound.building import file_rows
from ledger import schema
from ledger.deliveries import find
from ledger.delivery import DeliveryState
from ledger.errors import BooksError
from tests.exchange.closed_books import MONDAY, TUESDAY
from tests.exchange.eventful_books import (
    BEFORE,
    FEE,
    RETURN,
    SHORT,
    STATEMENT,
    TOLERATED,
    Everything,
    eventful_books,
)
from tests.ledger.made_outcomes import MONTHLY
from tests.ledger.payments import PARTNER
from tests.ledger.tampering import tampering

Tamper = tuple[sa.Table, sa.Update]


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[Everything]:
    with eventful_books(tmp_path) as made:
        made.tuesday()
        yield made


def told(lines: list[dict[str, Any]]) -> dict[tuple[str, ...], tuple[int, int, int, int]]:
    """Count and satang (amount, clearing, suspense) by kind, section, option and code."""
    satang = ("entry_amount", "clearing_change", "suspense_change")
    names = ("line_kind", "section_code", "option_code", "entry_code")
    found = {
        tuple(str(line[name] or "").strip() for name in names)
        + ((str(line["collection_date"]),) if line["collection_date"] else ()): (
            line["entry_count"],
            *(int(line[name] * 100) for name in satang),
        )
        for line in lines
    }
    assert len(found) == len(lines)
    return found


def test_every_kind_of_line_is_told_and_equals_the_ledger(everything: Everything) -> None:
    monday = everything.books.build(STATEMENT, MONDAY)
    month = MONTHLY
    paid = month + 7_000 + (month + TOLERATED) + (month - SHORT) + 4 * month + 300
    carried = paid - 200_000
    assert told(everything.lines(monday)) == {
        ("LISTED", "39", "", ""): (2, 0, 0, 0),
        ("SENT", "39", "", ""): (3, 3 * month, 0, 0),
        ("PAID", "", "", ""): (9, paid, 0, 0),
        ("POSTED", "39", "", ""): (3, 3 * month - SHORT, 3 * month - SHORT, 0),
        ("POSTED", "40", "01", ""): (1, 7_000, 7_000, 0),
        ("TOLERANCE", "39", "", ""): (2, TOLERATED + SHORT, TOLERATED, 0),
        ("BROKEN", "39", "", "AMOUNT_SHORT"): (1, 300, 300, 300),
        ("BROKEN", "39", "", "DOUBLE_PAYMENT"): (1, month, month, month),
        ("BROKEN", "39", "", "UNKNOWN_PERSON"): (1, month, month, month),
        ("BROKEN", "39", "", "WRONG_PERIOD"): (2, 2 * month, 2 * month, 2 * month),
        ("RESOLVED", "39", "", "MOVE"): (1, month, 0, -month),
        ("SETTLED", "", "", ""): (1, 200_000 - FEE, FEE - 200_000, 0),
        ("FEE", "", "", ""): (1, FEE, -FEE, 0),
        ("CARRIED", "", "", "BEFORE-ADVICE"): (0, 900, 0, 0),
        ("CARRIED", "", "", "", str(MONDAY)): (0, carried, 0, 0),
    }
    tuesday = everything.books.build(STATEMENT, TUESDAY)
    left = carried - 93_850 - 7_000  # what the bank took back evens Monday out in part
    assert told(everything.lines(tuesday)) == {
        ("PAID", "", "", ""): (0, 0, 0, 0),
        ("TAKEN-BACK", "40", "01", "DEBIT"): (1, 7_000, -7_000, -7_000),
        ("RESOLVED", "", "", "REFUND"): (1, month, 0, -month),
        ("RESOLVED", "", "", "RETURN"): (1, month, 0, -month),
        ("RESOLVED", "", "", "WRITE-OFF"): (1, 300, 0, -300),
        ("RESOLVED", "40", "01", "REVERSE"): (1, 7_000, 7_000, 7_000),
        ("REVERSED", "39", "", "MOVE"): (1, month, 0, month),
        ("REVERSED", "40", "01", "REVERSE"): (1, 7_000, -7_000, 0),
        ("SETTLED", "", "", ""): (1, 93_850 - FEE, FEE - 93_850, 0),
        ("FEE", "", "", ""): (1, FEE, -FEE, 0),
        ("CARRIED", "", "", "BEFORE-ADVICE"): (0, 900, 0, 0),
        ("CARRIED", "", "", "", str(MONDAY)): (0, left, 0, 0),
    }
    everything.february()
    february = everything.books.build(STATEMENT, date(2027, 2, 1))
    assert told(everything.lines(february))["RESOLVED", "39", "", "HELD"] == (1, month, 0, -month)
    every = {line["line_kind"] for one in (monday, tuesday) for line in everything.lines(one)}
    assert every == {str(kind) for kind in LineKind} - {"OTHER"}


def test_balances_lead_from_one_statement_to_the_next(everything: Everything) -> None:
    headers = [
        everything.header(everything.books.build(STATEMENT, day)) for day in (MONDAY, TUESDAY)
    ]
    for header, day in zip(headers, (MONDAY, TUESDAY), strict=True):
        clearing = everything.balance(f"clearing:{PARTNER}", day)
        suspense = -everything.balance(f"suspense:{PARTNER}", day)
        assert (header["hdr_clearing_closing"], header["hdr_suspense_closing"]) == (
            clearing,
            suspense,
        )
        assert (header["hdr_books_to"], header["hdr_business_date"]) == (day, day)
    # The first one begins with what December's close recorded.
    assert headers[0]["hdr_books_from"] == BEFORE + timedelta(days=1)
    assert headers[0]["hdr_clearing_opening"] == headers[0]["hdr_suspense_opening"] == 9
    for name in ("clearing", "suspense"):
        assert headers[1][f"hdr_{name}_opening"] == headers[0][f"hdr_{name}_closing"]


def test_a_statement_made_late_is_the_one_that_would_have_been_made_at_once(
    tmp_path: Path,
) -> None:
    with eventful_books(tmp_path) as made:
        site = made.books.site
        interface = site.registry.get(STATEMENT, on=MONDAY)
        at_once = file_rows(site, interface, MONDAY)
        made.tuesday()
        made.february()
        late = file_rows(site, interface, MONDAY)
        assert late.table.equals(at_once.table)
        assert late.context == at_once.context


def _posting(record: int, file_id: str = RETURN, leg: int = 1) -> Tamper:
    """A satang more in an entry."""
    table = schema.posting
    return table, sa.update(table).where(
        table.c.file_id == file_id, table.c.record_number == record, table.c.leg == leg
    ).values(amount_satang=table.c.amount_satang + 1)


def _close() -> Tamper:
    """A close that recorded other balances."""
    table = schema.day_close
    return table, (
        sa.update(table)
        .where(table.c.business_date == MONDAY)
        .values(
            balances=sa.func.replace(table.c.balances, f'"clearing:{PARTNER}":', '"clearing:x":')
        )
    )


def _changed(table: sa.Table, column: str) -> Tamper:
    """A satang more on the other side: a batch's total, a line of an advice."""
    return table, sa.update(table).values({column: table.c[column] + 1})


TAMPERED: dict[str, tuple[Callable[[], Tamper], str]] = {
    "posted": (lambda: _posting(2), "paid: "),
    "broken": (lambda: _posting(7), "paid: "),
    "moved": (lambda: _posting(6, leg=2), "suspense: "),
    "posted_total": (lambda: _changed(schema.posting_batch, "posted_satang"), "paid: "),
    "debits": (lambda: _changed(schema.posting_batch, "debit_satang"), "taken back: "),
    "settled": (lambda: _changed(schema.settlement, "gross_satang"), "carried: "),
    "close": (_close, "carried: "),
}


@pytest.mark.parametrize("case", sorted(TAMPERED))
def test_what_does_not_equal_the_ledger_is_not_issued(everything: Everything, case: str) -> None:
    make, told_of = TAMPERED[case]
    table, statement = make()
    ledger = everything.books.site.ledger
    with tampering(ledger, table.name) as connection:
        assert connection.execute(statement).rowcount
    day = TUESDAY if case == "debits" else MONDAY
    with pytest.raises(BooksError, match=told_of) as caught:
        everything.books.build(STATEMENT, day)
    assert str(caught.value).startswith(f"{STATEMENT} of {day} is not issued: ")
    assert len(str(caught.value).splitlines()) == 1
    delivery = find(ledger, f"{PARTNER}.{STATEMENT}.000001")
    assert delivery is not None
    assert (delivery.state, delivery.content) == (DeliveryState.PLANNED, None)
