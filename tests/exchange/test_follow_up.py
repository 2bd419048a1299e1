"""Who is followed up for a wage month, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from exchange.datasets import NotArrivedError
from exchange.employers.follow_up import (
    FOLLOW_UP_SCHEMA,
    SUMMARY_SCHEMA,
    Thresholds,
    follow_up,
    month_before,
    persons_filed,
    summarise,
)
from exchange.site import Site
from interfaces.errors import WrongUse
from tests.exchange.employer_filings import (
    DAY,
    PERIOD,
    Line,
    Registered,
    account,
    installation,
    pay,
    receive_master,
    take_in_filings,
    write_form,
)

BEFORE = 202611
EACH = 2 * 50_000  # satang due on a wage of 10,000 baht, both sides


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = installation(tmp_path)
    yield opened
    opened.ledger.dispose()


def file(
    site: Site,
    employer: int,
    persons: int,
    *,
    branch: str = "000000",
    period: int = PERIOD,
    first: int = 0,
    mark: str = "",
) -> None:
    name = f"SPS110_{employer}-{branch}-{period}-{first}{mark}.TXT"
    lines = [Line(1000 * employer + first + n) for n in range(persons)]
    path = site.home.employer_inbox / name
    received = take_in_filings(
        site, [write_form(site, path, employer, [(branch, lines)], period=period)]
    )
    assert not received[0].is_quarantined


def told(site: Site, thresholds: Thresholds | None = None) -> list[tuple[str, str, str | None]]:
    rows = follow_up(site, PERIOD, DAY, thresholds)
    assert rows.schema == FOLLOW_UP_SCHEMA
    return [
        (row["reason"], row["employer_account"], row["employer_branch"]) for row in rows.to_pylist()
    ]


def test_active_branches_without_a_filing_have_not_filed(site: Site) -> None:
    branches = [
        Registered(1),
        Registered(1, "000004"),
        Registered(2, status="C"),
        Registered(3),
        Registered(4, since=date(2026, 12, 31)),
        Registered(5, since=date(2027, 1, 1)),
    ]
    receive_master(site, branches)
    file(site, 1, 2)
    pay(site, 1, 2 * EACH)
    file(site, 3, 2, period=BEFORE)
    assert told(site) == [
        ("not_filed", account(1), "000004"),
        ("not_filed", account(3), "000000"),
        ("not_filed", account(4), "000000"),
    ]
    (row,) = [
        row
        for row in follow_up(site, PERIOD, DAY).to_pylist()
        if row["employer_account"] == account(3)
    ]
    assert (row["persons_before"], row["persons"]) == (2, None)


def test_money_that_is_missing_is_of_the_account(site: Site) -> None:
    receive_master(site, [Registered(n, office=f"{10 + n}02") for n in range(4)])
    for employer in range(4):
        file(site, employer, 3)
    pay(site, 0, 3 * EACH)
    pay(site, 1, 3 * EACH - 1)
    pay(site, 3, 5 * EACH)
    rows = follow_up(site, PERIOD, DAY).to_pylist()
    short, unpaid = rows
    assert (short["reason"], short["employer_account"]) == ("paid_short", account(1))
    assert (short["due_satang"], short["outstanding_satang"]) == (3 * EACH, 1)
    assert (unpaid["reason"], unpaid["employer_account"]) == ("unpaid", account(2))
    assert (unpaid["paid_satang"], unpaid["outstanding_satang"]) == (0, 3 * EACH)
    assert (unpaid["office_code"], unpaid["province_code"]) == ("1202", "12")
    assert unpaid["employer_branch"] is None


@pytest.mark.parametrize(
    ("before", "now", "fell"),
    [(10, 7, True), (10, 8, False), (9, 1, False), (100, 71, False), (100, 70, True)],
)
def test_staff_fell_sharply_from_the_threshold_on(
    site: Site, before: int, now: int, fell: bool
) -> None:
    receive_master(site, [Registered(1)])
    file(site, 1, before, period=BEFORE)
    file(site, 1, now)
    pay(site, 1, now * EACH)
    expected = [("staff_fell", account(1), "000000")] if fell else []
    assert told(site) == expected


def test_thresholds_are_the_callers(site: Site) -> None:
    receive_master(site, [Registered(1)])
    file(site, 1, 4, period=BEFORE)
    file(site, 1, 3)
    pay(site, 1, 3 * EACH)
    assert told(site) == []
    assert told(site, Thresholds(fell_percent=25, fell_from=4)) == [
        ("staff_fell", account(1), "000000")
    ]
    for wrong in ((0, 1), (101, 1), (30, 0)):
        with pytest.raises(WrongUse, match="staff falls"):
            Thresholds(*wrong)


def test_persons_filed_twice_count_once(site: Site) -> None:
    file(site, 1, 5)
    file(site, 1, 5, first=3)
    file(site, 2, 4)
    file(site, 2, 1, first=1, mark="_C01")
    counted = persons_filed(site, PERIOD).to_pylist()
    assert {row["employer_account"]: row["persons"] for row in counted} == {
        account(1): 8,
        account(2): 1,
    }


def test_an_employer_that_the_master_does_not_know_is_told_too(site: Site) -> None:
    file(site, 7, 1)
    receive_master(site, [Registered(1)])
    file(site, 1, 1)
    pay(site, 1, EACH)
    (row,) = follow_up(site, PERIOD, DAY).to_pylist()
    assert (row["reason"], row["employer_account"]) == ("unpaid", account(7))
    assert (row["office_code"], row["province_code"], row["employer_name"]) == (None, None, None)
    (area,) = summarise(follow_up(site, PERIOD, DAY), DAY, by_office=False).to_pylist()
    assert (area["area"], area["area_name"], area["unpaid"]) == (None, None, 1)


def test_areas_are_counted(site: Site) -> None:
    branches = [Registered(n, office=("1001", "1001", "1002", "5001")[n]) for n in range(4)]
    receive_master(site, branches)
    file(site, 0, 1)
    rows = follow_up(site, PERIOD, DAY)
    offices = summarise(rows, DAY, by_office=True)
    assert offices.schema == SUMMARY_SCHEMA
    assert [(r["area"], r["not_filed"], r["unpaid"]) for r in offices.to_pylist()] == [
        ("1001", 1, 1),
        ("1002", 1, 0),
        ("5001", 1, 0),
    ]
    provinces = summarise(rows, DAY, by_office=False).to_pylist()
    assert [(r["area"], r["area_name"], r["not_filed"]) for r in provinces] == [
        ("10", "กรุงเทพมหานคร", 2),
        ("50", "เชียงใหม่", 1),
    ]
    assert [r["outstanding_satang"] for r in provinces] == [EACH, 0]


def test_without_a_master_nobody_can_say_who_should_have_filed(site: Site) -> None:
    file(site, 1, 1)
    with pytest.raises(NotArrivedError, match="employer_master"):
        follow_up(site, PERIOD, DAY)


@pytest.mark.parametrize("wrong", [202600, 202613, 12, 0, -202601])
def test_what_is_no_month_is_refused(site: Site, wrong: int) -> None:
    with pytest.raises(WrongUse, match="is no month"):
        follow_up(site, wrong, DAY)


def test_the_month_before_january_is_december() -> None:
    assert [month_before(period) for period in (202701, 202702, 202612)] == [
        202612,
        202701,
        202611,
    ]
