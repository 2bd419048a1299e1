"""Employers' payments are loaded whole, once and proven, and settle their month in any order."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from ledger import employer_payments, loading, schema
from ledger.audit import verify_chain
from ledger.books import check_books, close_books
from ledger.breaks import breaks_of, outcomes_of
from ledger.detail import from_text
from ledger.errors import LedgerError
from ledger.file_breaks import FileBreakCode, file_breaks
from ledger.load_proof import ReturnTotals
from ledger.loading import batch_of
from ledger.months import paid_months
from tests.ledger.made_outcomes import balance, rows_of
from tests.ledger.paying_employers import (
    ACCOUNT,
    BANK,
    CLEARING,
    DAY,
    DUE_DAY,
    HEAD_OFFICE,
    MONTH,
    NOW,
    OTHER,
    SUSPENSE,
    file_due,
    honest,
    land_payments,
    pay,
    rows,
    standing,
    stands,
)

LATE = date(2027, 3, 16)  # a month and a day after the due day
RECEIVABLE = "receivable:33"
UNKNOWN = {"outcome": "UNKNOWN_EMPLOYER", "employer_account": OTHER, "amount_satang": 70_000}
UNREADABLE = {
    "outcome": "UNREADABLE_REFERENCE",
    "employer_account": None,
    "employer_branch": None,
    "period": None,
    "amount_satang": 5_000,
}
DEBIT = {"outcome": "DEBIT", "amount_satang": 30_000}


def agrees(ledger: Engine) -> None:
    failing = [str(one) for one in check_books(ledger, full=True) if not one.agrees]
    assert failing == []


def test_payments_go_to_their_month_and_broken_ones_to_suspense(ledger: Engine) -> None:
    file_due(ledger, 150_000)
    batch = pay(ledger, {}, UNKNOWN, UNREADABLE, DEBIT, {"employer_account": OTHER})
    assert (batch.posted_count, batch.posted_satang) == (2, 300_000)
    assert (batch.broken_count, batch.broken_satang) == (2, 75_000)
    assert (batch.debit_count, batch.debit_satang) == (1, 30_000)
    assert batch.changed
    assert balance(ledger) == {
        CLEARING: 300_000 + 75_000 - 30_000,
        SUSPENSE: -45_000,
        RECEIVABLE: 0,
        "filed:33": -150_000,
        "overpaid:33": -150_000,
    }
    assert standing(ledger) == stands(filed=150_000, paid=150_000)
    assert standing(ledger, OTHER) == stands(paid=150_000, overpaid=150_000)
    assert verify_chain(ledger).fault is None
    assert outcomes_of(ledger, batch.file_id).to_pylist() == [
        {"record_number": 2, "outcome": "POSTED", "amount_satang": 150_000},
        {"record_number": 3, "outcome": "UNKNOWN_EMPLOYER", "amount_satang": 70_000},
        {"record_number": 4, "outcome": "UNREADABLE_REFERENCE", "amount_satang": 5_000},
        {"record_number": 5, "outcome": "DEBIT", "amount_satang": 30_000},
        {"record_number": 6, "outcome": "POSTED", "amount_satang": 150_000},
    ]
    agrees(ledger)


def test_only_what_moves_an_employers_account_names_it(ledger: Engine) -> None:
    pay(ledger, {}, UNREADABLE, UNKNOWN, DEBIT)
    names = ("record_number", "section_code", "employer_account", "employer_branch", "period")
    first = [row for row in rows_of(ledger, schema.posting) if row["leg"] == 1]
    assert [tuple(row[name] for name in names) for row in first] == [
        (2, "33", ACCOUNT, HEAD_OFFICE, MONTH),
        (3, None, None, None, None),
        (4, None, None, None, None),
        (5, None, None, None, None),
    ]
    assert {row["pass_name"] for row in first if row["record_number"] == 2} == {
        "employer_reference.1"
    }


def test_a_break_keeps_whom_its_references_name(ledger: Engine) -> None:
    batch = pay(ledger, UNKNOWN, UNREADABLE, DEBIT)
    found = breaks_of(ledger, file_id=batch.file_id).to_pylist()
    named = [from_text(row["suggestion"]) if row["suggestion"] else None for row in found]
    nobody: dict[str, Any] = {"candidates": 0, "moves": [], "pass": None}
    assert named == [
        {**nobody, "employer_account": OTHER, "employer_branch": HEAD_OFFICE},
        None,
        {**nobody, "employer_account": ACCOUNT, "employer_branch": HEAD_OFFICE},
    ]
    assert [(row["section_code"], row["period"]) for row in found] == [
        ("33", MONTH),
        (None, None),
        ("33", MONTH),
    ]
    assert [row["national_id"] for row in found] == [None] * 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_of_filing_and_payments_does_not_matter(
    ledger: Engine, order: tuple[int, ...]
) -> None:
    """1,000 baht due: 400 in time, 500 a month late, 150 later on the same day: 10.00 and 2.00
    baht of surcharge, and 38.00 too much."""
    late: list[dict[str, object]] = [
        {"amount_satang": 40_000, "payment_date": DUE_DAY},
        {"amount_satang": 50_000},
        {"amount_satang": 15_000},
    ]
    for number, step in enumerate(order, start=1):
        if step == len(late):
            file_due(ledger, 100_000, day=LATE)
        else:
            pay(ledger, late[step], day=LATE, number=number)
    assert standing(ledger) == stands(filed=100_000, paid=105_000, surcharge=1_200, overpaid=3_800)
    agrees(ledger)


def test_what_is_missing_stays_due_without_a_surcharge_until_it_is_paid(ledger: Engine) -> None:
    file_due(ledger, 100_000)
    pay(ledger, {"amount_satang": 30_000})
    assert standing(ledger) == stands(filed=100_000, paid=30_000, outstanding=70_000)
    pay(ledger, {"amount_satang": 70_000}, day=LATE)
    assert standing(ledger) == stands(
        filed=100_000, paid=100_000, surcharge=1_400, outstanding=1_400
    )


def test_payments_of_branches_settle_the_account_together(ledger: Engine) -> None:
    file_due(ledger, 100_000)
    pay(ledger, {"amount_satang": 60_000}, {"amount_satang": 40_000, "employer_branch": "000003"})
    assert standing(ledger) == stands(filed=100_000, paid=100_000)
    legs = [row for row in rows_of(ledger, schema.posting) if row["credit_account"] == RECEIVABLE]
    assert [row["employer_branch"] for row in legs] == [HEAD_OFFICE, "000003"]


def test_the_same_sum_twice_is_paid_too_much(ledger: Engine) -> None:
    file_due(ledger, 150_000)
    pay(ledger, {}, {})
    assert standing(ledger) == stands(filed=150_000, paid=300_000, overpaid=150_000)


def test_a_payment_of_nothing_is_a_break_that_moves_nothing(ledger: Engine) -> None:
    batch = pay(ledger, {"outcome": "NOTHING_PAID", "amount_satang": 0})
    assert (batch.broken_count, batch.broken_satang) == (1, 0)
    assert rows_of(ledger, schema.posting) == []
    agrees(ledger)


def test_a_payment_without_a_day_is_paid_on_the_day_of_its_file(ledger: Engine) -> None:
    pay(ledger, {"payment_date": None})
    assert rows_of(ledger, schema.posting)[0]["effective_date"] == DAY


def test_payments_are_no_months_of_persons(ledger: Engine) -> None:
    pay(ledger, {})
    assert paid_months(ledger, up_to=DAY).num_rows == 0
    assert rows_of(ledger, schema.month_paid) == []


def test_a_file_is_loaded_once(ledger: Engine) -> None:
    file_due(ledger, 150_000)
    first = pay(ledger, {}, UNKNOWN)
    before = rows_of(ledger, schema.posting)
    again = pay(ledger, {"amount_satang": 1})
    assert not again.changed
    assert again.posted_satang == first.posted_satang == 150_000
    assert rows_of(ledger, schema.posting) == before


@pytest.mark.parametrize(
    "totals",
    [
        ReturnTotals(2, 220_001),
        ReturnTotals(3, 220_000),
        ReturnTotals(1, 220_000, 1, 0),
        ReturnTotals(2, 150_000, 1, 70_000),
    ],
)
def test_a_trailer_that_says_otherwise_loads_nothing(ledger: Engine, totals: ReturnTotals) -> None:
    with pytest.raises(LedgerError, match=r"does not balance.*nothing was loaded"):
        pay(ledger, {}, UNKNOWN, totals=totals)
    assert rows_of(ledger, schema.posting) == rows_of(ledger, schema.posting_batch) == []


def test_a_posting_lost_on_the_way_is_seen_before_the_commit(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = employer_payments._posting_rows
    monkeypatch.setattr(employer_payments, "_posting_rows", lambda *given: whole(*given).slice(1))
    for lost in ({}, UNKNOWN):
        with pytest.raises(LedgerError, match="nothing was loaded"):
            pay(ledger, lost, {})
    assert rows_of(ledger, schema.posting_batch) == []


def test_a_crash_in_the_middle_leaves_nothing(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the power failed")

    file_due(ledger, 100_000)
    before = balance(ledger)
    monkeypatch.setattr(loading, "insert_events", crash)
    with pytest.raises(RuntimeError, match="the power failed"):
        pay(ledger, {}, UNKNOWN)
    assert batch_of(ledger, land_payments(ledger)) is None
    assert rows_of(ledger, schema.payment_break) == []
    assert balance(ledger) == before
    monkeypatch.undo()
    assert pay(ledger, {}, UNKNOWN).changed
    assert standing(ledger) == stands(filed=100_000, paid=150_000, overpaid=50_000)


def test_payments_of_a_closed_day_stand_in_an_open_one(ledger: Engine) -> None:
    pay(ledger, {}, day=date(2027, 2, 11))
    close_books(ledger, DAY, recorded_at=NOW)
    table = rows({"payment_date": DAY})
    load = employer_payments.load_employer_payments(
        ledger,
        land_payments(ledger),
        table,
        partner=BANK,
        totals=honest(table),
        recorded_at=NOW,
        book_date=DUE_DAY,
    )
    own = [row for row in rows_of(ledger, schema.posting) if row["file_id"] == load.file_id]
    assert {row["book_date"] for row in own} == {DUE_DAY}
    (late,) = file_breaks(ledger, code=FileBreakCode.RETURN_LATE)
    assert (late.business_date, late.amount_satang) == (DAY, 150_000)
    agrees(ledger)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"employer_account": None}, "names account"),
        ({"period": None}, "names account"),
        ({"amount_satang": 0}, "has an amount"),
    ],
)
def test_what_matching_must_never_give(
    ledger: Engine, record: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pay(ledger, record)


def test_a_record_stands_once(ledger: Engine) -> None:
    with pytest.raises(ValueError, match="one row for each record"):
        pay(ledger, {}, {"record_number": 2})
