"""Closing days: proven before, untouched after, once whoever does it."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import accounts, books, schema
from ledger.audit import entries_of, verify_chain
from ledger.books import (
    ENTRIES_SCHEMA,
    DayClose,
    book_day,
    check_books,
    close_books,
    close_of,
    closes,
    entries,
    last_closed,
    last_closed_in,
    period_of_close,
)
from ledger.breaks import record_break_event
from ledger.database import open_ledger, writing
from ledger.errors import BooksError, LedgerError
from ledger.file_breaks import FileBreakCode, file_breaks
from ledger.legs import insert_legs
from ledger.months import paid_months
from ledger.postings import ReturnTotals
from ledger.refunds import Refund, insert_refund
from ledger.reversals import PostingKey, reverse
from ledger.settlements import LINES_SCHEMA, SettlementTotals, load_settlement
from tests.ledger.made_outcomes import (
    MONTHLY,
    balance,
    load,
    outcomes,
    resolution,
    resolve,
    rows_of,
    undo_leg,
)
from tests.ledger.payments import DAO, DAY, NOW, PARTNER, RETURN_FILE, SOMCHAI, land
from tests.ledger.tampering import tampering

NEXT_DAY, THIRD_DAY = DAY + timedelta(days=1), DAY + timedelta(days=2)
SECOND_FILE, ADVICE = "b" * 64, "c" * 64
MONTH = accounts.contribution("39", None)
CLEARING, SUSPENSE = accounts.clearing(PARTNER), accounts.suspense(PARTNER)
FEE = 100


def a_day(engine: Engine) -> None:
    """Posted, broken, taken back by the bank: record 2, 3 and 4."""
    land(engine)
    rows = ({}, {"outcome": "WRONG_PERIOD", "period": 202612}, {"outcome": "DEBIT"})
    load(engine, outcomes(*rows))


def settle(engine: Engine, day: date = NEXT_DAY, gross: int = MONTHLY) -> None:
    """The bank credits something for DAY."""
    land(engine, [ADVICE], day)
    line = {
        "record_number": 2,
        "collector": PARTNER,
        "collection_date": DAY,
        "value_date": day,
        "payment_count": 1,
        "gross_satang": gross,
        "fee_satang": FEE,
        "bank_reference": "CR1",
    }
    lines = pa.Table.from_pylist([line], schema=LINES_SCHEMA)
    totals = SettlementTotals(1, gross, FEE, gross - FEE)
    load_settlement(engine, ADVICE, lines, partner="a_bank", totals=totals, recorded_at=NOW)


def close(engine: Engine, day: date = DAY) -> DayClose:
    return close_books(engine, day, recorded_at=NOW)


def failing(engine: Engine, day: date | None = None, *, full: bool = False) -> set[str]:
    """Names of the identities that fail."""
    return {one.name for one in check_books(engine, day, full=full) if not one.agrees}


def test_a_close_records_what_stands_in_the_books(ledger: Engine) -> None:
    assert last_closed(ledger) is None
    a_day(ledger)
    balances = {CLEARING: MONTHLY, MONTH: -MONTHLY, SUSPENSE: 0}
    closed = close(ledger)
    assert closed == DayClose(DAY, 3, 3 * MONTHLY, balances, NOW)
    assert closes(ledger) == [closed]
    assert close_of(ledger, DAY) == closed
    assert close_of(ledger, NEXT_DAY) is None
    assert last_closed(ledger) == DAY
    (told,) = entries_of(ledger, DAY.isoformat())
    assert told.kind == "books.closed"
    assert told.detail == {"postings": 3, "moved_satang": 3 * MONTHLY}
    assert verify_chain(ledger).fault is None


def test_a_day_is_closed_once(ledger: Engine) -> None:
    a_day(ledger)
    first = close(ledger)
    assert close_books(ledger, DAY, recorded_at=NOW + timedelta(days=1)) == first
    assert len(closes(ledger)) == len(entries_of(ledger, DAY.isoformat())) == 1


def test_a_close_covers_the_open_days_before_it(ledger: Engine) -> None:
    a_day(ledger)
    closed = close(ledger, THIRD_DAY)
    assert closed.postings == 3
    assert period_of_close(ledger, THIRD_DAY) == (None, THIRD_DAY)
    with pytest.raises(LedgerError, match=f"books up to {THIRD_DAY} are closed"):
        close(ledger, NEXT_DAY)
    with pytest.raises(LedgerError, match=f"books of {NEXT_DAY} are not closed"):
        period_of_close(ledger, NEXT_DAY)


def test_a_close_of_nothing_is_one_too(ledger: Engine) -> None:
    assert close(ledger) == DayClose(DAY, 0, 0, {}, NOW)
    assert close(ledger, THIRD_DAY).postings == 0
    assert period_of_close(ledger, THIRD_DAY) == (DAY, THIRD_DAY)


def test_balances_are_carried_from_close_to_close(ledger: Engine) -> None:
    a_day(ledger)
    close(ledger)
    settle(ledger)
    closed = close(ledger, NEXT_DAY)
    assert (closed.postings, closed.moved_satang) == (2, MONTHLY)
    assert closed.balances == balance(ledger) == balance(ledger, booked_to=NEXT_DAY)
    assert closed.balances["bank:a_bank"] == MONTHLY - FEE
    assert closes(ledger)[0].balances == balance(ledger, booked_to=DAY)
    assert failing(ledger, full=True) == set()


def test_what_is_booked_later_does_not_disturb_the_close_of_an_earlier_day(ledger: Engine) -> None:
    """The night of the next day may have loaded its return before this day is closed."""
    a_day(ledger)
    land(ledger, [SECOND_FILE], NEXT_DAY)
    table = outcomes({"period": 202601}, {"outcome": "NOT_SENT"}, file_id=SECOND_FILE)
    load(ledger, table, SECOND_FILE)
    resolve(ledger, resolution(3, MONTH, NEXT_DAY, period=202612), NEXT_DAY)
    assert failing(ledger, DAY) == set()
    assert close(ledger).balances == balance(ledger, booked_to=DAY)
    assert close(ledger, NEXT_DAY).balances == balance(ledger)


def test_refunds_stay_payable_until_they_are_paid(ledger: Engine) -> None:
    a_day(ledger)
    to_pay = resolution(3, accounts.REFUNDS_PAYABLE, DAY)
    leg = resolve(ledger, to_pay, DAY)
    assert failing(ledger, full=True) == {"refunds"}, "nobody said where it goes"
    refund = Refund(RETURN_FILE, 3, leg, SOMCHAI, MONTHLY, "004", "0001", "1234567890", "ก ข")
    with writing(ledger, "posting") as connection:
        insert_refund(connection, refund, recorded_at=NOW)
    assert close(ledger).balances[accounts.REFUNDS_PAYABLE] == -MONTHLY
    with writing(ledger, "posting") as connection:
        paid = replace(
            to_pay,
            debit_account=accounts.REFUNDS_PAYABLE,
            credit_account=accounts.bank("a_bank"),
            book_date=NEXT_DAY,
            pass_name="refund_paid.1",
        )
        insert_legs(connection, [paid], recorded_at=NOW)
    assert close(ledger, NEXT_DAY).balances[accounts.REFUNDS_PAYABLE] == 0
    assert failing(ledger, full=True) == set()


def test_a_payment_within_tolerance_balances(ledger: Engine) -> None:
    land(ledger)
    for difference, period in ((100, 202610), (-100, 202611)):
        file_id = f"{period:064d}"
        land(ledger, [file_id])
        row = {"amount_satang": MONTHLY + difference, "tolerance_satang": difference}
        table = outcomes({**row, "period": period, "pass_name": "tolerance.1"}, file_id=file_id)
        load(ledger, table, file_id)
    assert close(ledger).balances["tolerance:counter_service"] == 0
    assert failing(ledger, full=True) == set()


class TestBookDates:
    def test_an_open_day_is_given_as_it_is_wanted(self, ledger: Engine) -> None:
        with writing(ledger, "posting") as connection:
            assert book_day(connection, DAY) == DAY
            assert last_closed_in(connection) is None
        close(ledger)
        with writing(ledger, "posting") as connection:
            assert book_day(connection, DAY) == NEXT_DAY
            assert book_day(connection, date(2020, 1, 1)) == NEXT_DAY
            assert book_day(connection, THIRD_DAY) == THIRD_DAY

    def test_nothing_is_entered_on_a_closed_day(self, ledger: Engine) -> None:
        a_day(ledger)
        close(ledger)
        with writing(ledger, "posting") as connection:
            with pytest.raises(LedgerError, match=f"books up to {DAY} are closed"):
                insert_legs(connection, [resolution(3, MONTH, DAY)], recorded_at=NOW)
            with pytest.raises(LedgerError, match="are closed"):
                undo_leg(connection, RETURN_FILE, 2, 1, DAY)

    def test_a_return_in_time_stands_in_its_own_day_whenever_it_is_loaded(
        self, ledger: Engine
    ) -> None:
        land(ledger)
        load(ledger, outcomes({}), book_date=THIRD_DAY)
        assert {row["book_date"] for row in rows_of(ledger, schema.posting)} == {DAY}
        assert file_breaks(ledger) == []

    @pytest.mark.parametrize(
        ("given", "booked"), [(None, NEXT_DAY), (DAY, NEXT_DAY), (THIRD_DAY, THIRD_DAY)]
    )
    def test_a_late_return_stands_in_an_open_day_and_is_a_break(
        self, ledger: Engine, given: date | None, booked: date
    ) -> None:
        before = close(ledger)
        land(ledger)
        rows = ({}, {"outcome": "NOT_SENT", "period": 202601}, {"outcome": "DEBIT"})
        load(ledger, outcomes(*rows), book_date=given)
        for table in (schema.posting, schema.posting_batch):
            assert {row["book_date"] for row in rows_of(ledger, table)} == {booked}
        (late,) = file_breaks(ledger)
        assert (late.break_id, late.code) == (f"late.{'a' * 12}", FileBreakCode.RETURN_LATE)
        assert (late.file_id, late.business_date) == (RETURN_FILE, DAY)
        assert (late.amount_satang, late.detail) == (2 * MONTHLY, {"book_date": str(booked)})
        load(ledger, outcomes(*rows), book_date=given)
        assert len(file_breaks(ledger)) == 1
        assert paid_months(ledger, up_to=booked - timedelta(days=1)).num_rows == 0
        assert paid_months(ledger, up_to=booked).num_rows == 1
        assert close(ledger) == before
        assert close(ledger, booked).postings == 3
        assert failing(ledger, full=True) == set()

    def test_a_late_return_that_does_not_balance_leaves_no_break(self, ledger: Engine) -> None:
        close(ledger)
        land(ledger)
        with pytest.raises(LedgerError, match="does not balance"):
            load(ledger, outcomes({}), totals=ReturnTotals(9, MONTHLY))
        assert file_breaks(ledger) == []

    def test_what_is_undone_later_stays_in_the_months_of_before(self, ledger: Engine) -> None:
        a_day(ledger)
        close(ledger)
        number = resolve(ledger, resolution(3, MONTH, DAY, period=202612), DAY)
        with writing(ledger, "posting") as connection:
            undo_leg(connection, RETURN_FILE, 3, number, THIRD_DAY)
        numbers = [paid_months(ledger, up_to=DAY + timedelta(days=n)).num_rows for n in range(3)]
        assert numbers == [1, 2, 1]


class TestRefusal:
    """Whoever owns the database changes a row; the day stays open and every identity is named."""

    @pytest.mark.parametrize(
        ("table", "change", "names"),
        [
            (
                "posting",
                "UPDATE posting SET amount_satang = amount_satang + 1 WHERE record_number = 2",
                {"collected", "clearing", "months", "months_satang"},
            ),
            (
                "posting",
                "UPDATE posting SET amount_satang = amount_satang + 1 WHERE record_number = 3",
                {"collected", "clearing", "suspense"},
            ),
            (
                "posting",
                "DELETE FROM posting WHERE record_number = 4",
                {"given_back", "clearing", "suspense"},
            ),
            (
                "posting",
                "UPDATE posting SET national_id = '9' WHERE record_number = 2",
                {"months"},
            ),
            (
                "posting",
                "UPDATE posting SET book_date = '2026-11-25' WHERE record_number = 2",
                {"collected", "clearing"},
            ),
            (
                "posting_batch",
                "UPDATE posting_batch SET posted_satang = 1",
                {"collected", "clearing"},
            ),
            (
                "posting_batch",
                "UPDATE posting_batch SET broken_satang = 1",
                {"collected", "broken", "clearing"},
            ),
            (
                "payment_break",
                "UPDATE payment_break SET amount_satang = 1 WHERE code <> 'DEBIT'",
                {"broken", "suspense"},
            ),
            ("month_paid", "DELETE FROM month_paid", {"months", "months_satang"}),
            ("month_paid", "UPDATE month_paid SET paid_date = '2026-11-01'", {"months"}),
        ],
    )
    def test_a_change_in_an_open_day(
        self, ledger: Engine, table: str, change: str, names: set[str]
    ) -> None:
        a_day(ledger)
        with tampering(ledger, table) as connection:
            connection.execute(sa.text(change))
        assert failing(ledger, DAY) == failing(ledger, DAY, full=True) == names
        with pytest.raises(BooksError) as refused:
            close(ledger)
        said = str(refused.value)
        assert said.startswith(f"the books of {DAY} do not balance and stay open: ")
        assert "\n" not in said
        for one in check_books(ledger, DAY):
            spelled = f"{one.name} {one.subject}: {one.left_satang} is not {one.right_satang}"
            assert (spelled in said) == (not one.agrees)
        assert closes(ledger) == []
        assert entries_of(ledger, DAY.isoformat()) == []

    @pytest.mark.parametrize(
        ("table", "change", "names"),
        [
            (
                "posting",
                "UPDATE posting SET amount_satang = amount_satang + 1 WHERE record_number = 2 "
                "AND book_date = '2026-11-20'",
                {"closed_satang", "closed_balance"},
            ),
            (
                "posting",
                "UPDATE posting SET credit_account = 'contributions:33' WHERE record_number = 2 "
                "AND book_date = '2026-11-20'",
                {"closed_balance"},
            ),
            (
                "posting",
                "UPDATE posting SET book_date = '2026-11-20' WHERE pass_name = 'settlement.1'",
                {"closed_postings", "closed_satang", "closed_balance", "settled", "clearing"},
            ),
            (
                "day_close",
                "UPDATE day_close SET balances = '{}'",
                {"closed_balance", "clearing"},
            ),
            (
                "settlement",
                "UPDATE settlement SET gross_satang = gross_satang + 1",
                {"settled", "clearing"},
            ),
        ],
    )
    def test_a_change_behind_a_closed_day(
        self, ledger: Engine, table: str, change: str, names: set[str]
    ) -> None:
        a_day(ledger)
        close(ledger)
        settle(ledger)
        with tampering(ledger, table) as connection:
            connection.execute(sa.text(change))
        assert failing(ledger, NEXT_DAY) == names
        with pytest.raises(BooksError):
            close(ledger, NEXT_DAY)
        assert last_closed(ledger) == DAY

    def test_a_change_behind_older_closes_is_found_by_the_full_check(self, ledger: Engine) -> None:
        a_day(ledger)
        for day in (DAY, NEXT_DAY, THIRD_DAY):
            close(ledger, day)
        with tampering(ledger, "posting") as connection:
            change = "UPDATE posting SET amount_satang = 7 WHERE record_number < 4"
            connection.execute(sa.text(change))
        assert failing(ledger) == set(), "it takes the last close for granted"
        wrong = failing(ledger, full=True)
        assert {"closed_satang", "closed_balance", "collected", "suspense", "months"} <= wrong

    def test_a_break_that_is_resolved_without_a_posting(self, ledger: Engine) -> None:
        a_day(ledger)
        record_break_event(ledger, RETURN_FILE, 3, "held", recorded_at=NOW)
        assert failing(ledger) == set()
        record_break_event(ledger, RETURN_FILE, 3, "resolved", recorded_at=NOW)
        with pytest.raises(BooksError, match=f"suspense {PARTNER}: 0 is not -{MONTHLY}"):
            close(ledger)
        record_break_event(ledger, RETURN_FILE, 3, "reopened", recorded_at=NOW)
        close(ledger)

    def test_money_that_a_reversal_left_nowhere(self, ledger: Engine) -> None:
        """It was collected, and is neither posted nor broken."""
        a_day(ledger)
        reverse(
            ledger,
            PostingKey(RETURN_FILE, 2),
            who="malee",
            reason="wrong person",
            effective_date=DAY,
            recorded_at=NOW,
        )
        with pytest.raises(BooksError, match=f"clearing {PARTNER}: 0 is not {MONTHLY}"):
            close(ledger)
        again = resolution(2, MONTH, DAY, debit=CLEARING, national_id=DAO)
        with writing(ledger, "posting") as connection:
            insert_legs(connection, [again], recorded_at=NOW)
        close(ledger)


class TestEntries:
    def test_they_are_those_of_the_period_with_file_and_partner(self, ledger: Engine) -> None:
        a_day(ledger)
        close(ledger)
        settle(ledger)
        first = entries(ledger, None, DAY)
        later = entries(ledger, DAY, NEXT_DAY)
        assert first.schema == later.schema == ENTRIES_SCHEMA
        assert entries(ledger, None, NEXT_DAY) == pa.concat_tables([first, later])
        assert first["record_number"].to_pylist() == [2, 3, 4]
        (told, *_) = first.to_pylist()
        assert told == {
            "file_id": RETURN_FILE,
            "record_number": 2,
            "rule_version": told["rule_version"],
            "leg": 1,
            "national_id": SOMCHAI,
            "section_code": "39",
            "option_code": None,
            "period": 202611,
            "amount_satang": MONTHLY,
            "debit_account": CLEARING,
            "credit_account": MONTH,
            "effective_date": DAY,
            "recorded_at": NOW,
            "book_date": DAY,
            "pass_name": "exact.1",
            "partner": PARTNER,
            "file_name": f"CSPAY_{'a' * 8}",
            "business_date": DAY,
        }
        assert set(later["partner"].to_pylist()) == {"a_bank"}
        assert entries(ledger, NEXT_DAY, THIRD_DAY).num_rows == 0


def _close_in_process(url: str, days: list[date]) -> list[DayClose]:
    engine = open_ledger(url)
    try:
        return [close_books(engine, day, recorded_at=NOW) for day in days]
    finally:
        engine.dispose()


def test_processes_closing_at_once_close_each_day_once(ledger_url: str) -> None:
    engine = open_ledger(ledger_url)
    a_day(engine)
    days = [DAY + timedelta(days=number) for number in range(6)]
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes:
        found = list(processes.map(_close_in_process, [ledger_url] * 3, [days] * 3))
    assert found == [closes(engine)] * 3
    assert [one.postings for one in closes(engine)] == [3, 0, 0, 0, 0, 0]
    assert verify_chain(engine).entries == len(rows_of(engine, schema.audit))
    assert verify_chain(engine).fault is None
    engine.dispose()


def test_a_crash_while_closing_leaves_the_day_open(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the power failed")

    a_day(ledger)
    monkeypatch.setattr(books, "append_entries", crash)
    with pytest.raises(RuntimeError):
        close(ledger)
    assert last_closed(ledger) is None
