"""The books of a night are closed, and what is made from closed books goes out in order."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from exchange.books.closing import close_up_to
from exchange.books.publishing import publish_book_file
from exchange.outbound.again import redeliver, retry
from exchange.outbound.regenerate import regenerate
from exchange.returns.reconcile import reconcile_partner
from interfaces.errors import WrongUse
from ledger import schema
from ledger.balances import balances
from ledger.books import closes, last_closed
from ledger.database import reading, writing
from ledger.deliveries import deliveries_of, find
from ledger.delivery import DeliveryState
from ledger.file_breaks import FileBreakCode, file_breaks
from simulation.partner.evening import Evening
from tests.night.january import (
    MONDAY,
    STATEMENT,
    TUESDAY,
    January,
    drive,
    january,
    job,
    read_statement,
    statements,
    steps_of,
)
from tests.night.stage import FOLDERS, PARTNER, Stage, walk_ins_of
from tests.openssh import Sshd
from tests.sampling import WHOLE

CLOSE = "close the books"
PUBLISH = f"publish {STATEMENT}"
RECONCILE = f"reconcile {PARTNER}"
KILLED = 24 if WHOLE else 3
EVERYWHERE = (*FOLDERS, "bank", "mainframe")
WHO = {"who": "tester", "reason": "a test"}


@pytest.fixture(scope="module")
def nights(sshd: Sshd, tmp_path_factory: pytest.TempPathFactory, _no_settling: None) -> January:
    """Stages as many as wanted."""
    return january(sshd, tmp_path_factory.mktemp("january"))


@dataclass(frozen=True)
class Closed:
    """Monday's night, whole; to be read only."""

    stage: Stage
    evening: Evening


@pytest.fixture(scope="module")
def monday(nights: January) -> Closed:
    """A night with its evening, closed."""
    stage = nights.stage()
    before = steps_of(stage, MONDAY)
    assert not [step for step in before.values() if step.error]
    # What the partner took is not here yet: it belongs into these books.
    assert before[CLOSE].counts == {
        "closed": [],
        "postings": 0,
        "moved_satang": 0,
        "open": str(MONDAY),
        "waits_for": ["CSPAY_20270104_??????.TXT"],
    }
    evening = stage.evening(MONDAY)
    after = steps_of(stage, MONDAY)
    assert not [step for step in after.values() if step.error]
    assert (after[CLOSE].counts or {})["closed"] == [str(MONDAY)]
    return Closed(stage, evening)


def _balance(stage: Stage, account: str) -> int:
    with stage.ledger() as ledger:
        rows = balances(ledger).to_pylist()
    return sum(int(row["balance_satang"]) for row in rows if row["account"] == account)


def test_a_night_closes_its_books_and_tells_the_partner_of_them(monday: Closed) -> None:
    stage = monday.stage
    with stage.ledger() as ledger:
        (close,) = closes(ledger)
    assert close.business_date == MONDAY
    (path,) = statements(stage)
    read = read_statement(path)
    assert read.findings.num_rows == 0
    header = read.tables["STATEMENT-HEADER-RECORD"].to_pylist()[0]
    clearing, suspense = (
        Decimal(sign * _balance(stage, f"{name}:{PARTNER}")) / 100
        for name, sign in (("clearing", 1), ("suspense", -1))
    )
    assert header["hdr_clearing_opening"] == header["hdr_suspense_opening"] == 0
    assert header["hdr_clearing_closing"] == clearing == Decimal(monday.evening.satang) / 100
    assert header["hdr_suspense_closing"] == suspense > 0
    assert (header["hdr_books_from"], header["hdr_books_to"]) == (None, MONDAY)
    lines = read.tables["STATEMENT-DETAIL-RECORD"].to_pylist()
    amounts: Counter[str] = Counter()
    for line in lines:
        amounts[line["line_kind"]] += line["entry_amount"]
    assert amounts["PAID"] == amounts["POSTED"] + amounts["BROKEN"] == clearing
    assert amounts["BROKEN"] == suspense
    assert amounts["CARRIED"] == clearing
    assert amounts["SENT"] >= amounts["POSTED"] > 0
    broken = {line["entry_code"] for line in lines if line["line_kind"] == "BROKEN"}
    assert broken <= {str(code) for code in stage.site().catalogue.codes()}
    trailer = read.tables["STATEMENT-TRAILER-RECORD"].to_pylist()[0]
    assert trailer["trl_clearing_change"] == clearing
    assert trailer["trl_suspense_change"] == suspense
    assert trailer["trl_record_count"] == len(lines)


