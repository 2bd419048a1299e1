"""The digest: blind to how often and when, sharp on what, and the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from ledger import deliveries, files
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    record_acknowledgement,
)
from ledger.acts import OperatorAct, record_act
from ledger.breaks import record_break_event
from ledger.database import open_ledger
from ledger.delivery import DeliveryContent, DeliveryState
from ledger.digest import content_digest
from ledger.files import FileResult
from ledger.landing import Direction, FileRecord, FileState, record_landed
from ledger.matching import match_payments
from ledger.postings import load_outcomes
from ledger.reversals import PostingKey, reverse
from tests.ledger.payments import (
    DAY,
    FEED_DAY,
    NOBODY,
    NOW,
    PARTNER,
    RETURN_FILE,
    SOMCHAI,
    feeds,
    land,
    paid,
    payments,
    register,
    sent,
    totals_of,
)

ARRIVE = (DeliveryState.SENDING, DeliveryState.DELIVERED)
STUMBLE = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.FAILED, *ARRIVE)


def a_night(
    engine: Engine,
    *,
    steps: tuple[DeliveryState, ...] = ARRIVE,
    at: datetime = NOW,
    home: str = "/home/a",
    payer: str = SOMCHAI,
) -> None:
    """A feed delivered and a return posted."""
    delivery_id = deliveries.plan_delivery(
        engine,
        partner=PARTNER,
        interface="counter_feed_s39",
        version=1,
        business_date=FEED_DAY,
        recorded_at=at,
    ).delivery_id
    content = DeliveryContent("S39_ก.TXT", "f" * 64, 560, "e" * 64, f"{home}/rows.parquet")
    deliveries.record_content(engine, delivery_id, content, recorded_at=at)
    for state in steps:
        deliveries.record_event(engine, delivery_id, state, recorded_at=at)
    land(engine)
    part = f"{home}/part.parquet"
    result = FileResult(RETURN_FILE, FileState.ACCEPTED, 2, 2, 0, {"TOTAL": "1.00"}, part)
    files.record_results(engine, [result], recorded_at=at)
    outcomes = match_payments(
        payments({"national_id": payer}, {"national_id": NOBODY}),
        feeds({}),
        sent({}),
        paid(),
        register((SOMCHAI, "39")),
    )
    load_outcomes(
        engine, RETURN_FILE, outcomes, partner=PARTNER, totals=totals_of(outcomes), recorded_at=at
    )


def test_moments_attempts_places_and_acts_do_not_count(ledger: Engine, tmp_path: Path) -> None:
    """Also: a night on the one database has the digest of that night on the other."""
    a_night(ledger)
    plain = open_ledger(f"sqlite:///{tmp_path / 'plain.db'}")
    a_night(plain, steps=STUMBLE, at=NOW + timedelta(days=2), home="s3://elsewhere")
    record_act(plain, OperatorAct("retry", "x", "malee", "after the outage", NOW))
    assert content_digest(ledger) == content_digest(plain)
    plain.dispose()


def test_an_empty_ledger_has_the_same_digest_everywhere(ledger: Engine) -> None:
    assert content_digest(ledger) == content_digest(ledger)
    assert len(content_digest(ledger)) == 64


def _land_another(engine: Engine) -> None:
    file = FileRecord("d" * 64, None, None, Direction.INBOUND, None, DAY, "NEW", 1)
    record_landed(engine, [file], recorded_at=NOW)


def _land_a_copy(engine: Engine) -> None:
    copy = FileRecord(RETURN_FILE, "counter_return", 1, Direction.INBOUND, PARTNER, DAY, "COPY", 1)
    record_landed(engine, [copy], recorded_at=NOW)


def _acknowledge(engine: Engine) -> None:
    deliveries.record_event(
        engine,
        f"{PARTNER}.counter_feed_s39.000001",
        DeliveryState.ACKNOWLEDGED,
        recorded_at=NOW,
    )


def _plan_the_next(engine: Engine) -> None:
    deliveries.plan_delivery(
        engine,
        partner=PARTNER,
        interface="counter_feed_s39",
        version=1,
        business_date=DAY,
        recorded_at=NOW,
    )


def _reverse(engine: Engine) -> None:
    reverse(
        engine,
        PostingKey(RETURN_FILE, 2),
        who="malee",
        reason="wrong person",
        effective_date=DAY,
        recorded_at=NOW,
    )


def _resolve(engine: Engine) -> None:
    record_break_event(engine, RETURN_FILE, 3, "resolved", recorded_at=NOW)


def _answer(engine: Engine) -> None:
    answer = Acknowledgement(
        RETURN_FILE, f"{PARTNER}.counter_feed_s39.000001", AcknowledgementResult.ACCEPTED
    )
    record_acknowledgement(engine, answer, recorded_at=NOW)


@pytest.mark.parametrize(
    "change",
    [_reverse, _resolve, _answer, _land_another, _land_a_copy, _acknowledge, _plan_the_next],
)
def test_any_change_of_content_changes_it(ledger: Engine, change: Callable[[Engine], None]) -> None:
    a_night(ledger)
    before = content_digest(ledger)
    change(ledger)
    assert content_digest(ledger) != before


def test_another_outcome_changes_it(ledger: Engine, tmp_path: Path) -> None:
    a_night(ledger)
    other = open_ledger(f"sqlite:///{tmp_path / 'other.db'}")
    a_night(other, payer=NOBODY)
    assert content_digest(ledger) != content_digest(other)
    other.dispose()
