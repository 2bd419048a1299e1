"""Returns and settlement advices in a ledger, each made of a few numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
from sqlalchemy.engine import Engine

from ledger.landing import Direction, FileRecord, record_landed
from ledger.outcomes import OUTCOMES_SCHEMA, Outcome
from ledger.postings import ReturnTotals, load_outcomes
from ledger.settlements import LINES_SCHEMA, SettlementBatch, SettlementTotals, load_settlement

COLLECTOR, BANK = "counter_service", "collection_bank"
NOW = datetime(2027, 1, 4, 17, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """One line of an advice, value of its own collection day."""

    day: date
    gross: int
    fee: int = 0
    payments: int = 1
    collector: str = COLLECTOR
    reference: str = ""


def collect(engine: Engine, day: date, *payments: int, number: int = 1) -> str:
    """A return of these payments of unknown persons is loaded; negative ones are debits."""
    file_id = _land(
        engine, "counter_return", COLLECTOR, f"CSPAY_{day:%Y%m%d}_{number:06d}.TXT", day
    )
    credits = [amount for amount in payments if amount >= 0]
    debits = [-amount for amount in payments if amount < 0]
    rows = [
        {
            "file_id": file_id,
            "record_number": place,
            "leg": 1,
            "amount_satang": abs(amount),
            "tolerance_satang": 0,
            "payment_date": day,
            "transaction_kind": "C" if amount >= 0 else "D",
            "outcome": (Outcome.UNKNOWN_PERSON if amount >= 0 else Outcome.DEBIT).value,
        }
        for place, amount in enumerate(payments, start=2)
    ]
    load_outcomes(
        engine,
        file_id,
        pa.Table.from_pylist(rows, schema=OUTCOMES_SCHEMA),
        partner=COLLECTOR,
        totals=ReturnTotals(len(credits), sum(credits), len(debits), sum(debits)),
        recorded_at=NOW,
    )
    return file_id


def land_advice(engine: Engine, day: date, number: int = 1) -> str:
    """An advice of that statement date arrived; its id."""
    return _land(engine, "settlement_advice", BANK, f"CBSTL_{day:%Y%m%d}_{number:06d}.TXT", day)


def settle(
    engine: Engine,
    day: date,
    *lines: Line,
    number: int = 1,
    totals: SettlementTotals | None = None,
) -> SettlementBatch:
    """An advice of that statement date is loaded; its trailer is honest unless ``totals`` say
    otherwise."""
    return load_settlement(
        engine,
        land_advice(engine, day, number),
        lines_table(lines, f"{day:%y%m%d}{number:02d}"),
        partner=BANK,
        totals=totals or totals_of(lines),
        recorded_at=NOW,
    )


def lines_table(lines: Sequence[Line], reference: str) -> pa.Table:
    """LINES_SCHEMA, numbered from record 2; each line has a name that begins with ``reference``,
    unless it has one of its own."""
    rows = [
        {
            "record_number": number,
            "collector": line.collector,
            "collection_date": line.day,
            "value_date": line.day,
            "payment_count": line.payments,
            "gross_satang": line.gross,
            "fee_satang": line.fee,
            "bank_reference": line.reference or f"{reference}.{number}",
        }
        for number, line in enumerate(lines, start=2)
    ]
    return pa.Table.from_pylist(rows, schema=LINES_SCHEMA)


def totals_of(lines: Sequence[Line]) -> SettlementTotals:
    """What an honest trailer says."""
    gross, fee = sum(line.gross for line in lines), sum(line.fee for line in lines)
    return SettlementTotals(len(lines), gross, fee, gross - fee)


def _land(engine: Engine, interface: str, partner: str, name: str, day: date) -> str:
    file_id = hashlib.sha256(name.encode()).hexdigest()
    file = FileRecord(file_id, interface, 1, Direction.INBOUND, partner, day, name, 1)
    record_landed(engine, [file], recorded_at=NOW)
    return file_id