def test_the_same_night_again_changes_nothing(monday: Closed) -> None:
    stage = monday.stage
    before = stage.digest(), stage.at_partner()
    again = steps_of(stage, MONDAY)
    assert not [step for step in again.values() if step.error]
    assert (again[CLOSE].counts or {})["closed"] == []
    assert PUBLISH not in again
    assert (stage.digest(), stage.at_partner()) == before


def test_a_statement_is_never_made_again_and_the_same_bytes_go_out_on_request(
    monday: Closed,
) -> None:
    stage = monday.stage
    site = stage.site()
    try:
        made = [d for d in deliveries_of(site.ledger, MONDAY) if d.interface == STATEMENT]
        (delivery,) = made
        assert delivery.lasting
        with pytest.raises(WrongUse, match="closed books, which do not change"):
            regenerate(site, delivery.delivery_id, **WHO)
        (path,) = statements(stage)
        content = path.read_bytes()
        path.unlink()
        assert redeliver(site, delivery.delivery_id, **WHO).sent
        assert path.read_bytes() == content
        assert find(site.ledger, delivery.delivery_id) == replace(delivery, attempt=2)
        assert publish_book_file(site, MONDAY, STATEMENT) == {"deliveries": [], "sent": 0}
        with pytest.raises(WrongUse, match="the books of that day are open"):
            publish_book_file(site, TUESDAY, STATEMENT)
    finally:
        site.ledger.dispose()


def test_a_partner_that_is_down_keeps_the_books_open_and_the_next_night_closes_both(
    nights: January,
) -> None:
    stage = nights.stage()
    steps_of(stage, MONDAY)
    first = stage.evening(MONDAY)
    down = stage.with_setting(f"PRAKAN_SFTP_{PARTNER.upper()}_URL", "sftp://prakan@127.0.0.1:1")
    steps = steps_of(down, MONDAY)
    assert steps[RECONCILE].error
    told = str((steps[CLOSE].counts or {})["why"])
    assert "not reconciled: counter_service" in told
    assert f"prakan books close --date {MONDAY}" in told
    assert statements(stage) == []

    steps_of(stage, TUESDAY)  # posts what was paid on Monday, and its own return is awaited
    with stage.ledger() as ledger:
        assert [close.business_date for close in closes(ledger)] == [MONDAY]
    second = stage.evening(TUESDAY)
    steps = steps_of(stage, TUESDAY)
    assert not [step for step in steps.values() if step.error]
    one, two = map(read_statement, statements(stage))
    headers = [read.tables["STATEMENT-HEADER-RECORD"].to_pylist()[0] for read in (one, two)]
    assert [header["hdr_business_date"] for header in headers] == [MONDAY, TUESDAY]
    assert [header["hdr_sequence"] for header in headers] == [1, 2]
    assert headers[0]["hdr_clearing_closing"] == Decimal(first.satang) / 100
    assert headers[1]["hdr_clearing_opening"] == headers[0]["hdr_clearing_closing"]
    assert headers[1]["hdr_clearing_closing"] == Decimal(first.satang + second.satang) / 100
    assert headers[1]["hdr_books_from"] == TUESDAY


def test_statements_that_could_not_be_given_go_out_in_their_order(nights: January) -> None:
    stage = nights.stage()
    steps_of(stage, MONDAY)
    stage.evening(MONDAY)
    folder = stage.root / "statements"
    folder.rmdir()
    folder.write_text("no folder")
    steps = steps_of(stage, MONDAY)
    assert steps[PUBLISH].error
    assert (steps[CLOSE].counts or {})["closed"] == [str(MONDAY)]
    steps_of(stage, TUESDAY)
    stage.evening(TUESDAY)
    assert steps_of(stage, TUESDAY)[PUBLISH].error
    site = stage.site()
    try:
        first = find(site.ledger, f"{PARTNER}.{STATEMENT}.000001")
        assert first is not None
        assert not first.arrived
        # Tuesday's has no number while Monday's is not there.
        assert find(site.ledger, f"{PARTNER}.{STATEMENT}.000002") is None
        folder.unlink()
        folder.mkdir()
        done = publish_book_file(site, TUESDAY, STATEMENT)
        assert done == {
            "deliveries": [f"{PARTNER}.{STATEMENT}.00000{n}" for n in (1, 2)],
            "sent": 2,
        }
        states = [
            d.state
            for day in (MONDAY, TUESDAY)
            for d in deliveries_of(site.ledger, day)
            if d.interface == STATEMENT
        ]
        assert states == [DeliveryState.DELIVERED] * 2
        with pytest.raises(WrongUse, match="there is nothing to retry"):
            retry(site, f"{PARTNER}.{STATEMENT}.000001", **WHO)
    finally:
        site.ledger.dispose()
    assert len(statements(stage)) == 2


