"""Months paid already, through us or elsewhere, and months paid too late or too early."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from sqlalchemy.engine import Engine

from ledger.matching import HISTORY, PAID_SCHEMA, match_payments
from ledger.matching.paid_before import paid_before
from ledger.postings import load_outcomes
from ledger.reversals import PostingKey, reverse
from tests.ledger.payments import (
    DAY,
    FEED_DAY,
    MALEE,
    NOW,
    PARTNER,
    PERIOD,
    SOMCHAI,
    feeds,
    land,
    paid,
    payments,
    register,
    sent,
    totals_of,
)

OTHER = "wallet"
PEOPLE = register((SOMCHAI, "39"), (MALEE, "39"))
PAID = (SOMCHAI, "39", PERIOD)


def outcome(
    already: pa.Table | None = None,
    *,
    feed: pa.Table | None = None,
    hand: pa.Table | None = None,
    partner: str | None = PARTNER,
    **payment: object,
) -> str:
    matched = match_payments(
        payments(payment),
        hand or feeds({}),
        feed or sent({}),
        already or paid(),
        PEOPLE,
        partner=partner,
    )
    return str(matched["outcome"][0].as_py())


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ([PARTNER], "DOUBLE_PAYMENT"),
        ([HISTORY], "PAID_ELSEWHERE"),
        ([OTHER], "PAID_ELSEWHERE"),
        ([OTHER, HISTORY], "PAID_ELSEWHERE"),
        ([HISTORY, PARTNER], "DOUBLE_PAYMENT"),
        ([PARTNER, OTHER], "DOUBLE_PAYMENT"),
    ],
)
def test_who_has_the_month_tells_double_from_elsewhere(sources: list[str], says: str) -> None:
    """The mainframe's history repeats our own postings: they explain the payment all the same."""
    already = pa.concat_tables([paid(PAID, source=source) for source in sources])
    assert outcome(already) == says


def test_without_a_partner_only_the_history_is_elsewhere() -> None:
    assert outcome(paid(PAID, source=OTHER), partner=None) == "DOUBLE_PAYMENT"
    assert outcome(paid(PAID, source=HISTORY), partner=None) == "PAID_ELSEWHERE"


@pytest.mark.parametrize("other", [{"national_id": MALEE}, {"period": 202612}])
def test_another_persons_month_or_another_month_is_not_paid(other: dict[str, object]) -> None:
    feed = sent({}, other)
    assert outcome(paid(PAID, source=HISTORY), feed=feed, **other) == "POSTED"


class TestLate:
    """Offered and over, against never offered or not yet."""

    OLD = feeds(
        {"delivery_id": "old", "business_date": date(2026, 10, 30), "valid_until": FEED_DAY},
        {"delivery_id": "now", "sequence": 2},
    )

    def test_a_month_that_only_an_earlier_feed_offered(self) -> None:
        feed = sent(
            {"delivery_id": "old", "payable_until": date(2026, 10, 31)},
            {"delivery_id": "now", "period": 202612},
        )
        assert outcome(feed=feed, hand=self.OLD) == "LATE_PAYMENT"

    def test_a_feed_that_came_after_the_payment_says_nothing(self) -> None:
        feed = sent(
            {"delivery_id": "now", "period": 202612},
            {"delivery_id": "since", "payable_until": date(2026, 10, 31)},
        )
        hand = feeds(
            {"delivery_id": "now"},
            {
                "delivery_id": "since",
                "business_date": date(2026, 11, 23),
                "valid_until": date(2026, 11, 24),
            },
        )
        assert outcome(feed=feed, hand=hand) == "WRONG_PERIOD"

    def test_the_last_day_counts_still_and_the_next_one_no_more(self) -> None:
        for until, says in ((DAY, "POSTED"), (FEED_DAY, "LATE_PAYMENT")):
            assert outcome(feed=sent({"payable_until": until})) == says

    def test_before_its_first_day_a_month_is_the_wrong_one(self) -> None:
        assert outcome(feed=sent({"payable_from": date(2026, 11, 21)})) == "WRONG_PERIOD"

    def test_never_offered_is_the_wrong_one(self) -> None:
        assert outcome(feed=sent({"period": 202612})) == "WRONG_PERIOD"


class TestPaidBefore:
    """What the ledger says is paid, and by whose return."""

    def load(self, ledger: Engine, file_id: str, day: date, partner: str, person: str) -> None:
        table = payments({"file_id": file_id, "national_id": person})
        outcomes = match_payments(
            table, feeds({}), sent({"national_id": person}), paid(), PEOPLE, partner=partner
        )
        land(ledger, [file_id], day)
        load_outcomes(
            ledger,
            file_id,
            outcomes,
            partner=partner,
            totals=totals_of(outcomes),
            recorded_at=NOW,
        )

    def test_months_with_their_partner_up_to_a_day_but_for_one_file(self, ledger: Engine) -> None:
        later = date(2026, 11, 23)
        self.load(ledger, "a" * 64, DAY, PARTNER, SOMCHAI)
        self.load(ledger, "b" * 64, later, OTHER, MALEE)

        def found(*periods: int, up_to: date = later, but: str = "c" * 64) -> list[tuple[str, str]]:
            table = paid_before(ledger, periods, up_to=up_to, excluding_file=but)
            assert table.schema == PAID_SCHEMA
            rows = table.to_pylist()
            assert {(row["section_code"], row["period"]) for row in rows} <= {("39", PERIOD)}
            return [(row["national_id"], row["source"]) for row in rows]

        assert found(PERIOD) == [(SOMCHAI, PARTNER), (MALEE, OTHER)]
        assert found(PERIOD, up_to=DAY) == [(SOMCHAI, PARTNER)]
        assert found(PERIOD, but="a" * 64) == [(MALEE, OTHER)]
        assert found(202612) == found() == []
        assert found(*range(202000, 202700)) == found(PERIOD)
        reverse(
            ledger,
            PostingKey("a" * 64, 2),
            who="tester",
            reason="taken back",
            effective_date=later,
            recorded_at=NOW,
        )
        assert found(PERIOD) == [(MALEE, OTHER)]
