"""Notices and their mails in the ledger: planned once, tried in order, decided by people."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.acts import OperatorAct, acts_on
from ledger.audit import entries_of, verify_chain
from ledger.database import open_ledger, writing
from ledger.employer_mail import (
    DUE,
    EmployerMail,
    MailEvent,
    MailState,
    due_mails,
    mails_in_state,
    mails_named,
    record_mail_events,
)
from ledger.employer_mail_counts import account_counts, mail_counts, undelivered
from ledger.employer_notices import (
    ADDRESSED_SCHEMA,
    MAILS_SCHEMA,
    NoticeList,
    addresses_of,
    plan_notice,
    planned_lists,
)
from ledger.errors import LedgerError
from ledger.landing import Direction, FileRecord, record_landed
from tests.ledger.outgoing import DAY, NEXT_DAY, NOW

LIST = NoticeList("ab" * 32, "N020", DAY)
SENDING, SENT, UNKNOWN = MailState.SENDING, MailState.SENT, MailState.UNKNOWN
ADDRESSES = ("a@x.example", "b@x.example")


def land(engine: Engine, notice: NoticeList) -> None:
    file = FileRecord(
        file_id=notice.file_id,
        interface="employer_notice",
        version=1,
        direction=Direction.INBOUND,
        partner=None,
        business_date=notice.business_date,
        name=f"EMPNOTE.{notice.file_id[:6]}",
        size_bytes=1,
    )
    record_landed(engine, [file], recorded_at=NOW)


def plan(engine: Engine, notice: NoticeList = LIST) -> bool:
    """Three records: one for each address, and one without."""
    rows = [
        (2, "1000000010", "000000", "10", "1001", ADDRESSES[0], None),
        (3, "1000000028", "000000", "20", "1002", ADDRESSES[1], None),
        (4, "1000000036", "000001", "20", "", None, "NOTICE_NO_ADDRESS"),
    ]
    names = ADDRESSED_SCHEMA.names
    records = [dict(zip(names, row, strict=True)) for row in rows]
    addressed = pa.Table.from_pylist(records, ADDRESSED_SCHEMA)
    ids = [f"{notice.file_id[:2]}{n}" for n in range(len(ADDRESSES))]
    mails = pa.table([list(ADDRESSES), ids], schema=MAILS_SCHEMA)
    return plan_notice(engine, notice, addressed, mails, recorded_at=NOW)


@pytest.fixture
def planned(ledger: Engine) -> Engine:
    land(ledger, LIST)
    assert plan(ledger)
    return ledger


def mails(engine: Engine) -> list[EmployerMail]:
    return mails_in_state(engine, list(MailState))


def bring(engine: Engine, mail: EmployerMail, *states: MailState) -> None:
    for state in states:
        record_mail_events(engine, [MailEvent(mail, state)], recorded_at=NOW)


def test_a_list_is_planned_once(planned: Engine) -> None:
    assert not plan(planned)
    assert planned_lists(planned, None, DAY) == [LIST]
    assert planned_lists(planned, NEXT_DAY, NEXT_DAY) == []
    found = mails(planned)
    assert [(m.address, m.state, m.attempt) for m in found] == [
        (address, MailState.WAITING, 0) for address in ADDRESSES
    ]
    assert addresses_of(planned, LIST.file_id).to_pylist() == [
        {"record_number": 2, "address": ADDRESSES[0]},
        {"record_number": 3, "address": ADDRESSES[1]},
    ]


def _plan_in_process(url: str) -> bool:
    engine = open_ledger(url)
    try:
        return plan(engine)
    finally:
        engine.dispose()


def test_of_many_processes_one_plans_it(ledger_url: str) -> None:
    engine = open_ledger(ledger_url)
    land(engine, LIST)
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        plans = [processes.submit(_plan_in_process, ledger_url) for _ in range(5)]
        assert sorted(one.result() for one in plans) == [False] * 4 + [True]
    assert len(mails(engine)) == 2
    engine.dispose()


def test_a_try_and_its_outcome(planned: Engine) -> None:
    first, second = mails(planned)
    bring(planned, first, SENDING)
    assert [m.address for m in mails_in_state(planned, [SENDING])] == [first.address]
    both = [MailEvent(first, SENT, {"code": 250}), MailEvent(second, SENDING)]
    record_mail_events(planned, both, recorded_at=NOW)
    assert [(m.state, m.attempt) for m in mails(planned)] == [(SENT, 1), (SENDING, 1)]
    assert mails(planned)[0].detail == {"code": 250}
    told = [(e.kind, e.detail) for e in entries_of(planned, first.message_id)]
    assert told == [
        ("employer_mail.sending", {"attempt": 1}),
        ("employer_mail.sent", {"attempt": 1, "code": 250}),
    ]
    assert verify_chain(planned).fault is None


@given(st.lists(st.sampled_from([s for s in MailState if s is not MailState.WAITING]), max_size=7))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_whatever_is_tried_a_mail_is_sent_once_unless_a_person_releases_it(
    ledger_pair: Engine, wanted: Sequence[MailState]
) -> None:
    """A model of one mail: states that are refused change nothing."""
    mail = fresh_mail(ledger_pair)
    state, tries, released = MailState.WAITING, 0, 0
    for new in wanted:
        try:
            record_mail_events(ledger_pair, [MailEvent(mail, new)], recorded_at=NOW)
        except LedgerError:
            assert mails_named(ledger_pair, [mail.message_id])[mail.message_id].state is state
            continue
        if new is SENDING:
            assert state in DUE
            tries += 1
        elif new is MailState.RELEASED:
            assert state not in (SENT, SENDING, MailState.WAITING)
            released += 1
        state = new
    found = mails_named(ledger_pair, [mail.message_id])[mail.message_id]
    assert (found.state, found.attempt) == (state, tries)


_numbers = iter(range(1_000_000))


@pytest.fixture(scope="module")
def ledger_pair(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """One ledger for all examples."""
    return open_ledger(f"sqlite:///{tmp_path_factory.mktemp('mails') / 'ledger.db'}")


def fresh_mail(engine: Engine) -> EmployerMail:
    notice = NoticeList(f"{next(_numbers):064x}", "N020", DAY)
    land(engine, notice)
    number = notice.file_id[-12:]
    empty = pa.table([[] for _ in ADDRESSED_SCHEMA], schema=ADDRESSED_SCHEMA)
    one = pa.table([["a@x.example"], [f"m{number}"]], schema=MAILS_SCHEMA)
    plan_notice(engine, notice, empty, one, recorded_at=NOW)
    return mails_named(engine, [f"m{number}"])[f"m{number}"]


@pytest.mark.parametrize(
    ("before", "new"),
    [
        ((), SENT),
        ((), MailState.RELEASED),
        ((), MailState.BOUNCED),
        ((SENDING,), SENDING),
        ((SENDING, SENT), SENDING),
        ((SENDING, SENT), MailState.RELEASED),
        ((SENDING, SENT), UNKNOWN),
        ((SENDING, UNKNOWN), SENDING),
        ((SENDING, MailState.REFUSED), SENDING),
        ((SENDING, MailState.BOUNCED), SENDING),
    ],
)
def test_what_may_not_follow_is_refused_and_takes_the_others_with_it(
    planned: Engine, before: Sequence[MailState], new: MailState
) -> None:
    first, second = mails(planned)
    bring(planned, first, *before)
    events = [MailEvent(second, SENDING), MailEvent(first, new)]
    with pytest.raises(LedgerError, match="cannot become"):
        record_mail_events(planned, events, recorded_at=NOW)
    assert mails(planned)[1].state is MailState.WAITING
    assert len(entries_of(planned, first.message_id)) == len(before)


def test_a_mail_that_is_not_there(planned: Engine) -> None:
    stranger = EmployerMail("cd" * 32, "x@x.example", "none", "N020", DAY, MailState.WAITING, 0)
    with pytest.raises(LedgerError, match="no mail none"):
        record_mail_events(planned, [MailEvent(stranger, SENDING)], recorded_at=NOW)
    assert mails_named(planned, ["none"]) == {}


def test_what_is_due(planned: Engine) -> None:
    later = NoticeList("cd" * 32, "N010", NEXT_DAY)
    land(planned, later)
    plan(planned, later)
    first, second = mails(planned)[:2]
    assert [m.message_id for m in due_mails(planned, DAY, most_attempts=2)] == ["ab0", "ab1"]
    assert len(due_mails(planned, NEXT_DAY, most_attempts=2)) == 4
    assert len(due_mails(planned, NEXT_DAY, most_attempts=2, limit=3)) == 3
    bring(planned, first, SENDING, MailState.DEFERRED)
    bring(planned, second, SENDING, SENT)
    assert [m.message_id for m in due_mails(planned, DAY, most_attempts=2)] == ["ab0"]
    bring(planned, first, SENDING, MailState.DEFERRED)
    assert due_mails(planned, DAY, most_attempts=2) == []
    bring(planned, first, MailState.RELEASED)
    (due,) = due_mails(planned, DAY, most_attempts=2)
    assert (due.message_id, due.attempt) == ("ab0", 2)


def test_an_act_is_recorded_with_what_it_led_to(planned: Engine) -> None:
    first, _ = mails(planned)
    bring(planned, first, SENDING, UNKNOWN)
    act = OperatorAct("notices.resend", first.message_id, "ant", "asked them", NOW)
    event = MailEvent(first, MailState.RELEASED, {"who": "ant"})
    record_mail_events(planned, [event], recorded_at=NOW, act=act)
    assert acts_on(planned, first.message_id) == [act]
    nameless = OperatorAct("notices.resend", first.message_id, " ", "asked them", NOW)
    bring(planned, first, SENDING, UNKNOWN)
    with pytest.raises(LedgerError, match="who does it and why"):
        record_mail_events(planned, [event], recorded_at=NOW, act=nameless)
    assert mails(planned)[0].state is UNKNOWN


def test_counts(planned: Engine) -> None:
    first, second = mails(planned)
    bring(planned, first, SENDING, SENT)
    bring(planned, second, SENDING, MailState.BOUNCED)
    assert mail_counts(planned, LIST.file_id) == {SENT: 1, MailState.BOUNCED: 1}
    rows = account_counts(planned, None, DAY).to_pylist()
    assert [(r["employer_type"], r["state"], r["reason"], r["accounts"]) for r in rows] == [
        ("10", "sent", None, 1),
        ("20", None, "NOTICE_NO_ADDRESS", 1),
        ("20", "bounced", None, 1),
    ]
    lacking = undelivered(planned, None, DAY).to_pylist()
    assert [(r["record_number"], r["reason"], r["state"]) for r in lacking] == [
        (4, "NOTICE_NO_ADDRESS", None),
        (3, None, "bounced"),
    ]
    day_after = DAY + timedelta(days=1)
    assert account_counts(planned, day_after, date.max).num_rows == 0


def test_nothing_is_changed_or_removed(planned: Engine) -> None:
    bring(planned, mails(planned)[0], SENDING)
    for table in (
        "employer_notice",
        "employer_mail",
        "employer_mail_account",
        "employer_mail_event",
    ):
        for statement in (
            sa.delete(schema.metadata.tables[table]),
            sa.update(schema.metadata.tables[table]).values(recorded_at=NOW),
        ):
            with pytest.raises(LedgerError), writing(planned) as connection:
                connection.execute(statement)
