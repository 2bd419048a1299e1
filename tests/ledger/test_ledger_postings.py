"""Loading a return file: whole, once, proven, and safe beside others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pyarrow as pa
import pytest
from sqlalchemy.engine import Engine

from ledger import files
from ledger.acts import acts_on
from ledger.balances import balances
from ledger.breaks import OPEN, breaks_of, outcomes_of, record_break_event
from ledger.digest import content_digest
from ledger.errors import LedgerError
from ledger.landing import FileState
from ledger.matching import match_payments
from ledger.months import paid_months
from ledger.outcomes import Outcome
from ledger.postings import PostingBatch, ReturnTotals, batch_of, load_outcomes
from ledger.reversals import PostingKey, reverse
from tests.ledger.payments import (
    DAO,
    DAY,
    NOBODY,
    NOW,
    PARTNER,
    PERIOD,
    RETURN_FILE,
    SOMCHAI,
    feeds,
    land,
    paid,
    payments,
    register,
    sent,
    totals_of,
)

PEOPLE = register((SOMCHAI, "39"), (DAO, "40"))
HAND = feeds({}, {"section_code": "40"})
FEED = sent({}, {"national_id": DAO, "section_code": "40", "option_code": "01"})
OTHER_FILE = "b" * 64


def matched(*rows: dict[str, object], file_id: str = RETURN_FILE) -> pa.Table:
    return match_payments(
        payments(*({**row, "file_id": file_id} for row in rows)), HAND, FEED, paid(), PEOPLE
    )


def a_night() -> pa.Table:
    """Two posted (432.00 each), one unknown person (1.00), one debit (432.00), one of nothing."""
    return matched(
        {},
        {"national_id": DAO, "section_code": "40", "option_code": "01"},
        {"national_id": NOBODY, "amount_satang": 100},
        {"transaction_kind": "D"},
        {"amount_satang": 0},
    )


def load(
    engine: Engine,
    outcomes: pa.Table,
    file_id: str = RETURN_FILE,
    totals: ReturnTotals | None = None,
    rule_version: int = 1,
) -> PostingBatch:
    return load_outcomes(
        engine,
        file_id,
        outcomes,
        partner=PARTNER,
        totals=totals or totals_of(outcomes),
        recorded_at=NOW,
        rule_version=rule_version,
    )


def balance(engine: Engine) -> dict[str, int]:
    rows = balances(engine).to_pylist()
    assert sum(row["balance_satang"] for row in rows) == 0
    return {row["account"]: row["balance_satang"] for row in rows}


def test_money_goes_to_contributions_or_waits_in_suspense(ledger: Engine) -> None:
    land(ledger)
    batch = load(ledger, a_night())
    assert batch == PostingBatch(RETURN_FILE, True, 2, 86_400, 2, 100, 1, 43_200)
    assert balance(ledger) == {
        "clearing:counter_service": 86_400 + 100 - 43_200,
        "contributions:39": -43_200,
        "contributions:40:01": -43_200,
        "suspense:counter_service": 43_200 - 100,
    }
    found = files.find(ledger, RETURN_FILE)
    assert found is not None and found.state is FileState.POSTED


def test_every_record_is_answered_from_the_ledger(ledger: Engine) -> None:
    land(ledger)
    assert outcomes_of(ledger, RETURN_FILE).num_rows == 0
    load(ledger, a_night())
    assert outcomes_of(ledger, RETURN_FILE).to_pylist() == [
        {"record_number": 2, "outcome": "POSTED", "amount_satang": 43_200},
        {"record_number": 3, "outcome": "POSTED", "amount_satang": 43_200},
        {"record_number": 4, "outcome": "UNKNOWN_PERSON", "amount_satang": 100},
        {"record_number": 5, "outcome": "DEBIT", "amount_satang": 43_200},
        {"record_number": 6, "outcome": "DOUBLE_PAYMENT", "amount_satang": 0},
    ]


def test_breaks_are_listed_by_file_and_by_day(ledger: Engine) -> None:
    land(ledger)
    load(ledger, a_night())
    listed = breaks_of(ledger, file_id=RETURN_FILE)
    assert listed == breaks_of(ledger, business_date=DAY) == breaks_of(ledger)
    assert listed["code"].to_pylist() == ["UNKNOWN_PERSON", "DEBIT", "DOUBLE_PAYMENT"]
    assert listed.to_pylist()[0] == {
        "file_id": RETURN_FILE,
        "record_number": 4,
        "partner": PARTNER,
        "business_date": DAY,
        "code": "UNKNOWN_PERSON",
        "state": OPEN,
        "national_id": NOBODY,
        "section_code": "39",
        "option_code": None,
        "period": PERIOD,
        "amount_satang": 100,
        "payment_date": DAY,
        "expected_satang": None,
        "status_code": None,
        "feed_date": date(2026, 11, 19),
        "ended_date": None,
        "suggestion": None,
        "book_date": DAY,
    }
    assert breaks_of(ledger, business_date=date(2026, 11, 21)).num_rows == 0


def test_a_break_keeps_its_later_states(ledger: Engine) -> None:
    land(ledger)
    load(ledger, a_night())
    for state in ("assigned", "resolved"):
        record_break_event(ledger, RETURN_FILE, 4, state, recorded_at=NOW)
    assert breaks_of(ledger)["state"].to_pylist() == ["resolved", OPEN, OPEN]
    with pytest.raises(LedgerError, match="no break at record 2"):
        record_break_event(ledger, RETURN_FILE, 2, "resolved", recorded_at=NOW)


def test_loading_again_changes_nothing_and_says_so(ledger: Engine) -> None:
    land(ledger)
    first = load(ledger, a_night())
    before = content_digest(ledger)
    # A second matching of the same file finds its own months paid; the ledger is not misled.
    months = paid_months(ledger, up_to=DAY).select(["national_id", "section_code", "period"])
    known = paid(*(tuple(month.values()) for month in months.to_pylist()))
    again = match_payments(payments({}), HAND, FEED, known, register((SOMCHAI, "39")))
    assert again["outcome"].to_pylist() == [Outcome.DOUBLE_PAYMENT]
    second = load(ledger, again)
    assert (first.changed, second.changed) == (True, False)
    assert second == batch_of(ledger, RETURN_FILE)
    assert second.posted_satang == first.posted_satang
    assert content_digest(ledger) == before


def test_a_file_is_not_loaded_under_two_rule_versions(ledger: Engine) -> None:
    land(ledger)
    load(ledger, a_night())
    with pytest.raises(LedgerError, match="loaded under rule version 1, not 2"):
        load(ledger, a_night(), rule_version=2)


@pytest.mark.parametrize(
    "totals",
    [
        ReturnTotals(4, 86_501, 1, 43_200),
        ReturnTotals(5, 86_500, 1, 43_200),
        ReturnTotals(4, 86_500, 1, 43_100),
        ReturnTotals(4, 86_500, 0, 43_200),
    ],
)
def test_totals_that_differ_leave_nothing_behind(ledger: Engine, totals: ReturnTotals) -> None:
    land(ledger)
    before = content_digest(ledger)
    with pytest.raises(LedgerError, match=r"does not balance.*nothing was loaded"):
        load(ledger, a_night(), totals=totals)
    assert content_digest(ledger) == before
    assert batch_of(ledger, RETURN_FILE) is None
    assert load(ledger, a_night()).changed, "the honest totals load afterwards"


def test_a_file_that_never_landed_is_refused(ledger: Engine) -> None:
    with pytest.raises(LedgerError, match="never landed"):
        load(ledger, a_night())


def test_an_empty_return_file_is_loaded_once_too(ledger: Engine) -> None:
    land(ledger)
    assert load(ledger, matched()) == PostingBatch(RETURN_FILE, True, 0, 0, 0, 0, 0, 0)
    assert not load(ledger, matched()).changed


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("file_id", OTHER_FILE, "rows of another file"),
        ("outcome", "MAYBE", "not one of"),
        ("national_id", None, "names its person"),
    ],
)
def test_outcomes_that_break_the_contract_raise(
    ledger: Engine, column: str, value: str | None, says: str
) -> None:
    land(ledger)
    good = matched({})
    bad = pa.Table.from_pylist([{**good.to_pylist()[0], column: value}], schema=good.schema)
    with pytest.raises(ValueError, match=says):
        load(ledger, bad, totals=totals_of(good))


def test_a_month_paid_by_another_file_meanwhile_becomes_a_double_payment(ledger: Engine) -> None:
    land(ledger, (RETURN_FILE, OTHER_FILE))
    load(ledger, matched({}))
    late = load(ledger, matched({}, {"national_id": DAO, "section_code": "40"}, file_id=OTHER_FILE),
                OTHER_FILE)  # fmt: skip
    assert late == PostingBatch(OTHER_FILE, True, 1, 43_200, 1, 43_200, 0, 0, reclassified=1)
    assert outcomes_of(ledger, OTHER_FILE)["outcome"].to_pylist() == ["DOUBLE_PAYMENT", "POSTED"]
    assert paid_months(ledger, up_to=DAY).num_rows == 2


def test_two_workers_loading_one_file_load_it_once(ledger: Engine) -> None:
    land(ledger)
    start = Barrier(4)

    def work(_: int) -> bool:
        start.wait()
        return load(ledger, a_night()).changed

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(work, range(4))) == [False, False, False, True]
    assert balance(ledger)["contributions:39"] == -43_200


def test_workers_loading_different_files_post_a_month_once(ledger: Engine) -> None:
    names = [digit * 64 for digit in "abcd"]
    land(ledger, names)
    start = Barrier(len(names))

    def work(file_id: str) -> PostingBatch:
        outcomes = matched({}, file_id=file_id)
        start.wait()
        return load(ledger, outcomes, file_id)

    with ThreadPoolExecutor(len(names)) as threads:
        batches = list(threads.map(work, names))
    assert sorted(batch.posted_count for batch in batches) == [0, 0, 0, 1]
    assert balance(ledger) == {
        "clearing:counter_service": 4 * 43_200,
        "contributions:39": -43_200,
        "suspense:counter_service": -3 * 43_200,
    }


def test_more_rows_than_a_chunk_are_loaded_whole(ledger: Engine) -> None:
    count = 70_000
    people = pa.array(range(10**12, 10**12 + count)).cast(pa.string())
    outcomes = matched({}).take(pa.array([0] * count))
    columns = {"record_number": pa.array(range(2, count + 2)), "national_id": people}
    outcomes = pa.table(
        {name: columns.get(name, outcomes[name]) for name in outcomes.column_names},
        schema=outcomes.schema,
    )
    land(ledger)
    totals = ReturnTotals(count, count * 43_200)
    assert load(ledger, outcomes, totals=totals).posted_count == count
    months = paid_months(ledger, up_to=DAY)
    assert months["national_id"].combine_chunks() == people


class TestPaidMonths:
    def test_they_carry_amount_option_and_payment_date(self, ledger: Engine) -> None:
        land(ledger)
        load(ledger, a_night())
        assert paid_months(ledger, up_to=DAY).to_pylist() == [
            {
                "national_id": person,
                "section_code": section,
                "option_code": option,
                "period": PERIOD,
                "amount_satang": 43_200,
                "paid_date": DAY,
            }
            for person, section, option in ((SOMCHAI, "39", None), (DAO, "40", "01"))
        ]

    def test_the_business_date_of_the_file_decides(self, ledger: Engine) -> None:
        land(ledger)
        load(ledger, matched({"payment_date": date(2026, 11, 19)}))
        assert paid_months(ledger, up_to=date(2026, 11, 19)).num_rows == 0
        assert paid_months(ledger, up_to=DAY).num_rows == 1

    def test_one_file_can_be_left_out(self, ledger: Engine) -> None:
        land(ledger)
        load(ledger, matched({}))
        assert paid_months(ledger, up_to=DAY, excluding_file=RETURN_FILE).num_rows == 0


class TestReversal:
    KEY = PostingKey(RETURN_FILE, 2)

    def undo(self, engine: Engine, key: PostingKey = KEY, reason: str = "wrong person") -> None:
        reverse(engine, key, who="malee", reason=reason, effective_date=DAY, recorded_at=NOW)

    def test_it_moves_the_money_back_and_frees_the_month(self, ledger: Engine) -> None:
        land(ledger, (RETURN_FILE, OTHER_FILE))
        load(ledger, matched({}))
        self.undo(ledger)
        assert balance(ledger) == {"clearing:counter_service": 0, "contributions:39": 0}
        assert paid_months(ledger, up_to=DAY).num_rows == 0
        again = load(ledger, matched({}, file_id=OTHER_FILE), OTHER_FILE)
        assert (again.posted_count, again.reclassified) == (1, 0)
        assert paid_months(ledger, up_to=DAY)["amount_satang"].to_pylist() == [43_200]

    def test_it_is_recorded_as_an_act(self, ledger: Engine) -> None:
        land(ledger)
        load(ledger, matched({}))
        self.undo(ledger)
        (act,) = acts_on(ledger, f"{RETURN_FILE}:2:1")
        assert (act.verb, act.who, act.reason) == ("reverse", "malee", "wrong person")

    def test_it_happens_once(self, ledger: Engine) -> None:
        land(ledger)
        load(ledger, matched({}))
        self.undo(ledger)
        with pytest.raises(LedgerError, match="was reversed already"):
            self.undo(ledger)

    def test_a_reversal_is_not_reversed(self, ledger: Engine) -> None:
        with pytest.raises(LedgerError, match="is itself a reversal"):
            self.undo(ledger, PostingKey(RETURN_FILE, 2, -1))

    def test_what_is_not_there_is_not_reversed(self, ledger: Engine) -> None:
        with pytest.raises(LedgerError, match="no posting"):
            self.undo(ledger)

    def test_without_a_reason_nothing_is_reversed(self, ledger: Engine) -> None:
        land(ledger)
        load(ledger, matched({}))
        with pytest.raises(LedgerError, match="say who does it and why"):
            self.undo(ledger, reason="")
        assert balance(ledger)["contributions:39"] == -43_200
