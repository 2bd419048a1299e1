"""Matching by example: each break, and which one wins when several hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pytest

from ledger.matching import match_payments
from ledger.outcomes import OUTCOMES_SCHEMA, Outcome
from tests.ledger.matching_tables import (
    DAO,
    FEED_DAY,
    MALEE,
    NOBODY,
    PERIOD,
    PRASERT,
    SOMCHAI,
    feeds,
    listed_without_months,
    paid,
    payments,
    register,
    sent,
)

# SOMCHAI may pay November; MALEE is listed with nothing to pay; PRASERT's status has ended;
# DAO is registered but in no feed; NOBODY is not registered.
PEOPLE = register((SOMCHAI, "39"), (MALEE, "39"), (PRASERT, "39"), (DAO, "39"))
HAND = feeds({})
FEED = sent(
    {},
    listed_without_months(national_id=MALEE),
    listed_without_months(national_id=PRASERT, status_code="E"),
)


def outcomes(
    payment_table: pa.Table,
    sent_table: pa.Table = FEED,
    paid_table: pa.Table | None = None,
    feed_table: pa.Table = HAND,
) -> list[str]:
    matched = match_payments(payment_table, feed_table, sent_table, paid_table or paid(), PEOPLE)
    assert matched.schema == OUTCOMES_SCHEMA
    assert matched.num_rows == payment_table.num_rows
    return list(matched["outcome"].to_pylist())


@pytest.mark.parametrize(
    ("payment", "outcome"),
    [
        ({}, Outcome.POSTED),
        ({"transaction_kind": "D"}, Outcome.DEBIT),
        ({"is_rejected": True}, Outcome.RECORD_REJECTED),
        ({"is_rejected": True, "payment_date": None}, Outcome.RECORD_REJECTED),
        ({"is_rejected": True, "transaction_kind": "D"}, Outcome.DEBIT),
        ({"is_rejected": True, "reference_valid": False}, Outcome.UNREADABLE_REFERENCE),
        ({"is_rejected": True, "national_id": NOBODY}, Outcome.RECORD_REJECTED),
        ({"reference_valid": False}, Outcome.UNREADABLE_REFERENCE),
        ({"period": None}, Outcome.UNREADABLE_REFERENCE),
        ({"national_id": None}, Outcome.UNREADABLE_REFERENCE),
        ({"section_code": None}, Outcome.UNREADABLE_REFERENCE),
        ({"national_id": NOBODY}, Outcome.UNKNOWN_PERSON),
        ({"national_id": DAO}, Outcome.NOT_SENT),
        ({"section_code": "40"}, Outcome.NOT_SENT),
        ({"payment_date": date(2026, 11, 18)}, Outcome.NOT_SENT),
        ({"payment_date": None}, Outcome.NOT_SENT),
        ({"national_id": PRASERT}, Outcome.STATUS_ENDED),
        ({"national_id": MALEE}, Outcome.WRONG_PERIOD),
        ({"period": 202610}, Outcome.WRONG_PERIOD),
        ({"payment_date": date(2026, 12, 16)}, Outcome.LATE_PAYMENT),
        ({"payment_date": date(2026, 12, 15)}, Outcome.POSTED),
        ({"amount_satang": 43_199}, Outcome.AMOUNT_SHORT),
        ({"amount_satang": 0}, Outcome.AMOUNT_SHORT),
    ],
)
def test_one_thing_wrong_is_named(payment: dict[str, object], outcome: Outcome) -> None:
    assert outcomes(payments(payment)) == [outcome]


def test_precedence_peels_off_one_fault_after_another() -> None:
    """A payment with every fault; repairing the one that is named brings up the next."""
    payment: dict[str, object] = {
        "transaction_kind": "D",
        "is_rejected": True,
        "national_id": NOBODY,
        "period": 202610,
        "amount_satang": 1,
    }
    already = paid((SOMCHAI, "39", 202610), (SOMCHAI, "39", PERIOD))
    repairs: list[tuple[Outcome, dict[str, object]]] = [
        (Outcome.DEBIT, {"transaction_kind": "C"}),
        (Outcome.RECORD_REJECTED, {"is_rejected": False, "reference_valid": False}),
        (Outcome.UNREADABLE_REFERENCE, {"reference_valid": True}),
        (Outcome.UNKNOWN_PERSON, {"national_id": DAO}),
        (Outcome.NOT_SENT, {"national_id": PRASERT}),
        (Outcome.STATUS_ENDED, {"national_id": SOMCHAI}),
    ]
    for named, repair in repairs:
        assert outcomes(payments(payment), paid_table=already) == [named]
        payment |= repair
    assert outcomes(payments(payment), paid_table=already) == [Outcome.DOUBLE_PAYMENT]
    assert outcomes(payments(payment)) == [Outcome.WRONG_PERIOD]
    payment |= {"period": PERIOD}
    assert outcomes(payments(payment)) == [Outcome.AMOUNT_SHORT]
    payment |= {"amount_satang": 43_200}
    assert outcomes(payments(payment)) == [Outcome.POSTED]


def test_of_two_payments_in_a_file_the_first_record_is_posted() -> None:
    reversed_rows = payments({"record_number": 9}, {"record_number": 4})
    matched = match_payments(reversed_rows, HAND, FEED, paid(), PEOPLE)
    assert matched["record_number"].to_pylist() == [4, 9]
    assert matched["outcome"].to_pylist() == [Outcome.POSTED, Outcome.DOUBLE_PAYMENT]


def test_a_payment_that_could_not_be_posted_does_not_make_the_next_one_double() -> None:
    assert outcomes(payments({"amount_satang": 100}, {}, {"amount_satang": 100})) == [
        Outcome.AMOUNT_SHORT,
        Outcome.POSTED,
        Outcome.DOUBLE_PAYMENT,
    ]


def test_neither_a_debit_nor_a_rejected_record_uses_up_the_month() -> None:
    assert outcomes(payments({"transaction_kind": "D"}, {"is_rejected": True}, {})) == [
        Outcome.DEBIT,
        Outcome.RECORD_REJECTED,
        Outcome.POSTED,
    ]


def test_what_was_offered_is_accepted_whatever_the_status() -> None:
    """An ended person may owe a last month; the months that were not offered stay refused."""
    feed = sent({"status_code": "E"})
    rows = payments({"amount_satang": 100}, {"period": 202612}, {})
    assert outcomes(rows, feed) == [
        Outcome.AMOUNT_SHORT,
        Outcome.STATUS_ENDED,
        Outcome.POSTED,
    ]


def test_whom_we_listed_we_know() -> None:
    """A register record that could not be read does not make the listed person unknown."""
    feed = sent({"national_id": NOBODY}, listed_without_months(national_id=MALEE))
    nobody = register((SOMCHAI, "39"))
    rows = payments(
        {"national_id": NOBODY},
        {"national_id": MALEE},
        {"national_id": NOBODY, "section_code": "40"},
        {"national_id": DAO},
        {"national_id": NOBODY, "payment_date": date(2026, 11, 18)},
    )
    matched = match_payments(rows, HAND, feed, paid(), nobody)
    assert matched["outcome"].to_pylist() == [
        Outcome.POSTED,
        Outcome.WRONG_PERIOD,
        Outcome.NOT_SENT,
        Outcome.UNKNOWN_PERSON,
        Outcome.UNKNOWN_PERSON,
    ]


THURSDAY, FRIDAY, MONDAY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23)
WEEK = feeds(
    {"delivery_id": "thursday", "business_date": THURSDAY, "valid_until": FRIDAY},
    {"delivery_id": "friday", "business_date": FRIDAY, "valid_until": MONDAY, "sequence": 2},
    {"delivery_id": "friday again", "business_date": FRIDAY, "valid_until": MONDAY, "sequence": 3},
)


def judged_by_week(sent_table: pa.Table, *rows: Mapping[str, object]) -> list[dict[str, object]]:
    matched = match_payments(payments(*rows), WEEK, sent_table, paid(), PEOPLE)
    told = matched.select(["outcome", "feed_date", "status_code", "expected_satang"])
    return list(told.to_pylist())


def test_before_the_days_feed_arrives_the_one_before_is_in_hand() -> None:
    """What either of the two valid feeds offered is good; afterwards only the new one counts."""
    rows = sent(
        {"delivery_id": "thursday"},
        listed_without_months(delivery_id="friday", status_code="E"),
    )
    days: list[dict[str, object]] = [{"payment_date": day} for day in (THURSDAY, FRIDAY, MONDAY)]
    people: list[dict[str, object]] = [{**day, "file_id": str(n)} for n, day in enumerate(days)]
    told = [judged_by_week(rows, row)[0] for row in people]
    assert [one["outcome"] for one in told] == [
        Outcome.POSTED,
        Outcome.POSTED,
        Outcome.STATUS_ENDED,
    ]
    assert [one["feed_date"] for one in told] == [THURSDAY, THURSDAY, FRIDAY]
    assert [one["status_code"] for one in told] == ["A", "A", "E"]


def test_a_superseded_version_counts_beside_its_successor() -> None:
    rows = sent(
        {"delivery_id": "friday", "amount_satang": 7_000},
        {"delivery_id": "friday again", "amount_satang": 10_000},
    )
    for amount, outcome, expected in [
        (7_000, Outcome.POSTED, 7_000),
        (10_000, Outcome.POSTED, 10_000),
        (300, Outcome.AMOUNT_SHORT, 10_000),
    ]:
        (told,) = judged_by_week(rows, {"amount_satang": amount, "payment_date": MONDAY})
        assert (told["outcome"], told["expected_satang"]) == (outcome, expected)


def test_the_best_of_the_feeds_in_hand_tells_the_break() -> None:
    """Each feed knows more than the newer ones: take the best away and the next one tells."""
    closed = {"payable_until": THURSDAY}
    rows: list[dict[str, object]] = [
        {"delivery_id": "thursday"},
        {"delivery_id": "friday", **closed, "amount_satang": 7_000},
        listed_without_months(delivery_id="friday again", status_code="E"),
    ]
    payment: dict[str, object] = {"amount_satang": 300, "payment_date": FRIDAY}
    told = [judged_by_week(sent(*rows[n:]), payment)[0] for n in range(4)]
    assert [(one["outcome"], one["expected_satang"]) for one in told] == [
        (Outcome.AMOUNT_SHORT, 43_200),
        (Outcome.LATE_PAYMENT, 7_000),
        (Outcome.STATUS_ENDED, None),
        (Outcome.NOT_SENT, None),
    ]
    assert [one["feed_date"] for one in told] == [THURSDAY, FRIDAY, FRIDAY, FRIDAY]


def test_without_a_valid_feed_the_last_one_is_in_hand_in_all_its_versions() -> None:
    rows = sent(
        {"delivery_id": "thursday", "period": 202610},
        {"delivery_id": "friday"},
        listed_without_months(delivery_id="friday again"),
    )
    late = {"payment_date": date(2026, 11, 25)}
    assert judged_by_week(rows, late)[0]["outcome"] == Outcome.POSTED
    october = {**late, "period": 202610}
    assert judged_by_week(rows, october)[0]["outcome"] == Outcome.WRONG_PERIOD


def test_a_person_dropped_from_the_feed_is_not_judged_by_an_older_one() -> None:
    """Also when others in the file, paying earlier, bring that older feed into the tables."""
    rows = sent(
        {"delivery_id": "thursday"},
        {"delivery_id": "thursday", "national_id": MALEE},
    )
    dropped: dict[str, object] = {"payment_date": MONDAY}
    other: dict[str, object] = {"payment_date": THURSDAY, "national_id": MALEE}
    assert judged_by_week(rows, dropped)[0]["outcome"] == Outcome.NOT_SENT
    assert [one["outcome"] for one in judged_by_week(rows, dropped, other)] == [
        Outcome.NOT_SENT,
        Outcome.POSTED,
    ]


def test_sections_have_their_own_feeds() -> None:
    both = feeds(
        {"delivery_id": "s39", "business_date": date(2026, 11, 18), "valid_until": FEED_DAY},
        {"delivery_id": "s40", "section_code": "40"},
    )
    rows = sent(
        {"delivery_id": "s39"},
        {"delivery_id": "s40", "section_code": "40", "amount_satang": 7_000},
    )
    of_40: dict[str, object] = {"section_code": "40", "amount_satang": 7_000}
    assert outcomes(payments({}, of_40), rows, feed_table=both) == [Outcome.POSTED] * 2


def test_a_posted_payment_carries_the_option_that_was_sent() -> None:
    hand = feeds({"section_code": "40"})
    feed = sent({"section_code": "40", "option_code": "01", "amount_satang": 7_000})
    of_section_40: dict[str, object] = {"section_code": "40", "amount_satang": 7_000}
    rows = payments(
        {**of_section_40, "option_code": "02"},
        {**of_section_40, "option_code": "02", "amount_satang": 10_000, "record_number": 1},
    )
    matched = match_payments(rows, hand, feed, paid(), PEOPLE)
    assert matched["outcome"].to_pylist() == [Outcome.AMOUNT_OVER, Outcome.POSTED]
    assert matched["option_code"].to_pylist() == ["02", "01"]
    assert matched["expected_satang"].to_pylist() == [7_000, 7_000]


def test_nothing_paid_gives_an_empty_table() -> None:
    assert outcomes(payments()) == []
    assert outcomes(payments({}), sent()) == [Outcome.NOT_SENT]
    assert outcomes(payments({}), sent(), feed_table=feeds()) == [Outcome.NOT_SENT]


def test_columns_in_any_order_with_others_beside_them() -> None:
    rows = payments({}).append_column("teller_code", pa.array(["0001"]))
    shuffled = rows.select(sorted(rows.column_names))
    assert outcomes(shuffled) == [Outcome.POSTED]


@pytest.mark.parametrize(
    ("payment", "says"),
    [
        ({"transaction_kind": "X"}, "transaction_kind is C or D"),
        ({"amount_satang": -1}, "an amount is never negative"),
        ({"amount_satang": None}, "payments: amount_satang may not be null"),
    ],
)
def test_a_table_that_breaks_the_contract_raises(payment: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        match_payments(payments(payment), HAND, FEED, paid(), PEOPLE)


def test_a_missing_column_raises() -> None:
    with pytest.raises(ValueError, match="sent: column period is missing"):
        match_payments(payments({}), HAND, FEED.drop_columns("period"), paid(), PEOPLE)
    with pytest.raises(ValueError, match="feeds: column valid_until is missing"):
        match_payments(payments({}), HAND.drop_columns("valid_until"), FEED, paid(), PEOPLE)
