"""Timing items: carried, cleared first in first out, and what becomes a break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.settlement.clearing import even_out
from exchange.settlement.timing import compared, last_carried, timing_items
from exchange.settlement.watching import settlement_break, watch_settlements
from exchange.site import Site, open_site
from insurance.holidays import load_calendar
from ledger.file_breaks import (
    FileBreakCode,
    file_break_events,
    file_breaks,
    record_file_break_event,
)
from ledger.settled import carried_satang
from tests.ledger.settling import BANK, COLLECTOR, NOW, Line, collect, settle
from tests.sampling import sampled

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2027, 1, day) for day in range(4, 9))
SATURDAY, NEXT_MONDAY, NEXT_TUESDAY = date(2027, 1, 9), date(2027, 1, 11), date(2027, 1, 12)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation with an empty ledger."""
    opened = open_site({"PRAKAN_HOME": str(tmp_path / "home")}, clock=lambda: NOW)
    yield opened
    opened.ledger.dispose()


def items(site: Site, up_to: date) -> dict[date, dict[str, Any]]:
    return {row["collection_date"]: row for row in timing_items(site, up_to).to_pylist()}


def states(site: Site, up_to: date) -> dict[date, tuple[str, int]]:
    rows = items(site, up_to)
    return {day: (row["state"], row["remaining_satang"]) for day, row in rows.items()}


def by_single_satang(differences: Sequence[tuple[date, int]]) -> dict[date, int]:
    """What remains when every satang is a token that looks for the oldest opposite one."""
    tokens: list[tuple[date, int]] = []
    for day, difference in differences:
        for _ in range(abs(difference)):
            sign = 1 if difference > 0 else -1
            opposite = [token for token in tokens if token[1] == -sign]
            if opposite:
                tokens.remove(opposite[0])
            else:
                tokens.append((day, sign))
    return {day: sum(sign for at, sign in tokens if at == day) for day, _ in differences}


small = st.lists(st.integers(-12, 12), max_size=12)


@given(small)
def test_clearing_is_first_in_first_out(amounts: list[int]) -> None:
    differences = [(MONDAY + timedelta(days=n), amount) for n, amount in enumerate(amounts)]
    found = even_out(differences)
    assert {item.day: item.remaining for item in found} == by_single_satang(differences)
    assert sum(item.remaining for item in found) == sum(amounts)
    signs = {item.remaining > 0 for item in found if item.remaining}
    assert len(signs) <= 1  # whatever can be evened out is
    for item in found:
        assert (item.cleared_by is not None) == (item.difference != 0 and item.remaining == 0)


def test_a_difference_is_cleared_in_part_and_then_by_the_day_that_ends_it() -> None:
    found = even_out([(MONDAY, 10), (TUESDAY, -4), (WEDNESDAY, -4), (THURSDAY, -4)])
    assert [(item.remaining, item.cleared_by) for item in found] == [
        (0, THURSDAY),
        (0, MONDAY),
        (0, MONDAY),
        (-2, None),
    ]


def test_what_comes_after_the_cut_off_is_carried_and_cleared_the_next_day(site: Site) -> None:
    collect(site.ledger, MONDAY, 2_000, 300)
    settle(site.ledger, MONDAY, Line(MONDAY, 2_000))
    assert states(site, MONDAY) == {MONDAY: ("carried", 300)}
    collect(site.ledger, TUESDAY, 1_000)
    settle(site.ledger, TUESDAY, Line(MONDAY, 300), Line(TUESDAY, 900))
    assert states(site, TUESDAY) == {MONDAY: ("cleared", 0), TUESDAY: ("carried", 100)}
    assert items(site, TUESDAY)[MONDAY]["advised"] == TUESDAY
    # Monday's books tell the same as on Monday.
    assert states(site, MONDAY) == {MONDAY: ("carried", 300)}
    counts = watch_settlements(site, TUESDAY)
    assert (counts["carried"], counts["carried_satang"], counts["opened"]) == (1, 100, 0)


