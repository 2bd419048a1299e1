"""Loading a return's payments into the ledger on both databases, beside the usual ways."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks.measure import wall_seconds
from benchmarks.registration import national_ids
from ledger import schema
from ledger.bulk import insert_rows
from ledger.database import open_ledger, writing
from ledger.landing import Direction, FileRecord, record_landed
from ledger.outcomes import OUTCOMES_SCHEMA
from ledger.postings import ReturnTotals, load_outcomes
from tests.postgres import running_postgres

BASELINE_ROWS = 50_000
"""Rows of the usual ways: slow ones, whose rates do not depend on it."""
BROKEN = 20
"""One payment in so many is a break."""
DAY = date(2026, 11, 20)

_NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
_PARTNER = "counter_service"
_SATANG = 43_200
_SEED = 2_567
_FIXED: Mapping[str, object] = {
    "rule_version": 1,
    "leg": 1,
    "debit_account": "clearing",
    "credit_account": "contributions:39",
    "recorded_at": _NOW,
}

Way = Callable[[Engine, pa.Table], Callable[[], object]]


def measure_loading(payments: int) -> dict[str, object]:
    """Payments a second into SQLite and PostgreSQL, by ``load_outcomes`` and row by row."""
    result: dict[str, object] = {"payments": payments}
    for name, opened in (("sqlite", _sqlite), ("postgresql", _postgres)):
        with opened() as ledger:
            seconds = _load(ledger, payments)
            bulk = _insert(ledger, "c" * 64, _in_bulk)
            one_by_one = _by_psycopg if name == "postgresql" else _by_sqlalchemy
            usual = _insert(ledger, "b" * 64, one_by_one)
        result[name] = {
            "seconds": round(seconds, 2),
            "payments_per_second": round(payments / seconds),
            "postings alone, per second": round(BASELINE_ROWS / bulk),
            "postings row by row, per second": round(BASELINE_ROWS / usual),
            "times row by row": round(usual / bulk, 2),
        }
    return result


@contextmanager
def _sqlite() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_ledger(f"sqlite:///{Path(folder) / 'ledger.db'}")
        yield engine
        engine.dispose()


@contextmanager
def _postgres() -> Iterator[Engine]:
    with running_postgres() as server:
        engine = open_ledger(server.create("loading"))
        yield engine
        engine.dispose()


def _load(ledger: Engine, payments: int) -> float:
    outcomes = _outcomes("a" * 64, payments)
    _land(ledger, "a" * 64)
    totals = ReturnTotals(payments, payments * _SATANG)

    def load() -> object:
        return load_outcomes(
            ledger, "a" * 64, outcomes, partner=_PARTNER, totals=totals, recorded_at=_NOW
        )

    return wall_seconds(load)


def _insert(ledger: Engine, file_id: str, way: Way) -> float:
    """Seconds of inserting postings alone in one transaction: nothing is proven, no month and
    no break is entered."""
    rows = BASELINE_ROWS
    outcomes = _outcomes(file_id, rows)
    _land(ledger, file_id)
    with writing(ledger) as connection:
        connection.execute(
            sa.insert(schema.posting_batch).values(
                file_id=file_id,
                rule_version=1,
                partner=_PARTNER,
                posted_count=rows,
                posted_satang=rows * _SATANG,
                broken_count=0,
                broken_satang=0,
                debit_count=0,
                debit_satang=0,
                recorded_at=_NOW,
            )
        )
    columns = ["file_id", "record_number", "national_id", "section_code", "period", "amount_satang"]
    return wall_seconds(way(ledger, outcomes.select(columns)))


def _in_bulk(ledger: Engine, rows: pa.Table) -> Callable[[], object]:
    """As loading does it, column by column."""

    def insert() -> None:
        with writing(ledger) as connection:
            days = {"effective_date": DAY, "book_date": DAY}
            insert_rows(connection, schema.posting, rows, **_FIXED, **days)

    return insert


def _by_sqlalchemy(ledger: Engine, rows: pa.Table) -> Callable[[], object]:
    """A dictionary a row."""
    values = _dictionaries(rows)

    def insert() -> None:
        with writing(ledger) as connection:
            connection.execute(sa.insert(schema.posting), values)

    return insert


def _by_psycopg(ledger: Engine, rows: pa.Table) -> Callable[[], object]:
    """The driver's executemany, without SQLAlchemy."""
    values = _dictionaries(rows)
    names = list(values[0])
    places = ", ".join(f"%({name})s" for name in names)
    statement = f"INSERT INTO posting ({', '.join(names)}) VALUES ({places})"
    address = ledger.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def insert() -> None:
        with psycopg.connect(address) as connection, connection.cursor() as cursor:
            cursor.executemany(statement, values)

    return insert


def _dictionaries(rows: pa.Table) -> list[dict[str, Any]]:
    days = {"effective_date": DAY, "book_date": DAY}
    return [{**row, **_FIXED, **days} for row in rows.to_pylist()]


def _land(ledger: Engine, file_id: str) -> None:
    file = FileRecord(
        file_id, "counter_return", 1, Direction.INBOUND, _PARTNER, DAY, f"CSPAY_{file_id[0]}", 1
    )
    record_landed(ledger, [file], recorded_at=_NOW)


def _outcomes(file_id: str, rows: int) -> pa.Table:
    random = np.random.default_rng(_SEED)
    first = 10**8 * "abc".index(file_id[0])
    ids = pa.array(random.permutation(national_ids(first, rows))).cast(pa.utf8())
    is_broken = pa.array(np.arange(rows) % BROKEN == 0)
    columns = {
        "file_id": pa.repeat(file_id, rows),
        "record_number": pa.array(np.arange(2, rows + 2)),
        "leg": pa.repeat(1, rows),
        "national_id": ids,
        "section_code": pa.repeat("39", rows),
        "period": pa.repeat(202_611, rows),
        "amount_satang": pa.repeat(_SATANG, rows),
        "tolerance_satang": pa.repeat(0, rows),
        "payment_date": pa.repeat(pa.scalar(DAY), rows),
        "transaction_kind": pa.repeat("C", rows),
        "outcome": pc.if_else(is_broken, "WRONG_PERIOD", "POSTED"),
        "pass_name": pc.if_else(is_broken, pa.scalar(None, pa.utf8()), "exact.1"),
        "expected_satang": pa.repeat(_SATANG, rows),
        "status_code": pa.repeat("A", rows),
        "feed_date": pa.repeat(pa.scalar(date(2026, 11, 19)), rows),
    }
    arrays = [
        columns[field.name].cast(field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in OUTCOMES_SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=OUTCOMES_SCHEMA)