def test_books_that_do_not_balance_stay_open_and_no_statement_is_issued(nights: January) -> None:
    stage = nights.stage()
    steps_of(stage, MONDAY)
    stage.evening(MONDAY)
    site = stage.site()
    try:
        reconcile_partner(site, MONDAY, PARTNER)
        # Somebody takes a satang out of the money of a break.
        with writing(site.ledger, "posting") as connection:
            connection.execute(sa.text("DROP TRIGGER payment_break_no_update"))
            table = schema.payment_break
            one = connection.execute(sa.select(table).limit(1)).one()
            connection.execute(
                sa.update(table)
                .where(table.c.file_id == one.file_id, table.c.record_number == one.record_number)
                .values(amount_satang=one.amount_satang - 1)
            )
    finally:
        site.ledger.dispose()
    step = steps_of(stage, MONDAY)[CLOSE]
    assert step.status == 1
    assert "do not balance" in (step.error or "")
    assert "\n" not in (step.error or "")
    assert statements(stage) == []
    with stage.ledger() as ledger:
        assert last_closed(ledger) is None
        with reading(ledger) as connection:
            found = connection.scalar(sa.select(sa.func.count()).select_from(schema.day_close))
    assert found == 0


def test_a_day_that_has_not_begun_is_not_closed(monday: Closed) -> None:
    site = monday.stage.site()
    try:
        for day, told in (
            (TUESDAY, "has not begun"),
            (date(2027, 1, 9), "no business day"),
            (date(2027, 11, 4), "has not begun"),
        ):
            with pytest.raises(WrongUse, match=told):
                close_up_to(site, day)
        assert close_up_to(site, MONDAY)["closed"] == []
        assert last_closed(site.ledger) == MONDAY
    finally:
        site.ledger.dispose()


def test_a_return_that_comes_after_the_close_stands_in_the_next_books(nights: January) -> None:
    stage = nights.stage()
    steps_of(stage, MONDAY)
    stage.evening(MONDAY)
    steps_of(stage, MONDAY)
    stage.evening(MONDAY, walk_ins=walk_ins_of(nights.countries[MONDAY]), sequence=2)
    steps = steps_of(stage, MONDAY)
    assert steps[RECONCILE].error is None
    with stage.ledger() as ledger, reading(ledger) as connection:
        table = schema.posting_batch
        of_returns = sa.select(table.c.book_date).where(table.c.kind == "payments")
        days = connection.scalars(of_returns.order_by(table.c.book_date)).all()
    assert list(days) == [MONDAY, TUESDAY]
    with stage.ledger() as ledger:
        (told,) = [one for one in file_breaks(ledger) if one.code == FileBreakCode.RETURN_LATE]
    assert told.partner == PARTNER


@pytest.mark.sampled
def test_killed_between_the_close_and_the_statement_the_next_run_gives_the_same(
    nights: January, monday: Closed
) -> None:
    """Killed at instants spread over what follows the last posting."""
    base = nights.stage()
    steps_of(base, MONDAY)
    base.evening(MONDAY)
    whole = _copy(nights, base)
    seen = whole.folder / "seen.json"
    (end,) = drive([job(whole, MONDAY) | {"seen": str(seen)}])
    assert end in (0, 1)
    count = len(json.loads(seen.read_bytes()))
    stages = [_copy(nights, base) for _ in range(KILLED)]
    # The second half of the night: reconciling, closing, statements.
    places = [count // 2 + (count // 2) * (2 * n + 1) // (2 * KILLED) for n in range(KILLED)]
    jobs = [job(stage, MONDAY, at=at) for stage, at in zip(stages, places, strict=True)]
    assert drive(jobs) == [-signal.SIGKILL] * KILLED
    for stage in stages:
        again = steps_of(stage, MONDAY)
        assert not [step for step in again.values() if step.error]
        assert stage.digest() == whole.digest()
        assert stage.at_partner(*EVERYWHERE) == whole.at_partner(*EVERYWHERE)


def _copy(nights: January, base: Stage) -> Stage:
    stage = nights.stage()
    shutil.rmtree(stage.home.root)
    shutil.copytree(base.home.root, stage.home.root)
    shutil.copytree(base.root, stage.root, dirs_exist_ok=True)
    return stage
