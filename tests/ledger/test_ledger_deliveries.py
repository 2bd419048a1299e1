"""Deliveries: numbers without gaps or repeats, one sender at a time, acknowledgements."""

from __future__ import annotations

import itertools
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context

import pytest
from sqlalchemy.engine import Engine

from ledger import deliveries, files
from ledger.acknowledgements import (
    Acknowledgement,
    AcknowledgementResult,
    acknowledgement_of,
    acknowledgements_of,
    record_acknowledgement,
)
from ledger.database import open_ledger
from ledger.delivery import ARRIVED, STEPS, DeliveryContent, DeliveryState
from ledger.errors import LedgerError
from ledger.landing import Direction, FileState
from tests.ledger.outgoing import (
    ARRIVE,
    DAY,
    NEXT_DAY,
    NOW,
    a_seal,
    build,
    land_return,
    move,
    plan,
    ready,
    seal,
    state_of,
)

CONTENT = DeliveryContent("S39_20261120_000001.TXT", "a" * 64, 560, "rows/1.parquet")
RETURN_FILE = "c" * 64


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
    assert (built.state, built.content) == (DeliveryState.BUILT, CONTENT)
    found = files.find(ledger, CONTENT.file_id)
    assert found is not None
    assert (found.file.direction, found.state) == (Direction.OUTBOUND, FileState.BUILT)
    assert found.file.partner == "counter_service"


def test_the_same_content_again_is_no_change_and_other_content_is_refused(ledger: Engine) -> None:
    delivery = plan(ledger)
    assert build(ledger, delivery) == build(ledger, delivery)
    with pytest.raises(LedgerError, match="regenerate it to send other content"):
        build(ledger, delivery, "e")
    sealed = seal(ledger, delivery)
    assert build(ledger, delivery) == sealed, "a built file is told again after it was sealed"


def test_a_seal_is_recorded_once(ledger: Engine) -> None:
    delivery = build(ledger, plan(ledger))
    sealed = seal(ledger, delivery)
    assert (sealed.state, sealed.sealed) == (DeliveryState.SEALED, a_seal())
    assert seal(ledger, delivery) == sealed
    assert len(deliveries.events_of(ledger, delivery.delivery_id)) == 3
    other = replace(a_seal(), sha256="9" * 64)
    with pytest.raises(LedgerError, match=r"was sealed as .* restore the outbox folder"):
        deliveries.record_seal(ledger, delivery.delivery_id, other, recorded_at=NOW)


def test_a_seal_needs_content_and_sending_needs_a_seal(ledger: Engine) -> None:
    delivery = plan(ledger)
    with pytest.raises(LedgerError, match="is planned: it cannot become sealed; build it first"):
        seal(ledger, delivery)
    with pytest.raises(LedgerError, match="cannot become sending; build it first"):
        move(ledger, delivery, DeliveryState.SENDING)
    with pytest.raises(LedgerError, match="cannot become sending; seal it first"):
        move(ledger, build(ledger, delivery), DeliveryState.SENDING)


def test_a_broken_attempt_is_settled_and_tried_again(ledger: Engine) -> None:
    steps = (
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        DeliveryState.FAILED,
        DeliveryState.SENDING,
        DeliveryState.DELIVERED,
    )
    delivered = move(ledger, ready(ledger), *steps)
    assert (delivered.state, delivered.attempt) == (DeliveryState.DELIVERED, 2)
    events = deliveries.events_of(ledger, delivered.delivery_id)
    before = (DeliveryState.PLANNED, DeliveryState.BUILT, DeliveryState.SEALED)
    assert [event.state for event in events] == [*before, *steps]
    assert [event.attempt for event in events] == [0, 0, 0, 1, 1, 1, 2, 2]
    found = files.find(ledger, "a" * 64)
    assert found is not None and found.state is FileState.SENT


def test_what_is_unknown_is_never_sent_again_blindly(ledger: Engine) -> None:
    delivery = move(ledger, ready(ledger), DeliveryState.SENDING, DeliveryState.UNKNOWN)
    with pytest.raises(LedgerError, match="is unknown: it cannot become sending"):
        move(ledger, delivery, DeliveryState.SENDING)


