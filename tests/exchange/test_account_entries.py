"""What the ledger is asked for in an account, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange.account.answered import answered_records
from exchange.account.deliveries import arrivals_of, counted
from exchange.account.entries import AsOf, broken_payments, movements
from ledger import schema
from ledger.delivery import DeliveryState
from tests.exchange.night_ledger import ARRIVING, MONDAY, NightLedger, at, night_ledger

PERSON, OTHER = "1100500000001", "3100500000007"
_numbers = itertools.count(1)
CLEARING, SUSPENSE = "clearing:counter_service", "suspense:counter_service"


@pytest.fixture(params=["sqlite", "postgres"])
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NightLedger]:
    """An installation whose ledger lies in either database."""
    url = None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").create(f"account{next(_numbers)}")
    made = night_ledger(tmp_path, url)
    yield made
    made.site.ledger.dispose()


def post(night: NightLedger, file_id: str, record: int, leg: int, **more: object) -> int:
    """Enter a posting as it is; its number."""
    values = {
        "file_id": file_id,
        "record_number": record,
        "rule_version": 3,
        "leg": leg,
        "national_id": PERSON,
        "section_code": "39",
        "period": 202611,
        "amount_satang": 43200,
        "debit_account": CLEARING,
        "credit_account": SUSPENSE,
        "effective_date": MONDAY,
        "book_date": MONDAY,
        "recorded_at": at("20:00"),
        **more,
    }
    with night.site.ledger.begin() as connection:
        statement = sa.insert(schema.posting).values(**values)
        number: int = connection.execute(
            statement.returning(schema.posting.c.posting_id)
        ).scalar_one()
    return number


def load(night: NightLedger) -> str:
    """A return of three payments: another person's, a broken one of PERSON, a posted one."""
    file_id = night.receive("CSPAY", "counter_return")
    sums = dict.fromkeys(
        ("posted_count", "posted_satang", "broken_count", "broken_satang"), 0
    ) | dict.fromkeys(("debit_count", "debit_satang"), 0)
    with night.site.ledger.begin() as connection:
        connection.execute(
            sa.insert(schema.posting_batch).values(
                file_id=file_id,
                rule_version=3,
                partner="counter_service",
                recorded_at=at("20:00"),
                kind="payments",
                book_date=MONDAY,
                **sums,
            )
        )
    post(night, file_id, 2, 1, national_id=OTHER, pass_name="exact.1")
    post(night, file_id, 3, 1)
    post(night, file_id, 5, 1, credit_account="contributions:39", pass_name="exact.1")
    with night.site.ledger.begin() as connection:
        connection.execute(
            sa.insert(schema.payment_break).values(
                file_id=file_id,
                record_number=3,
                code="WRONG_PERIOD",
                national_id=PERSON,
                section_code="39",
                period=202611,
                amount_satang=43200,
                payment_date=MONDAY,
                recorded_at=at("20:00"),
            )
        )
    return file_id


def test_a_reversal_counts_from_the_day_on_which_it_is_booked(night: NightLedger) -> None:
    """As of three dates, each by itself."""
    file_id, tuesday = load(night), MONDAY + timedelta(days=1)
    table = schema.posting
    with night.site.ledger.connect() as connection:
        number = connection.scalar(sa.select(table.c.posting_id).where(table.c.record_number == 5))
    post(
        night,
        file_id,
        5,
        -1,
        reverses=number,
        book_date=tuesday,
        effective_date=tuesday,
        recorded_at=at("09:00", tuesday),
    )
    mine = sa.and_(schema.posting.c.national_id == PERSON, schema.posting.c.record_number == 5)

    def legs(as_of: AsOf) -> list[tuple[int, bool]]:
        found = movements(night.site.ledger, mine, as_of)
        return [(one.leg, one.taken_back) for one in found]

    assert legs(AsOf()) == [(1, True), (-1, False)]
    for earlier in (
        AsOf(booked_to=MONDAY),
        AsOf(effective_to=MONDAY),
        AsOf(recorded_to=at("08:59", tuesday)),
    ):
        assert legs(earlier) == [(1, False)]


def test_breaks_as_of_a_day(night: NightLedger) -> None:
    """Found that day or before, paid that day or before."""
    load(night)
    mine = schema.payment_break.c.national_id == PERSON
    sunday = MONDAY - timedelta(days=1)

    def codes(as_of: AsOf) -> list[str]:
        return [one.code for one in broken_payments(night.site, mine, as_of, person=PERSON)]

    assert codes(AsOf(MONDAY, MONDAY, at("20:00"))) == ["WRONG_PERIOD"]
    assert codes(AsOf(booked_to=sunday)) == []
    assert codes(AsOf(effective_to=sunday)) == []
    assert codes(AsOf(recorded_to=at("19:59"))) == []


def test_places_of_a_person_s_records_in_the_answer(night: NightLedger) -> None:
    """Among all records of the file, not by record number; what a resolution moved is not there."""
    file_id = load(night)
    assert answered_records(night.site.ledger, PERSON) == {file_id: {2, 3}}
    post(night, file_id, 3, 2, national_id=OTHER, pass_name="resolution.move.1")
    assert answered_records(night.site.ledger, OTHER) == {file_id: {1}}


def test_deliveries_that_count_and_their_moments(night: NightLedger) -> None:
    """In order of business date; each sending and the partner's word have their moment."""
    night.clock.now = at("20:00")
    first = night.deliver()
    night.clock.now = at("21:00")
    night.bring(first, DeliveryState.SENDING, DeliveryState.DELIVERED)
    night.clock.now = at("22:00")
    night.bring(first, DeliveryState.ACKNOWLEDGED)
    failed = night.plan("counter_feed_s40")
    night.bring(failed, *ARRIVING[:3], DeliveryState.FAILED)
    earlier = night.plan("counter_feed_s40", day=MONDAY - timedelta(days=3))
    night.bring(earlier, *ARRIVING[:3])
    found, tried = counted(night.site.ledger)
    assert [one.delivery_id for one in found] == [earlier.delivery_id, first.delivery_id]
    assert tried == 1
    moments = arrivals_of(night.site.ledger, found)
    assert moments[first.delivery_id].delivered == (at("20:00"), at("21:00"))
    assert moments[first.delivery_id].acknowledged == at("22:00")
    assert earlier.delivery_id not in moments
    assert counted(night.site.ledger, since=MONDAY, partner="nobody") == ([], 0)
