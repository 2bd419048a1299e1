"""What is expected of a business date, when it is due, and what meets it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from exchange.watch.deadlines import deadlines
from exchange.watch.expectation import Expectation, Punctuality, judged
from exchange.watch.expectations import expectations
from insurance.holidays import CalendarError
from interfaces.model import ExpectedRule, Kind
from interfaces.registry import Registry
from ledger.delivery import DeliveryState as State
from tests.exchange.night_ledger import ARRIVING, FEED, MONDAY, NightLedger, at, night_ledger
from tests.postgres import PostgresServer

TUESDAY = MONDAY + timedelta(days=1)
MASTERS = ("contribution_history", "employer_master", "registration_master")
_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NightLedger]:
    """An empty ledger, once on each database."""
    if request.param == "sqlite":
        yield night_ledger(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    made = night_ledger(tmp_path, server.create(f"night{next(_numbers)}"))
    yield made
    made.site.ledger.dispose()


def expected(night: NightLedger, day: date = MONDAY) -> dict[str, Expectation]:
    """Expectations of a day by subject."""
    found = expectations(night.site, day)
    assert len({e.subject for e in found}) == len(found)  # the key of a notice
    return {e.subject: e for e in found}


def test_a_working_day_owes_extracts_feeds_and_a_return(night: NightLedger) -> None:
    found = expectations(night.site, MONDAY)
    assert [(e.subject, f"{e.warn_at:%d %H:%M}", f"{e.due_at:%d %H:%M}") for e in found] == [
        *((name, "30 18:45", "30 19:30") for name in MASTERS),
        ("counter_feed_s39", "30 21:00", "30 22:00"),
        ("counter_feed_s40", "30 21:00", "30 22:00"),
        ("counter_return", "01 00:15", "01 01:00"),
    ]
    assert found[0].name == "CTBHIST.D20261130.S??????"
    assert not any(e.is_met or e.hindrance for e in found)
    assert all(e.due_at.utcoffset() == timedelta(hours=7) for e in found)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 12, 5), "a public holiday, and a Saturday"),
        (date(2026, 12, 7), "its substitution day, a Monday"),
        (date(2026, 12, 10), "a public holiday, a Thursday"),
        (date(2026, 11, 29), "a Sunday"),
    ],
)
def test_a_day_without_work_owes_nothing(tmp_path: Path, day: date, why: str) -> None:
    assert expectations(night_ledger(tmp_path).site, day) == (), why


def test_a_year_without_declared_holidays_is_told_and_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match="2035"):
        expectations(night_ledger(tmp_path).site, date(2035, 1, 3))


def test_every_day_means_holidays_too(tmp_path: Path) -> None:
    made = night_ledger(tmp_path)
    registry = Registry()
    for interface in registry.all():
        if interface.name == "counter_return" and interface.expected is not None:
            rule = replace(interface.expected, every_day=True)
            registry._by_id[interface.id] = replace(interface, expected=rule)
    site = replace(made.site, registry=registry)
    assert [e.subject for e in expectations(site, date(2026, 12, 10))] == ["counter_return"]


def test_an_accepted_file_meets_and_says_when(night: NightLedger) -> None:
    night.clock.now = at("18:40")
    night.receive("REGMAST.D20261130.S000001", "registration_master")
    found = expected(night)["registration_master"]
    assert found.met_at == at("18:40") and found.is_met
    assert not expected(night)["employer_master"].is_met
    assert not expected(night, TUESDAY)["registration_master"].is_met


def test_a_quarantined_file_does_not_meet_and_is_named_as_the_reason(night: NightLedger) -> None:
    night.receive("REGMAST.D20261130.S000001", "registration_master", accepted=False)
    found = expected(night)["registration_master"]
    assert not found.is_met and found.hindrance == "quarantined"
    night.clock.now = at("19:45")
    night.receive("REGMAST.D20261130.S000002", "registration_master")
    found = expected(night)["registration_master"]
    assert found.met_at == at("19:45")
    night.receive("CSPAY_20261130_000001.TXT", "counter_return", accepted=False)
    assert expected(night)["counter_return"].hindrance == "quarantined"


def test_a_newer_extract_makes_the_missing_one_needless_and_a_newer_return_does_not(
    night: NightLedger,
) -> None:
    night.receive("REGMAST.D20261201.S000001", "registration_master", day=TUESDAY)
    night.receive("CSPAY_20261201_000001.TXT", "counter_return", day=TUESDAY)
    found = expected(night)
    assert found["registration_master"].is_met and found["registration_master"].met_at is None
    assert found["registration_master"].settled_by == "a newer extract"
    assert not found["employer_master"].is_met
    assert not found["counter_return"].is_met


def test_a_feed_is_met_when_it_arrived(night: NightLedger) -> None:
    delivery = night.plan()
    assert expected(night)[FEED].hindrance == "planned"
    night.bring(delivery, *ARRIVING[:3])
    found = expected(night)[FEED]
    assert not found.is_met and found.hindrance == "sending"
    assert found.name == f"{delivery.delivery_id}.TXT"
    night.clock.now = at("18:50")
    night.bring(delivery, State.DELIVERED)
    night.clock.now = at("23:50")
    night.bring(delivery, State.ACKNOWLEDGED)
    found = expected(night)[FEED]
    assert found.met_at == at("18:50") and found.hindrance is None
    assert not expected(night)["counter_feed_s40"].is_met


def test_a_regenerated_feed_has_to_arrive_itself(night: NightLedger) -> None:
    first = night.deliver()
    second = night.plan(supersedes=first.delivery_id)
    assert not expected(night)[FEED].is_met
    assert expected(night)[FEED].delivery_id == second.delivery_id
    night.bring(second, *ARRIVING)
    assert expected(night)[FEED].is_met


def test_a_feed_that_never_arrived_is_answered_by_one_of_a_later_day(night: NightLedger) -> None:
    old = night.bring(night.plan(), *ARRIVING[:3], State.FAILED)
    assert not expected(night)[FEED].is_met
    newer = night.deliver(day=TUESDAY)
    assert night.bring(old).state is State.SUPERSEDED
    assert expected(night)[FEED].settled_by == newer.delivery_id


def test_a_feed_of_an_earlier_day_made_again_answers_nothing(night: NightLedger) -> None:
    """Its number is higher, so that it supersedes; what it says is older."""
    first = night.deliver()
    old = night.bring(night.plan(day=TUESDAY), *ARRIVING[:3], State.FAILED)
    night.bring(night.plan(supersedes=first.delivery_id), *ARRIVING)
    assert night.bring(old).state is State.SUPERSEDED
    found = expected(night, TUESDAY)[FEED]
    assert not found.is_met and found.hindrance == "superseded"


def test_each_feed_that_arrived_waits_for_its_receipt_until_noon(night: NightLedger) -> None:
    night.clock.now = at("18:50")
    delivery = night.deliver()
    subject = f"counter_feed_receipt:{delivery.delivery_id}"
    found = expected(night)[subject]
    assert (found.warn_at, found.due_at) == (at("11:00", TUESDAY), at("12:00", TUESDAY))
    assert found.kind is Kind.RECEIPT and not found.is_met and found.hindrance == "delivered"
    night.clock.now = at("23:40")
    night.receipt(delivery, "A")
    found = expected(night)[subject]
    assert found.met_at == at("23:40") and found.due_at == at("12:00", TUESDAY)
    assert len([s for s in expected(night) if s.startswith("counter_feed_receipt:")]) == 1


def test_a_receipt_that_refuses_is_a_receipt_and_the_feed_is_not_there(night: NightLedger) -> None:
    delivery = night.deliver()
    night.clock.now = at("23:40")
    night.receipt(delivery, "R")
    found = expected(night)
    assert found[f"counter_feed_receipt:{delivery.delivery_id}"].met_at == at("23:40")
    assert not found[FEED].is_met and found[FEED].hindrance == "refused"


def test_a_feed_sent_again_waits_for_another_receipt(night: NightLedger) -> None:
    delivery = night.deliver()
    night.receipt(delivery, "R")
    night.clock.now = at("15:00", TUESDAY)
    night.bring(delivery, State.SENDING)
    subject = f"counter_feed_receipt:{delivery.delivery_id}"
    assert not expected(night)[subject].is_met
    night.bring(delivery, State.REFUSED)  # by the server: nothing the partner says of the file
    assert not expected(night)[subject].is_met
    night.bring(delivery, State.SENDING, State.DELIVERED)
    wednesday = TUESDAY + timedelta(days=1)
    assert expected(night)[subject].due_at == at("12:00", wednesday)


def test_a_superseded_feed_waits_for_no_receipt(night: NightLedger) -> None:
    first = night.deliver()
    second = night.bring(night.plan(supersedes=first.delivery_id), *ARRIVING)
    found = expected(night)
    assert found[f"counter_feed_receipt:{first.delivery_id}"].settled_by == second.delivery_id
    assert not found[f"counter_feed_receipt:{second.delivery_id}"].is_met


@pytest.mark.parametrize("accepted", [True, False])
def test_each_return_waits_for_our_answer(night: NightLedger, accepted: bool) -> None:
    assert not [e for e in expected(night).values() if e.kind is Kind.ACKNOWLEDGEMENT]
    night.clock.now = at("23:35")
    name = "CSPAY_20261130_000001.TXT"
    file_id = night.receive(name, "counter_return", accepted=accepted)
    subject = f"counter_acknowledgement:{file_id[:12]}"
    found = expected(night)[subject]
    assert (found.name, found.hindrance) == (name, None)
    assert found.due_at == at("06:00", TUESDAY) and not found.is_met
    answer = night.plan("counter_acknowledgement", answers=file_id)
    assert expected(night)[subject].hindrance == "planned"
    night.acknowledge(file_id, answer, "A" if accepted else "R")
    night.bring(answer, *ARRIVING)
    assert expected(night)[subject].met_at == at("23:35")


def test_a_return_accepted_after_it_was_refused_needs_another_answer(night: NightLedger) -> None:
    name = "CSPAY_20261130_000001.TXT"
    file_id = night.receive(name, "counter_return", accepted=False)
    refusal = night.deliver("counter_acknowledgement", answers=file_id)
    night.acknowledge(file_id, refusal, "R")
    subject = f"counter_acknowledgement:{file_id[:12]}"
    assert expected(night)[subject].is_met
    night.receive(name, "counter_return")  # replayed with a mended declaration
    assert not expected(night)[subject].is_met
    answer = night.plan("counter_acknowledgement", answers=file_id, supersedes=refusal.delivery_id)
    night.bring(answer, *ARRIVING)
    night.acknowledge(file_id, answer, "A")
    assert expected(night)[subject].is_met


def test_a_return_of_a_sunday_is_answered_like_any_other(night: NightLedger) -> None:
    sunday = MONDAY - timedelta(days=1)
    night.clock.now = at("23:40")  # fetched on the Monday
    night.receive("CSPAY_20261129_000001.TXT", "counter_return", day=sunday)
    (found,) = expected(night, sunday).values()
    assert found.kind is Kind.ACKNOWLEDGEMENT
    assert found.due_at == at("06:00", TUESDAY)


def test_names_show_no_id(night: NightLedger) -> None:
    identity = "1101700203451"
    night.receive(f"CSPAY_20261130_{identity}.TXT", "counter_return")
    assert all(identity not in e.name for e in expected(night).values())


def test_the_same_ledger_gives_the_same_expectations(night: NightLedger) -> None:
    night.deliver()
    night.receive("REGMAST.D20261130.S000001", "registration_master")
    before = expectations(night.site, MONDAY)
    night.clock.now = at("12:00", MONDAY + timedelta(days=40))
    assert expectations(night.site, MONDAY) == before


# -- deadlines, and the moment that is compared with them

RULE = ExpectedRule(warn=at("18:45").time(), due=at("19:30").time())


def waiting(**facts: object) -> Expectation:
    """A file due at 19:30 of the Monday."""
    warn_at, due_at = deadlines(RULE, MONDAY)
    given: dict[str, object] = {
        "subject": "x",
        "kind": Kind.EXTRACT,
        "interface": "x",
        "partner": None,
        "business_date": MONDAY,
        "name": "X",
        "warn_at": warn_at,
        "due_at": due_at,
    }
    return Expectation(**{**given, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "stands"),
    [
        (at("18:44:59"), Punctuality.OPEN),
        (at("18:45"), Punctuality.WARNING),
        (at("19:29:59"), Punctuality.WARNING),
        (at("19:30"), Punctuality.LATE),
        (datetime(2026, 11, 30, 12, 29, 59, tzinfo=UTC), Punctuality.WARNING),
        (datetime(2026, 11, 30, 12, 30, tzinfo=UTC), Punctuality.LATE),
        (at("00:00", TUESDAY), Punctuality.LATE),
        (at("23:59", MONDAY - timedelta(days=1)), Punctuality.OPEN),
    ],
)
def test_a_deadline_is_the_first_moment_that_is_too_late(
    now: datetime, stands: Punctuality
) -> None:
    assert judged(waiting(), now) is stands


def test_what_the_ledger_says_is_met_is_met_whatever_the_clock_says() -> None:
    assert judged(waiting(met_at=at("21:00")), at("20:00")) is Punctuality.MET
    assert judged(waiting(settled_by="a newer one"), at("20:00")) is Punctuality.MET


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        judged(waiting(), datetime(2026, 11, 30, 20))


def test_an_answer_to_what_came_late_gets_its_time() -> None:
    rule = replace(RULE, days_after=1)
    assert deadlines(rule, MONDAY)[1] == at("19:30", TUESDAY)
    assert deadlines(rule, MONDAY, after=at("18:45", TUESDAY))[1] == at("19:30", TUESDAY)
    late = at("18:46", TUESDAY)
    assert deadlines(rule, MONDAY, after=late)[1] == at("19:30", TUESDAY + timedelta(days=1))
