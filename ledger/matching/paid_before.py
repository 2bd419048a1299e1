"""Months that return files of earlier days have paid, and whose return it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.matching.schemas import PAID_SCHEMA
from ledger.months import is_live_contribution

_MOST_NAMED = 500  # periods in one query; a file of more names months that nobody can pay


def paid_before(
    engine: Engine, periods: Sequence[int], *, up_to: date, excluding_file: str
) -> pa.Table:
    """Months paid in the books up to the business date ``up_to``; a table of PAID_SCHEMA.

    At least the given periods, one row for each person, section, month and partner; ``source`` is
    the partner. As :func:`ledger.months.paid_months`, which does not tell the partner.
    ``excluding_file`` is the file that is matched: it must not find its own payments paid.
    """
    posting, batch = schema.posting.alias("paid"), schema.posting_batch
    in_question = posting.c.period.in_(periods)
    if len(periods) > _MOST_NAMED:
        in_question = posting.c.period.between(min(periods), max(periods))
    columns = (posting.c.national_id, posting.c.section_code, posting.c.period, batch.c.partner)
    query = (
        sa.select(*columns)
        .join(batch, batch.c.file_id == posting.c.file_id)
        .where(
            is_live_contribution(posting, up_to=up_to),
            posting.c.file_id != excluding_file,
            in_question,
        )
        .distinct()
        .order_by(*columns)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, PAID_SCHEMA)
