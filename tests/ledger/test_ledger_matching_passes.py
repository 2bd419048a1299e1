"""Each pass by example: what it posts, what it leaves, and in which order they have a say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from insurance.identifiers import national_ids
from insurance.reference import make_reference_2, read_references
from interfaces.model import MatchingRule
from ledger.matching import match_payments
from tests.ledger.matching_tables import (
    DAY,
    MALEE,
    PERIOD,
    SOMCHAI,
    feeds,
    paid,
    payments,
    register,
    sent,
)

OCTOBER, NOVEMBER, DECEMBER = 202610, PERIOD, 202612
WANIDA, ORAPIN = national_ids(np.array([310_020_030_040, 310_020_030_041])).to_pylist()
HAND = feeds({})
PEOPLE = register((SOMCHAI, "39"), (MALEE, "39"), (WANIDA, "39"), (ORAPIN, "39"))
SEVERAL = MatchingRule(post=("exact.1", "several_months.1", "several_payments.1"))
CHECKED = MatchingRule(post=("exact.1", "check_digits.1"))
MIDNIGHT = MatchingRule(post=("exact.1", "midnight.1"), midnight_grace_minutes=10)


def matched(
    rule: MatchingRule,
    feed: pa.Table,
    *rows: Mapping[str, object],
    hand: pa.Table = HAND,
    already: pa.Table | None = None,
) -> list[dict[str, Any]]:
    table = match_payments(payments(*rows), hand, feed, already or paid(), PEOPLE, rule)
    return list(table.to_pylist())


def told(rows: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """Record, period, amount, and the pass that posted it or else the break."""
    names = ("record_number", "period", "amount_satang")
    return [(*(row[n] for n in names), row["pass_name"] or row["outcome"]) for row in rows]


def months(*periods: int, person: str = SOMCHAI, **more: object) -> list[dict[str, object]]:
    return [{"national_id": person, "period": period, **more} for period in periods]


class TestSeveralMonths:
    """One payment of more than one month."""

    def test_the_two_months_owed_are_two_legs(self) -> None:
        rows = matched(SEVERAL, sent(*months(OCTOBER, NOVEMBER)), {"amount_satang": 86_400})
        assert told(rows) == [
            (2, OCTOBER, 43_200, "several_months.1"),
            (2, NOVEMBER, 43_200, "several_months.1"),
        ]
        assert [(row["leg"], row["expected_satang"]) for row in rows] == [(1, 43_200), (2, 43_200)]

    def test_months_of_different_amounts(self) -> None:
        feed = sent(*months(OCTOBER, amount_satang=23_500), *months(NOVEMBER))
        assert told(matched(SEVERAL, feed, {"amount_satang": 66_700})) == [
            (2, OCTOBER, 23_500, "several_months.1"),
            (2, NOVEMBER, 43_200, "several_months.1"),
        ]

    def test_without_the_pass_it_is_too_much(self) -> None:
        feed = sent(*months(OCTOBER, NOVEMBER))
        rows = matched(MatchingRule(), feed, {"amount_satang": 86_400})
        assert told(rows) == [(2, NOVEMBER, 86_400, "AMOUNT_OVER")]

    def test_no_month_owed_is_skipped(self) -> None:
        """November and December are paid, October is older and stays owed: not ours to choose."""
        feed = sent(*months(OCTOBER, amount_satang=10_000), *months(NOVEMBER, DECEMBER))
        rows = matched(SEVERAL, feed, {"amount_satang": 86_400})
        assert told(rows) == [(2, NOVEMBER, 86_400, "AMOUNT_OVER")]

    def test_the_named_month_is_among_them(self) -> None:
        feed = sent(*months(OCTOBER, NOVEMBER, DECEMBER))
        rows = matched(SEVERAL, feed, {"period": DECEMBER, "amount_satang": 86_400})
        assert told(rows) == [(2, DECEMBER, 86_400, "AMOUNT_OVER")]

    def test_a_month_paid_before_is_not_owed(self) -> None:
        feed = sent(*months(OCTOBER, NOVEMBER, DECEMBER))
        rows = matched(
            SEVERAL, feed, {"amount_satang": 86_400}, already=paid((SOMCHAI, "39", OCTOBER))
        )
        assert [row[1] for row in told(rows)] == [NOVEMBER, DECEMBER]

    def test_a_month_that_the_file_posts_is_not_owed_wherever_it_stands(self) -> None:
        """The exact payment of October comes later in the file and goes first all the same."""
        feed = sent(*months(OCTOBER, NOVEMBER, DECEMBER))
        rows = matched(SEVERAL, feed, {"amount_satang": 86_400}, {"period": OCTOBER})
        assert told(rows) == [
            (2, NOVEMBER, 43_200, "several_months.1"),
            (2, DECEMBER, 43_200, "several_months.1"),
            (3, OCTOBER, 43_200, "exact.1"),
        ]

    def test_a_month_out_of_its_window_is_not_owed(self) -> None:
        feed = sent(*months(OCTOBER, payable_until=date(2026, 11, 19)), *months(NOVEMBER))
        rows = matched(SEVERAL, feed, {"amount_satang": 86_400})
        assert told(rows) == [(2, NOVEMBER, 86_400, "AMOUNT_OVER")]

    def test_the_second_payment_of_the_same_months_is_double(self) -> None:
        both: dict[str, object] = {"amount_satang": 86_400}
        rows = matched(SEVERAL, sent(*months(OCTOBER, NOVEMBER)), both, both)
        assert [row[0] for row in told(rows)] == [2, 2, 3]
        assert rows[-1]["outcome"] == "DOUBLE_PAYMENT"


class TestSeveralPayments:
    """One month in more than one payment."""

    def test_two_halves_are_posted_each_for_itself(self) -> None:
        rows = matched(SEVERAL, sent({}), {"amount_satang": 20_000}, {"amount_satang": 23_200})
        assert told(rows) == [
            (2, NOVEMBER, 20_000, "several_payments.1"),
            (3, NOVEMBER, 23_200, "several_payments.1"),
        ]
        assert [(row["leg"], row["expected_satang"]) for row in rows] == [(1, 43_200)] * 2

    @pytest.mark.parametrize(
        "third",
        [
            {"amount_satang": 1},
            {"amount_satang": 50_000},
        ],
    )
    def test_all_of_them_count_or_none(self, third: dict[str, object]) -> None:
        halves: list[dict[str, object]] = [{"amount_satang": 20_000}, {"amount_satang": 23_200}]
        rows = matched(SEVERAL, sent({}), *halves, third)
        assert {row["outcome"] for row in rows} <= {"AMOUNT_SHORT", "AMOUNT_OVER"}

    def test_a_right_one_among_them_has_the_month_and_the_later_ones_are_double(self) -> None:
        halves: list[dict[str, object]] = [{"amount_satang": 20_000}, {"amount_satang": 23_200}]
        rows = matched(SEVERAL, sent({}), halves[0], {}, halves[1])
        assert [row["outcome"] for row in rows] == ["AMOUNT_SHORT", "POSTED", "DOUBLE_PAYMENT"]

    def test_halves_in_two_files_are_not_put_together(self) -> None:
        rows = matched(
            SEVERAL,
            sent({}),
            {"amount_satang": 20_000, "file_id": "a"},
            {"amount_satang": 23_200, "file_id": "b"},
        )
        assert [row["outcome"] for row in rows] == ["AMOUNT_SHORT"] * 2

    def test_a_rejected_half_or_a_debit_does_not_count(self) -> None:
        for fault in ({"is_rejected": True}, {"transaction_kind": "D"}):
            rows = matched(
                SEVERAL, sent({}), {"amount_satang": 20_000}, {"amount_satang": 23_200, **fault}
            )
            assert "POSTED" not in {row["outcome"] for row in rows}

    def test_a_payment_after_the_halves_is_double(self) -> None:
        rows = matched(
            SEVERAL,
            sent({}),
            {"amount_satang": 20_000},
            {"amount_satang": 23_200},
            {"amount_satang": 0},
        )
        assert [row["outcome"] for row in rows] == ["POSTED", "POSTED", "DOUBLE_PAYMENT"]


class TestMidnight:
    """Yesterday's customer, today's date."""

    MORNING = date(2026, 12, 1)
    NIGHT = feeds(
        {"business_date": date(2026, 11, 30), "valid_until": date(2026, 12, 1)},
    )
    FEED = sent({"business_date": date(2026, 11, 30), "payable_until": date(2026, 11, 30)})

    def at(self, seconds: int | None, **more: object) -> dict[str, object]:
        return {"payment_date": self.MORNING, "payment_time": seconds, **more}

    @pytest.mark.parametrize(
        ("seconds", "says"),
        [
            (0, "midnight.1"),
            (599, "midnight.1"),
            (600, "LATE_PAYMENT"),
            (86_399, "LATE_PAYMENT"),
            (None, "LATE_PAYMENT"),
        ],
    )
    def test_within_the_grace_the_month_that_ended_is_paid(
        self, seconds: int | None, says: str
    ) -> None:
        (row,) = matched(MIDNIGHT, self.FEED, self.at(seconds), hand=self.NIGHT)
        assert (row["pass_name"] or row["outcome"]) == says
        assert row["payment_date"] == self.MORNING

    def test_the_feed_of_the_day_before_is_in_hand(self) -> None:
        """The feed of that morning has dropped the person; nobody had it just after midnight."""
        hand = feeds(
            {"delivery_id": "old", "valid_until": date(2026, 11, 30)},
            {
                "delivery_id": "new",
                "business_date": self.MORNING,
                "valid_until": self.MORNING,
                "sequence": 2,
            },
        )
        (row,) = matched(MIDNIGHT, sent({"delivery_id": "old"}), self.at(60), hand=hand)
        assert (row["pass_name"], row["feed_date"]) == ("midnight.1", date(2026, 11, 19))
        (row,) = matched(MIDNIGHT, sent({"delivery_id": "old"}), self.at(6_000), hand=hand)
        assert row["outcome"] == "NOT_SENT"

    def test_what_is_right_for_the_day_itself_is_exact(self) -> None:
        (row,) = matched(MIDNIGHT, sent({}), {"payment_time": 5})
        assert row["pass_name"] == "exact.1"

    def test_the_amount_has_to_be_right(self) -> None:
        (row,) = matched(MIDNIGHT, self.FEED, self.at(5, amount_satang=1), hand=self.NIGHT)
        assert row["outcome"] == "LATE_PAYMENT"


def reference(person: str = WANIDA, period: int = NOVEMBER) -> str:
    made = make_reference_2(
        pa.array([person]), pa.array(["39"]), pa.array([None], pa.utf8()), pa.array([period])
    )
    return str(made[0].as_py())


def written(first: str, second: str, **more: object) -> dict[str, object]:
    """A payment as its references read."""
    (read,) = read_references(pa.array([first]), pa.array([second])).to_pylist()
    is_valid = read.pop("valid")
    return {
        **read,
        "reference_valid": is_valid,
        "reference_1": first,
        "reference_2": second,
        **more,
    }


class TestCheckDigits:
    """References whose check digits alone are wrong."""

    FEED = sent(*months(NOVEMBER, person=WANIDA))
    WRONG = reference()[:10] + "00"

    def test_the_rest_is_right_and_is_posted(self) -> None:
        (row,) = matched(CHECKED, self.FEED, written(WANIDA, self.WRONG))
        assert row["pass_name"] == "check_digits.1"
        assert (row["national_id"], row["section_code"], row["period"]) == (WANIDA, "39", NOVEMBER)

    @pytest.mark.parametrize(
        "fault",
        [
            {"amount_satang": 43_100},
            {"payment_date": date(2026, 12, 16)},
            {"is_rejected": True},
        ],
    )
    def test_anything_else_wrong_and_it_stays_unreadable(self, fault: dict[str, object]) -> None:
        (row,) = matched(CHECKED, self.FEED, written(WANIDA, self.WRONG, **fault))
        assert (row["outcome"], row["national_id"]) == ("UNREADABLE_REFERENCE", None)

    def test_an_unsound_id_is_not_repaired(self) -> None:
        unsound = WANIDA[:12] + str((int(WANIDA[12]) + 1) % 10)
        feed = sent(*months(NOVEMBER, person=unsound))
        (row,) = matched(CHECKED, feed, written(unsound, reference(unsound)[:10] + "00"))
        assert row["outcome"] == "UNREADABLE_REFERENCE"

    def test_a_slip_in_the_month_is_not_taken_for_one_in_the_check_digits(self) -> None:
        """Meant for December, the last digit mistyped: two months at one amount are offered."""
        december = reference(period=DECEMBER)
        slip = december[:9] + "1" + december[10:]
        assert slip[:10] == reference()[:10]
        rows = [written(WANIDA, slip)]
        (row,) = matched(CHECKED, sent(*months(NOVEMBER, DECEMBER, person=WANIDA)), *rows)
        assert row["outcome"] == "UNREADABLE_REFERENCE"
        (row,) = matched(CHECKED, self.FEED, *rows)
        assert (row["pass_name"], row["period"]) == ("check_digits.1", NOVEMBER)

    def test_after_the_right_reference_it_finds_nothing_left(self) -> None:
        rows = matched(
            CHECKED, self.FEED, written(WANIDA, self.WRONG), written(WANIDA, reference())
        )
        assert [row["outcome"] for row in rows] == ["UNREADABLE_REFERENCE", "POSTED"]


class TestTolerance:
    """Amounts that are nearly right."""

    RULE = MatchingRule(post=("exact.1", "tolerance.1"), tolerance_satang=100)

    @pytest.mark.parametrize(
        ("amount", "says", "difference"),
        [
            (43_100, "tolerance.1", -100),
            (43_300, "tolerance.1", 100),
            (43_199, "tolerance.1", -1),
            (43_200, "exact.1", 0),
            (43_099, "AMOUNT_SHORT", 0),
            (43_301, "AMOUNT_OVER", 0),
        ],
    )
    def test_only_as_far_as_declared(self, amount: int, says: str, difference: int) -> None:
        (row,) = matched(self.RULE, sent({}), {"amount_satang": amount})
        assert (row["pass_name"] or row["outcome"]) == says
        assert (row["amount_satang"], row["tolerance_satang"]) == (amount, difference)
        assert row["expected_satang"] == 43_200

    def test_an_exact_payment_later_in_the_file_goes_first(self) -> None:
        rows = matched(self.RULE, sent({}), {"amount_satang": 43_199}, {})
        assert [row["pass_name"] for row in rows] == [None, "exact.1"]


def test_passes_have_their_say_in_the_declared_order() -> None:
    """October's amount for November: another month, or within the tolerance of this one."""
    feed = sent(*months(OCTOBER, amount_satang=43_100), *months(NOVEMBER))
    for post, found in [
        (("exact.1", "tolerance.1", "other_period.1"), (NOVEMBER, "tolerance.1")),
        (("exact.1", "other_period.1", "tolerance.1"), (OCTOBER, "other_period.1")),
    ]:
        rule = MatchingRule(post=post, tolerance_satang=100)
        (row,) = matched(rule, feed, {"amount_satang": 43_100})
        assert (row["period"], row["pass_name"]) == found


