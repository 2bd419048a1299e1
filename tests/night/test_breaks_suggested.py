"""What matching suggests for the breaks of a large night can be done as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.books import check_books
from tests.night.conftest import Undisturbed
from tests.night.desk import SUSPENSE, Desk, desk_at

REFUND = ("--to-account", "006/0001/1234567890", "--payee", "สมชาย ใจดี")
WHY = ("--reason", "as suggested", "--who", "malee")


@pytest.fixture
def desk(large_night: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return desk_at(large_night.stage, tmp_path, capsys)


def test_every_suggestion_settles_its_break_and_the_books_agree(desk: Desk) -> None:
    lines = desk.json("list", status=1)["lines"]
    suggested = [line for line in lines if line["is_suggested"]]
    assert len({line["code"] for line in suggested}) > 1
    for line in suggested:
        payee = REFUND if "refund" in line["suggestion"] else ()
        desk("resolve", line["break_id"], "--suggested", *payee, *WHY)
    left = desk.json("list", status=1)
    assert left["count"] == len(lines) - len(suggested)
    assert desk.balance()[SUSPENSE] == -left["satang"]
    with desk.stage.ledger() as ledger:
        assert [str(one) for one in check_books(ledger, full=True) if not one.agrees] == []


def test_settling_all_and_reopening_all_leaves_every_sum_as_it_was(desk: Desk) -> None:
    before = desk.balance()
    lines = desk.json("list", status=1)["lines"]
    for line in lines:
        desk("resolve", line["break_id"], "--return", *WHY)
    assert desk("list") == "no break\n"
    assert desk.balance()[SUSPENSE] == 0
    for line in lines:
        desk("reopen", line["break_id"], *WHY)
    after = desk.balance()
    assert {account: satang for account, satang in after.items() if satang} == before
    with desk.stage.ledger() as ledger:
        assert [str(one) for one in check_books(ledger, full=True) if not one.agrees] == []
