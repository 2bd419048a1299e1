"""From an employer's overpayment to its bank: asked for, ordered by a closed day's file, paid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange.books.posting_rows import posting_rows
from exchange.books.refunds_paid import mark_refunds_paid
from exchange.books.summary_rows import summary_rows
from exchange.employers.account import account_of
from exchange.employers.refunding import refund_lines
from exchange.employers.withdrawing import withdraw
from exchange.report.figures import figures_of
from exchange.report.page import render
from exchange.report.summary import summarise
from exchange.status.status import status_of
from ledger.books import check_books
from ledger.delivery import DeliveryState
from prakan.__main__ import main
from tests.exchange.closed_books import BANK, MONDAY, TUESDAY, WEDNESDAY
from tests.exchange.filed_books import PERIOD, FiledBooks, filed_books
from tests.ledger.employer_money import pay, take_back
from tests.ledger.made_outcomes import balance
from tests.prakan.sample_tables import account

ACCOUNT, OTHER = account(0), account(1)
NUMBER, PAYEE = "1112223334", "บริษัท ตัวอย่างการค้า จำกัด"
TO = ("--to-account", f"006/0001/{NUMBER}", "--payee", PAYEE)
WHY = ("--reason", "letter 17/2570", "--date", str(MONDAY))
DUE = 150_000  # satang of one person with 15,000 baht
LARGE = 10_000_001  # above what one person decides alone

Employers = Callable[..., Any]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[FiledBooks]:
    """One employer filed 1,500 baht and paid 1,700 in time; another paid without filing."""
    made = filed_books(tmp_path)
    made.file(0, {"000000": {0: 15_000}})
    made.take_in(MONDAY)
    ledger, clock = made.site.ledger, made.clock
    pay(ledger, MONDAY, DUE, clock(), account=ACCOUNT, period=PERIOD)
    pay(ledger, MONDAY, 20_000, clock(), account=ACCOUNT, period=PERIOD)
    pay(ledger, MONDAY, LARGE, clock(), account=OTHER, period=PERIOD)
    yield made
    made.site.ledger.dispose()


@pytest.fixture
def employers(
    books: FiledBooks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Employers:
    """The command line: its answer as data, or its one line of refusal."""
    monkeypatch.setenv("PRAKAN_HOME", str(books.site.home.root))
    monkeypatch.delenv("PRAKAN_LEDGER_URL", raising=False)

    def run(*arguments: str, status: int = 0) -> Any:
        found = main(["employers", *arguments, *(() if status == 2 else ("--json",))])
        printed = capsys.readouterr()
        assert found == status, printed
        assert NUMBER not in printed.out + printed.err
        if status != 2:
            return json.loads(printed.out)
        (line,) = printed.err.splitlines()
        return line

    return run


def agrees(books: FiledBooks) -> None:
    failing = [str(one) for one in check_books(books.site.ledger, full=True) if not one.agrees]
    assert failing == []


def ordered(books: FiledBooks, day: date) -> list[tuple[str, str, str]]:
    """Account, name and amount of the credits in a closed day's file, as the bank reads them."""
    rows = books.read(books.build("refund_credit", day)).tables["CREDIT-DETAIL-RECORD"]
    return sorted(
        (row["receiving_account"], row["receiver_name"], str(row["transfer_amount"]))
        for row in rows.to_pylist()
    )


