"""Outcomes written by hand, as matching would give them, and what tests do with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import accounts, schema
from ledger.balances import balances
from ledger.books import book_day
from ledger.database import reading, writing
from ledger.detail import to_text
from ledger.legs import Leg, insert_legs, reverse_leg
from ledger.outcomes import OUTCOMES_SCHEMA
from ledger.postings import PostingBatch, ReturnTotals, load_outcomes
from tests.ledger.payments import DAY, NOW, PARTNER, PERIOD, RETURN_FILE, SOMCHAI, totals_of

MONTHLY = 43_200
"""Satang of a month of section 39."""


def outcomes(*rows: Mapping[str, object], file_id: str = RETURN_FILE) -> pa.Table:
    """Rows of OUTCOMES_SCHEMA, numbered from record 2: SOMCHAI's November posted by
    ``exact.1``, but for what is given. A row of leg 2 belongs to the record before it."""
    made: list[dict[str, object]] = []
    record = 1
    for row in rows:
        if row.get("leg", 1) == 1:
            record += 1
        code = row.get("outcome", "POSTED")
        base: dict[str, object] = {
            **dict.fromkeys(OUTCOMES_SCHEMA.names),
            "file_id": file_id,
            "record_number": record,
            "leg": 1,
            "national_id": SOMCHAI,
            "section_code": "39",
            "period": PERIOD,
            "amount_satang": MONTHLY,
            "tolerance_satang": 0,
            "payment_date": DAY,
            "transaction_kind": "D" if code == "DEBIT" else "C",
            "outcome": code,
            "pass_name": "exact.1" if code == "POSTED" else None,
            "expected_satang": MONTHLY,
        }
        made.append({**base, **row})
    return pa.Table.from_pylist(made, schema=OUTCOMES_SCHEMA)


def load(
    engine: Engine,
    table: pa.Table,
    file_id: str = RETURN_FILE,
    *,
    totals: ReturnTotals | None = None,
    book_date: date | None = None,
    partner: str = PARTNER,
    recorded_at: datetime = NOW,
) -> PostingBatch:
    """Load them with an honest trailer, unless another one is given."""
    return load_outcomes(
        engine,
        file_id,
        table,
        partner=partner,
        totals=totals or totals_of(table),
        recorded_at=recorded_at,
        book_date=book_date,
    )


def balance(engine: Engine, **limits: Any) -> dict[str, int]:
    """Balances by account, which are zero together."""
    rows = balances(engine, **limits).to_pylist()
    assert sum(row["balance_satang"] for row in rows) == 0
    return {row["account"]: row["balance_satang"] for row in rows}


def rows_of(engine: Engine, table: sa.Table) -> list[dict[str, Any]]:
    """Every row of a table, in order of its key."""
    with reading(engine) as connection:
        rows = connection.execute(sa.select(table).order_by(*table.primary_key))
        return [dict(row._mapping) for row in rows]


def legs_of(engine: Engine) -> list[tuple[int, int, str, str, int]]:
    """Record, leg, debit and credit account, satang of every posting, in that order."""
    rows = rows_of(engine, schema.posting)
    keys = ("record_number", "leg", "debit_account", "credit_account", "amount_satang")
    return sorted(tuple(row[key] for key in keys) for row in rows)


def resolution(
    record_number: int,
    credit: str,
    book_date: date,
    *,
    file_id: str = RETURN_FILE,
    satang: int = MONTHLY,
    period: int = PERIOD,
    national_id: str = SOMCHAI,
    partner: str = PARTNER,
    debit: str | None = None,
) -> Leg:
    """A leg that moves money of a break to an account."""
    return Leg(
        file_id=file_id,
        record_number=record_number,
        national_id=national_id,
        section_code="39",
        option_code=None,
        period=period,
        amount_satang=satang,
        debit_account=debit or accounts.suspense(partner),
        credit_account=credit,
        effective_date=DAY,
        book_date=book_date,
        pass_name="resolution.move.1",
    )


def resolve(engine: Engine, leg: Leg, wanted: date, recorded_at: datetime = NOW) -> int:
    """Resolve a break by one leg, on the first open day from the wanted one on; its number."""
    with writing(engine, "posting") as connection:
        day = book_day(connection, wanted)
        told = {**{name: getattr(leg, name) for name in leg.__slots__}, "book_date": day}
        (number,) = insert_legs(connection, [Leg(**told)], recorded_at=recorded_at)
        connection.execute(
            sa.insert(schema.payment_break_event).values(
                file_id=leg.file_id,
                record_number=leg.record_number,
                state="resolved",
                detail=to_text({}),
                recorded_at=recorded_at,
            )
        )
    return number


def undo_leg(
    connection: Connection, file_id: str, record_number: int, leg: int, book_date: date
) -> None:
    """Reverse a leg in the books of that day."""
    reverse_leg(
        connection,
        file_id,
        record_number,
        leg,
        effective_date=DAY,
        book_date=book_date,
        recorded_at=NOW,
        pass_name="resolution.move.1",
    )
