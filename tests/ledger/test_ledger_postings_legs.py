"""Payments of several movements: several months, several payments, tolerance; and taken months."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from ledger import loading, postings, schema
from ledger.accounts import contribution
from ledger.breaks import breaks_of, outcomes_of
from ledger.database import writing
from ledger.errors import LedgerError
from ledger.legs import insert_legs, reverse_leg
from ledger.month_paid import months_differing
from ledger.months import paid_months
from ledger.postings import PostingBatch, ReturnTotals, batch_of
from tests.ledger.made_outcomes import (
    MONTHLY,
    balance,
    legs_of,
    load,
    outcomes,
    resolution,
    resolve,
    rows_of,
)
from tests.ledger.payments import DAO, DAY, NOW, RETURN_FILE, SOMCHAI, land

OTHER_FILE = "b" * 64
CLEARING, SUSPENSE = "clearing:counter_service", "suspense:counter_service"
TOLERANCE = "tolerance:counter_service"
TWO_MONTHS = (
    {"period": 202610, "pass_name": "several_months.1"},
    {"leg": 2, "period": 202611, "pass_name": "several_months.1"},
)
HALVES = tuple({"amount_satang": MONTHLY // 2, "pass_name": "several_payments.1"} for _ in "ab")


def told(engine: Engine, file_id: str = RETURN_FILE) -> list[tuple[int, str, int]]:
    return [tuple(row.values()) for row in outcomes_of(engine, file_id).to_pylist()]


def months(engine: Engine) -> dict[tuple[str, int], int]:
    rows = paid_months(engine, up_to=DAY).to_pylist()
    return {(row["national_id"], row["period"]): row["amount_satang"] for row in rows}


def test_one_payment_pays_several_months(ledger: Engine) -> None:
    land(ledger)
    batch = load(ledger, outcomes(*TWO_MONTHS))
    assert batch == PostingBatch(RETURN_FILE, True, 1, 2 * MONTHLY, 0, 0, 0, 0), "one record"
    assert legs_of(ledger) == [
        (2, 1, CLEARING, "contributions:39", MONTHLY),
        (2, 2, CLEARING, "contributions:39", MONTHLY),
    ]
    assert {row["pass_name"] for row in rows_of(ledger, schema.posting)} == {"several_months.1"}
    assert told(ledger) == [(2, "POSTED", 2 * MONTHLY)]
    assert months(ledger) == {(SOMCHAI, 202610): MONTHLY, (SOMCHAI, 202611): MONTHLY}


def test_several_payments_pay_one_month(ledger: Engine) -> None:
    land(ledger)
    batch = load(ledger, outcomes(*HALVES))
    assert (batch.posted_count, batch.posted_satang, batch.reclassified) == (2, MONTHLY, 0)
    assert told(ledger) == [(2, "POSTED", MONTHLY // 2), (3, "POSTED", MONTHLY // 2)]
    assert months(ledger) == {(SOMCHAI, 202611): MONTHLY}
    (kept,) = rows_of(ledger, schema.month_paid)
    assert kept["payments"] == 2


@pytest.mark.parametrize(
    ("difference", "second"),
    [
        (+100, (CLEARING, TOLERANCE)),
        (-100, (TOLERANCE, "contributions:39")),
    ],
)
def test_a_payment_within_tolerance_pays_the_whole_month(
    ledger: Engine, difference: int, second: tuple[str, str]
) -> None:
    land(ledger)
    row = {
        "amount_satang": MONTHLY + difference,
        "tolerance_satang": difference,
        "pass_name": "tolerance.1",
    }
    batch = load(ledger, outcomes(row))
    assert (batch.posted_count, batch.posted_satang) == (1, MONTHLY + difference)
    assert legs_of(ledger) == [
        (2, 1, CLEARING, "contributions:39", MONTHLY + min(difference, 0)),
        (2, 2, *second, abs(difference)),
    ]
    assert balance(ledger) == {
        CLEARING: MONTHLY + difference,
        "contributions:39": -MONTHLY,
        TOLERANCE: -difference,
    }
    assert told(ledger) == [(2, "POSTED", MONTHLY + difference)]
    assert months(ledger) == {(SOMCHAI, 202611): MONTHLY}


def test_what_a_break_knows_is_kept(ledger: Engine) -> None:
    land(ledger)
    suggestion = '{"candidates":1,"moves":[],"pass":"other_period.1"}'
    row = {"outcome": "WRONG_PERIOD", "suggestion": suggestion, "ended_date": DAY}
    load(ledger, outcomes(row))
    (found,) = breaks_of(ledger).to_pylist()
    assert (found["suggestion"], found["ended_date"], found["book_date"]) == (suggestion, DAY, DAY)


@pytest.mark.parametrize("first", [202610, 202611])
def test_a_payment_of_several_months_of_which_one_is_taken_is_one_double_payment(
    ledger: Engine, first: int
) -> None:
    land(ledger, (RETURN_FILE, OTHER_FILE))
    load(ledger, outcomes({"period": first}))
    late = load(ledger, outcomes(*TWO_MONTHS, {"national_id": DAO}, file_id=OTHER_FILE), OTHER_FILE)
    assert late == PostingBatch(OTHER_FILE, True, 1, MONTHLY, 1, 2 * MONTHLY, 0, 0, reclassified=1)
    assert told(ledger, OTHER_FILE) == [(2, "DOUBLE_PAYMENT", 2 * MONTHLY), (3, "POSTED", MONTHLY)]
    assert balance(ledger)[SUSPENSE] == -2 * MONTHLY
    assert months(ledger) == {(SOMCHAI, first): MONTHLY, (DAO, 202611): MONTHLY}
    (broken,) = breaks_of(ledger).to_pylist()
    assert broken["period"] == 202610, "the first of its months"


def test_payments_that_pay_a_month_together_are_double_payments_together(ledger: Engine) -> None:
    land(ledger, (RETURN_FILE, OTHER_FILE))
    load(ledger, outcomes({}))
    late = load(ledger, outcomes(*HALVES, file_id=OTHER_FILE), OTHER_FILE)
    assert (late.posted_count, late.broken_count, late.reclassified) == (0, 2, 2)
    assert {code for _, code, _ in told(ledger, OTHER_FILE)} == {"DOUBLE_PAYMENT"}


def test_a_group_falls_with_a_record_that_pays_a_taken_month_too(ledger: Engine) -> None:
    land(ledger, (RETURN_FILE, OTHER_FILE))
    load(ledger, outcomes({"period": 202609}))
    both = ({"period": 202609}, {**HALVES[0], "leg": 2}, HALVES[1])
    late = load(ledger, outcomes(*both, file_id=OTHER_FILE), OTHER_FILE)
    assert (late.posted_count, late.broken_count, late.reclassified) == (0, 2, 2)


def test_a_month_is_paid_once_in_a_file_too(ledger: Engine) -> None:
    land(ledger)
    batch = load(ledger, outcomes({}, {}, *HALVES))
    assert (batch.posted_count, batch.broken_count, batch.reclassified) == (1, 3, 3)
    assert [code for _, code, _ in told(ledger)] == ["POSTED", *["DOUBLE_PAYMENT"] * 3]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (({}, {"leg": 2, "outcome": "WRONG_PERIOD"}), "only a posted payment has several"),
        (({"leg": 2},), "legs count from 1"),
        (({"tolerance_satang": MONTHLY},), "within a tolerance"),
        (({"tolerance_satang": 1, "outcome": "AMOUNT_OVER"},), "within a tolerance"),
        (({"tolerance_satang": 1}, {"leg": 2, "period": 202612}), "within a tolerance"),
    ],
)
def test_legs_that_break_the_contract_raise(
    ledger: Engine, rows: tuple[dict[str, object], ...], says: str
) -> None:
    land(ledger)
    with pytest.raises(ValueError, match=says):
        load(ledger, outcomes(*rows))


def test_totals_count_records_and_nothing_stays_when_they_differ(ledger: Engine) -> None:
    land(ledger)
    with pytest.raises(LedgerError, match=r"1 credits of 86400.*2 of 86400"):
        load(ledger, outcomes(*TWO_MONTHS), totals=ReturnTotals(2, 2 * MONTHLY))
    assert batch_of(ledger, RETURN_FILE) is None
    assert rows_of(ledger, schema.month_paid) == []


def test_postings_that_do_not_add_up_are_not_loaded(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payment whose posting is lost on the way: the proof sees it before the commit."""
    whole = postings.posting_rows
    monkeypatch.setattr(postings, "posting_rows", lambda *given: whole(*given).slice(1))
    land(ledger)
    for rows in ((*TWO_MONTHS, {"national_id": DAO}), ({"outcome": "WRONG_PERIOD"},)):
        with pytest.raises(LedgerError, match=r"does not balance.*nothing was loaded"):
            load(ledger, outcomes(*rows))
    assert batch_of(ledger, RETURN_FILE) is None


