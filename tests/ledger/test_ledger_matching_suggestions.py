"""What is suggested with a break, and what is deliberately not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from insurance.identifiers import national_ids
from insurance.reference import make_reference_2
from interfaces.catalogue import RESOLUTIONS
from interfaces.model import MatchingRule
from ledger.detail import from_text, to_text
from ledger.matching import match_payments
from tests.ledger.matching_tables import (
    NOBODY,
    PERIOD,
    SOMCHAI,
    feeds,
    listed_without_months,
    paid,
    payments,
    register,
    sent,
)

OCTOBER, NOVEMBER, DECEMBER = 202610, PERIOD, 202612
WANIDA, ORAPIN = national_ids(np.array([310_020_030_040, 310_020_030_041])).to_pylist()
RULE = MatchingRule(suggest=("other_period.1", "one_digit.1", "person_name.1"))
PEOPLE = register((SOMCHAI, "39"), (WANIDA, "39"), (ORAPIN, "39"))


def suggested(
    feed: pa.Table,
    *rows: Mapping[str, object],
    already: pa.Table | None = None,
    rule: MatchingRule = RULE,
    hand: pa.Table | None = None,
) -> list[tuple[str, dict[str, Any] | None]]:
    """Outcome and suggestion of each payment."""
    matched = match_payments(
        payments(*rows), hand or feeds({}), feed, already or paid(), PEOPLE, rule
    )
    told = []
    for row in matched.to_pylist():
        text = row["suggestion"]
        if text is not None:
            assert to_text(from_text(text)) == text
            assert {m["kind"] for m in from_text(text)["moves"]} <= set(RESOLUTIONS)  # type: ignore[attr-defined]
        told.append((row["outcome"], text and from_text(text)))
    return told


def move(period: int, satang: int = 43_200, **more: object) -> dict[str, object]:
    return {
        "kind": "move",
        "section_code": "39",
        "option_code": None,
        "period": period,
        "amount_satang": satang,
        **more,
    }


def refund(satang: int) -> dict[str, object]:
    return {"kind": "refund", "amount_satang": satang}


def by(name: str | None, *moves: dict[str, object], candidates: int = 1) -> dict[str, object]:
    return {"pass": name, "candidates": candidates, "moves": list(moves)}


class TestOtherPeriod:
    """The month that was probably meant."""

    FEED = sent({"period": OCTOBER}, {})

    def test_the_month_owed_at_that_amount(self) -> None:
        ((outcome, told),) = suggested(sent({}), {"period": DECEMBER})
        assert (outcome, told) == ("WRONG_PERIOD", by("other_period.1", move(NOVEMBER)))

    def test_of_several_the_oldest_with_their_number(self) -> None:
        ((_, told),) = suggested(self.FEED, {"period": DECEMBER})
        assert told == by("other_period.1", move(OCTOBER), candidates=2)

    def test_a_month_is_suggested_once(self) -> None:
        december = {"period": DECEMBER}
        told = suggested(self.FEED, december, december, december)
        assert told == [
            ("WRONG_PERIOD", by("other_period.1", move(OCTOBER), candidates=2)),
            ("WRONG_PERIOD", by("other_period.1", move(NOVEMBER))),
            ("WRONG_PERIOD", None),
        ]

    def test_the_second_payment_of_a_month_for_the_month_still_owed(self) -> None:
        told = suggested(self.FEED, {}, {})
        assert told[1] == ("DOUBLE_PAYMENT", by("other_period.1", move(OCTOBER)))

    def test_a_month_paid_before_is_not_suggested(self) -> None:
        already = paid((SOMCHAI, "39", OCTOBER), (SOMCHAI, "39", NOVEMBER))
        assert suggested(self.FEED, {"period": DECEMBER}, already=already) == [
            ("WRONG_PERIOD", None)
        ]

    def test_another_amount_is_no_other_month(self) -> None:
        assert suggested(self.FEED, {"period": DECEMBER, "amount_satang": 43_100}) == [
            ("WRONG_PERIOD", None)
        ]

    def test_where_it_is_declared_to_post_it_posts(self) -> None:
        rule = MatchingRule(post=("exact.1", "other_period.1"))
        assert suggested(sent({}), {"period": DECEMBER}, rule=rule) == [("POSTED", None)]


def reference(person: str, period: int = NOVEMBER) -> str:
    made = make_reference_2(
        pa.array([person]), pa.array(["39"]), pa.array([None], pa.utf8()), pa.array([period])
    )
    return str(made[0].as_py())


def unreadable(first: str | None, second: str | None, **more: object) -> dict[str, object]:
    nothing = dict.fromkeys(("national_id", "section_code", "period"))
    return {
        **nothing,
        "reference_valid": False,
        "reference_1": first,
        "reference_2": second,
        **more,
    }


class TestOneDigit:
    """Slips in a reference."""

    FEED = sent({"national_id": WANIDA}, {"national_id": ORAPIN})

    @pytest.mark.parametrize("place", [0, 5, 12])
    def test_a_wrong_digit_of_the_id(self, place: int) -> None:
        wrong = WANIDA[:place] + str((int(WANIDA[place]) + 3) % 10) + WANIDA[place + 1 :]
        ((outcome, told),) = suggested(self.FEED, unreadable(wrong, reference(WANIDA)))
        assert outcome == "UNREADABLE_REFERENCE"
        assert told == by("one_digit.1", move(NOVEMBER, national_id=WANIDA))

    def test_two_digits_swapped(self) -> None:
        swapped = WANIDA[:3] + WANIDA[4] + WANIDA[3] + WANIDA[5:]
        assert swapped != WANIDA
        ((_, told),) = suggested(self.FEED, unreadable(swapped, reference(WANIDA)))
        assert told == by("one_digit.1", move(NOVEMBER, national_id=WANIDA))

    def test_a_slip_in_the_month(self) -> None:
        slip = reference(WANIDA, DECEMBER)
        slip = slip[:9] + "9" + slip[10:]
        feed = sent({"national_id": WANIDA}, {"national_id": WANIDA, "period": DECEMBER})
        ((_, told),) = suggested(feed, unreadable(WANIDA, slip))
        assert told == by("one_digit.1", move(DECEMBER, national_id=WANIDA))

    def test_nothing_that_was_not_offered_or_is_paid(self) -> None:
        wrong = unreadable(WANIDA[:5] + str((int(WANIDA[5]) + 3) % 10) + WANIDA[6:],
                           reference(WANIDA))  # fmt: skip
        nobody = sent({"national_id": ORAPIN})
        assert suggested(nobody, wrong) == [("UNREADABLE_REFERENCE", None)]
        already = paid((WANIDA, "39", NOVEMBER))
        assert suggested(self.FEED, wrong, already=already) == [("UNREADABLE_REFERENCE", None)]
        other = {**wrong, "amount_satang": 43_100}
        assert suggested(self.FEED, other) == [("UNREADABLE_REFERENCE", None)]


class TestPersonName:
    """A name is a hint, never a payment."""

    WANIDA_ROW: dict[str, object] = {  # noqa: RUF012
        "national_id": WANIDA,
        "given_name": "วนิดา",
        "family_name": "คำแก้ว",
    }
    NAMESAKE: dict[str, object] = {**WANIDA_ROW, "national_id": ORAPIN}  # noqa: RUF012
    LOST = unreadable("วนิดา", "39", payer_name="น.ส. วนิดา  คำแก้ว")

    def test_the_only_person_of_that_name_who_was_offered_the_amount(self) -> None:
        told = suggested(sent(self.WANIDA_ROW), self.LOST)
        assert told == [
            (
                "UNREADABLE_REFERENCE",
                by("person_name.1", move(NOVEMBER, national_id=WANIDA)),
            )
        ]

    def test_of_two_only_the_number_is_told(self) -> None:
        told = suggested(sent(self.WANIDA_ROW, self.NAMESAKE), self.LOST)
        assert told == [("UNREADABLE_REFERENCE", by("person_name.1", candidates=2))]

    def test_a_namesake_who_was_offered_another_amount_is_not_meant(self) -> None:
        feed = sent(self.WANIDA_ROW, {**self.NAMESAKE, "amount_satang": 10_000})
        ((_, told),) = suggested(feed, self.LOST)
        assert told == by("person_name.1", move(NOVEMBER, national_id=WANIDA))

    def test_a_namesake_who_has_paid_may_have_paid_twice(self) -> None:
        already = paid((ORAPIN, "39", NOVEMBER))
        told = suggested(sent(self.WANIDA_ROW, self.NAMESAKE), self.LOST, already=already)
        assert told == [("UNREADABLE_REFERENCE", by("person_name.1", candidates=2))]

    def test_who_owes_nothing_is_counted_and_not_told(self) -> None:
        already = paid((WANIDA, "39", NOVEMBER))
        told = suggested(sent(self.WANIDA_ROW), self.LOST, already=already)
        assert told == [("UNREADABLE_REFERENCE", by("person_name.1"))]

    def test_an_unknown_id_counts_as_none(self) -> None:
        row = {"national_id": NOBODY, "payer_name": "นางวนิดา คำแก้ว"}
        told = suggested(sent(self.WANIDA_ROW), row)
        assert told == [("UNKNOWN_PERSON", by("person_name.1", move(NOVEMBER, national_id=WANIDA)))]

    def test_a_usable_id_is_believed_whatever_the_name(self) -> None:
        row = {"period": DECEMBER, "payer_name": "วนิดา คำแก้ว"}
        feed = sent(self.WANIDA_ROW, listed_without_months())
        assert suggested(feed, row) == [("WRONG_PERIOD", None)]

    def test_not_without_the_pass(self) -> None:
        assert suggested(sent(self.WANIDA_ROW), self.LOST, rule=MatchingRule()) == [
            ("UNREADABLE_REFERENCE", None)
        ]

    @pytest.mark.parametrize("name", [None, "", "วนิดา", "วนิดา คำ", "น.ส."])
    def test_half_a_name_is_nobody(self, name: str | None) -> None:
        told = suggested(sent(self.WANIDA_ROW), {**self.LOST, "payer_name": name})
        assert told == [("UNREADABLE_REFERENCE", None)]


class TestPlainChoice:
    """Where no pass has anything, and only one thing can be done."""

    def test_too_much_is_moved_as_far_as_it_goes_and_the_rest_refunded(self) -> None:
        over = {"amount_satang": 50_000}
        assert suggested(sent({}), over, over) == [
            ("AMOUNT_OVER", by(None, move(NOVEMBER), refund(6_800))),
            ("AMOUNT_OVER", by(None, refund(50_000))),
        ]

    def test_a_month_paid_twice_is_refunded(self) -> None:
        already = paid((SOMCHAI, "39", NOVEMBER))
        assert suggested(sent({}), {}, already=already) == [
            ("DOUBLE_PAYMENT", by(None, refund(43_200)))
        ]
        elsewhere = paid((SOMCHAI, "39", NOVEMBER), source="history")
        assert suggested(sent({}), {}, already=elsewhere) == [
            ("PAID_ELSEWHERE", by(None, refund(43_200)))
        ]

    def test_an_ended_person_owes_nothing(self) -> None:
        feed = sent(listed_without_months(status_code="E", ended_date=date(2026, 9, 1)))
        assert suggested(feed, {}) == [("STATUS_ENDED", by(None, refund(43_200)))]

    def test_a_late_month_of_section_40_cannot_be_paid_any_more(self) -> None:
        closed = {"payable_until": date(2026, 11, 19)}
        assert suggested(sent(closed), {}) == [("LATE_PAYMENT", None)]
        section = {"section_code": "40"}
        told = suggested(sent({**closed, **section}), section, hand=feeds(section))
        assert told == [("LATE_PAYMENT", by(None, refund(43_200)))]

    @pytest.mark.parametrize(
        "row",
        [
            {"amount_satang": 100},
            {"amount_satang": 0},
            {"transaction_kind": "D"},
            {"is_rejected": True},
            {"period": DECEMBER},
            {"national_id": NOBODY},
        ],
    )
    def test_nothing_where_somebody_has_to_find_out(self, row: dict[str, object]) -> None:
        assert suggested(sent({}), row, rule=MatchingRule())[0][1] is None


def test_who_has_ended_and_since_when_is_told() -> None:
    feed = sent(listed_without_months(status_code="E", ended_date=date(2026, 9, 1)))
    matched = match_payments(payments({}), feeds({}), feed, paid(), PEOPLE, RULE)
    (row,) = matched.to_pylist()
    assert (row["status_code"], row["ended_date"]) == ("E", date(2026, 9, 1))
