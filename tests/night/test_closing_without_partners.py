"""Books are closed, and what is made of them goes out, while a partner cannot be reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from exchange.books.publishing import publish_book_file
from ledger.books import check_books, closes
from ledger.deliveries import deliveries_of, find
from ledger.delivery import DeliveryState
from simulation.partner.bank import advise
from simulation.partner.mainframe import read_postings, read_summary
from tests.night.january import (
    MONDAY,
    STATEMENT,
    TUESDAY,
    January,
    january,
    read_statement,
    statements,
    steps_of,
)
from tests.night.stage import PARTNER, Stage
from tests.openssh import Sshd
from tests.postgres import PostgresServer

CLOSE = "close the books"
NOWHERE = "sftp://prakan@127.0.0.1:1"
UNKNOWN, DELIVERED = DeliveryState.UNKNOWN, DeliveryState.DELIVERED


@pytest.fixture(scope="module")
def nights(sshd: Sshd, tmp_path_factory: pytest.TempPathFactory, _no_settling: None) -> January:
    return january(sshd, tmp_path_factory.mktemp("unreached"))


@pytest.fixture
def evening(nights: January) -> Stage:
    """Monday's feeds are out, the counters have closed and the bank has advised."""
    return _evening(nights.stage(), MONDAY)


def _evening(stage: Stage, day: date) -> Stage:
    steps_of(stage, day)
    stage.evening(day)
    advise(stage.root, day)
    return stage


def without(stage: Stage, *partners: str) -> Stage:
    """The same installation; nobody answers at these partners' addresses."""
    for partner in partners:
        stage = stage.with_setting(f"PRAKAN_SFTP_{partner.upper()}_URL", NOWHERE)
    return stage


def closed(stage: Stage) -> list[date]:
    with stage.ledger() as ledger:
        assert [str(one) for one in check_books(ledger, full=True) if not one.agrees] == []
        return [close.business_date for close in closes(ledger)]


def failing(stage: Stage, day: date) -> set[str]:
    return {name for name, step in steps_of(stage, day).items() if step.error}


def lines(path: Path) -> list[dict[str, Any]]:
    """Details of a statement."""
    found: list[dict[str, Any]] = read_statement(path).tables["STATEMENT-DETAIL-RECORD"].to_pylist()
    return found


def postings(stage: Stage, name: str) -> list[str]:
    """Names of the mainframe's files, in the order in which they came."""
    found = (stage.root / "mainframe" / "postings").glob(f"{name}.D????????.S??????")
    return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, nights: January) -> Iterator[Stage]:
    """The same evening, with a ledger of either kind."""
    stage = nights.stage()
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        stage = stage.with_setting("PRAKAN_LEDGER_URL", server.create(f"closing{uuid4().hex}"))
    yield _evening(stage, MONDAY)


def test_the_mainframe_keeps_no_books_open_and_gets_its_files_in_order_later(
    anywhere: Stage,
) -> None:
    down = without(anywhere, "mainframe")
    files = ("filed_contributions", "ledger_posting", "ledger_summary", "registration_changes")
    waiting = {"reconcile mainframe", *(f"publish {name}" for name in files)}
    assert failing(down, MONDAY) == waiting
    # Its receipts move no money: the day is closed, and the counters are told.
    assert closed(anywhere) == [MONDAY]
    assert [path.name for path in statements(anywhere)] == ["CSSTM_20270104_000001.TXT"]
    assert postings(anywhere, "*") == []
    _evening(down, TUESDAY)
    assert failing(down, TUESDAY) == waiting
    assert len(statements(anywhere)) == 2
    assert failing(anywhere, TUESDAY) == set()
    assert closed(anywhere) == [MONDAY, TUESDAY]
    for name in ("FCTFILE", "LGRPOST", "LGRSUMM", "REGCHNG"):
        assert postings(anywhere, name) == [
            f"{name}.D20270104.S000001",
            f"{name}.D20270105.S000002",
        ]
    folder = anywhere.root / "mainframe" / "postings"
    one, two = (
        read_summary((folder / name).read_bytes()) for name in postings(anywhere, "LGRSUMM")
    )
    opening = {account.name: account.opening for account in two if account.opening}
    assert opening == {account.name: account.closing for account in one if account.closing}
    entries = [
        e
        for name in postings(anywhere, "LGRPOST")
        for e in read_postings((folder / name).read_bytes())
    ]
    contributions = [a.closing for a in two if a.name.startswith("contributions:")]
    assert sum(entry.satang for entry in entries) == -sum(contributions) > 0
    (settled,) = (line for line in lines(statements(anywhere)[0]) if line["line_kind"] == "SETTLED")
    assert settled["entry_count"] == 1


def test_a_bank_that_stays_away_keeps_open_one_day_and_not_those_before_it(
    evening: Stage,
) -> None:
    down = without(evening, "collection_bank")
    steps = steps_of(down, MONDAY)
    assert (steps[CLOSE].counts or {})["closed"] == []
    assert "not reconciled: collection_bank" in str((steps[CLOSE].counts or {})["why"])
    assert (closed(evening), statements(evening)) == ([], [])
    _evening(down, TUESDAY)
    steps = steps_of(down, TUESDAY)
    assert (steps[CLOSE].counts or {})["closed"] == []  # Monday was closed before the evening
    assert (steps[CLOSE].counts or {})["open"] == str(TUESDAY)
    assert closed(evening) == [MONDAY]
    assert len(statements(evening)) == 1
    # Back again: what it advised for Monday stands in Tuesday's books.
    assert failing(evening, TUESDAY) == set()
    assert closed(evening) == [MONDAY, TUESDAY]
    kinds = [{line["line_kind"] for line in lines(path)} for path in statements(evening)]
    assert ("SETTLED" in kinds[0], "SETTLED" in kinds[1]) == (False, True)


def test_a_statement_of_which_nobody_knows_is_settled_by_the_partners_word(
    evening: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process dies after the rename, and the partner takes the file though it said it would
    leave it."""
    name = f"{PARTNER}.{STATEMENT}.000001"

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("exchange.night._book_lines", lambda *_: [])
        steps_of(evening, MONDAY)
        patch.setattr("exchange.outbound.deliver._told", dies)
        site = evening.site()
        with pytest.raises(KeyboardInterrupt):
            publish_book_file(site, MONDAY, STATEMENT)
        site.ledger.dispose()
    for path in (evening.root / "statements").iterdir():
        path.unlink()
    assert failing(evening, MONDAY) == {f"publish {STATEMENT}"}
    _evening(evening, TUESDAY)
    assert failing(evening, TUESDAY) == {f"publish {STATEMENT}"}  # Tuesday's waits for it
    with evening.ledger() as ledger:
        found = find(ledger, name)
        assert found is not None
        assert found.state is UNKNOWN
    capsys.readouterr()
    assert evening.prakan("retry", name, "--arrived", "--reason", "the partner has it") == 0
    capsys.readouterr()
    assert evening.prakan("books", "publish", "--date", str(TUESDAY), "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert done[STATEMENT] == {"deliveries": [f"{PARTNER}.{STATEMENT}.000002"], "sent": 1}
    assert {counts["sent"] for counts in done.values()} == {0, 1}
    with evening.ledger() as ledger:
        states = {
            d.delivery_id: d.state for day in (MONDAY, TUESDAY) for d in deliveries_of(ledger, day)
        }
    assert (states[name], states[f"{PARTNER}.{STATEMENT}.000002"]) == (DELIVERED, DELIVERED)
    assert [path.name for path in statements(evening)] == ["CSSTM_20270105_000002.TXT"]