def test_the_same_bytes_can_be_sent_again_after_they_arrived(ledger: Engine) -> None:
    delivery = move(ledger, ready(ledger), *ARRIVE)
    assert move(ledger, delivery, DeliveryState.DELIVERED) == delivery
    again = move(ledger, delivery, DeliveryState.SENDING, DeliveryState.FAILED)
    assert (again.attempt, again.arrived) == (2, True), "the first copy is still theirs"
    acknowledged = move(ledger, again, *ARRIVE, DeliveryState.ACKNOWLEDGED)
    assert move(ledger, acknowledged, DeliveryState.SENDING).attempt == 4


PATHS = {
    DeliveryState.SEALED: (),
    DeliveryState.SENDING: (DeliveryState.SENDING,),
    DeliveryState.UNKNOWN: (DeliveryState.SENDING, DeliveryState.UNKNOWN),
    DeliveryState.FAILED: (DeliveryState.FAILED,),
    DeliveryState.REFUSED: (DeliveryState.SENDING, DeliveryState.REFUSED),
    DeliveryState.DELIVERED: ARRIVE,
    DeliveryState.ACKNOWLEDGED: (*ARRIVE, DeliveryState.ACKNOWLEDGED),
}
OF_THEIR_OWN = {
    DeliveryState.PLANNED,
    DeliveryState.BUILT,
    DeliveryState.SEALED,
    DeliveryState.SUPERSEDED,
}


@pytest.mark.parametrize(
    ("start", "end"), list(itertools.product(PATHS, DeliveryState)), ids=lambda state: str(state)
)
def test_a_step_is_made_as_declared_or_refused_without_a_trace(
    ledger: Engine, start: DeliveryState, end: DeliveryState
) -> None:
    delivery = move(ledger, ready(ledger), *PATHS[start])
    assert delivery.state is start
    before = deliveries.events_of(ledger, delivery.delivery_id)
    if start is end and end is not DeliveryState.SENDING:
        assert move(ledger, delivery, end) == delivery
    elif end in STEPS[start] and end not in OF_THEIR_OWN:
        moved = move(ledger, delivery, end)
        assert moved.state is end
        assert moved.arrived == (delivery.arrived or end in ARRIVED)
        assert len(deliveries.events_of(ledger, delivery.delivery_id)) == len(before) + 1
        return
    else:
        with pytest.raises(LedgerError, match=r"cannot become|is recorded by"):
            move(ledger, delivery, end)
    assert deliveries.events_of(ledger, delivery.delivery_id) == before


def test_every_state_has_its_steps() -> None:
    assert set(STEPS) == set(DeliveryState)
    assert STEPS[DeliveryState.SUPERSEDED] == frozenset()
    assert set(PATHS) == set(DeliveryState) - OF_THEIR_OWN | {DeliveryState.SEALED}


def test_progress_is_marked_in_the_attempt_that_is_under_way(ledger: Engine) -> None:
    delivery = move(ledger, ready(ledger), DeliveryState.SENDING)
    mark = deliveries.record_progress
    mark(ledger, delivery.delivery_id, "uploaded", {"size": 900}, recorded_at=NOW)
    mark(ledger, delivery.delivery_id, "published", recorded_at=NOW)
    assert deliveries.progress_of(ledger, delivery) == ("uploaded", "published")
    last = deliveries.events_of(ledger, delivery.delivery_id)[-2]
    assert (last.attempt, last.detail) == (1, {"step": "uploaded", "size": 900})
    still = deliveries.find(ledger, delivery.delivery_id)
    assert still == delivery, "a mark is not a step"
    again = move(
        ledger, delivery, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.SENDING
    )
    assert deliveries.progress_of(ledger, again) == (), "a new attempt begins from nothing"
    move(ledger, again, DeliveryState.DELIVERED)
    with pytest.raises(LedgerError, match="is delivered, not sending: no published to mark"):
        mark(ledger, delivery.delivery_id, "published", recorded_at=NOW)


def test_of_many_senders_one_sends(ledger: Engine) -> None:
    delivery = ready(ledger)

    def claim(_: int) -> bool:
        try:
            move(ledger, delivery, DeliveryState.SENDING)
        except LedgerError as error:
            assert "is sending: it cannot become sending" in str(error)
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(claim, range(6))) == [False] * 5 + [True]
    assert state_of(ledger, delivery) is DeliveryState.SENDING


def _claim_in_process(url: str, delivery_id: str) -> str:
    engine = open_ledger(url)
    try:
        deliveries.record_event(engine, delivery_id, DeliveryState.SENDING, recorded_at=NOW)
    except LedgerError as error:
        return str(error)
    finally:
        engine.dispose()
    return "mine"