def test_a_growing_cut_off_is_no_break(site: Site) -> None:
    days = [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]
    late = 0
    for place, day in enumerate(days):
        collect(site.ledger, day, 1_000)
        lines = [Line(days[place - 1], late)] if place else []
        late = 100 * (place + 1)
        settle(site.ledger, day, *lines, Line(day, 1_000 - late))
        counts = watch_settlements(site, day)
        assert (counts["carried_satang"], counts["breaks"]) == (late, 0)


def test_an_excess_of_a_later_day_evens_out(site: Site) -> None:
    collect(site.ledger, MONDAY, 1_000)
    collect(site.ledger, TUESDAY, 1_000)
    settle(site.ledger, MONDAY, Line(MONDAY, 900))
    settle(site.ledger, TUESDAY, Line(TUESDAY, 1_100))
    found = items(site, TUESDAY)
    assert states(site, TUESDAY) == {MONDAY: ("cleared", 0), TUESDAY: ("cleared", 0)}
    assert [found[day]["difference_satang"] for day in (MONDAY, TUESDAY)] == [100, -100]
    assert [found[day]["cleared_by"] for day in (MONDAY, TUESDAY)] == [TUESDAY, MONDAY]


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        (MONDAY, 0, MONDAY),
        (MONDAY, 1, TUESDAY),
        (FRIDAY, 1, NEXT_MONDAY),
        (SATURDAY, 1, NEXT_MONDAY),
        (THURSDAY, 2, NEXT_MONDAY),
        (date(2027, 2, 19), 1, date(2027, 2, 23)),  # the 22nd is a holiday
    ],
)
def test_carrying_counts_business_days(day: date, days: int, last: date) -> None:
    assert last_carried(day, days, load_calendar()) == last


def test_a_difference_that_stays_is_a_break_after_its_time(site: Site) -> None:
    collect(site.ledger, MONDAY, 1_000, 500)
    settle(site.ledger, MONDAY, Line(MONDAY, 1_450, fee=20, payments=2))
    for day in (MONDAY, TUESDAY):
        assert watch_settlements(site, day)["opened"] == 0
    counts = watch_settlements(site, WEDNESDAY)
    assert (counts["opened"], counts["breaks"], counts["breaks_satang"]) == (1, 1, 50)
    (found,) = file_breaks(site.ledger, code=FileBreakCode.SETTLEMENT_DIFFERS)
    assert found.break_id == "settlement.counter_service.2027-01-04"
    assert (found.partner, found.business_date, found.amount_satang) == (COLLECTOR, MONDAY, 50)
    assert found.detail == {
        "as_of": "2027-01-06",
        "bank": BANK,
        "side": "missing",
        "remaining_satang": 50,
        "collected_count": 2,
        "collected_satang": 1_500,
        "settled_count": 2,
        "settled_satang": 1_450,
    }
    assert watch_settlements(site, WEDNESDAY)["opened"] == 0
    assert watch_settlements(site, THURSDAY)["breaks"] == 1
    assert len(file_breaks(site.ledger)) == 1


def test_too_much_is_a_break_too(site: Site) -> None:
    settle(site.ledger, MONDAY, Line(MONDAY, 70))
    assert watch_settlements(site, WEDNESDAY)["breaks_satang"] == -70
    (found,) = file_breaks(site.ledger)
    assert (found.amount_satang, found.detail["side"]) == (70, "too_much")


def test_a_missing_advice_is_a_break_until_it_comes(site: Site) -> None:
    collect(site.ledger, FRIDAY, 1_000)
    assert states(site, NEXT_MONDAY) == {FRIDAY: ("carried", 1_000)}
    assert items(site, NEXT_MONDAY)[FRIDAY]["advised"] is None
    assert watch_settlements(site, NEXT_TUESDAY)["opened"] == 1
    settle(site.ledger, NEXT_TUESDAY, Line(FRIDAY, 1_000))
    assert watch_settlements(site, NEXT_TUESDAY)["closed"] == 1
    (found,) = file_breaks(site.ledger)
    assert found.state == "resolved"
    (event,) = file_break_events(site.ledger, found.break_id)
    assert event.detail["who"] == "prakan"
    assert event.detail["reason"] == "evened out by the advice of 2027-01-12"
    counts = watch_settlements(site, NEXT_TUESDAY)
    assert (counts["opened"], counts["closed"]) == (0, 0)
    # Monday's books are looked at again: nothing that Tuesday found is taken back.
    watch_settlements(site, NEXT_MONDAY)
    assert len(file_break_events(site.ledger, found.break_id)) == 1


