"""Deliveries: numbers without gaps or repeats, one sender at a time, acknowledgements."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context

import pytest
from sqlalchemy.engine import Engine

from ledger import deliveries, files
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    acknowledgement_of,
    record_acknowledgement,
)
from ledger.database import open_ledger
from ledger.delivery import STEPS, Delivery, DeliveryContent, DeliveryState
from ledger.errors import LedgerError
from ledger.landing import Direction, FileRecord, FileState, record_landed

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
DAY = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 23)
CONTENT = DeliveryContent("S39_20261120_000001.TXT", "a" * 64, 560, "b" * 64, "rows/1.parquet")
RETURN_FILE = "c" * 64


def plan(
    engine: Engine,
    day: date = DAY,
    *,
    interface: str = "counter_feed_s39",
    version: int = 1,
    answers: str | None = None,
    supersedes: str | None = None,
) -> Delivery:
    return deliveries.plan_delivery(
        engine,
        partner="counter_service",
        interface=interface,
        version=version,
        business_date=day,
        recorded_at=NOW,
        answers=answers,
        supersedes=supersedes,
    )


def build(engine: Engine, delivery: Delivery, digit: str = "a") -> Delivery:
    content = DeliveryContent(f"S39_{digit}.TXT", digit * 64, 560, "b" * 64, f"rows/{digit}")
    return deliveries.record_content(engine, delivery.delivery_id, content, recorded_at=NOW)


def move(engine: Engine, delivery: Delivery, *states: DeliveryState) -> Delivery:
    for state in states:
        delivery = deliveries.record_event(engine, delivery.delivery_id, state, recorded_at=NOW)
    return delivery


def test_a_plan_takes_the_next_number_and_is_planned(ledger: Engine) -> None:
    first, second = plan(ledger), plan(ledger, NEXT_DAY)
    assert first.delivery_id == "counter_service.counter_feed_s39.000001"
    assert (first.sequence, second.sequence) == (1, 2)
    assert (first.state, first.attempt, first.content) == (DeliveryState.PLANNED, 0, None)


def test_planning_again_gives_the_same_delivery(ledger: Engine) -> None:
    assert plan(ledger) == plan(ledger)
    assert len(deliveries.deliveries_of(ledger, DAY)) == 1


def test_another_interface_has_its_own_numbers(ledger: Engine) -> None:
    plan(ledger)
    assert plan(ledger, interface="counter_feed_s40").sequence == 1


def test_another_version_of_a_planned_feed_is_refused(ledger: Engine) -> None:
    plan(ledger)
    with pytest.raises(LedgerError, match="planned as version 1"):
        plan(ledger, version=2)


def test_a_superseding_delivery_takes_a_new_number_once(ledger: Engine) -> None:
    old = plan(ledger)
    new = plan(ledger, supersedes=old.delivery_id, version=2)
    assert (new.sequence, new.supersedes) == (2, old.delivery_id)
    assert plan(ledger, supersedes=old.delivery_id, version=2) == new
    assert plan(ledger, version=2) == new, "the newest of the day is the one to send"


def test_only_a_delivery_of_the_same_feed_and_day_can_be_superseded(ledger: Engine) -> None:
    old = plan(ledger)
    with pytest.raises(LedgerError, match="nothing to supersede"):
        plan(ledger, NEXT_DAY, supersedes=old.delivery_id)


def test_each_return_file_of_a_day_has_its_own_answer(ledger: Engine) -> None:
    land_return(ledger, RETURN_FILE, "d" * 64)
    first = plan(ledger, interface="counter_acknowledgement", answers=RETURN_FILE)
    second = plan(ledger, interface="counter_acknowledgement", answers="d" * 64)
    assert (first.sequence, second.sequence) == (1, 2)
    assert plan(ledger, interface="counter_acknowledgement", answers=RETURN_FILE) == first


def _plan_in_process(url: str, day: date) -> int:
    engine = open_ledger(url)
    sequence = plan(engine, day).sequence
    engine.dispose()
    return sequence


def test_processes_at_once_share_a_day_and_never_a_number(ledger_url: str) -> None:
    days = [DAY, DAY, NEXT_DAY, NEXT_DAY, date(2026, 11, 24), date(2026, 11, 24)]
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        sequences = list(processes.map(_plan_in_process, [ledger_url] * len(days), days))
    assert sequences[0::2] == sequences[1::2]
    assert sorted(set(sequences)) == [1, 2, 3]


def test_content_is_recorded_as_an_outbound_file(ledger: Engine) -> None:
    built = deliveries.record_content(ledger, plan(ledger).delivery_id, CONTENT, recorded_at=NOW)
    assert built.content == CONTENT
    found = files.find(ledger, CONTENT.file_id)
    assert found is not None
    assert (found.file.direction, found.state) == (Direction.OUTBOUND, FileState.BUILT)
    assert found.file.partner == "counter_service"


def test_the_same_content_again_is_no_change_and_other_content_is_refused(ledger: Engine) -> None:
    delivery = plan(ledger)
    assert build(ledger, delivery) == build(ledger, delivery)
    with pytest.raises(LedgerError, match="regenerate it to send other content"):
        build(ledger, delivery, "e")


def test_sending_needs_content(ledger: Engine) -> None:
    with pytest.raises(LedgerError, match="has no content yet"):
        move(ledger, plan(ledger), DeliveryState.SENDING)


def test_a_broken_attempt_is_settled_and_tried_again(ledger: Engine) -> None:
    delivery = build(ledger, plan(ledger))
    steps = (
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        DeliveryState.FAILED,
        DeliveryState.SENDING,
        DeliveryState.DELIVERED,
    )
    delivered = move(ledger, delivery, *steps)
    assert (delivered.state, delivered.attempt) == (DeliveryState.DELIVERED, 2)
    events = deliveries.events_of(ledger, delivery.delivery_id)
    assert [event.state for event in events] == [DeliveryState.PLANNED, *steps]
    assert [event.attempt for event in events] == [0, 1, 1, 1, 2, 2]
    found = files.find(ledger, "a" * 64)
    assert found is not None and found.state is FileState.SENT


def test_what_is_unknown_is_never_sent_again_blindly(ledger: Engine) -> None:
    delivery = move(
        ledger, build(ledger, plan(ledger)), DeliveryState.SENDING, DeliveryState.UNKNOWN
    )
    with pytest.raises(LedgerError, match="is unknown: it cannot become sending"):
        move(ledger, delivery, DeliveryState.SENDING)


def test_what_is_delivered_is_not_sent_again(ledger: Engine) -> None:
    delivery = move(
        ledger, build(ledger, plan(ledger)), DeliveryState.SENDING, DeliveryState.DELIVERED
    )
    assert move(ledger, delivery, DeliveryState.DELIVERED) == delivery
    with pytest.raises(LedgerError, match="is delivered: it cannot become sending"):
        move(ledger, delivery, DeliveryState.SENDING)


def test_every_state_has_its_steps() -> None:
    assert set(STEPS) == set(DeliveryState)


def test_of_many_senders_one_sends(ledger: Engine) -> None:
    delivery = build(ledger, plan(ledger))

    def claim(_: int) -> bool:
        try:
            move(ledger, delivery, DeliveryState.SENDING)
        except LedgerError as error:
            assert "is sending: it cannot become sending" in str(error)
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(claim, range(6))) == [False] * 5 + [True]
    assert deliveries.state_of(ledger, delivery.delivery_id) is DeliveryState.SENDING


def test_the_latest_delivered_feed_is_what_the_partner_had(ledger: Engine) -> None:
    def latest(day: date) -> str | None:
        found = deliveries.latest_delivered(ledger, "counter_service", "counter_feed_s39", day)
        return None if found is None else found.delivery_id

    arrive = (DeliveryState.SENDING, DeliveryState.DELIVERED)
    assert latest(DAY) is None
    friday = move(ledger, build(ledger, plan(ledger)), *arrive)
    move(ledger, build(ledger, plan(ledger, NEXT_DAY), "d"), DeliveryState.SENDING)
    assert latest(date(2026, 11, 19)) is None
    assert latest(DAY) == latest(NEXT_DAY) == friday.delivery_id, "Monday's never arrived"
    again = plan(ledger, supersedes=friday.delivery_id)
    assert latest(DAY) == friday.delivery_id
    move(ledger, build(ledger, again, "e"), *arrive, DeliveryState.ACKNOWLEDGED)
    assert latest(DAY) == again.delivery_id


def test_an_unknown_delivery_is_one_line(ledger: Engine) -> None:
    assert deliveries.find(ledger, "nobody.feed.000001") is None
    with pytest.raises(LedgerError, match=r"no delivery nobody\.feed\.000001"):
        deliveries.state_of(ledger, "nobody.feed.000001")


def land_return(engine: Engine, *file_ids: str) -> None:
    arrived = [
        FileRecord(f, "counter_return", 1, Direction.INBOUND, "counter_service", DAY, f, 256)
        for f in file_ids
    ]
    record_landed(engine, arrived, recorded_at=NOW)


def test_a_return_file_is_answered_once(ledger: Engine) -> None:
    land_return(ledger, RETURN_FILE)
    delivery = plan(ledger, interface="counter_acknowledgement", answers=RETURN_FILE)
    answer = Acknowledgement(RETURN_FILE, delivery.delivery_id, AcknowledgementResult.WITH_REJECTS)
    assert acknowledgement_of(ledger, RETURN_FILE) is None
    record_acknowledgement(ledger, answer, recorded_at=NOW)
    record_acknowledgement(ledger, answer, recorded_at=NOW)
    assert acknowledgement_of(ledger, RETURN_FILE) == answer
    other = Acknowledgement(RETURN_FILE, delivery.delivery_id, AcknowledgementResult.REFUSED)
    with pytest.raises(LedgerError, match="already answered"):
        record_acknowledgement(ledger, other, recorded_at=NOW)
    states = [event.state for event in files.events_of(ledger, RETURN_FILE)]
    assert states == [FileState.LANDED, FileState.ANSWERED]
