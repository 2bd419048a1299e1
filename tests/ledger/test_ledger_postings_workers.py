"""Two processes that load files about the same months: each month once, groups whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pyarrow as pa
import sqlalchemy as sa

from ledger import schema
from ledger.books import check_books, close_books
from ledger.breaks import outcomes_of
from ledger.database import open_ledger, reading
from ledger.postings import PostingBatch
from tests.ledger.made_outcomes import MONTHLY, balance, load, outcomes
from tests.ledger.payments import DAY, NOW, land, totals_of

FILES = [digit * 64 for digit in "abcd"]
PEOPLE = 40  # each of them pays in every file
OCTOBER, NOVEMBER = 202610, 202611


def _person(number: int) -> str:
    return f"{1_000_000_000_000 + number}"


def _payments(file_number: int) -> pa.Table:
    """Of every person: both months at once, November in halves, in thirds, or by itself; which
    of these in which file is another for every person."""
    rows: list[dict[str, object]] = []
    for number in range(PEOPLE):
        who = {"national_id": _person(number)}
        months = {**who, "pass_name": "several_months.1"}
        shares = {**who, "pass_name": "several_payments.1"}
        rows += (
            [{**months, "period": OCTOBER}, {**months, "leg": 2, "period": NOVEMBER}],
            [{**shares, "amount_satang": MONTHLY // 2}] * 2,
            [{**shares, "amount_satang": MONTHLY // 3}] * 3,
            [who],
        )[(number + file_number) % 4]
    return outcomes(*rows, file_id=FILES[file_number])


def _work(url: str, order: Sequence[int]) -> list[PostingBatch]:
    engine = open_ledger(url)
    try:
        return [load(engine, _payments(number), FILES[number]) for number in order]
    finally:
        engine.dispose()


def test_two_processes_post_every_month_once_and_every_group_whole(ledger_url: str) -> None:
    engine = open_ledger(ledger_url)
    land(engine, FILES)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        done = list(processes.map(_work, [ledger_url] * 2, [(0, 1, 2, 3), (3, 2, 1, 0)]))
    batches = [batch for worker in done for batch in worker if batch.changed]
    assert sorted(batch.file_id for batch in batches) == FILES, "each file was loaded by one"

    with reading(engine) as connection:
        paid = connection.execute(sa.select(schema.month_paid)).all()
    assert {row.paid_satang for row in paid} == {MONTHLY}
    novembers = {row.national_id for row in paid if row.period == NOVEMBER}
    assert novembers == {_person(number) for number in range(PEOPLE)}
    assert len(paid) == sum(batch.posted_satang for batch in batches) // MONTHLY
    assert {row.payments for row in paid if row.period == OCTOBER} <= {1}

    taken_in = 0
    for number, file_id in enumerate(FILES):
        asked, told = _payments(number), outcomes_of(engine, file_id).to_pylist()
        taken_in += totals_of(asked).credit_satang
        codes: dict[object, set[str]] = {}
        for row in asked.to_pylist():
            code = next(t["outcome"] for t in told if t["record_number"] == row["record_number"])
            codes.setdefault(row["national_id"], set()).add(code)
        assert all(len(of_person) == 1 for of_person in codes.values()), "a group was divided"
        assert Counter(t["outcome"] for t in told).keys() <= {"POSTED", "DOUBLE_PAYMENT"}
    assert balance(engine)["clearing:counter_service"] == taken_in
    assert [one for one in check_books(engine, full=True) if not one.agrees] == []
    close_books(engine, DAY, recorded_at=NOW)
    engine.dispose()
