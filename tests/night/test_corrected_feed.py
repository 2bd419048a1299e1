"""A break that was settled to its month: the next feed tells the month as paid and asks for it no
more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from interfaces.registry import Registry
from ledger.break_queries import BreakFilter, list_breaks
from parsers.decode import decode_table
from simulation.partner.feed import Listed
from simulation.partner.payments import Payment, WalkIn, take_payments
from simulation.population import generate
from tests.night.january import MONDAY, TUESDAY, January, january
from tests.night.stage import PARTNER, Stage
from tests.openssh import Sshd

WEDNESDAY = date(2027, 1, 6)
JANUARY = 202701
WHY = ("--reason", "the payer showed the slip", "--who", "malee")


@pytest.fixture(scope="module")
def nights(sshd: Sshd, tmp_path_factory: pytest.TempPathFactory, _no_settling: None) -> January:
    made = january(sshd, tmp_path_factory.mktemp("corrected"))
    out = made.folder / f"country.{WEDNESDAY}"
    generate(persons=300, employers=8, filings=2, seed=7, business_date=WEDNESDAY, out=out)
    return January(made.sshd, {**made.countries, WEDNESDAY: out}, made.folder)


@pytest.fixture
def payer(nights: January, monkeypatch: pytest.MonkeyPatch) -> tuple[Stage, str]:
    """Monday's return is posted and its books are open; somebody paid January with a reference
    that nobody can read."""
    lost: list[str] = []

    def without_reference(
        listed: Sequence[Listed], walk_ins: Sequence[WalkIn], day: date, seed: int
    ) -> list[Payment]:
        payments = take_payments(listed, walk_ins, day, seed)
        place = next(n for n, p in enumerate(payments) if p.reference_2.startswith("40"))
        lost.append(payments[place].reference_1)
        # Nor is the name one that helps.
        payments[place] = replace(
            payments[place], name="-", reference_1="LOST", reference_2="LOST", intent="lost"
        )
        return payments

    monkeypatch.setattr("simulation.partner.evening.take_payments", without_reference)
    stage = nights.stage()
    stage.night(MONDAY)
    stage.evening(MONDAY)
    assert stage.prakan("reconcile", PARTNER, "--date", str(MONDAY)) == 1
    return stage, lost[0]


def told(stage: Stage, day: date, person: str) -> tuple[int, list[int]]:
    """What the feed of a day says: the last month paid, and the months to be paid."""
    interface = Registry().get("counter_feed_s40", on=day)
    (path,) = (stage.root / "drop").glob(f"S40_{day:%Y%m%d}_*.TXT")
    rows = decode_table(Path(path), interface).to_pylist()
    (row,) = (row for row in rows if row["national_id"] == person)
    return row["last_period_paid"], [month["period"] for month in row["payable_month"]]


def broken(stage: Stage) -> str:
    with stage.ledger() as ledger:
        (found,) = list_breaks(ledger, BreakFilter(codes=["UNREADABLE_REFERENCE"]), limit=None)
    return found.break_id


def settle(stage: Stage, person: str, on: date) -> None:
    option = next(
        row["option_code"]
        for row in decode_table(
            next((stage.root / "drop").glob(f"S40_{MONDAY:%Y%m%d}_*.TXT")),
            Registry().get("counter_feed_s40", on=MONDAY),
        ).to_pylist()
        if row["national_id"] == person
    )
    month = ("--move", f"40/{option}:2027-01", "--person", person)
    assert stage.prakan("breaks", "resolve", broken(stage), *month, *WHY, "--date", str(on)) == 0


def test_a_month_settled_before_the_close_is_paid_in_the_next_feed(
    payer: tuple[Stage, str],
) -> None:
    stage, person = payer
    last, months = told(stage, MONDAY, person)
    assert JANUARY in months
    assert last < JANUARY
    settle(stage, person, MONDAY)
    stage.night(MONDAY)
    stage.night(TUESDAY)
    last, months = told(stage, TUESDAY, person)
    assert last == JANUARY
    assert JANUARY not in months


def test_a_month_settled_after_the_close_is_paid_in_the_next_feed_too(
    payer: tuple[Stage, str], capsys: pytest.CaptureFixture[str]
) -> None:
    stage, person = payer
    stage.night(MONDAY)  # closes its books
    settled = broken(stage)
    settle(stage, person, MONDAY)
    assert f"posted in the books of {TUESDAY}" in capsys.readouterr().out
    stage.night(TUESDAY)
    last, months = told(stage, TUESDAY, person)
    assert last == JANUARY
    assert JANUARY not in months
    stage.evening(TUESDAY)
    stage.night(TUESDAY)
    assert stage.prakan("breaks", "reopen", settled, *WHY, "--date", str(WEDNESDAY)) == 0
    stage.night(WEDNESDAY)
    assert JANUARY in told(stage, WEDNESDAY, person)[1]