def test_from_the_account_to_the_bank(
    books: FiledBooks, employers: Employers, capsys: pytest.CaptureFixture[str]
) -> None:
    found = employers("overpaid", "--period", "2026-12", status=1)
    assert (found["employers"], found["overpaid_satang"]) == (2, LARGE + 20_000)
    assert [row["employer_account"] for row in found["largest"]] == [OTHER, ACCOUNT]

    small = employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY, "--who", "malee")
    assert (small["state"], small["amount_satang"]) == ("payable", 20_000)
    large = employers("refund", OTHER, "--period", "2026-12", *TO, *WHY, "--who", "malee")
    assert (large["state"], large["posting"], large["asked_by"]) == ("proposed", None, "malee")
    listed = employers("refunds", status=1)
    assert [(one["refund_id"], one["state"]) for one in listed] == [
        (f"{OTHER}-001", "proposed"),
        (f"{ACCOUNT}-001", "payable"),
    ]
    books_line = status_of(books.site, MONDAY, now=books.clock()).books
    assert (books_line.refunds_proposed, books_line.refunds_proposed_satang) == (1, LARGE)
    same = employers("refund-approve", large["refund_id"], *WHY, "--who", " MALEE", status=2)
    assert "a second person has to approve it" in same
    assert main(["status", "--date", str(MONDAY)]) in (0, 1)
    assert "wait for a second person: 1, 100,000.01 baht" in capsys.readouterr().out
    done = employers("refund-approve", large["refund_id"], *WHY, "--who", "prasert")
    assert (done["state"], done["account"]) == ("payable", "xxxxxx3334")
    assert employers("overpaid", "--period", "2026-12")["employers"] == 0
    agrees(books)

    books.close(MONDAY)
    assert ordered(books, MONDAY) == [
        (f"0{NUMBER}", PAYEE, "100000.01"),
        (f"0{NUMBER}", PAYEE, "200.00"),
    ]
    summary = summary_rows(books.site, books.site.registry.get("ledger_summary"), MONDAY).table
    credited = dict(
        zip(
            summary["account_name"].to_pylist(),
            map(str, summary["credit_amount"].to_pylist()),
            strict=True,
        )
    )
    assert credited["refunds:payable"] == "100200.01"
    postings = posting_rows(books.site, books.site.registry.get("ledger_posting"), MONDAY)
    assert postings.table.num_rows == 0, "months of persons only"

    states = {one.state for one in refund_lines(books.site)}
    assert states == {"ordered"}
    late = employers("refund-cancel", small["refund_id"], *WHY, status=2)
    assert "stands in closed books" in late
    books.bring(
        books.build("refund_credit", MONDAY), DeliveryState.SENDING, DeliveryState.DELIVERED
    )
    told = mark_refunds_paid(books.site, TUESDAY)
    assert (told["refunds_paid"], told["refunds_paid_satang"]) == (2, LARGE + 20_000)
    assert balance(books.site.ledger)[f"bank:{BANK}"] == -(LARGE + 20_000)
    assert {one["state"] for one in employers("refunds")} == {"paid"}
    books.close(TUESDAY)
    assert ordered(books, TUESDAY) == []
    agrees(books)


def test_the_account_shows_what_went_back(books: FiledBooks, employers: Employers) -> None:
    employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    (month,) = employers("account", ACCOUNT)
    sums = ("filed", "paid", "refunded", "overpaid", "outstanding", "to_pay")
    assert [month[f"{name}_satang"] for name in sums] == [DUE, DUE, 20_000, 0, 0, 0]
    (line,) = month["refunds"]
    assert (line["refund_id"], line["state"], line["account"]) == (
        f"{ACCOUNT}-001",
        "payable",
        "xxxxxx3334",
    )
    assert main(["employers", "account", ACCOUNT]) == 0


def test_the_account_in_words(
    books: FiledBooks, employers: Employers, capsys: pytest.CaptureFixture[str]
) -> None:
    employers("refund", ACCOUNT, "--period", "2026-12", "--amount", "150.50", *TO, *WHY)
    assert main(["employers", "account", ACCOUNT]) == 0
    told = capsys.readouterr().out
    assert "2026-12 refunds (150.50 given back)" in told
    assert f"{ACCOUNT}-001  2026-12  150.50  payable" in told
    assert "006/0001/xxxxxx3334" in told
    assert main(["employers", "overpaid", "--period", "2026-12", "--above", "49.49"]) == 1
    told = capsys.readouterr().out
    assert "2026-12: 2 employers overpaid 100,049.51 baht" in told
    assert main(["employers", "refunds"]) == 0
    assert f"{ACCOUNT}-001" in capsys.readouterr().out


