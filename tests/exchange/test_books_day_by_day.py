"""Several open days, weekends, and declarations that begin, change or end: each closed day has its
own files, and nothing is told twice or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copyfile

import pytest

from exchange.books.closing import close_up_to, open_days
from exchange.books.publishing import book_files_due, publish_book_file
from exchange.outbound.deliver import Delivered
from exchange.outbound.settling import OutcomeUnknown
from interfaces.errors import WrongUse
from interfaces.registry import Registry
from ledger.deliveries import lasting_deliveries, plan_delivery
from ledger.delivery import Delivery, DeliveryState
from simulation.partner.mainframe import read_postings
from tests.exchange.closed_books import ClosedBooks, closed_books
from tests.ledger.payments import PARTNER, PRASERT

FRIDAY, SATURDAY, SUNDAY, NEXT_MONDAY = (date(2027, 1, day) for day in (8, 9, 10, 11))
NEXT_TUESDAY = date(2027, 1, 12)
STATEMENT, POSTING, CREDIT = "counter_statement", "ledger_posting", "refund_credit"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[ClosedBooks]:
    """Friday's return is loaded; that day, Monday and Tuesday have begun, none is closed."""
    made = closed_books(tmp_path, FRIDAY)
    for day in (FRIDAY, NEXT_MONDAY, NEXT_TUESDAY):
        begin(made, day)
    yield made
    made.site.ledger.dispose()


def begin(books: ClosedBooks, day: date) -> None:
    plan_delivery(
        books.site.ledger, partner=PARTNER, interface="counter_feed_s39", version=1,
        business_date=day, recorded_at=books.clock(),
    )  # fmt: skip


def header(books: ClosedBooks, delivery: Delivery, record: str) -> tuple[object, object]:
    (found,) = books.read(delivery).tables[record].to_pylist()
    return found["hdr_books_from"], found["hdr_books_to"]


def test_what_is_entered_on_a_weekend_stands_in_the_files_of_the_monday(books: ClosedBooks) -> None:
    books.move_the_wrong_period(SATURDAY)
    refund = books.refund_the_double_payment(SUNDAY)
    site = books.site
    assert open_days(site, NEXT_TUESDAY) == [FRIDAY, NEXT_MONDAY, NEXT_TUESDAY]
    assert close_up_to(site, NEXT_TUESDAY)["closed"] == [
        str(FRIDAY),
        str(NEXT_MONDAY),
        str(NEXT_TUESDAY),
    ]
    made = {
        (name, day): books.build(name, day)
        for day in (FRIDAY, NEXT_MONDAY, NEXT_TUESDAY)
        for name in (STATEMENT, POSTING, CREDIT)
    }
    entries = {
        day: read_postings(books.path(made[POSTING, day]).read_bytes())
        for day in (FRIDAY, NEXT_MONDAY, NEXT_TUESDAY)
    }
    assert [len(found) for found in entries.values()] == [4, 1, 0]
    (moved,) = entries[NEXT_MONDAY]
    assert (moved.national_id, moved.booked) == (PRASERT, SATURDAY)
    for name, record in ((POSTING, "LPG"), (STATEMENT, "STATEMENT")):
        for day, books_of in (
            (FRIDAY, (None, FRIDAY)),
            (NEXT_MONDAY, (SATURDAY, NEXT_MONDAY)),
            (NEXT_TUESDAY, (NEXT_TUESDAY, NEXT_TUESDAY)),
        ):
            assert header(books, made[name, day], f"{record}-HEADER-RECORD") == books_of
    credits = [
        books.read(made[CREDIT, day]).tables["CREDIT-DETAIL-RECORD"].to_pylist()
        for day in (FRIDAY, NEXT_MONDAY, NEXT_TUESDAY)
    ]
    assert [[row["transfer_amount"] * 100 for row in rows] for rows in credits] == [
        [],
        [refund.amount_satang],
        [],
    ]


def test_a_saturday_is_not_closed_and_the_monday_takes_what_comes_after_the_friday(
    books: ClosedBooks,
) -> None:
    with pytest.raises(WrongUse, match="no business day"):
        close_up_to(books.site, SATURDAY)
    close_up_to(books.site, FRIDAY)
    books.undo_for_the_debit(FRIDAY)  # too late for Friday's books
    close_up_to(books.site, NEXT_MONDAY)
    reversal, *rest = read_postings(books.path(books.build(POSTING, NEXT_MONDAY)).read_bytes())
    assert (reversal.kind, reversal.booked, rest) == ("R", SATURDAY, [])


