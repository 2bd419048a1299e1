"""Return files and their payments for the tests of loading; the tables are matching_tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pyarrow as pa
from sqlalchemy.engine import Engine

from ledger.landing import Direction, FileRecord, record_landed
from ledger.outcomes import Outcome
from ledger.postings import ReturnTotals
from tests.ledger.matching_tables import (
    DAO,
    DAY,
    DELIVERY,
    FEED_DAY,
    MALEE,
    NOBODY,
    PARTNER,
    PERIOD,
    PRASERT,
    RETURN_FILE,
    SOMCHAI,
    feeds,
    listed_without_months,
    paid,
    payments,
    register,
    sent,
)

__all__ = [
    "DAO",
    "DAY",
    "DELIVERY",
    "FEED_DAY",
    "MALEE",
    "NOBODY",
    "NOW",
    "PARTNER",
    "PERIOD",
    "PRASERT",
    "RETURN_FILE",
    "SOMCHAI",
    "feeds",
    "land",
    "listed_without_months",
    "paid",
    "payments",
    "register",
    "sent",
    "totals_of",
]

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


def totals_of(outcomes: pa.Table) -> ReturnTotals:
    """What an honest trailer says about these records."""
    rows = outcomes.to_pylist()
    debits = [row["amount_satang"] for row in rows if row["outcome"] == Outcome.DEBIT]
    credits = [row for row in rows if row["outcome"] != Outcome.DEBIT]
    records = {(row["file_id"], row["record_number"]) for row in credits}
    satang = sum(row["amount_satang"] for row in credits)
    return ReturnTotals(len(records), satang, len(debits), sum(debits))


def land(engine: Engine, file_ids: Iterable[str] = (RETURN_FILE,), day: date = DAY) -> None:
    """Record that these return files arrived."""
    files = [
        FileRecord(f, "counter_return", 1, Direction.INBOUND, PARTNER, day, f"CSPAY_{f[:8]}", 1)
        for f in file_ids
    ]
    record_landed(engine, files, recorded_at=NOW)