def test_a_cancelled_refund_is_in_no_file(books: FiledBooks, employers: Employers) -> None:
    small = employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    gone = employers("refund-cancel", small["refund_id"], *WHY)
    assert (gone["state"], gone["can_be_cancelled"]) == ("withdrawn", False)
    books.close(MONDAY)
    assert ordered(books, MONDAY) == []
    (month,) = employers("account", ACCOUNT)
    assert (month["overpaid_satang"], month["refunded_satang"]) == (20_000, 0)
    agrees(books)


def test_a_withdrawn_filing_leaves_more_to_refund(books: FiledBooks, employers: Employers) -> None:
    employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    (filed,) = account_of(books.site, ACCOUNT, MONDAY)[0].filings
    withdraw(books.site, filed.file_id, who="malee", reason="another's", business_date=MONDAY)
    again = employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    assert (again["refund_id"], again["amount_satang"]) == (f"{ACCOUNT}-002", DUE)
    books.close(MONDAY)
    assert len(ordered(books, MONDAY)) == 2
    agrees(books)


def test_two_refunds_of_one_payment_and_amount_are_paid_one_after_the_other(
    books: FiledBooks, employers: Employers
) -> None:
    """They are alike: each is paid by the file of its own day."""
    half = ("--amount", "100", *TO, "--reason", "letter")
    employers("refund", ACCOUNT, "--period", "2026-12", *half, "--date", str(MONDAY))
    books.close(MONDAY)
    employers("refund", ACCOUNT, "--period", "2026-12", *half, "--date", str(TUESDAY))
    monday = books.build("refund_credit", MONDAY)
    books.bring(monday, DeliveryState.SENDING, DeliveryState.DELIVERED)
    assert mark_refunds_paid(books.site, TUESDAY)["refunds_paid"] == 1
    assert [one["state"] for one in employers("refunds")] == ["paid", "payable"]
    books.close(TUESDAY)
    tuesday = books.build("refund_credit", TUESDAY)
    states = [(one["state"], one["order"]) for one in employers("refunds")]
    assert states == [("paid", monday.delivery_id), ("ordered", tuesday.delivery_id)]
    books.bring(tuesday, DeliveryState.SENDING, DeliveryState.DELIVERED)
    assert mark_refunds_paid(books.site, WEDNESDAY)["refunds_paid"] == 1
    assert {one["state"] for one in employers("refunds")} == {"paid"}
    agrees(books)


def test_what_is_to_be_paid_makes_a_refund_good_first(
    books: FiledBooks, employers: Employers
) -> None:
    """The payment behind a refund that has gone is taken back: due, and the refund, are owed."""
    employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    books.close(MONDAY)
    ledger, at = books.site.ledger, books.clock()
    (month,) = account_of(books.site, ACCOUNT, MONDAY)
    for one in [p for p in month.payments if p.partner == BANK and p.leg == 1]:
        take_back(ledger, one.file_id, at, account=ACCOUNT, period=PERIOD, day=TUESDAY)
    (month,) = account_of(books.site, ACCOUNT, MONDAY)
    assert (month.paid_satang, month.outstanding_satang) == (-20_000, DUE + 20_000)
    assert month.to_pay_satang == DUE + 20_000
    (late,) = account_of(books.site, ACCOUNT, date(2027, 2, 15))
    assert late.to_pay_satang == DUE + 20_000 + 3_000
    found = employers("refunds")
    assert [one["owed_satang"] for one in found] == [DUE + 20_000]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("refund", ACCOUNT, "--period", "2026-12", "--amount", "200.01"),
            "200.00 can be refunded",
        ),
        (("refund", ACCOUNT, "--period", "2026-11"), "has 0.00 baht overpaid for 2026-11"),
        (("refund", ACCOUNT, "--period", "2026-12", "--amount", "0"), "a refund of nothing"),
        (("refund", ACCOUNT, "--period", "2026-12", "--amount", "-5"), "amount"),
        (("refund", ACCOUNT, "--period", "2026-12", "--amount", "1.005"), "is no amount"),
        (("refund", ACCOUNT, "--period", "2026-12", "--amount", "1e9"), "is no amount"),
        (("refund", ACCOUNT, "--period", "2026-13"), "write YYYY-MM"),
        (("refund", ACCOUNT, "--period", "2569-12"), "write YYYY-MM, Gregorian"),
        (("refund", "123", "--period", "2026-12"), "'123' is no employer account"),
    ],
)
def test_refusals_are_one_line(employers: Employers, arguments: tuple[str, ...], says: str) -> None:
    assert says in employers(*arguments, *TO, *WHY, status=2)


