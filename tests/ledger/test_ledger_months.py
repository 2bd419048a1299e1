"""Months paid: the table that is kept up equals the one made anew; and the past stays the past."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.accounts import contribution, suspense
from ledger.books import check_books, close_books, last_closed
from ledger.database import open_ledger, writing
from ledger.errors import LedgerError
from ledger.legs import insert_legs, reverse_leg
from ledger.month_paid import MONTHS_DIFFERING_SCHEMA, months_differing, rebuild_months
from ledger.months import paid_months
from tests.ledger.made_outcomes import (
    MONTHLY,
    balance,
    load,
    outcomes,
    resolution,
    rows_of,
    undo_leg,
)
from tests.ledger.payments import DAY, NOW, PARTNER, RETURN_FILE, SOMCHAI, land
from tests.ledger.tampering import tampering
from tests.sampling import sampled

DAYS = [DAY + timedelta(days=number) for number in range(5)]
PERIODS = [202610, 202611, 202612]
CODES = ["POSTED", "POSTED", "POSTED", "WRONG_PERIOD", "DEBIT"]

PAYMENT = st.tuples(
    st.sampled_from(CODES),
    st.integers(0, 2),  # person
    st.sampled_from(PERIODS),
    st.sampled_from(["exact.1", "several_months.1", "several_payments.1", "tolerance.1"]),
    st.integers(0, 4),  # paid on
)
STEP = st.one_of(
    st.tuples(st.just("load"), st.integers(0, 4), st.lists(PAYMENT, max_size=5)),
    st.tuples(st.just("move"), st.integers(0, 9), st.sampled_from(PERIODS)),
    st.tuples(st.just("reverse"), st.integers(0, 9), st.integers(0, 4)),
    st.tuples(st.just("close"), st.integers(0, 4)),
)


@dataclass
class World:
    """A ledger to which things happen, in the order of a clock of its own."""

    engine: Engine
    moment: datetime = NOW
    files: int = 0
    breaks: list[tuple[str, int, str, int]] = field(default_factory=list)

    def happen(self, step: Sequence[Any]) -> None:
        """One thing."""
        self.moment += timedelta(hours=1)
        verb, *rest = step
        getattr(self, verb)(*rest)

    def load(self, day: int, payments: list[tuple[str, int, int, str, int]]) -> None:
        self.files += 1
        file_id = hashlib.sha256(str(self.files).encode()).hexdigest()
        land(self.engine, [file_id], DAYS[day])
        rows = [row for payment in payments for row in _rows(*payment)]
        table = outcomes(*rows, file_id=file_id)
        load(self.engine, table, file_id, recorded_at=self.moment)
        self.breaks += [
            (row["file_id"], row["record_number"], row["national_id"], row["amount_satang"])
            for row in rows_of(self.engine, schema.payment_break)
            if row["file_id"] == file_id and row["code"] != "DEBIT"
        ]

    def move(self, which: int, period: int) -> None:
        if which >= len(self.breaks):
            return
        file_id, record, person, satang = self.breaks.pop(which)
        leg = resolution(
            record,
            contribution("39", None),
            self._open_day(),
            file_id=file_id,
            period=period,
            national_id=person,
            satang=satang,
        )
        with writing(self.engine, "posting") as connection:
            insert_legs(connection, [leg], recorded_at=self.moment)

    def reverse(self, which: int, effective: int) -> None:
        rows = [row for row in rows_of(self.engine, schema.posting) if row["leg"] > 0]
        if which >= len(rows):
            return
        row = rows[which]
        with writing(self.engine, "posting") as connection:
            try:
                reverse_leg(
                    connection,
                    row["file_id"],
                    row["record_number"],
                    row["leg"],
                    effective_date=DAYS[effective],
                    book_date=self._open_day(),
                    recorded_at=self.moment,
                )
            except LedgerError as error:
                assert "was reversed already" in str(error)

    def close(self, day: int) -> None:
        """Random reversals leave money nowhere: then the day stays open."""
        agrees = all(one.agrees for one in check_books(self.engine, DAYS[day]))
        try:
            close_books(self.engine, DAYS[day], recorded_at=self.moment)
        except LedgerError as error:
            assert not agrees or "it cannot be closed by itself" in str(error)

    def _open_day(self) -> date:
        last = last_closed(self.engine)
        return DAYS[0] if last is None else last + timedelta(days=1)


def _rows(code: str, person: int, period: int, name: str, paid: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "outcome": code,
        "national_id": str(person) * 13,
        "period": period,
        "payment_date": DAYS[paid],
    }
    if code != "POSTED":
        return [row]
    row["pass_name"] = name
    if name == "several_months.1":
        return [row, {**row, "leg": 2, "period": 202701 + period % 10}]
    if name == "tolerance.1":
        return [{**row, "amount_satang": MONTHLY - 100 + 200 * (paid % 2),
                 "tolerance_satang": -100 + 200 * (paid % 2)}]  # fmt: skip
    return [row]


def judge(engine: Engine) -> None:
    """Everything told once more in Python, from the rows of the table alone."""
    assert months_differing(engine).num_rows == 0
    kept = rows_of(engine, schema.month_paid)
    rebuild_months(engine)
    assert rows_of(engine, schema.month_paid) == kept
    postings = rows_of(engine, schema.posting)
    moments = sorted({row["recorded_at"] for row in postings})
    for day in [*DAYS, DAYS[-1] + timedelta(days=9)]:
        assert paid_months(engine, up_to=day).to_pylist() == _months(postings, day)
        for limit in ("booked_to", "effective_to"):
            column = {"booked_to": "book_date", "effective_to": "effective_date"}[limit]
            expected = _balances([row for row in postings if row[column] <= day])
            assert balance(engine, **{limit: day}) == expected
        for moment in moments[:: len(moments) // 3 + 1]:
            some = [r for r in postings if r["recorded_at"] <= moment and r["book_date"] <= day]
            assert balance(engine, recorded_to=moment, booked_to=day) == _balances(some)
    for file_id in sorted({row["file_id"] for row in postings})[:2]:
        others = [row for row in postings if row["file_id"] != file_id]
        found = paid_months(engine, up_to=DAYS[2], excluding_file=file_id).to_pylist()
        assert found == _months(others, DAYS[2])


def _balances(postings: list[dict[str, Any]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in postings:
        total[row["debit_account"]] += row["amount_satang"]
        total[row["credit_account"]] -= row["amount_satang"]
    return dict(total)


def _months(postings: list[dict[str, Any]], up_to: date) -> list[dict[str, Any]]:
    known = [row for row in postings if row["book_date"] <= up_to]
    undone = {row["reverses"] for row in known}
    months: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for row in known:
        is_month = row["credit_account"].startswith("contributions:") and row["leg"] > 0
        if is_month and row["posting_id"] not in undone:
            key = (row["national_id"], row["section_code"], row["period"])
            months.setdefault(key, []).append(row)
    return [
        {
            "national_id": person,
            "section_code": section,
            "option_code": None,
            "period": period,
            "amount_satang": sum(row["amount_satang"] for row in rows),
            "paid_date": max(row["effective_date"] for row in rows),
        }
        for (person, section, period), rows in sorted(months.items())
    ]


@sampled(10, whole=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=12))
def test_whatever_happens_the_months_are_those_of_the_postings(
    sqlite_template: Path, tmp_path: Path, steps: list[tuple[Any, ...]]
) -> None:
    path = tmp_path / "world.db"
    for old in tmp_path.iterdir():
        old.unlink()
    shutil.copyfile(sqlite_template, path)
    engine = open_ledger(f"sqlite:///{path}")
    world = World(engine)
    for step in steps:
        world.happen(step)
        assert months_differing(engine).num_rows == 0
    judge(engine)
    engine.dispose()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_on_either_database(ledger: Engine, seed: int) -> None:
    random = Random(seed)
    world = World(ledger)

    def payment() -> tuple[str, int, int, str, int]:
        names = ["exact.1", "several_months.1", "several_payments.1", "tolerance.1"]
        return (random.choice(CODES), random.randrange(3), random.choice(PERIODS),
                random.choice(names), random.randrange(5))  # fmt: skip

    for number in range(24):
        verb = ("load", "load", "move", "reverse", "move", "close")[number % 6]
        step: tuple[Any, ...] = (verb, random.randrange(5))
        if verb == "load":
            step = (*step, [payment() for _ in range(6)])
        if verb == "move":
            step = (*step, random.choice(PERIODS))
        if verb == "reverse":
            step = (*step, random.randrange(5))
        world.happen(step)
    judge(ledger)


def test_a_month_is_paid_by_what_is_left_of_its_payments(ledger: Engine) -> None:
    land(ledger)
    rows = [
        {"outcome": "NOT_SENT", "payment_date": DAYS[number], "amount_satang": 100 + number}
        for number in range(3)
    ]
    load(ledger, outcomes(*rows))
    month = contribution("39", None)

    def kept() -> list[tuple[int, int, date]]:
        names = ("paid_satang", "payments", "paid_date")
        return [tuple(row[n] for n in names) for row in rows_of(ledger, schema.month_paid)]

    def undo(record: int) -> None:
        with writing(ledger, "posting") as connection:
            undo_leg(connection, RETURN_FILE, record, 2, DAY)

    with writing(ledger, "posting") as connection:
        legs = [resolution(n + 2, month, DAY, satang=100 + n) for n in range(3)]
        insert_legs(connection, legs, recorded_at=NOW)
    assert kept() == [(303, 3, DAY)]
    undo(3)
    assert kept() == [(202, 2, DAY)]
    undo(2)
    undo(4)
    assert kept() == []


def test_a_table_that_went_wrong_is_seen_and_made_anew(ledger: Engine) -> None:
    land(ledger)
    load(ledger, outcomes({}, {"period": 202610}))
    good = rows_of(ledger, schema.month_paid)
    with tampering(ledger, "month_paid") as connection:
        kept = schema.month_paid
        connection.execute(sa.delete(kept).where(kept.c.period == 202610))
        connection.execute(sa.update(kept).values(option_code="01"))
        connection.execute(
            sa.insert(kept).values(
                national_id="x", section_code="40", period=1, paid_satang=5, payments=1,
                paid_date=DAY,
            )
        )  # fmt: skip
    wrong = months_differing(ledger)
    assert wrong.schema == MONTHS_DIFFERING_SCHEMA
    assert [tuple(row.values()) for row in wrong.to_pylist()] == [
        (SOMCHAI, "39", 202610, 0, MONTHLY),
        (SOMCHAI, "39", 202611, MONTHLY, MONTHLY),
        ("x", "40", 1, 5, 0),
    ]
    rebuild_months(ledger)
    assert rows_of(ledger, schema.month_paid) == good
    assert suspense(PARTNER) not in balance(ledger)