def test_a_break_that_was_evened_out_opens_again_when_it_differs_again(site: Site) -> None:
    break_id = settlement_break(COLLECTOR, MONDAY)
    collect(site.ledger, MONDAY, 1_000)
    watch_settlements(site, WEDNESDAY)
    settle(site.ledger, THURSDAY, Line(MONDAY, 1_000))
    assert watch_settlements(site, THURSDAY)["closed"] == 1
    assert watch_settlements(site, WEDNESDAY)["opened"] == 0  # an earlier day, run again
    settle(site.ledger, FRIDAY, Line(MONDAY, 1_000))
    assert watch_settlements(site, FRIDAY)["opened"] == 1
    (found,) = file_breaks(site.ledger)
    assert (found.break_id, found.state) == (break_id, "reopened")
    assert watch_settlements(site, FRIDAY)["opened"] == 0


def test_what_a_person_explained_stays_resolved(site: Site) -> None:
    collect(site.ledger, MONDAY, 1_000)
    watch_settlements(site, WEDNESDAY)
    said = {"who": "somchai", "reason": "the bank paid by cheque", "resolution": "close"}
    break_id = settlement_break(COLLECTOR, MONDAY)
    record_file_break_event(site.ledger, break_id, "resolved", recorded_at=NOW, detail=said)
    counts = watch_settlements(site, THURSDAY)
    assert (counts["opened"], counts["breaks"]) == (0, 1)
    settle(site.ledger, THURSDAY, Line(MONDAY, 1_000))
    assert watch_settlements(site, THURSDAY)["closed"] == 0
    assert [event.detail["who"] for event in file_break_events(site.ledger, break_id)] == [
        "somchai"
    ]


def test_days_before_the_first_advice_are_not_compared(site: Site) -> None:
    sunday = date(2027, 1, 3)
    collect(site.ledger, sunday, 1_000)
    assert compared(site, sunday) == []
    assert timing_items(site, sunday).num_rows == 0
    assert states(site, WEDNESDAY) == {}
    assert watch_settlements(site, WEDNESDAY)["opened"] == 0
    assert carried_satang(site.ledger, COLLECTOR, WEDNESDAY) == 1_000


days = st.lists(
    st.tuples(st.integers(0, 900), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 900)))),
    min_size=1,
    max_size=6,
)


@sampled(8, whole=20)
@given(days)
def test_collected_less_settled_is_what_is_carried_and_broken(
    tmp_path_factory: pytest.TempPathFactory, days: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    home = tmp_path_factory.mktemp("timing")
    site = open_site({"PRAKAN_HOME": str(home)}, clock=lambda: NOW)
    try:
        for place, (taken, lines) in enumerate(days):
            day = MONDAY + timedelta(days=place)
            collect(site.ledger, day, taken)
            advised = [Line(MONDAY + timedelta(days=at), gross) for at, gross in lines]
            settle(site.ledger, day, *advised)
        for place in range(len(days) + 3):
            up_to = MONDAY + timedelta(days=place)
            counts = watch_settlements(site, up_to)
            rows = timing_items(site, up_to).to_pylist()
            carried = carried_satang(site.ledger, COLLECTOR, up_to)
            assert sum(row["difference_satang"] for row in rows) == carried
            assert sum(row["remaining_satang"] for row in rows) == carried
            assert counts["carried_satang"] + counts["breaks_satang"] == carried  # type: ignore[operator]
            still_open = {
                one.break_id
                for one in file_breaks(site.ledger)
                if one.state in ("open", "reopened")
            }
            assert still_open == {
                settlement_break(row["collector"], row["collection_date"])
                for row in rows
                if row["state"] == "break"
            }
    finally:
        site.ledger.dispose()