def test_a_payee_is_checked_before_anything_is_done(
    books: FiledBooks, employers: Employers
) -> None:
    for to, says in (("6/1/2", "bank has 3 digits"), ("006-0001-2", "written BANK/BRANCH/NUMBER")):
        wrong = ("--to-account", to, "--payee", PAYEE)
        assert says in employers("refund", ACCOUNT, "--period", "2026-12", *wrong, *WHY, status=2)
    assert "no refund x" in employers("refund-cancel", "x", *WHY, status=2)
    blank = ("--reason", " ", "--date", str(MONDAY))
    assert "say why" in employers("refund", ACCOUNT, "--period", "2026-12", *TO, *blank, status=2)
    assert refund_lines(books.site) == []


def test_the_list_of_the_overpaid(books: FiledBooks, employers: Employers, tmp_path: Path) -> None:
    """Who owes for other months is told beside it; what waits for a second person too."""
    books.file(0, {"000000": {0: 15_000}}, period=202611, name="b")
    books.take_in(MONDAY)
    employers("refund", OTHER, "--period", "2026-12", *TO, *WHY)
    out = tmp_path / "overpaid.csv"
    found = employers("overpaid", "--period", "2026-12", "--out", str(out), status=1)
    of = {row["employer_account"]: row for row in found["largest"]}
    assert (of[ACCOUNT]["owed_satang"], of[ACCOUNT]["proposed_satang"]) == (DUE, 0)
    assert (of[OTHER]["owed_satang"], of[OTHER]["proposed_satang"]) == (0, LARGE)
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert lines[2].startswith(f'"{ACCOUNT}"') or lines[2].startswith(ACCOUNT)
    none = employers("overpaid", "--period", "2026-12", "--above", "1000000")
    assert (none["employers"], none["largest"]) == (0, [])


def test_of_two_alike_the_one_in_a_refused_file_is_not_the_paid_one(
    books: FiledBooks, employers: Employers
) -> None:
    """Whoever asks the bank must ask for the right one; the refused file goes out again."""
    half = ("--amount", "100", *TO, "--reason", "letter")
    employers("refund", ACCOUNT, "--period", "2026-12", *half, "--date", str(MONDAY))
    books.close(MONDAY)
    monday = books.bring(
        books.build("refund_credit", MONDAY),
        DeliveryState.SENDING,
        DeliveryState.DELIVERED,
        DeliveryState.REFUSED,
    )
    employers("refund", ACCOUNT, "--period", "2026-12", *half, "--date", str(TUESDAY))
    books.close(TUESDAY)
    books.bring(
        books.build("refund_credit", TUESDAY), DeliveryState.SENDING, DeliveryState.DELIVERED
    )
    assert mark_refunds_paid(books.site, TUESDAY)["refunds_paid"] == 1
    assert [one["state"] for one in employers("refunds")] == ["ordered", "paid"]
    late = employers("refund-cancel", f"{ACCOUNT}-001", *WHY, status=2)
    assert "stands in closed books" in late

    assert ordered(books, MONDAY) == [(f"0{NUMBER}", PAYEE, "100.00")], "the same once more"
    books.bring(monday, DeliveryState.SENDING, DeliveryState.DELIVERED)
    assert mark_refunds_paid(books.site, WEDNESDAY)["refunds_paid"] == 1
    assert mark_refunds_paid(books.site, WEDNESDAY)["refunds_paid"] == 0
    assert [one["state"] for one in employers("refunds")] == ["paid", "paid"]
    assert balance(books.site.ledger)[f"bank:{BANK}"] == -20_000
    agrees(books)


