"""Whatever the payments: one outcome each, money that adds up, one load, any order of files."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from datetime import date

import pyarrow as pa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from ledger.balances import balances
from ledger.breaks import outcomes_of
from ledger.digest import content_digest
from ledger.matching import match_payments
from ledger.outcomes import Outcome
from ledger.postings import PostingBatch, load_outcomes
from tests.ledger.payments import (
    DAY,
    FEED_DAY,
    NOW,
    feeds,
    land,
    listed_without_months,
    paid,
    payments,
    register,
    sent,
    totals_of,
)
from tests.sampling import sampled

_worlds = itertools.count(1)

PEOPLE = st.integers(0, 5)
PAYMENT = st.fixed_dictionaries(
    {
        "national_id": PEOPLE,
        "period": st.sampled_from([202610, 202611, None]),
        "reference_valid": st.sampled_from([True, True, True, False]),
        "is_rejected": st.sampled_from([False, False, False, True]),
        "amount_satang": st.sampled_from([0, 100, 43_200, 43_200, 43_200]),
        "payment_date": st.sampled_from([date(2026, 11, 18), DAY, date(2027, 1, 4), None]),
        "transaction_kind": st.sampled_from(["C", "C", "C", "D"]),
    }
)
FILE = st.lists(PAYMENT, max_size=12)


def person(world: int, number: int) -> str:
    return f"{world:06d}{number:07d}"


def matched(world: int, name: str, rows: list[dict[str, object]]) -> pa.Table:
    """Persons 0-2 may pay November, 3 nothing, 4 has ended, 5 is unknown; 2 has paid before."""
    file_id = file_id_of(world, name)
    table = payments(
        *(
            {**row, "file_id": file_id, "national_id": person(world, int(str(row["national_id"])))}
            for row in rows
        )
    )
    feed = sent(
        *({"national_id": person(world, n)} for n in range(3)),
        listed_without_months(national_id=person(world, 3)),
        listed_without_months(national_id=person(world, 4), status_code="E"),
    )
    people = register(*((person(world, n), "39") for n in range(5)))
    return match_payments(table, feeds({}), feed, paid((person(world, 2), "39", 202611)), people)


def file_id_of(world: int, name: str) -> str:
    return hashlib.sha256(f"{world} {name}".encode()).hexdigest()


def load(engine: Engine, world: int, name: str, rows: list[dict[str, object]]) -> PostingBatch:
    outcomes = matched(world, name, rows)
    land(engine, [file_id_of(world, name)])
    return load_outcomes(
        engine,
        file_id_of(world, name),
        outcomes,
        partner=f"partner{world}",
        totals=totals_of(outcomes),
        recorded_at=NOW,
    )


@sampled(12, whole=40)
@given(FILE)
def test_every_payment_has_exactly_one_outcome(rows: list[dict[str, object]]) -> None:
    outcomes = matched(1, "file", rows)
    assert outcomes["record_number"].to_pylist() == list(range(2, len(rows) + 2))
    assert set(outcomes["outcome"].to_pylist()) <= {outcome.value for outcome in Outcome}
    posted = [row for row in outcomes.to_pylist() if row["outcome"] == Outcome.POSTED]
    months = Counter((row["national_id"], row["period"]) for row in posted)
    assert all(count == 1 for count in months.values())
    for row in posted:
        assert row["amount_satang"] == row["expected_satang"] == 43_200
        assert row["feed_date"] == FEED_DAY
    doubles = [row for row in outcomes.to_pylist() if row["outcome"] == Outcome.DOUBLE_PAYMENT]
    for row in doubles:
        assert (row["national_id"], row["period"]) in {*months, (person(1, 2), 202611)}


@sampled(6, whole=20)
@given(FILE, st.randoms(use_true_random=False))
def test_the_order_of_rows_in_the_table_does_not_matter(rows, random) -> None:  # type: ignore[no-untyped-def]
    numbered = [{**row, "record_number": n} for n, row in enumerate(rows, start=2)]
    expected = matched(1, "file", numbered)
    random.shuffle(numbered)
    assert matched(1, "file", numbered) == expected


# Three feeds of section 39, the middle one superseded, and one of section 40.
VERSIONS = feeds(
    {"delivery_id": "old", "business_date": date(2026, 11, 18), "valid_until": FEED_DAY},
    {"delivery_id": "new", "valid_until": DAY, "sequence": 2},
    {"delivery_id": "again", "valid_until": DAY, "sequence": 3},
    {"delivery_id": "other", "section_code": "40", "valid_until": DAY},
)
LISTED = st.lists(
    st.fixed_dictionaries(
        {
            "delivery_id": st.sampled_from(["old", "new", "again", "other"]),
            "national_id": PEOPLE,
            "status_code": st.sampled_from(["A", "A", "E"]),
            "period": st.sampled_from([202610, 202611, None]),
            "amount_satang": st.sampled_from([100, 43_200]),
            "payable_until": st.sampled_from([FEED_DAY, DAY]),
        }
    ),
    max_size=16,
)


def judged_by_versions(
    rows: list[dict[str, object]], listed: list[dict[str, object]]
) -> dict[int, dict[str, object]]:
    """Outcome rows by record number; what was sent is told about the payers only."""
    payers = {row["national_id"] for row in rows}
    table = payments(
        *({**row, "national_id": person(0, int(str(row["national_id"])))} for row in rows)
    )
    of_section = {"old": "39", "new": "39", "again": "39", "other": "40"}
    told = sent(
        *(
            {
                **row,
                "national_id": person(0, int(str(row["national_id"]))),
                "section_code": of_section[str(row["delivery_id"])],
            }
            for row in listed
            if row["national_id"] in payers
        )
    )
    people = register(*((person(0, n), "39") for n in range(3)))
    outcomes = match_payments(table, VERSIONS, told, paid(), people)
    return {row["record_number"]: row for row in outcomes.to_pylist()}


@sampled(15, whole=60)
@given(FILE, FILE, LISTED)
def test_records_of_other_people_do_not_change_an_outcome(
    rows: list[dict[str, object]], others: list[dict[str, object]], listed: list[dict[str, object]]
) -> None:
    """Before, between or after them: only payments of the same month speak for each other."""
    payers = {row["national_id"] for row in rows}
    own = [{**row, "record_number": 2 * n} for n, row in enumerate(rows, start=1)]
    unrelated = [
        {**row, "record_number": 2 * n - 1}
        for n, row in enumerate(others, start=1)
        if row["national_id"] not in payers
    ]
    alone = judged_by_versions(own, listed)
    together = judged_by_versions([*own, *unrelated], listed)
    assert {number: together[number] for number in alone} == alone


@sampled(10, whole=30)
@given(PAYMENT, LISTED)
def test_what_a_valid_feed_offered_is_posted_and_nothing_else(
    payment: dict[str, object], listed: list[dict[str, object]]
) -> None:
    """The rule told once more, in Python, for a payment that reads."""
    day = date(2026, 11, 19)
    row = {**payment, "reference_valid": True, "is_rejected": False, "transaction_kind": "C"}
    row |= {"payment_date": day, "period": 202611}
    # A feed says one thing about a month: the first row that says something.
    once = {(one["delivery_id"], one["national_id"], one["period"]): one for one in listed[::-1]}
    offered = [
        one
        for (delivery, person_number, period), one in once.items()
        if delivery != "other" and (person_number, period) == (row["national_id"], 202611)
    ]
    (told,) = judged_by_versions([row], list(once.values())).values()
    is_good = any(one["amount_satang"] == row["amount_satang"] for one in offered)
    assert (told["outcome"] == Outcome.POSTED) == is_good


@sampled(4, whole=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=FILE)
def test_money_in_is_posted_plus_broken_and_a_second_load_changes_nothing(
    ledger: Engine, rows: list[dict[str, object]]
) -> None:
    world = next(_worlds)
    batch = load(ledger, world, "file", rows)
    credit = sum(int(str(r["amount_satang"])) for r in rows if r["transaction_kind"] == "C")
    debit = sum(int(str(r["amount_satang"])) for r in rows if r["transaction_kind"] == "D")
    assert batch.posted_satang + batch.broken_satang == credit
    assert batch.posted_count + batch.broken_count + batch.debit_count == len(rows)
    account = {row["account"]: row["balance_satang"] for row in balances(ledger).to_pylist()}
    assert account.get(f"clearing:partner{world}", 0) == credit - debit
    assert account.get(f"suspense:partner{world}", 0) == debit - batch.broken_satang
    assert sum(account.values()) == 0
    told = outcomes_of(ledger, batch.file_id)
    assert told == matched(world, "file", rows).select(told.column_names)
    before = content_digest(ledger)
    assert not load(ledger, world, "file", rows).changed
    assert content_digest(ledger) == before


@sampled(4, whole=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FILE, second=FILE)
def test_the_order_of_files_does_not_change_the_totals(
    ledger: Engine, first: list[dict[str, object]], second: list[dict[str, object]]
) -> None:
    """Two worlds that differ only in names and in which of two files comes first."""

    def total(batches: list[PostingBatch]) -> tuple[int, ...]:
        return (
            sum(batch.posted_count for batch in batches),
            sum(batch.posted_satang for batch in batches),
            sum(batch.broken_count for batch in batches),
            sum(batch.broken_satang for batch in batches),
        )

    one, other = next(_worlds), next(_worlds)
    forward = [load(ledger, one, "first", first), load(ledger, one, "second", second)]
    backward = [load(ledger, other, "second", second), load(ledger, other, "first", first)]
    assert total(forward) == total(backward)