@pytest.fixture
def sent(books: ClosedBooks, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every file reaches its partner; day and version in the order in which they went."""
    told: list[str] = []

    def send(_site: object, delivery: Delivery, _folder: str) -> Delivered:
        told.append(f"{delivery.business_date} {delivery.version}")
        done = books.bring(delivery, DeliveryState.SENDING, DeliveryState.DELIVERED)
        return Delivered(done, sent=True)

    monkeypatch.setattr("exchange.outbound.publish.seal_and_deliver", send)
    return told


def declared(folder: Path, *changes: tuple[str, str]) -> Registry:
    """The shipped declarations, and the statement in a second version."""
    shipped = Registry().get(STATEMENT)
    text = shipped.declaration.read_text(encoding="utf-8")
    for old, new in (("version = 1", "version = 2"), *changes):
        assert old in text
        text = text.replace(old, new)
    folder.mkdir()
    (folder / f"{STATEMENT}.2.toml").write_text(text, encoding="utf-8")
    for suffix in (".cpy", ".md"):
        copyfile(shipped.copybook.with_suffix(suffix), folder / f"{STATEMENT}.2{suffix}")
    return Registry([folder])


def test_each_day_has_the_version_of_its_day(
    books: ClosedBooks, sent: list[str], tmp_path: Path
) -> None:
    close_up_to(books.site, NEXT_TUESDAY)
    begins = ("valid_from = 2027-01-04", f"valid_from = {NEXT_MONDAY}")
    site = replace(books.site, registry=declared(tmp_path / "more", begins))
    assert STATEMENT in {i.name for i in book_files_due(site, NEXT_TUESDAY)}
    done = publish_book_file(site, NEXT_TUESDAY, STATEMENT)
    assert (len(sent), done["sent"]) == (3, 3)
    assert sent == [f"{FRIDAY} 1", f"{NEXT_MONDAY} 2", f"{NEXT_TUESDAY} 2"]
    made = lasting_deliveries(site.ledger, PARTNER, STATEMENT)
    assert [one.sequence for one in made] == [1, 2, 3]
    assert publish_book_file(site, NEXT_TUESDAY, STATEMENT) == {"deliveries": [], "sent": 0}


def test_an_interface_that_ended_still_owes_the_days_on_which_it_was_in_force(
    books: ClosedBooks, sent: list[str], tmp_path: Path
) -> None:
    close_up_to(books.site, NEXT_TUESDAY)
    registry = Registry()
    one = registry.get(STATEMENT)
    ended = replace(one, valid_until=NEXT_MONDAY)
    registry._by_id[one.id] = ended
    site = replace(books.site, registry=registry)
    assert STATEMENT in {i.name for i in book_files_due(site, NEXT_TUESDAY)}
    publish_book_file(site, NEXT_TUESDAY, STATEMENT)
    assert sent == [f"{FRIDAY} 1", f"{NEXT_MONDAY} 1"]
    assert STATEMENT not in {i.name for i in book_files_due(site, NEXT_TUESDAY)}


def test_days_without_credits_take_no_number(books: ClosedBooks, sent: list[str]) -> None:
    books.refund_the_double_payment(NEXT_MONDAY)
    close_up_to(books.site, NEXT_TUESDAY)
    assert publish_book_file(books.site, FRIDAY, CREDIT) == {"deliveries": [], "sent": 0}
    assert publish_book_file(books.site, NEXT_TUESDAY, CREDIT) == {
        "deliveries": [f"collection_bank.{CREDIT}.000001"],
        "sent": 1,
    }
    assert sent == [f"{NEXT_MONDAY} 1"]
    assert publish_book_file(books.site, NEXT_TUESDAY, CREDIT)["sent"] == 0


def test_one_that_is_sent_again_does_not_hold_up_the_next(
    books: ClosedBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_up_to(books.site, NEXT_MONDAY)
    friday = books.bring(
        books.build(STATEMENT, FRIDAY),
        DeliveryState.SENDING,
        DeliveryState.DELIVERED,
        DeliveryState.SENDING,  # redelivered, and the connection broke
        DeliveryState.UNKNOWN,
    )

    def send(_site: object, delivery: Delivery, _folder: str) -> Delivered:
        if delivery.delivery_id == friday.delivery_id:
            raise OutcomeUnknown("nobody knows")
        done = books.bring(delivery, DeliveryState.SENDING, DeliveryState.DELIVERED)
        return Delivered(done, sent=True)

    monkeypatch.setattr("exchange.outbound.publish.seal_and_deliver", send)
    with pytest.raises(OutcomeUnknown):
        publish_book_file(books.site, NEXT_MONDAY, STATEMENT)
    made = lasting_deliveries(books.site.ledger, PARTNER, STATEMENT)
    assert [one.state for one in made] == [DeliveryState.UNKNOWN, DeliveryState.DELIVERED]
