"""What the partner reads on each kind of day, against the law worked out person by person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from exchange.status.status import status_of
from ledger.deliveries import deliveries_of
from ledger.months import paid_months
from simulation.partner.feed import Listed
from simulation.population import generate
from tests.insurance.naive_standing import Payment
from tests.night.conftest import Undisturbed, stage_on
from tests.night.law import lawful, partner_reads, shown
from tests.night.stage import DAY, SEED, Stage
from tests.openssh import Sshd

SATURDAY = date(2026, 11, 21)
MONDAY = date(2026, 11, 23)
MONTH_END = date(2026, 11, 30)
YEAR_END = date(2026, 12, 30)  # the next business day is 4 January
NEW_YEARS_EVE = date(2026, 12, 31)


def on_day(sshd: Sshd, folder: Path, day: date, persons: int = 700) -> tuple[Stage, Path]:
    """A stage with the extracts of another day."""
    country = folder / "country"
    generate(persons=persons, employers=20, filings=3, seed=SEED, business_date=day, out=country)
    stage = stage_on(sshd, folder)
    stage.receive_country(country)
    return stage, country


def test_both_feeds_say_what_the_law_says_of_everybody(
    large_night: Undisturbed, large_country: Path
) -> None:
    listed = partner_reads(large_night.stage.root, DAY)
    expected = lawful(large_country, DAY)
    assert shown(listed) == expected
    assert len(listed) == len(expected) > 1000
    assert {status for status, *_ in expected.values()} == {"A", "S", "E"}


def test_a_feed_is_in_order_of_national_id(large_night: Undisturbed) -> None:
    for section in ("39", "40"):
        ids = [
            person.national_id
            for person in partner_reads(large_night.stage.root, DAY)
            if person.section == section
        ]
        assert ids == sorted(ids)


def test_at_a_month_end_the_coming_month_is_offered_too(sshd: Sshd, tmp_path: Path) -> None:
    stage, country = on_day(sshd, tmp_path, MONTH_END)
    assert stage.night(MONTH_END).status == 0
    listed = partner_reads(stage.root, MONTH_END)
    assert shown(listed) == lawful(country, MONTH_END)
    assert _offered(listed, "39") == {"256910", "256911", "256912"}
    assert _offered(listed, "40") == {"256911", "256912"}
    assert max(len(person.offers) for person in listed if person.section == "39") == 3


def test_at_the_years_end_the_new_year_is_offered_too(sshd: Sshd, tmp_path: Path) -> None:
    stage, country = on_day(sshd, tmp_path, YEAR_END)
    assert stage.night(YEAR_END).status == 0
    listed = partner_reads(stage.root, YEAR_END)
    assert shown(listed) == lawful(country, YEAR_END)
    assert _offered(listed, "39") == {"256911", "256912", "257001"}
    assert _offered(listed, "40") == {"256912", "257001"}


def test_on_a_holiday_nothing_is_received_or_sent(stage: Stage) -> None:
    night = stage.night(NEW_YEARS_EVE)
    assert night.holiday
    assert (night.steps, night.status) == ((), 0)
    assert stage.at_partner() == {}


def test_months_posted_in_one_night_are_not_offered_in_the_next(sshd: Sshd, tmp_path: Path) -> None:
    stage, _ = on_day(sshd, tmp_path, DAY)
    stage.night(DAY)
    stage.evening(DAY)
    assert stage.night(DAY).status == 0
    posted = _posted(stage)
    assert len(posted) > 20
    assert posted <= _months(partner_reads(stage.root, DAY))

    folder = tmp_path / "monday"
    folder.mkdir()
    country = folder / "country"
    generate(persons=700, employers=20, filings=3, seed=SEED, business_date=MONDAY, out=country)
    stage.receive_country(country)
    assert stage.night(MONDAY).status == 0
    listed = partner_reads(stage.root, MONDAY)
    assert not posted & _months(listed)
    payments = [Payment(who, section, period, 1, "02", DAY) for section, who, period in posted]
    assert shown(listed) == lawful(country, MONDAY, payments)


def test_what_was_paid_on_a_closed_day_is_not_offered_on_the_next_business_day(
    sshd: Sshd, tmp_path: Path
) -> None:
    stage, _ = on_day(sshd, tmp_path, DAY)
    assert stage.night(DAY).status == 0
    stage.evening(SATURDAY)

    folder = tmp_path / "monday"
    folder.mkdir()
    country = folder / "country"
    generate(persons=700, employers=20, filings=3, seed=SEED, business_date=MONDAY, out=country)
    stage.receive_country(country)
    assert stage.night(MONDAY).status == 0
    posted = _posted(stage, SATURDAY)
    assert len(posted) > 20
    assert not posted & _months(partner_reads(stage.root, MONDAY))


def _offered(listed: Iterable[Listed], section: str) -> set[str]:
    return {o.period for person in listed if person.section == section for o in person.offers}


def _months(listed: Iterable[Listed]) -> set[tuple[str, str, int]]:
    return {
        (person.section, person.national_id, int(offer.period) - 54300)
        for person in listed
        for offer in person.offers
    }


def _posted(stage: Stage, up_to: date = DAY) -> set[tuple[str, str, int]]:
    with stage.ledger() as ledger:
        rows = paid_months(ledger, up_to=up_to).to_pylist()
    return {(row["section_code"], row["national_id"], row["period"]) for row in rows}


def test_a_feed_that_a_newer_one_overtook_is_never_sent(sshd: Sshd, tmp_path: Path) -> None:
    stage, _ = on_day(sshd, tmp_path, DAY)
    drop = stage.root / "drop"
    drop.rename(stage.root / "away")
    assert stage.night(DAY).status == 3
    (stage.root / "away").rename(drop)
    folder = tmp_path / "monday"
    folder.mkdir()
    country = folder / "country"
    generate(persons=700, employers=20, filings=3, seed=SEED, business_date=MONDAY, out=country)
    stage.receive_country(country)
    assert stage.night(MONDAY).status == 0

    late = stage.night(DAY)
    assert {s.error for s in late.steps if s.name.startswith("publish")} == {
        f"counter_service.counter_feed_s{section}.000001 is not sent: "
        f"counter_service.counter_feed_s{section}.000002 has taken its place"
        for section in ("39", "40")
    }
    assert not any(f"_{DAY:%Y%m%d}_" in name for name in stage.at_partner())


def test_a_day_gone_by_takes_no_number(sshd: Sshd, tmp_path: Path) -> None:
    """What was never planned before a newer feed went out is not made at all."""
    stage, _ = on_day(sshd, tmp_path, MONDAY)
    assert stage.night(MONDAY).status == 0
    folder = tmp_path / "day"
    folder.mkdir()
    country = folder / "country"
    generate(persons=700, employers=20, filings=3, seed=SEED, business_date=DAY, out=country)
    stage.receive_country(country)
    late = stage.night(DAY)
    said = {s.error for s in late.steps if s.name.startswith("publish")}
    assert len(said) == 2
    assert all("is not made" in str(one) and "no number was taken" in str(one) for one in said)
    with stage.ledger() as ledger:
        assert deliveries_of(ledger, DAY) == []
    site = stage.site()
    assert not [t for t in status_of(site, DAY).tasks if t.subject.startswith("counter_feed")]
    site.ledger.dispose()
