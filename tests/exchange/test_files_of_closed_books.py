"""Files for the mainframe and the bank out of closed books: they say what the ledger holds, to the
satang, and a reader that knows nothing of prakan finds the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger import schema
from ledger.balances import balances
from ledger.books import entries
from ledger.delivery import Delivery
from ledger.errors import LedgerError
from simulation.partner.mainframe import Entry, read_postings, read_summary
from tests.exchange.closed_books import (
    MONDAY,
    PAYEE,
    PERIOD,
    RETURN,
    TUESDAY,
    ClosedBooks,
    closed_books,
)
from tests.ledger.payments import DAO, MALEE, PARTNER, PRASERT, SOMCHAI
from tests.ledger.tampering import tampering

POSTING, SUMMARY, CREDIT = "ledger_posting", "ledger_summary", "refund_credit"
MONTHLY = 43_200


@pytest.fixture
def books(tmp_path: Path) -> Iterator[ClosedBooks]:
    made = closed_books(tmp_path)
    yield made
    made.site.ledger.dispose()


def entries_of(books: ClosedBooks, delivery: Delivery) -> list[Entry]:
    return read_postings(books.path(delivery).read_bytes())


def paid(found: list[Entry]) -> dict[tuple[str, int], int]:
    """Satang by person and period: credits less reversals."""
    months: dict[tuple[str, int], int] = {}
    for entry in found:
        key = (entry.national_id, entry.period)
        months[key] = months.get(key, 0) + (entry.satang if entry.kind == "C" else -entry.satang)
    return months


def test_a_posting_file_holds_every_entry_of_a_month_and_no_other(books: ClosedBooks) -> None:
    books.move_the_wrong_period(MONDAY)
    books.refund_the_double_payment(MONDAY)
    books.close(MONDAY)
    delivery = books.build(POSTING, MONDAY)

    found = entries_of(books, delivery)
    assert [(e.reference[1:], e.kind, e.national_id, e.period, e.satang) for e in found] == [
        ((2, 1), "C", SOMCHAI, PERIOD, MONTHLY),
        ((3, 1), "C", MALEE, 202612, MONTHLY),
        ((3, 2), "C", MALEE, PERIOD, MONTHLY),
        ((4, 1), "C", DAO, PERIOD, 7_000),
        ((5, 2), "C", PRASERT, 202612, MONTHLY),
    ]
    assert {(e.collector, e.reference[0], e.booked) for e in found} == {
        (PARTNER, RETURN[:16], MONDAY)
    }
    assert [(e.section, e.option) for e in found[2:4]] == [("39", ""), ("40", "01")]
    moved = balances(books.site.ledger, booked_to=MONDAY).to_pylist()
    assert sum(e.satang for e in found) == -sum(
        row["balance_satang"] for row in moved if row["account"].startswith("contributions:")
    )
    decoded = books.read(delivery)
    (header,) = decoded.tables["LPG-HEADER-RECORD"].to_pylist()
    (trailer,) = decoded.tables["LPG-TRAILER-RECORD"].to_pylist()
    assert (header["hdr_books_from"], header["hdr_books_to"]) == (None, MONDAY)
    assert (trailer["trl_record_count"], trailer["trl_reversal_count"]) == (5, 0)
    assert trailer["trl_credit_amount"] == Decimal("1798.00")
    assert decoded.findings.num_rows == 0


def test_a_reversal_before_the_close_stands_beside_what_it_takes_back(books: ClosedBooks) -> None:
    books.undo_for_the_debit(MONDAY)
    books.close(MONDAY)
    found = entries_of(books, books.build(POSTING, MONDAY))
    of_option = [(e.kind, e.reference[2], e.satang) for e in found if e.national_id == DAO]
    assert of_option == [("R", -1, 7_000), ("C", 1, 7_000)]
    assert paid(found)[DAO, PERIOD] == 0


def test_a_reversal_after_the_close_stands_in_the_next_file(books: ClosedBooks) -> None:
    books.close(MONDAY)
    monday = books.build(POSTING, MONDAY)
    first = books.path(monday).read_bytes()
    books.undo_for_the_debit(MONDAY)
    books.move_the_wrong_period(TUESDAY)
    books.close(TUESDAY)

    tuesday = books.build(POSTING, TUESDAY)
    assert [(e.kind, e.reference[1:], e.booked) for e in entries_of(books, tuesday)] == [
        ("R", (4, -1), TUESDAY),
        ("C", (5, 2), TUESDAY),
    ]
    (header,) = books.read(tuesday).tables["LPG-HEADER-RECORD"].to_pylist()
    assert (header["hdr_books_from"], header["hdr_books_to"]) == (TUESDAY, TUESDAY)
    assert books.build(POSTING, MONDAY) == monday
    assert books.path(monday).read_bytes() == first
    both = [*read_postings(first), *entries_of(books, tuesday)]
    assert len({e.reference for e in both}) == len(both)
    with books.site.ledger.connect() as connection:
        month = schema.month_paid.c
        kept = connection.execute(sa.select(month.national_id, month.period, month.paid_satang))
        assert {key: satang for key, satang in paid(both).items() if satang} == {
            (row[0], row[1]): row[2] for row in kept
        }


def test_a_day_without_entries_has_an_empty_posting_file(books: ClosedBooks) -> None:
    books.close(MONDAY)
    books.close(TUESDAY)
    delivery = books.build(POSTING, TUESDAY)
    assert entries_of(books, delivery) == []
    (trailer,) = books.read(delivery).tables["LPG-TRAILER-RECORD"].to_pylist()
    assert (trailer["trl_record_count"], trailer["trl_credit_amount"]) == (0, 0)


def test_the_summary_leads_from_one_close_to_the_next(books: ClosedBooks) -> None:
    on_monday = books.close(MONDAY)
    first = read_summary(books.path(books.build(SUMMARY, MONDAY)).read_bytes())
    assert {a.name: a.closing for a in first if a.closing} == {
        name: satang for name, satang in on_monday.items() if satang
    }
    assert {a.opening for a in first} == {0}

    books.move_the_wrong_period(TUESDAY)
    books.refund_the_double_payment(TUESDAY)
    on_tuesday = books.close(TUESDAY)
    second = read_summary(books.path(books.build(SUMMARY, TUESDAY)).read_bytes())
    assert {a.name: a.opening for a in second if a.opening} == {
        a.name: a.closing for a in first if a.closing
    }
    assert {a.name: a.closing for a in second if a.closing} == {
        name: satang for name, satang in on_tuesday.items() if satang
    }
    (suspense,) = (a for a in second if a.name == f"suspense:{PARTNER}")
    assert (suspense.debit, suspense.credit, suspense.entries) == (2 * MONTHLY, 0, 2)
    moved = entries(books.site.ledger, MONDAY, TUESDAY)
    assert sum(a.debit for a in second) == sum(moved["amount_satang"].to_pylist())
    assert [a.name for a in second] == sorted(a.name for a in second)


def test_a_summary_that_the_close_did_not_record_is_not_made(books: ClosedBooks) -> None:
    books.close(MONDAY)
    with tampering(books.site.ledger, "posting") as connection:
        connection.execute(
            sa.update(schema.posting)
            .where(schema.posting.c.record_number == 4)
            .values(amount_satang=7_001)
        )
    with pytest.raises(LedgerError, match=r"leave .* satang on \S+, its close recorded"):
        books.build(SUMMARY, MONDAY)


@pytest.mark.parametrize("name", [POSTING, SUMMARY, CREDIT])
def test_nothing_is_made_of_open_books(books: ClosedBooks, name: str) -> None:
    with pytest.raises(LedgerError, match="the books of 2027-01-04 are not closed"):
        books.build(name, MONDAY)


def test_a_credit_file_orders_each_refund_once(books: ClosedBooks) -> None:
    refund = books.refund_the_double_payment(MONDAY)
    books.close(MONDAY)
    delivery = books.build(CREDIT, MONDAY)

    header, detail, rest = books.path(delivery).read_bytes().split(b"\r\n")
    assert (len(header), len(detail), rest) == (498, 498, b"")
    assert (
        header[:63]
        == b"10100000100600000010000000000000043200" + b"05012027C00000000SSO0000001"[:25]
    )
    assert detail[:9] == b"102000001"
    assert detail[9:27] == b"014034506661234567"
    assert detail[27:45] == b"006000000991234567"
    assert detail[45:53] == b"05012027"
    assert detail[53:74] == b"590000000000000043200"
    assert detail[92:192].decode("cp874").rstrip() == PAYEE
    assert detail[292:332].rstrip() == f"{RETURN[:12]}:7:{refund.leg}".encode()
    assert detail[352:370] == f"{RETURN[:8]}0000007{refund.leg:03d}".encode()
    assert detail[392:400] == b"00000109"
    assert books.read(delivery).findings.num_rows == 0

    books.close(TUESDAY)
    assert books.read(books.build(CREDIT, TUESDAY)).tables["CREDIT-DETAIL-RECORD"].num_rows == 0


@pytest.mark.parametrize(("reversed_on", "ordered"), [(MONDAY, 0), (TUESDAY, 1)])
def test_a_refund_taken_back_before_the_close_is_not_ordered(
    books: ClosedBooks, reversed_on: date, ordered: int
) -> None:
    refund = books.refund_the_double_payment(MONDAY)
    if reversed_on == TUESDAY:
        books.close(MONDAY)
    books.undo_refund(refund, reversed_on)
    if reversed_on == MONDAY:
        books.close(MONDAY)
    rows = books.read(books.build(CREDIT, MONDAY)).tables["CREDIT-DETAIL-RECORD"]
    assert rows.num_rows == ordered


def test_the_first_credit_file_has_refunds_of_before_it_was_in_force(tmp_path: Path) -> None:
    before = date(2026, 12, 30)
    books = closed_books(tmp_path, before)
    assert books.site.registry.get(CREDIT, on=MONDAY).valid_from == MONDAY
    refund = books.refund_the_double_payment(before)
    for day in (before, MONDAY, TUESDAY):
        books.close(day)
    details = {
        day: books.read(books.build(CREDIT, day)).tables["CREDIT-DETAIL-RECORD"].to_pylist()
        for day in (MONDAY, TUESDAY)
    }
    assert [row["other_information_1"] for row in details[MONDAY]] == [
        f"{RETURN[:12]}:7:{refund.leg}"
    ]
    assert details[TUESDAY] == []
    books.site.ledger.dispose()


def test_a_character_that_the_bank_cannot_read_keeps_no_refund_back(books: ClosedBooks) -> None:
    books.refund_the_double_payment(MONDAY, name="MALEE 詠")
    books.close(MONDAY)
    rows = books.read(books.build(CREDIT, MONDAY)).tables["CREDIT-DETAIL-RECORD"].to_pylist()
    assert [row["receiver_name"] for row in rows] == ["MALEE ?"]


def test_the_first_files_of_the_mainframe_have_the_entries_of_before_they_were_in_force(
    tmp_path: Path,
) -> None:
    before = date(2026, 12, 30)
    books = closed_books(tmp_path, before)
    for day in (before, date(2026, 12, 31)):
        books.close(day)
    books.undo_for_the_debit(MONDAY)
    # What an R takes back must have come as a C.
    on_monday = books.close(MONDAY)
    delivery = books.build(POSTING, MONDAY)
    found = entries_of(books, delivery)
    assert [(e.kind, e.booked) for e in found if e.national_id == DAO] == [
        ("R", MONDAY),
        ("C", before),
    ]
    assert paid(found)[DAO, PERIOD] == 0
    (header,) = books.read(delivery).tables["LPG-HEADER-RECORD"].to_pylist()
    assert (header["hdr_books_from"], header["hdr_books_to"]) == (None, MONDAY)
    summary = read_summary(books.path(books.build(SUMMARY, MONDAY)).read_bytes())
    assert {a.opening for a in summary} == {0}
    assert {a.name: a.closing for a in summary} == on_monday
    books.close(TUESDAY)
    assert entries_of(books, books.build(POSTING, TUESDAY)) == []
    second = read_summary(books.path(books.build(SUMMARY, TUESDAY)).read_bytes())
    assert {a.name: a.opening for a in second} == on_monday
    books.site.ledger.dispose()
