"""Which delivery takes the place of which, and that both ends are one transaction."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from ledger import deliveries, schema
from ledger.database import reading, writing
from ledger.delivery import UNDER_WAY, Delivery, DeliveryContent, DeliveryState
from ledger.errors import LedgerError
from tests.ledger.outgoing import (
    ARRIVE,
    DAY,
    NEXT_DAY,
    NOW,
    build,
    land_return,
    move,
    plan,
    ready,
    seal,
    state_of,
)

LATER = date(2026, 11, 24)
SENDING, UNKNOWN = DeliveryState.SENDING, DeliveryState.UNKNOWN
FAILED, SUPERSEDED = DeliveryState.FAILED, DeliveryState.SUPERSEDED


def test_what_never_arrived_ends_when_its_replacement_is_planned(ledger: Engine) -> None:
    old = ready(ledger)
    new = plan(ledger, supersedes=old.delivery_id)
    ended = deliveries.find(ledger, old.delivery_id)
    assert ended is not None
    assert (ended.state, ended.superseded_by) == (SUPERSEDED, new.delivery_id)
    with pytest.raises(LedgerError, match=f"cannot become sending; {new.delivery_id} took its"):
        move(ledger, old, SENDING)


def test_a_number_taken_by_a_plan_only_can_be_superseded_before_it_is_built(
    ledger: Engine,
) -> None:
    old = plan(ledger)
    plan(ledger, supersedes=old.delivery_id)
    assert state_of(ledger, old) is SUPERSEDED
    with pytest.raises(LedgerError, match="is superseded: it cannot become built"):
        build(ledger, old)


@pytest.mark.parametrize("state", UNDER_WAY)
def test_what_is_under_way_is_settled_before_it_is_superseded(
    ledger: Engine, state: DeliveryState
) -> None:
    old = move(ledger, ready(ledger), *((SENDING, state) if state is UNKNOWN else (SENDING,)))
    with pytest.raises(LedgerError, match=rf"is {state}: settle it first \(prakan retry"):
        plan(ledger, supersedes=old.delivery_id)
    assert len(deliveries.deliveries_of(ledger, DAY)) == 1, "no number was taken"


def test_what_stands_at_the_partner_is_valid_until_its_replacement_arrives(ledger: Engine) -> None:
    old = move(ledger, ready(ledger), *ARRIVE, DeliveryState.ACKNOWLEDGED)
    new = ready(ledger, digit="b", supersedes=old.delivery_id)
    assert state_of(ledger, old) is DeliveryState.ACKNOWLEDGED
    move(ledger, new, SENDING)
    assert state_of(ledger, old) is DeliveryState.ACKNOWLEDGED
    move(ledger, new, DeliveryState.DELIVERED)
    ended = deliveries.find(ledger, old.delivery_id)
    assert ended is not None
    assert (ended.state, ended.superseded_by) == (SUPERSEDED, new.delivery_id)
    assert ended.arrived


def test_what_was_superseded_is_not_superseded_by_another_one(ledger: Engine) -> None:
    friday = move(ledger, ready(ledger), FAILED)
    monday = move(ledger, ready(ledger, NEXT_DAY, "b"), *ARRIVE)
    assert state_of(ledger, friday) is SUPERSEDED
    with pytest.raises(LedgerError, match=f"was superseded by {monday.delivery_id}"):
        plan(ledger, supersedes=friday.delivery_id)


def test_an_arrival_ends_every_earlier_number_that_never_arrived(ledger: Engine) -> None:
    arrived = move(ledger, ready(ledger, date(2026, 11, 18)), *ARRIVE)
    failed = move(ledger, ready(ledger, date(2026, 11, 19), "b"), FAILED)
    planned = plan(ledger, DAY)
    waiting = plan(ledger, LATER)
    late = ready(ledger, NEXT_DAY, "d")
    other = plan(ledger, interface="counter_feed_s40")
    assert deliveries.missed_sequences(ledger, late) == (2, 3, 4)
    late = move(ledger, late, *ARRIVE)
    states = [state_of(ledger, one) for one in (arrived, failed, planned, waiting, other)]
    assert states == [
        DeliveryState.DELIVERED,
        SUPERSEDED,
        SUPERSEDED,
        SUPERSEDED,
        DeliveryState.PLANNED,
    ]
    assert deliveries.missed_sequences(ledger, late) == (2, 3, 4), "asked again, the same"
    after = ready(ledger, date(2026, 11, 25), "e")
    assert deliveries.missed_sequences(ledger, after) == ()
    assert deliveries.missed_sequences(ledger, arrived) == ()


def test_a_later_number_is_untouched_by_an_earlier_one_that_arrives(ledger: Engine) -> None:
    friday, monday = ready(ledger), ready(ledger, NEXT_DAY, "b")
    move(ledger, friday, *ARRIVE)
    assert state_of(ledger, monday) is DeliveryState.SEALED


@pytest.mark.parametrize("state", UNDER_WAY)
def test_what_is_under_way_when_it_is_overtaken_ends_when_it_is_settled(
    ledger: Engine, state: DeliveryState
) -> None:
    steps = (SENDING, state) if state is UNKNOWN else (SENDING,)
    friday = move(ledger, ready(ledger), *steps)
    monday = move(ledger, ready(ledger, NEXT_DAY, "b"), *ARRIVE)
    assert state_of(ledger, friday) is state, "it may be there at the next moment"
    settled = move(ledger, friday, FAILED)
    assert (settled.state, settled.superseded_by) == (SUPERSEDED, monday.delivery_id)
    events = [event.state for event in deliveries.events_of(ledger, friday.delivery_id)]
    assert events[-2:] == [FAILED, SUPERSEDED]


def test_what_arrived_after_all_stays_delivered(ledger: Engine) -> None:
    friday = move(ledger, ready(ledger), SENDING, UNKNOWN)
    move(ledger, ready(ledger, NEXT_DAY, "b"), *ARRIVE)
    assert move(ledger, friday, DeliveryState.DELIVERED).state is DeliveryState.DELIVERED


def test_a_copy_sent_again_while_its_replacement_arrives_ends_too(ledger: Engine) -> None:
    old = move(ledger, ready(ledger), *ARRIVE)
    new = ready(ledger, digit="b", supersedes=old.delivery_id)
    move(ledger, old, SENDING)
    move(ledger, new, *ARRIVE)
    assert state_of(ledger, old) is SENDING
    settled = move(ledger, old, DeliveryState.DELIVERED)
    assert (settled.state, settled.superseded_by) == (SUPERSEDED, new.delivery_id)


def test_the_replacement_of_a_replacement_ends_them_all(ledger: Engine) -> None:
    first = move(ledger, ready(ledger), *ARRIVE)
    second = move(ledger, ready(ledger, digit="b", supersedes=first.delivery_id), FAILED)
    again = move(ledger, first, SENDING)
    third = move(ledger, ready(ledger, digit="c", supersedes=second.delivery_id), *ARRIVE)
    assert state_of(ledger, first) is SENDING, "it may be there at the next moment"
    ended = move(ledger, again, DeliveryState.DELIVERED)
    assert (ended.state, ended.superseded_by) == (SUPERSEDED, third.delivery_id)

    fourth = move(ledger, ready(ledger, NEXT_DAY, "d"), *ARRIVE)
    fifth = ready(ledger, NEXT_DAY, "e", supersedes=fourth.delivery_id)
    move(ledger, fifth, FAILED)
    sixth = move(ledger, ready(ledger, NEXT_DAY, "f", supersedes=fifth.delivery_id), *ARRIVE)
    replaced = deliveries.find(ledger, fourth.delivery_id)
    assert replaced is not None
    assert (replaced.state, replaced.superseded_by) == (SUPERSEDED, sixth.delivery_id)


def test_what_was_sent_again_in_vain_ends_with_the_next_one(ledger: Engine) -> None:
    """It could never be sent again, and would be trouble for ever."""
    before = move(ledger, ready(ledger), *ARRIVE, SENDING, UNKNOWN, FAILED)
    monday = move(ledger, ready(ledger, NEXT_DAY, "b"), *ARRIVE)
    assert state_of(ledger, before) is SUPERSEDED
    move(ledger, monday, SENDING, UNKNOWN)
    tuesday = move(ledger, ready(ledger, LATER, "c"), *ARRIVE)
    ended = move(ledger, monday, FAILED)
    assert (ended.state, ended.superseded_by) == (SUPERSEDED, tuesday.delivery_id)


def test_an_older_day_under_a_later_number_ends_when_the_newer_day_arrives(ledger: Engine) -> None:
    monday = move(ledger, ready(ledger, NEXT_DAY), SENDING, UNKNOWN)
    friday = ready(ledger, DAY, "b")
    monday = move(ledger, monday, DeliveryState.DELIVERED)
    ended = deliveries.find(ledger, friday.delivery_id)
    assert ended is not None
    assert (ended.state, ended.superseded_by) == (SUPERSEDED, monday.delivery_id)
    tuesday = ready(ledger, LATER, "c")
    assert deliveries.missed_sequences(ledger, tuesday) == (friday.sequence,)


def test_a_newer_day_that_an_older_one_overtook_takes_another_number(ledger: Engine) -> None:
    monday = ready(ledger, NEXT_DAY)
    friday = move(ledger, ready(ledger, DAY, "b"), *ARRIVE)
    assert state_of(ledger, monday) is SUPERSEDED
    again = ready(ledger, NEXT_DAY, "c", supersedes=monday.delivery_id)
    assert again.sequence == friday.sequence + 1
    assert plan(ledger, NEXT_DAY).delivery_id == again.delivery_id
    move(ledger, again, *ARRIVE)
    assert state_of(ledger, friday) is DeliveryState.DELIVERED


def test_answers_do_not_overtake_each_other(ledger: Engine) -> None:
    returns = ("c" * 64, "d" * 64)
    land_return(ledger, *returns)
    first, second = (
        ready(ledger, digit=digit, interface="acknowledgement", answers=one)
        for digit, one in zip("ab", returns, strict=True)
    )
    move(ledger, second, *ARRIVE)
    assert state_of(ledger, first) is DeliveryState.SEALED
    again = ready(
        ledger,
        digit="e",
        interface="acknowledgement",
        answers=returns[1],
        supersedes=second.delivery_id,
    )
    move(ledger, again, *ARRIVE)
    assert state_of(ledger, second) is SUPERSEDED
    assert state_of(ledger, first) is DeliveryState.SEALED


def _forbid(engine: Engine, delivery_id: str) -> None:
    """Let the database refuse the step SUPERSEDED of that delivery."""
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE TRIGGER refuse_step BEFORE INSERT ON delivery_event "
                f"WHEN NEW.delivery_id = '{delivery_id}' AND NEW.state = 'superseded' "
                "BEGIN SELECT RAISE(ABORT, 'not now'); END"
            )
            return
        connection.exec_driver_sql(
            "CREATE FUNCTION refuse_step() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'not now'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse_step BEFORE INSERT ON delivery_event FOR EACH ROW "
            f"WHEN (NEW.delivery_id = '{delivery_id}' AND NEW.state = 'superseded') "
            "EXECUTE FUNCTION refuse_step()"
        )


def _rows(engine: Engine) -> dict[str, int]:
    tables = (schema.delivery, schema.delivery_event, schema.file_event, schema.audit)
    with reading(engine) as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in tables
        }


def test_the_replacement_is_planned_with_the_end_of_the_old_one_or_not_at_all(
    ledger: Engine,
) -> None:
    old = ready(ledger)
    _forbid(ledger, old.delivery_id)
    before = _rows(ledger)
    with pytest.raises(LedgerError, match="not now"):
        plan(ledger, supersedes=old.delivery_id)
    assert _rows(ledger) == before


def test_it_arrives_with_the_end_of_what_it_replaces_or_not_at_all(ledger: Engine) -> None:
    old = move(ledger, ready(ledger), *ARRIVE)
    new = move(ledger, ready(ledger, digit="b", supersedes=old.delivery_id), SENDING)
    _forbid(ledger, old.delivery_id)
    before = _rows(ledger)
    with pytest.raises(LedgerError, match="not now"):
        move(ledger, new, DeliveryState.DELIVERED)
    assert _rows(ledger) == before
    assert state_of(ledger, new) is SENDING


ACTS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(
            [
                "go on",
                "go on",
                "go on",
                "supersede",
                SENDING,
                UNKNOWN,
                FAILED,
                DeliveryState.DELIVERED,
                DeliveryState.REFUSED,
                DeliveryState.ACKNOWLEDGED,
            ]
        ),
    ),
    max_size=40,
)
_worlds = iter(range(10**6))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_whatever_is_tried_no_earlier_number_waits_behind_one_that_arrived(
    ledger: Engine, acts: list[tuple[int, str]]
) -> None:
    world = next(_worlds)
    interface = f"feed{world}"
    line = [plan(ledger, DAY + timedelta(days=n), interface=interface) for n in range(4)]
    for number, (which, act) in enumerate(acts):
        one = line[which]
        file_id = f"{world:08x}{number:08x}".rjust(64, "f")
        try:
            if act == "go on":
                _go_on(ledger, one, file_id)
            elif act == "supersede":
                line[which] = plan(
                    ledger,
                    one.business_date,
                    interface=interface,
                    supersedes=one.delivery_id,
                )
            else:
                move(ledger, one, DeliveryState(act))
        except LedgerError:
            continue
    found = [
        one
        for days in range(4)
        for one in deliveries.deliveries_of(ledger, DAY + timedelta(days=days))
        if one.interface == interface
    ]
    last = max((one.sequence for one in found if one.arrived), default=0)
    for one in found:
        if one.sequence < last and not one.arrived:
            assert one.state in (SUPERSEDED, *UNDER_WAY)
        assert (one.state is SUPERSEDED) == (one.superseded_by is not None)
    replaced = {one.supersedes for one in found if one.supersedes and one.arrived}
    for one in found:
        if one.delivery_id in replaced:
            assert one.state in (SUPERSEDED, *UNDER_WAY)


def _go_on(engine: Engine, one: Delivery, file_id: str) -> None:
    """The next step of an undisturbed delivery."""
    state = state_of(engine, one)
    if state is DeliveryState.PLANNED:
        content = DeliveryContent("F.TXT", file_id, 1)
        deliveries.record_content(engine, one.delivery_id, content, recorded_at=NOW)
    elif state is DeliveryState.BUILT:
        seal(engine, one)
    elif state is SENDING:
        move(engine, one, DeliveryState.DELIVERED)
    else:
        move(engine, one, SENDING)
