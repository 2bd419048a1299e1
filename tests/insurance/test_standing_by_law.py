"""Standing of random people on random days, against the plain reading of the law."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import LAST_DAY, random_day, random_lives
from naive_standing import Payment, Person, Standing, stand
from standing_tables import standing_of

from insurance.reference import make_reference_2

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_standing_is_what_the_law_says(seed: int) -> None:
    random = Random(seed)
    today = random_day(random)
    persons, payments = random_lives(random, today)
    table = standing_of(persons, payments, today)
    assert table["national_id"].to_pylist() == [p.national_id for p in persons]
    for person, row in zip(persons, table.to_pylist(), strict=True):
        assert as_standing(row, person) == stand(person, payments, today)


def test_random_lives_meet_every_sentence_of_the_law() -> None:
    met = set()
    for seed in range(600):
        random = Random(seed)
        today = random_day(random)
        persons, payments = random_lives(random, today)
        rows = standing_of(persons, payments, today).to_pylist()
        met |= {(row["return_code"], row["payable_count"]) for row in rows}
    of_codes = {(code, 0) for code in (10, 20, 21, 22, 23, 30, 31, 40)}
    assert met == of_codes | {(0, 1), (0, 2), (0, 3)}


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 90))
def test_status_that_ended_by_not_paying_stays_ended_from_the_same_month(
    seed: int, days: int
) -> None:
    random = Random(seed)
    today = random_day(random)
    persons, payments = random_lives(random, today)
    before = standing_of(persons, payments, today)
    after = standing_of(persons, payments, min(today + timedelta(days=days), LAST_DAY))
    for then, now in zip(before.to_pylist(), after.to_pylist(), strict=True):
        if then["return_code"] in (21, 22):
            assert (now["return_code"], now["status_code"]) == (then["return_code"], "E")
            assert now["effective_date"] == then["effective_date"]


def as_standing(row: dict[str, Any], person: Person) -> Standing:
    months = row["payable_month"]
    assert row["payable_count"] == len(months)
    for month in months:
        made = make_reference_2(
            pa.array([person.national_id]),
            pa.array([person.section]),
            pa.array([person.option], pa.utf8()),
            pa.array([month["period"]], pa.int32()),
        )
        assert month["reference_2"] == made[0].as_py()
    last = None
    if row["last_period_paid"] is not None:
        last = Payment(
            person.national_id,
            person.section,
            row["last_period_paid"],
            int(row["last_payment_amount"] * 100),
            row["last_payment_method"],
            row["last_payment_date"],
        )
    return Standing(
        row["status_code"],
        row["effective_date"],
        row["return_code"],
        row["listed"] == "Y",
        last,
        tuple(
            (m["period"], int(m["amount"]), m["payable_from"], m["payable_until"]) for m in months
        ),
    )