def test_books_closed_between_asking_and_approving(books: FiledBooks, employers: Employers) -> None:
    large = employers("refund", OTHER, "--period", "2026-12", *TO, *WHY, "--who", "malee")
    books.close(MONDAY)
    assert ordered(books, MONDAY) == []
    done = employers("refund-approve", large["refund_id"], *WHY, "--who", "prasert")
    assert (done["state"], done["book_date"]) == ("payable", str(TUESDAY)), "the first open day"
    books.close(TUESDAY)
    assert [row[2] for row in ordered(books, TUESDAY)] == ["100000.01"]
    agrees(books)


def test_the_same_files_again_move_nothing(books: FiledBooks, employers: Employers) -> None:
    """The form comes once more under another name; what was refunded stays refunded, once."""
    employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    books.file(0, {"000000": {0: 15_000}}, name="b")
    books.take_in(MONDAY)
    (month,) = employers("account", ACCOUNT)
    sums = ("filed", "paid", "refunded", "overpaid", "outstanding")
    assert [month[f"{name}_satang"] for name in sums] == [DUE, DUE, 20_000, 0, 0]
    again = employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY, status=2)
    assert "nothing can be refunded" in again
    agrees(books)


def test_a_refund_whose_month_owes_again_is_seen_before_it_goes(
    books: FiledBooks, employers: Employers, capsys: pytest.CaptureFixture[str]
) -> None:
    employers("refund", ACCOUNT, "--period", "2026-12", *TO, *WHY)
    assert main(["employers", "refunds"]) == 0
    assert "owed now" not in capsys.readouterr().out
    books.file(0, {"000000": {0: 15_000, 1: 15_000}}, mark="_C01")
    books.take_in(MONDAY)
    assert main(["employers", "refunds"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert (table[0].split("  ")[-1].strip(), table[2].split()[-1]) == ("owed now", "1,500.00")
    assert main(["status", "--date", str(MONDAY)]) in (0, 1)
    assert f"before they are with the bank: {ACCOUNT}-001;" in capsys.readouterr().out
    employers("refund-cancel", f"{ACCOUNT}-001", *WHY)
    assert main(["status", "--date", str(MONDAY)]) in (0, 1)
    assert "owes again" not in capsys.readouterr().out
    agrees(books)


def test_the_nights_report_tells_what_went_back_and_what_waits(
    books: FiledBooks, employers: Employers
) -> None:
    on_tuesday = ("--reason", "letter 17/2570", "--date", str(TUESDAY))
    employers("refund", ACCOUNT, "--period", "2026-12", *TO, *on_tuesday)
    employers("refund", OTHER, "--period", "2026-12", *TO, *on_tuesday)
    figures = figures_of(books.site, TUESDAY)
    moved = figures.employers.moved
    assert (moved.paid_satang, moved.refunded_satang, moved.overpaid_satang) == (0, 20_000, -20_000)
    lines = [" ".join(line.split()) for line in summarise(figures).splitlines()]
    assert "given back to employers 200.00" in lines
    assert "refunds for a second person: 1 100,000.01" in lines
    page = render(figures)
    assert "given back to employers" in page
    assert "wait for a second person: 1, 100,000.01 baht" in page
    assert NUMBER not in page
    employers("refund-cancel", f"{OTHER}-001", *on_tuesday)
    employers("refund-cancel", f"{ACCOUNT}-001", *on_tuesday)
    figures = figures_of(books.site, TUESDAY)
    assert figures.employers.is_empty
    for told in (summarise(figures), render(figures)):
        assert "given back" not in told
        assert "second person" not in told