def test_of_two_processes_at_once_one_sends(ledger_url: str) -> None:
    engine = open_ledger(ledger_url)
    ids = [ready(engine, interface=f"feed_{digit}", digit=digit).delivery_id for digit in "abcd"]
    engine.dispose()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        claims = [processes.submit(_claim_in_process, ledger_url, one) for one in ids * 2]
        said = [claim.result() for claim in claims]
    assert sorted(said)[-4:] == ["mine"] * 4
    assert sum("is sending: it cannot become sending" in one for one in said) == 4


def test_the_latest_delivered_feed_is_what_the_partner_had(ledger: Engine) -> None:
    def latest(day: date) -> str | None:
        found = deliveries.latest_delivered(ledger, "counter_service", "counter_feed_s39", day)
        return None if found is None else found.delivery_id

    assert latest(DAY) is None
    friday = move(ledger, ready(ledger), *ARRIVE)
    move(ledger, ready(ledger, NEXT_DAY, "d"), DeliveryState.SENDING)
    assert latest(date(2026, 11, 19)) is None
    assert latest(DAY) == latest(NEXT_DAY) == friday.delivery_id, "Monday's never arrived"
    again = ready(ledger, digit="e", supersedes=friday.delivery_id)
    assert latest(DAY) == friday.delivery_id
    move(ledger, again, *ARRIVE, DeliveryState.ACKNOWLEDGED)
    assert latest(DAY) == again.delivery_id
    move(ledger, again, DeliveryState.SENDING, DeliveryState.FAILED)
    assert latest(DAY) == again.delivery_id, "sending it once more does not take it away"
    arrived = deliveries.arrived_deliveries(ledger, "counter_service", "counter_feed_s39", DAY)
    assert [one.sequence for one in arrived] == [1, 3]
    assert arrived[0].state is DeliveryState.SUPERSEDED


def test_an_unknown_delivery_is_one_line(ledger: Engine) -> None:
    assert deliveries.find(ledger, "nobody.feed.000001") is None
    with pytest.raises(LedgerError, match=r"no delivery nobody\.feed\.000001"):
        deliveries.state_of(ledger, "nobody.feed.000001")


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


def test_a_refused_file_is_answered_again_by_what_supersedes_the_refusal(ledger: Engine) -> None:
    land_return(ledger, RETURN_FILE)
    answer = "counter_acknowledgement"
    first = ready(ledger, interface=answer, answers=RETURN_FILE)
    refused = Acknowledgement(RETURN_FILE, first.delivery_id, AcknowledgementResult.REFUSED)
    move(ledger, first, *ARRIVE)
    record_acknowledgement(ledger, refused, recorded_at=NOW)
    assert [e.state for e in files.events_of(ledger, RETURN_FILE)] == [FileState.LANDED]
    land_return(ledger, "d" * 64)
    unrelated = plan(ledger, interface=answer, answers="d" * 64)
    stranger = Acknowledgement(RETURN_FILE, unrelated.delivery_id, AcknowledgementResult.ACCEPTED)
    with pytest.raises(LedgerError, match="already answered"):
        record_acknowledgement(ledger, stranger, recorded_at=NOW)
    lost = plan(ledger, interface=answer, answers=RETURN_FILE, supersedes=first.delivery_id)
    second = plan(ledger, interface=answer, answers=RETURN_FILE, supersedes=lost.delivery_id)
    accepted = Acknowledgement(RETURN_FILE, second.delivery_id, AcknowledgementResult.ACCEPTED)
    record_acknowledgement(ledger, accepted, recorded_at=NOW)
    record_acknowledgement(ledger, refused, recorded_at=NOW)
    assert acknowledgements_of(ledger, RETURN_FILE) == [refused, accepted]
    assert acknowledgement_of(ledger, RETURN_FILE) == accepted
    states = [event.state for event in files.events_of(ledger, RETURN_FILE)]
    assert states == [FileState.LANDED, FileState.ANSWERED]
    third = plan(ledger, interface=answer, answers=RETURN_FILE, supersedes=second.delivery_id)
    again = Acknowledgement(RETURN_FILE, third.delivery_id, AcknowledgementResult.WITH_REJECTS)
    with pytest.raises(LedgerError, match="already answered"):
        record_acknowledgement(ledger, again, recorded_at=NOW)
