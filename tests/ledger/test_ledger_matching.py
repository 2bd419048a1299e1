"""Matching by example: each break, and which one wins when several hold."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from ledger.matching import match_payments
from ledger.outcomes import OUTCOMES_SCHEMA, Outcome
from tests.ledger.payments import (
    DAO,
    MALEE,
    NOBODY,
    PERIOD,
    PRASERT,
    SOMCHAI,
    listed_without_months,
    paid,
    payments,
    register,
    sent,
)

# SOMCHAI may pay November; MALEE is listed with nothing to pay; PRASERT's status has ended;
# DAO is registered but in no feed; NOBODY is not registered.
PEOPLE = register((SOMCHAI, "39"), (MALEE, "39"), (PRASERT, "39"), (DAO, "39"))
FEED = sent(
    {},
    listed_without_months(national_id=MALEE),
    listed_without_months(national_id=PRASERT, status_code="E"),
)


def outcomes(
    payment_table: pa.Table, sent_table: pa.Table = FEED, paid_table: pa.Table | None = None
) -> list[str]:
    matched = match_payments(payment_table, sent_table, paid_table or paid(), PEOPLE)
    assert matched.schema == OUTCOMES_SCHEMA
    assert matched.num_rows == payment_table.num_rows
    return list(matched["outcome"].to_pylist())


@pytest.mark.parametrize(
    ("payment", "outcome"),
    [
        ({}, Outcome.POSTED),
        ({"transaction_kind": "D"}, Outcome.DEBIT),
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
        ({"payment_date": date(2026, 12, 16)}, Outcome.WRONG_PERIOD),
        ({"payment_date": date(2026, 12, 15)}, Outcome.POSTED),
        ({"amount_satang": 43_199}, Outcome.WRONG_AMOUNT),
        ({"amount_satang": 0}, Outcome.WRONG_AMOUNT),
    ],
)
def test_one_thing_wrong_is_named(payment: dict[str, object], outcome: Outcome) -> None:
    assert outcomes(payments(payment)) == [outcome]


def test_precedence_peels_off_one_fault_after_another() -> None:
    """A payment with every fault; repairing the one that is named brings up the next."""
    payment: dict[str, object] = {
        "transaction_kind": "D",
        "reference_valid": False,
        "national_id": NOBODY,
        "period": 202610,
        "amount_satang": 1,
    }
    already = paid((SOMCHAI, "39", 202610), (SOMCHAI, "39", PERIOD))
    repairs: list[tuple[Outcome, dict[str, object]]] = [
        (Outcome.DEBIT, {"transaction_kind": "C"}),
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
    assert outcomes(payments(payment)) == [Outcome.WRONG_AMOUNT]
    payment |= {"amount_satang": 43_200}
    assert outcomes(payments(payment)) == [Outcome.POSTED]


def test_of_two_payments_in_a_file_the_first_record_is_posted() -> None:
    reversed_rows = payments({"record_number": 9}, {"record_number": 4})
    matched = match_payments(reversed_rows, FEED, paid(), PEOPLE)
    assert matched["record_number"].to_pylist() == [4, 9]
    assert matched["outcome"].to_pylist() == [Outcome.POSTED, Outcome.DOUBLE_PAYMENT]


def test_a_payment_that_could_not_be_posted_does_not_make_the_next_one_double() -> None:
    assert outcomes(payments({"amount_satang": 100}, {}, {"amount_satang": 100})) == [
        Outcome.WRONG_AMOUNT,
        Outcome.POSTED,
        Outcome.DOUBLE_PAYMENT,
    ]


def test_a_debit_does_not_use_up_the_month() -> None:
    assert outcomes(payments({"transaction_kind": "D"}, {})) == [Outcome.DEBIT, Outcome.POSTED]


def test_the_feed_in_hand_on_the_payment_date_decides() -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    feeds = sent(
        {"business_date": friday},
        listed_without_months(business_date=monday, status_code="S"),
    )
    sunday, tuesday = date(2026, 11, 22), date(2026, 11, 24)
    rows = payments({"payment_date": sunday}, {"payment_date": tuesday})
    matched = match_payments(rows, feeds, paid(), PEOPLE)
    assert matched["outcome"].to_pylist() == [Outcome.POSTED, Outcome.STATUS_ENDED]
    assert matched["feed_date"].to_pylist() == [friday, monday]
    assert matched["status_code"].to_pylist() == ["A", "S"]


def test_sections_have_their_own_feeds() -> None:
    feeds = sent(
        {"business_date": date(2026, 11, 18)},
        {"business_date": date(2026, 11, 19), "section_code": "40", "amount_satang": 7_000},
    )
    assert outcomes(payments({}), feeds) == [Outcome.POSTED]


def test_a_posted_payment_carries_the_option_that_was_sent() -> None:
    feed = sent({"section_code": "40", "option_code": "01", "amount_satang": 7_000})
    of_section_40: dict[str, object] = {"section_code": "40", "amount_satang": 7_000}
    rows = payments(
        {**of_section_40, "option_code": "02"},
        {**of_section_40, "option_code": "02", "amount_satang": 10_000, "record_number": 1},
    )
    matched = match_payments(rows, feed, paid(), PEOPLE)
    assert matched["outcome"].to_pylist() == [Outcome.WRONG_AMOUNT, Outcome.POSTED]
    assert matched["option_code"].to_pylist() == ["02", "01"]
    assert matched["expected_satang"].to_pylist() == [7_000, 7_000]


def test_nothing_paid_gives_an_empty_table() -> None:
    assert outcomes(payments()) == []
    assert outcomes(payments({}), sent()) == [Outcome.NOT_SENT]


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
        match_payments(payments(payment), FEED, paid(), PEOPLE)


def test_a_missing_column_raises() -> None:
    with pytest.raises(ValueError, match="sent: column period is missing"):
        match_payments(payments({}), FEED.drop_columns("period"), paid(), PEOPLE)
