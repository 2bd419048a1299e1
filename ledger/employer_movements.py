"""Every movement of one employer's account, with the file and record that caused it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.database import reading
from ledger.employer_legs import SECTION


@dataclass(frozen=True, slots=True)
class Movement:
    """A posting of section 33: ``leg`` is negative where it reverses that leg of its record.

    ``partner`` is who took a payment; for a filing it is ``filing``.
    """

    employer_account: str
    employer_branch: str | None
    period: int
    amount_satang: int
    debit_account: str
    credit_account: str
    effective_date: date
    book_date: date
    file_id: str
    file_name: str
    record_number: int
    leg: int
    partner: str
    pass_name: str | None


def movements_of(engine: Engine, account: str, period: int | None = None) -> list[Movement]:
    """Movements of an account, of one wage month (Gregorian yyyymm) or of all, by month, in the
    order in which they were written."""
    posting, batch, file = schema.posting, schema.posting_batch, schema.file
    columns = {
        **{name: posting.c[name] for name in Movement.__slots__ if name in posting.c},
        "file_name": file.c.name,
        "partner": batch.c.partner,
    }
    query = (
        sa.select(*(columns[name].label(name) for name in Movement.__slots__))
        .join(batch, batch.c.file_id == posting.c.file_id)
        .join(file, file.c.file_id == posting.c.file_id)
        .where(
            posting.c.employer_account == account,
            posting.c.section_code == SECTION,
            posting.c.period.is_not(None),
        )
        .order_by(posting.c.period, posting.c.posting_id)
    )
    if period is not None:
        query = query.where(posting.c.period == period)
    with reading(engine) as connection:
        return [Movement(*row) for row in connection.execute(query)]
