"""What a partner says about our files: recorded once, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.engine import Engine

from ledger import deliveries, files
from ledger.acknowledgements import AcknowledgementResult
from ledger.delivery import Delivery, DeliveryState
from ledger.errors import LedgerError
from ledger.landing import FileState
from ledger.receipts import Receipt, receipts_of, record_receipt, unacknowledged
from tests.ledger.outgoing import (
    ARRIVE,
    DAY,
    NEXT_DAY,
    NOW,
    PARTNER,
    land_return,
    move,
    ready,
    state_of,
)

RECEIPT_FILE = "7" * 64
ACCEPTED, REFUSED = AcknowledgementResult.ACCEPTED, AcknowledgementResult.REFUSED
RESULTS = [
    (ACCEPTED, DeliveryState.ACKNOWLEDGED),
    (AcknowledgementResult.WITH_REJECTS, DeliveryState.ACKNOWLEDGED),
    (REFUSED, DeliveryState.REFUSED),
]


def a_receipt(
    delivery: Delivery, result: AcknowledgementResult = ACCEPTED, number: int = 2
) -> Receipt:
    return Receipt(RECEIPT_FILE, number, delivery.delivery_id, result, {"return_code": 0})


def steps(engine: Engine, delivery: Delivery) -> list[DeliveryState]:
    return [event.state for event in deliveries.events_of(engine, delivery.delivery_id)][3:]


@pytest.mark.parametrize(("result", "end"), RESULTS)
def test_a_delivered_file_is_acknowledged_or_refused_once(
    ledger: Engine, result: AcknowledgementResult, end: DeliveryState
) -> None:
    land_return(ledger, RECEIPT_FILE)
    delivery = move(ledger, ready(ledger), *ARRIVE)
    receipt = a_receipt(delivery, result)
    moved = record_receipt(ledger, receipt, recorded_at=NOW)
    assert (moved.state, moved.arrived) == (end, True)
    assert record_receipt(ledger, receipt, recorded_at=NOW) == moved
    assert receipts_of(ledger, delivery.delivery_id) == [receipt]
    assert steps(ledger, delivery) == [*ARRIVE, end]


@pytest.mark.parametrize(("result", "end"), RESULTS)
def test_a_receipt_proves_that_an_unknown_file_arrived(
    ledger: Engine, result: AcknowledgementResult, end: DeliveryState
) -> None:
    land_return(ledger, RECEIPT_FILE)
    friday = move(ledger, ready(ledger), DeliveryState.FAILED)
    monday = ready(ledger, NEXT_DAY, "b")
    monday = move(ledger, monday, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    moved = record_receipt(ledger, a_receipt(monday, result), recorded_at=NOW)
    assert (moved.state, moved.arrived) == (end, True)
    assert steps(ledger, monday)[-2:] == [DeliveryState.DELIVERED, end]
    assert state_of(ledger, friday) is DeliveryState.SUPERSEDED, "as for any arrival"
    found = files.find(ledger, "b" * 64)
    assert found is not None and found.state is FileState.SENT


def test_a_record_that_says_something_else_is_refused(ledger: Engine) -> None:
    land_return(ledger, RECEIPT_FILE)
    delivery = move(ledger, ready(ledger), *ARRIVE)
    record_receipt(ledger, a_receipt(delivery), recorded_at=NOW)
    other = replace(a_receipt(delivery), result=REFUSED)
    with pytest.raises(LedgerError, match=r"record 2 of receipt 7+ was recorded .* with A"):
        record_receipt(ledger, other, recorded_at=NOW)
    assert state_of(ledger, delivery) is DeliveryState.ACKNOWLEDGED


@pytest.mark.parametrize(
    "later",
    [
        (DeliveryState.ACKNOWLEDGED,),
        (DeliveryState.REFUSED,),
        (DeliveryState.SENDING,),
        (DeliveryState.SENDING, DeliveryState.FAILED),
    ],
    ids=lambda states: str(states[-1]),
)
def test_a_receipt_of_what_has_gone_on_is_kept_and_changes_nothing(
    ledger: Engine, later: tuple[DeliveryState, ...]
) -> None:
    land_return(ledger, RECEIPT_FILE)
    delivery = move(ledger, ready(ledger), *ARRIVE, *later)
    assert record_receipt(ledger, a_receipt(delivery, REFUSED), recorded_at=NOW) == delivery
    assert len(receipts_of(ledger, delivery.delivery_id)) == 1


def test_a_receipt_of_a_superseded_file_is_kept(ledger: Engine) -> None:
    land_return(ledger, RECEIPT_FILE)
    old = move(ledger, ready(ledger), *ARRIVE)
    move(ledger, ready(ledger, digit="b", supersedes=old.delivery_id), *ARRIVE)
    kept = record_receipt(ledger, a_receipt(old, REFUSED), recorded_at=NOW)
    assert kept.state is DeliveryState.SUPERSEDED
    assert len(receipts_of(ledger, old.delivery_id)) == 1


@pytest.mark.parametrize("before", [(), (DeliveryState.SENDING,), (DeliveryState.FAILED,)], ids=str)
def test_a_receipt_of_what_was_not_sent_is_refused(
    ledger: Engine, before: tuple[DeliveryState, ...]
) -> None:
    land_return(ledger, RECEIPT_FILE)
    delivery = move(ledger, ready(ledger), *before)
    with pytest.raises(LedgerError, match=r"a receipt of it cannot be; settle it first"):
        record_receipt(ledger, a_receipt(delivery), recorded_at=NOW)
    assert receipts_of(ledger, delivery.delivery_id) == []
    assert state_of(ledger, delivery) is delivery.state


def test_feeds_wait_for_their_receipt(ledger: Engine) -> None:
    land_return(ledger, RECEIPT_FILE, "c" * 64)

    def waiting(on: date, partner: str = PARTNER) -> list[int]:
        return [one.sequence for one in unacknowledged(ledger, partner, on)]

    friday = move(ledger, ready(ledger), *ARRIVE)
    ready(ledger, date(2026, 11, 24), "d")
    monday = move(ledger, ready(ledger, NEXT_DAY, "b"), *ARRIVE)
    answer = ready(ledger, digit="e", interface="acknowledgement", answers="c" * 64)
    move(ledger, answer, *ARRIVE)
    assert waiting(date(2026, 11, 19)) == []
    assert waiting(DAY) == [1]
    assert waiting(NEXT_DAY) == [1, 3]
    assert waiting(NEXT_DAY, "another") == []
    record_receipt(ledger, a_receipt(monday, REFUSED), recorded_at=NOW)
    assert waiting(NEXT_DAY) == [1]
    again = ready(ledger, digit="f", supersedes=friday.delivery_id)
    move(ledger, again, *ARRIVE)
    assert waiting(DAY) == [again.sequence], "the superseded one is not waited for"
    record_receipt(ledger, a_receipt(again, number=3), recorded_at=NOW)
    assert waiting(NEXT_DAY) == []