def test_a_return_that_comes_late_is_judged_by_the_feeds_of_its_payment_days() -> None:
    """Feeds made and months offered since then change nothing."""
    hand = feeds(
        {"delivery_id": "then"},
        {
            "delivery_id": "since",
            "business_date": date(2026, 12, 14),
            "valid_until": date(2026, 12, 15),
            "sequence": 9,
        },
    )
    feed = sent(
        {"delivery_id": "then", "amount_satang": 20_000},
        *months(NOVEMBER, DECEMBER, delivery_id="since"),
    )
    rule = MatchingRule(post=SEVERAL.post, suggest=("other_period.1",))
    rows = matched(
        rule, feed, {"amount_satang": 20_000}, {"period": DECEMBER, "amount_satang": 43_200},
        hand=hand,
    )  # fmt: skip
    assert [row["outcome"] for row in rows] == ["POSTED", "WRONG_PERIOD"]
    assert rows[0]["feed_date"] == date(2026, 11, 19)
    assert rows[1]["suggestion"] is None


def test_passes_go_by_superseded_feeds_too() -> None:
    """The months of one feed belong together; those of the version before it are not mixed in."""
    hand = feeds(
        {"delivery_id": "first"},
        {"delivery_id": "again", "sequence": 2},
    )
    feed = sent(
        *months(OCTOBER, NOVEMBER, delivery_id="first", amount_satang=10_000),
        *months(OCTOBER, NOVEMBER, delivery_id="again", amount_satang=7_000),
    )
    for amount, each in ((20_000, 10_000), (14_000, 7_000)):
        rows = matched(SEVERAL, feed, {"amount_satang": amount}, hand=hand)
        assert [row["amount_satang"] for row in rows] == [each, each]
    (row,) = matched(SEVERAL, feed, {"amount_satang": 17_000}, hand=hand)
    assert row["outcome"] == "AMOUNT_OVER"


def test_a_record_number_that_occurs_twice_raises() -> None:
    with pytest.raises(ValueError, match="a record number occurs twice"):
        matched(SEVERAL, sent({}), {"record_number": 2}, {"record_number": 2, "payment_date": DAY})
