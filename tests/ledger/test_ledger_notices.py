"""Notices: each level of a subject once, whoever notices it; sent until it is."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy.engine import Engine

from ledger.audit import entries_of
from ledger.database import open_ledger
from ledger.errors import LedgerError
from ledger.notices import (
    Notice,
    NoticeLevel,
    NoticeState,
    channels_of,
    claim_notice,
    notices_of,
    record_notice_event,
    unsent_notices,
)
from tests.ledger.outgoing import DAY, NEXT_DAY, NOW

SUBJECT = "counter_service.counter_return"
NOTICE = Notice(
    DAY,
    SUBJECT,
    NoticeLevel.WARNING,
    "returns are due at 22:30",
    "ไฟล์ตอบกลับครบกำหนด 22:30 น.",
    {"due": "22:30"},
)
ALARM = replace(NOTICE, level=NoticeLevel.ALARM, text_en="late", text_th="ล่าช้า")
SENDING, SENT, FAILED = NoticeState.SENDING, NoticeState.SENT, NoticeState.FAILED


def event(engine: Engine, state: NoticeState, channel: str = "mail") -> None:
    record_notice_event(engine, NOTICE, state, channel=channel, recorded_at=NOW)


def test_each_level_is_claimed_once(ledger: Engine) -> None:
    later = NOW + timedelta(minutes=15)
    assert claim_notice(ledger, NOTICE, recorded_at=NOW)
    assert not claim_notice(ledger, replace(NOTICE, text_en="again"), recorded_at=later)
    assert claim_notice(ledger, ALARM, recorded_at=later)
    other_day = replace(NOTICE, business_date=NEXT_DAY)
    assert claim_notice(ledger, other_day, recorded_at=later)
    assert notices_of(ledger, DAY) == [NOTICE, ALARM]
    assert unsent_notices(ledger) == [NOTICE, ALARM, other_day]


def _claim_in_process(url: str) -> bool:
    engine = open_ledger(url)
    try:
        return claim_notice(engine, NOTICE, recorded_at=NOW)
    finally:
        engine.dispose()


def test_of_many_processes_one_claims_it(ledger_url: str) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        claims = [processes.submit(_claim_in_process, ledger_url) for _ in range(8)]
        assert sorted(claim.result() for claim in claims) == [False] * 7 + [True]


def test_it_is_tried_until_it_is_sent(ledger: Engine) -> None:
    claim_notice(ledger, NOTICE, recorded_at=NOW)
    event(ledger, SENDING)
    assert unsent_notices(ledger) == [NOTICE], "its sender may have died"
    event(ledger, FAILED)
    assert unsent_notices(ledger) == [NOTICE]
    event(ledger, SENDING)
    event(ledger, SENT)
    assert unsent_notices(ledger) == []
    with pytest.raises(LedgerError, match="was sent by mail already"):
        event(ledger, SENDING)


def test_every_channel_counts(ledger: Engine) -> None:
    claim_notice(ledger, NOTICE, recorded_at=NOW)
    event(ledger, SENT)
    assert unsent_notices(ledger) == []
    assert unsent_notices(ledger, ["mail"]) == []
    assert unsent_notices(ledger, ["mail", "webhook"]) == [NOTICE], "never tried there"
    event(ledger, FAILED, "webhook")
    assert unsent_notices(ledger) == [NOTICE]
    assert channels_of(ledger, NOTICE) == {"mail": SENT, "webhook": FAILED}
    event(ledger, SENT, "webhook")
    assert unsent_notices(ledger, ["mail", "webhook"]) == []


def test_what_was_not_claimed_cannot_be_sent(ledger: Engine) -> None:
    with pytest.raises(LedgerError, match=f"no warning about {SUBJECT} of 2026-11-20"):
        event(ledger, SENDING)


def test_the_audit_tells_it(ledger: Engine) -> None:
    claim_notice(ledger, NOTICE, recorded_at=NOW)
    event(ledger, SENT)
    told = entries_of(ledger, SUBJECT)
    assert [entry.kind for entry in told] == ["notice.warning", "notice.sent"]
    assert told[1].detail == {"business_date": "2026-11-20", "channel": "mail", "level": "warning"}
