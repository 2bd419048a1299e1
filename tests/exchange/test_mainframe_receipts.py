"""The mainframe loads files out of closed books and answers; what it refuses is a break until a
later receipt settles it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.inbound.arrivals import receive_paths
from exchange.returns.receipts import Matched, match_receipts
from ledger.deliveries import find
from ledger.delivery import Delivery, DeliveryState
from ledger.file_breaks import (
    FileBreak,
    FileBreakCode,
    file_break_events,
    file_breaks,
    record_file_break_event,
)
from simulation.partner.mainframe import load_ledger_files, receipt_bytes
from simulation.partner.receipts import Receipt
from tests.exchange.closed_books import MONDAY, TUESDAY, ClosedBooks, closed_books

MAINFRAME = "mainframe"
SENDING, DELIVERED = DeliveryState.SENDING, DeliveryState.DELIVERED
CREDITED = 136_600


@pytest.fixture
def books(tmp_path: Path) -> Iterator[ClosedBooks]:
    """Monday is closed."""
    made = closed_books(tmp_path / "home")
    made.close(MONDAY)
    yield made
    made.site.ledger.dispose()


def deliver(books: ClosedBooks, name: str = "ledger_posting") -> Delivery:
    return books.bring(books.build(name, MONDAY), SENDING, DELIVERED)


def receive(books: ClosedBooks, path: Path) -> Matched:
    """A receipt file comes in, an hour after what was before."""
    books.clock.now += timedelta(hours=1)
    (taken,) = receive_paths(books.site, TUESDAY, [path], partner=MAINFRAME)
    assert not taken.is_quarantined
    return match_receipts(books.site, TUESDAY, books.site.partner(MAINFRAME))


def say(books: ClosedBooks, number: int, *said: tuple[Delivery, str]) -> Matched:
    """The mainframe says ``A``, ``P`` or ``R`` of deliveries."""
    receipts = []
    for delivery, result in said:
        assert delivery.content is not None
        code, read, rejected = {"A": (0, 6, 0), "P": (79, 6, 2), "R": (73, 0, 0)}[result]
        name, sha256 = delivery.content.name, delivery.content.file_id
        receipts.append(Receipt(name, sha256, result, code, read, rejected))
    path = books.site.home.root / f"LGRRCPT.D20270104.S{number:06d}"
    path.write_bytes(receipt_bytes(MONDAY, number, receipts))
    return receive(books, path)


def broken(books: ClosedBooks) -> list[FileBreak]:
    return file_breaks(books.site.ledger, code=FileBreakCode.REJECTED_BY_PARTNER)


def states(books: ClosedBooks) -> list[str]:
    (found,) = broken(books)
    return [event.state for event in file_break_events(books.site.ledger, found.break_id)]


def send_again(books: ClosedBooks, delivery: Delivery) -> None:
    found = find(books.site.ledger, delivery.delivery_id)
    assert found is not None
    books.clock.now += timedelta(hours=1)
    books.bring(found, SENDING, DELIVERED)


def test_what_the_mainframe_loads_is_acknowledged(books: ClosedBooks, tmp_path: Path) -> None:
    """Its own reader proves both files and writes a receipt that we can read."""
    drop = tmp_path / "partner" / MAINFRAME / "postings"
    drop.mkdir(parents=True)
    made = [deliver(books, name) for name in ("ledger_posting", "ledger_summary")]
    for delivery in made:
        path = books.path(delivery)
        shutil.copyfile(path, drop / path.name)
        shutil.copyfile(path.with_name("facts.json"), drop / f"{path.name}.manifest.json")
    told = load_ledger_files(tmp_path / "partner", MONDAY)
    assert [(one.result, one.records) for one in told] == [("A", 6), ("A", 6)]
    (receipt,) = (tmp_path / "partner" / MAINFRAME / "receipts").iterdir()

    assert receive(books, receipt) == Matched(files=1, acknowledged=2, refused=0, waiting=0)
    found = [find(books.site.ledger, delivery.delivery_id) for delivery in made]
    assert [one.state for one in found if one] == [DeliveryState.ACKNOWLEDGED] * 2
    assert broken(books) == []
    assert load_ledger_files(tmp_path / "partner", MONDAY) == []


def test_a_refused_file_is_a_break_over_its_money(books: ClosedBooks) -> None:
    delivery = deliver(books)
    matched = say(books, 1, (delivery, "R"))
    assert (matched.refused, matched.acknowledged) == (1, 0)
    (found,) = broken(books)
    assert found.break_id == f"receipt.{delivery.delivery_id}"
    assert (found.state, found.partner, found.business_date) == ("open", MAINFRAME, MONDAY)
    assert delivery.content is not None and found.file_id == delivery.content.file_id
    assert found.amount_satang == CREDITED
    assert found.detail["return_code"] == 73
    match_receipts(books.site, TUESDAY, books.site.partner(MAINFRAME))
    assert broken(books) == [found]


def test_a_file_taken_without_some_records_is_a_break_of_unknown_money(books: ClosedBooks) -> None:
    assert say(books, 1, (deliver(books), "P")).acknowledged == 1
    (found,) = broken(books)
    assert (found.amount_satang, found.detail["result"]) == (0, "P")
    assert found.detail["records_rejected"] == 2


def test_the_same_bytes_sent_again_and_accepted_settle_it(books: ClosedBooks) -> None:
    delivery = deliver(books)
    say(books, 1, (delivery, "R"))
    send_again(books, delivery)
    assert states(books) == []
    assert say(books, 2, (delivery, "A")).acknowledged == 1
    assert states(books) == ["resolved"]
    assert [found.state for found in broken(books)] == ["resolved"]


def test_refused_once_more_it_is_open_again(books: ClosedBooks) -> None:
    delivery = deliver(books)
    for number, result in enumerate("RAR", start=1):
        say(books, number, (delivery, result))
        send_again(books, delivery)
    assert states(books) == ["resolved", "reopened"]
    say(books, 4, (delivery, "A"))
    assert states(books) == ["resolved", "reopened", "resolved"]


def test_what_a_person_closed_stays_closed(books: ClosedBooks) -> None:
    say(books, 1, (deliver(books), "P"))
    (found,) = broken(books)
    books.clock.now += timedelta(hours=1)
    record_file_break_event(
        books.site.ledger, found.break_id, "resolved", recorded_at=books.clock()
    )
    match_receipts(books.site, TUESDAY, books.site.partner(MAINFRAME))
    assert states(books) == ["resolved"]


def test_an_accepting_receipt_without_a_new_sending_settles_nothing(books: ClosedBooks) -> None:
    """The partner contradicts itself: that is for a person."""
    delivery = deliver(books)
    say(books, 1, (delivery, "R"))
    say(books, 2, (delivery, "A"))
    assert states(books) == []


def test_a_receipt_for_other_bytes_says_nothing(books: ClosedBooks) -> None:
    delivery = deliver(books)
    assert delivery.content is not None
    path = books.site.home.root / "LGRRCPT.D20270104.S000001"
    wrong = Receipt(delivery.content.name, "ab" * 32, "R", 73, 0)
    path.write_bytes(receipt_bytes(MONDAY, 1, [wrong]))
    assert receive(books, path).refused == 0
    assert broken(books) == []
