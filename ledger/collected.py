"""What a partner's returns brought into the books of a period, by the totals of the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading


@dataclass(frozen=True, slots=True)
class Collected:
    """Payments taken and payments that the bank took back, posted or not; satang."""

    payments: int
    paid_satang: int
    debits: int
    debit_satang: int


def collected(engine: Engine, partner: str, after: date | None, up_to: date) -> Collected:
    """Totals of the returns loaded into books after one business date, up to and including
    another; ``after`` None: from the beginning. They are those proven when each file was loaded.
    """
    batch = schema.posting_batch
    sums = [
        sa.func.coalesce(sa.func.sum(column), 0)
        for column in (
            batch.c.posted_count + batch.c.broken_count,
            batch.c.posted_satang + batch.c.broken_satang,
            batch.c.debit_count,
            batch.c.debit_satang,
        )
    ]
    query = sa.select(*sums).where(
        batch.c.partner == partner, batch.c.kind == "payments", batch.c.book_date <= up_to
    )
    if after is not None:
        query = query.where(batch.c.book_date > after)
    with reading(engine) as connection:
        return Collected(*(int(value) for value in connection.execute(query).one()))
