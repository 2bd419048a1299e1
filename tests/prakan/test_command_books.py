"""``prakan books``: what it prints, what it changes, its exit status."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from exchange.sealing.manifest_signature import KEY_VARIABLE
from insurance.identifiers import mask_id
from ledger import schema
from ledger.books import closes
from ledger.deliveries import deliveries_of, plan_delivery
from ledger.month_paid import months_differing
from prakan.__main__ import main
from simulation.signing_key import make_signing_key
from tests.exchange.closed_books import MONDAY, TUESDAY, WEDNESDAY, ClosedBooks, closed_books
from tests.ledger.payments import DAO, PARTNER, SOMCHAI
from tests.ledger.tampering import tampering

SATURDAY = date(2027, 1, 9)
SUSPENSE = f"suspense:{PARTNER}"


class Counter:
    """The command line at a ledger with a day's return, nothing closed."""

    def __init__(self, books: ClosedBooks, capsys: pytest.CaptureFixture[str]) -> None:
        self.books = books
        self._capsys = capsys

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """What was printed."""
        found = main(["books", *arguments])
        printed = self._capsys.readouterr()
        assert (found, printed.err) == (status, ""), printed
        return printed.out

    def json(self, *arguments: str, status: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", status=status))

    def refused(self, *arguments: str, status: int = 2) -> str:
        """The one line with which it refuses."""
        found = main(["books", *arguments])
        printed = self._capsys.readouterr()
        assert (found, printed.out) == (status, ""), printed
        (line,) = printed.err.splitlines()
        return line

    def begin(self, day: date) -> None:
        """A feed of the day is planned: the day has begun."""
        plan_delivery(
            self.books.site.ledger, partner=PARTNER, interface="counter_feed_s39", version=1,
            business_date=day, recorded_at=self.books.clock(),
        )  # fmt: skip


@pytest.fixture
def books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Counter:
    for name in [name for name in os.environ if name.startswith("PRAKAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRAKAN_HOME", str(tmp_path))
    monkeypatch.setenv(KEY_VARIABLE, str(make_signing_key(tmp_path)))
    made = Counter(closed_books(tmp_path), capsys)
    made.begin(MONDAY)
    return made


def balance(rows: list[dict[str, Any]]) -> dict[str, int]:
    assert sum(row["balance_satang"] for row in rows) == 0
    return {row["account"]: row["balance_satang"] for row in rows}


def test_balances_as_of_each_of_the_three_dates(books: Counter) -> None:
    assert books.json("balances", "--effective-to", "2027-01-03") == []
    assert balance(books.json("balances", "--effective-to", str(MONDAY)))[SUSPENSE] == -79_400
    books.books.move_the_wrong_period(TUESDAY)
    assert balance(books.json("balances"))[SUSPENSE] == -43_200 + 7_000
    on_monday = balance(books.json("balances", "--booked-to", str(MONDAY)))
    assert on_monday[SUSPENSE] == -2 * 43_200 + 7_000
    assert books.json("balances", "--recorded-to", "2026-11-20T00:00") == []
    text = books("balances", "--booked-to", str(MONDAY))
    (line,) = [line for line in text.splitlines() if line.startswith(SUSPENSE)]
    assert line.split()[1:] == ["70.00", "864.00", "-794.00"]
    assert "--recorded-to" in books.refused("balances", "--recorded-to", "yesterday")
    assert "2027-02-30" in books.refused("balances", "--booked-to", "2027-02-30")


def test_days_are_closed_in_their_order_and_listed(books: Counter) -> None:
    assert books("list") == "no day is closed yet\n"
    assert books.json("list") == []
    for day in (TUESDAY, WEDNESDAY):
        books.begin(day)
    counts = books.json("close", "--date", str(TUESDAY))
    assert counts["closed"] == [str(MONDAY), str(TUESDAY)]
    assert counts["postings"] == 7
    assert books("close", "--date", str(MONDAY)) == "closed already\n"
    assert books("close", "--date", str(WEDNESDAY)) == (
        "closed 2027-01-06: 0 entries, 0.00 baht moved\n"
    )
    listed = books.json("list")
    assert [one["business_date"] for one in listed] == [
        str(d) for d in (MONDAY, TUESDAY, WEDNESDAY)
    ]
    assert listed[0]["balances"] == balance(books.json("balances"))
    assert [line.split()[:3] for line in books("list").splitlines()[2:]] == [
        [str(MONDAY), "7", "2,300.00"],
        [str(TUESDAY), "0", "0.00"],
        [str(WEDNESDAY), "0", "0.00"],
    ]


def test_a_day_that_has_not_begun_or_is_none_is_not_closed(books: Counter) -> None:
    assert "has not begun" in books.refused("close", "--date", str(TUESDAY))
    assert "no business day" in books.refused("close", "--date", str(SATURDAY))
    assert "YYYY-MM-DD" in books.refused("close", "--date", "04/01/2027")
    assert closes(books.books.site.ledger) == []


def test_what_does_not_go_together_is_refused(books: Counter) -> None:
    assert "close needs --date" in books.refused("close")
    assert "publish needs --date" in books.refused("publish")
    assert "check takes no --date" in books.refused("check", "--date", str(MONDAY))
    assert "--booked-to goes with" in books.refused("check", "--booked-to", str(MONDAY))
    assert "--full goes with" in books.refused("balances", "--full")


def test_books_that_agree_and_books_that_do_not(books: Counter) -> None:
    assert books("check").startswith("the books agree: ")
    found = books.json("check", "--full")
    assert {"debits", "collected", "suspense", "months"} <= {one["name"] for one in found}
    assert all(one["agrees"] for one in found)
    ledger = books.books.site.ledger
    with tampering(ledger, "payment_break") as connection:
        table = schema.payment_break
        connection.execute(
            sa.update(table).where(table.c.record_number == 5).values(amount_satang=43_199)
        )
    lines = books("check", status=1).splitlines()
    assert f"DISAGREES suspense {PARTNER}: 79400 is not 79399" in lines
    assert lines[-1].endswith("identities do not agree")
    failing = [one for one in books.json("check", status=1) if not one["agrees"]]
    assert len(failing) == len(lines) - 1
    refused = books.refused("close", "--date", str(MONDAY), status=1)
    assert "do not balance and stay open" in refused
    assert closes(ledger) == []


def test_what_a_closed_day_holds_is_proven_again_in_full(books: Counter) -> None:
    books("close", "--date", str(MONDAY))
    for day in (TUESDAY, WEDNESDAY):
        books.begin(day)
        books("close", "--date", str(day))
    with tampering(books.books.site.ledger, "posting") as connection:
        table = schema.posting
        connection.execute(sa.delete(table).where(table.c.record_number == 2))
    # The close that was changed lies behind the last one, which is taken for granted.
    books("check")
    assert "closed_postings 2027-01-04: 6 is not 7" in books("check", "--full", status=1)


def test_months_paid_are_made_anew_and_nobody_is_named(books: Counter) -> None:
    assert books("rebuild") == "months paid made anew: nothing differed\n"
    ledger = books.books.site.ledger
    table = schema.month_paid
    with ledger.begin() as connection:
        connection.execute(
            sa.update(table).where(table.c.national_id == SOMCHAI).values(paid_satang=1)
        )
        connection.execute(sa.delete(table).where(table.c.national_id == DAO))
    text = books("rebuild", status=1)
    assert mask_id(SOMCHAI) in text
    assert "432.00" in text
    assert SOMCHAI not in text
    assert len(months_differing(ledger)) == 0
    assert books.json("rebuild") == []


def test_one_partner_that_cannot_be_reached_does_not_hold_up_the_others_files(
    books: Counter,
) -> None:
    assert "the books of that day are open" in books.refused("publish", "--date", str(MONDAY))
    books("close", "--date", str(MONDAY))
    done = books.json("publish", "--date", str(MONDAY), status=2)
    # No partner has an address; each file was made all the same. Nothing is to be credited.
    files = ["filed_contributions", "ledger_posting", "ledger_summary"]
    last = ["refund_credit", "registration_changes"]
    assert list(done) == ["counter_statement", *files, *last]
    assert done.pop("refund_credit") == {"deliveries": [], "sent": 0}
    assert all("error" in counts for counts in done.values())
    made = deliveries_of(books.books.site.ledger, MONDAY)
    assert {one.interface: one.content is not None for one in made if one.lasting} == {
        "counter_statement": True,
        "filed_contributions": True,
        "ledger_posting": True,
        "ledger_summary": True,
        "registration_changes": True,
    }
    text = books("publish", "--date", str(MONDAY), status=2)
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "FAILED counter_statement",
        "FAILED filed_contributions",
        "FAILED ledger_posting",
        "FAILED ledger_summary",
        "refund_credit",
        "FAILED registration_changes",
    ]
    assert "refund_credit: nothing was due, nothing sent\n" in text
