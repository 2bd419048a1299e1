"""Reading what was collected and what the banks credited, by collector and collection day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading

DAYS_SCHEMA = pa.schema(
    [
        pa.field("collection_date", pa.date32(), nullable=False),
        pa.field("collected_count", pa.int64(), nullable=False),
        pa.field("collected_satang", pa.int64(), nullable=False),
        pa.field("settled_count", pa.int64(), nullable=False),
        pa.field("settled_satang", pa.int64(), nullable=False),  # gross
        pa.field("advised", pa.date32()),  # the last advice about the day; null: there is none
    ]
)

_PAYMENTS = "payments"


@dataclass(frozen=True, slots=True)
class CollectedFile:
    """A return of a collection day: what it brought, payments less debits."""

    file_id: str
    name: str
    payments: int
    satang: int


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """A line of an advice about a collection day; amounts before and of the fee."""

    bank_reference: str
    file_id: str
    record_number: int
    advised: date
    payments: int
    gross_satang: int
    fee_satang: int


def both_sides(
    engine: Engine, collector: str, day: date
) -> tuple[list[CollectedFile], list[CreditedLine]]:
    """Every return of the collector's day and every credit for it, in the order they came."""
    batch, file, line = schema.posting_batch, schema.file, schema.settlement
    satang = batch.c.posted_satang + batch.c.broken_satang - batch.c.debit_satang
    payments = batch.c.posted_count + batch.c.broken_count
    collected = (
        sa.select(file.c.file_id, file.c.name, payments, satang)
        .join(batch, batch.c.file_id == file.c.file_id)
        .where(batch.c.kind == _PAYMENTS, batch.c.partner == collector)
        .where(file.c.business_date == day)
        .order_by(file.c.name, file.c.file_id)
    )
    credited = (
        sa.select(
            line.c.bank_reference,
            line.c.file_id,
            line.c.record_number,
            file.c.business_date,
            line.c.payment_count,
            line.c.gross_satang,
            line.c.fee_satang,
        )
        .join(file, file.c.file_id == line.c.file_id)
        .where(line.c.collector == collector, line.c.collection_date == day)
        .order_by(file.c.business_date, file.c.name, line.c.record_number)
    )
    with reading(engine) as connection:
        return (
            [CollectedFile(*row) for row in connection.execute(collected)],
            [CreditedLine(*row) for row in connection.execute(credited)],
        )


def collected_and_settled(engine: Engine, collector: str, up_to: date) -> pa.Table:
    """DAYS_SCHEMA, one row a day of which a return or an advice speaks, in the order of days.

    Collected is what the collector's returns of that business date brought, payments less debits;
    settled is what advices say of that collection day. Both as they stand in the books of
    ``up_to``.
    """
    collected = _collected(collector, up_to).subquery("collected")
    settled = _settled(collector, up_to).subquery("settled")
    # A full outer join of the two; the database need not have one.
    both = sa.union_all(
        sa.select(
            collected.c.collection_date,
            collected.c.payments.label("collected_count"),
            collected.c.satang.label("collected_satang"),
            sa.literal(0, sa.BigInteger).label("settled_count"),
            sa.literal(0, sa.BigInteger).label("settled_satang"),
            sa.cast(sa.null(), sa.Date).label("advised"),
        ),
        sa.select(
            settled.c.collection_date,
            sa.literal(0, sa.BigInteger),
            sa.literal(0, sa.BigInteger),
            settled.c.payments,
            settled.c.satang,
            settled.c.advised,
        ),
    ).subquery("both_sides")
    query = (
        sa.select(
            both.c.collection_date,
            _sum(both.c.collected_count),
            _sum(both.c.collected_satang),
            _sum(both.c.settled_count),
            _sum(both.c.settled_satang),
            sa.func.max(both.c.advised),
        )
        .group_by(both.c.collection_date)
        .order_by(both.c.collection_date)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, DAYS_SCHEMA)


def carried_satang(engine: Engine, collector: str, up_to: date) -> int:
    """What the collector took less what was credited for it, in the books of ``up_to``.

    Worked out from files and advices, not from postings: the balance of its clearing account must
    be the same.
    """
    with reading(engine) as connection:
        taken = _total(connection, _collected(collector, up_to))
        return taken - _total(connection, _settled(collector, up_to))


def _collected(collector: str, up_to: date) -> sa.Select[tuple[date, int, int]]:
    batch, file = schema.posting_batch, schema.file
    satang = batch.c.posted_satang + batch.c.broken_satang - batch.c.debit_satang
    return (
        sa.select(
            file.c.business_date.label("collection_date"),
            _sum(batch.c.posted_count + batch.c.broken_count).label("payments"),
            _sum(satang).label("satang"),
        )
        .join(file, file.c.file_id == batch.c.file_id)
        .where(batch.c.kind == _PAYMENTS, batch.c.partner == collector, batch.c.book_date <= up_to)
        .group_by(file.c.business_date)
    )


def _settled(collector: str, up_to: date) -> sa.Select[tuple[date, int, int, date]]:
    line, batch, file = schema.settlement, schema.posting_batch, schema.file
    return (
        sa.select(
            line.c.collection_date,
            _sum(line.c.payment_count).label("payments"),
            _sum(line.c.gross_satang).label("satang"),
            sa.func.max(file.c.business_date).label("advised"),
        )
        .join(batch, batch.c.file_id == line.c.file_id)
        .join(file, file.c.file_id == line.c.file_id)
        .where(line.c.collector == collector, batch.c.book_date <= up_to)
        .group_by(line.c.collection_date)
    )


def _total(connection: Connection, days: sa.Select[Any]) -> int:
    inner = days.subquery("days")
    found: int = connection.scalar(sa.select(_sum(inner.c.satang))) or 0
    return found


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