def test_a_crash_in_the_middle_leaves_nothing(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the power failed")

    land(ledger)
    monkeypatch.setattr(loading, "insert_events", crash)
    with pytest.raises(RuntimeError, match="the power failed"):
        load(ledger, outcomes({}, {"outcome": "WRONG_PERIOD", "period": 202612}))
    for table in (schema.posting, schema.payment_break, schema.posting_batch, schema.month_paid):
        assert rows_of(ledger, table) == []
    monkeypatch.undo()
    assert load(ledger, outcomes({})).changed


def test_a_resolution_is_a_further_leg_and_the_answer_stays(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes({}, {"period": 202610, "outcome": "WRONG_PERIOD"}))
    before = told(ledger)
    month = contribution("39", None)
    number = resolve(ledger, resolution(3, month, DAY, period=202612), DAY)
    assert number == 2
    assert months(ledger) == {(SOMCHAI, 202611): MONTHLY, (SOMCHAI, 202612): MONTHLY}
    assert balance(ledger)[SUSPENSE] == 0
    with writing(ledger, "posting") as connection:
        for record, leg in ((3, 2), (2, 1)):
            reverse_leg(
                connection,
                RETURN_FILE,
                record,
                leg,
                effective_date=DAY,
                book_date=DAY,
                recorded_at=NOW,
                pass_name="resolution.move.1",
            )
    assert months(ledger) == {}
    assert balance(ledger)[SUSPENSE] == -MONTHLY
    assert told(ledger) == before
    with writing(ledger, "posting") as connection:
        legs = [resolution(3, month, DAY, period=202601), resolution(3, month, DAY, period=202602)]
        assert insert_legs(connection, legs, recorded_at=NOW) == [3, 4]
        # What a debit had taken back is entered again: not a second payment.
        again = resolution(2, month, DAY, debit=CLEARING)
        assert insert_legs(connection, [again], recorded_at=NOW) == [2]
    assert told(ledger) == before
    assert months_differing(ledger).num_rows == 0


def test_a_leg_says_what_it_moves_and_of_which_file(ledger: Engine) -> None:
    month = contribution("39", None)
    land(ledger)
    with writing(ledger, "posting") as connection:
        assert insert_legs(connection, [], recorded_at=NOW) == []
        with pytest.raises(LedgerError, match="is not loaded"):
            insert_legs(connection, [resolution(2, month, DAY)], recorded_at=NOW)
        with pytest.raises(ValueError, match="moves nothing"):
            insert_legs(connection, [resolution(2, month, DAY, satang=0)], recorded_at=NOW)
        with pytest.raises(ValueError, match="moves nothing"):
            insert_legs(connection, [resolution(2, SUSPENSE, DAY)], recorded_at=NOW)
        nobody = resolution(2, month, DAY, national_id=None)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="pays a month"):
            insert_legs(connection, [nobody], recorded_at=NOW)
