"""Inbound files of a business date that have a result, columnwise, and that result's number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.landing import Direction

JUDGED_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("interface", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),  # accepted or quarantined
        pa.field("records_read", pa.int64(), nullable=False),
        pa.field("records_accepted", pa.int64(), nullable=False),
        pa.field("records_rejected", pa.int64(), nullable=False),
        pa.field("part_uri", pa.string()),
        pa.field("findings_uri", pa.string()),
        pa.field("is_entered", pa.bool_(), nullable=False),  # what it owes is in the books
    ]
)
RESULT_NUMBER = "result_number"
"""1 for the first result of a file; a quarantined file that was replayed has further ones."""


def judged_files(engine: Engine, business_date: date, interfaces: Collection[str]) -> pa.Table:
    """Files of these interfaces with their latest result: JUDGED_SCHEMA and RESULT_NUMBER, by
    interface, version, part of the findings and file id."""
    file, result, batch = schema.file, schema.file_result, schema.posting_batch
    query = (
        sa.select(
            file.c.file_id,
            file.c.interface,
            file.c.version,
            file.c.name,
            result.c.state,
            result.c.records_read,
            result.c.records_accepted,
            result.c.records_rejected,
            result.c.part_uri,
            result.c.findings_uri,
            batch.c.file_id.is_not(None),
        )
        .join(result, result.c.file_id == file.c.file_id)
        .outerjoin(batch, batch.c.file_id == file.c.file_id)
        .where(
            file.c.business_date == business_date,
            file.c.direction == Direction.INBOUND.value,
            file.c.interface.in_(sorted(interfaces)),
        )
        .order_by(file.c.file_id, result.c.result_id)
    )
    with reading(engine) as connection:
        results = fetch_rows(connection, query, JUDGED_SCHEMA)
    order = ("interface", "version", "findings_uri", "file_id")
    return _latest(results).sort_by([(name, "ascending") for name in order])


def _latest(results: pa.Table) -> pa.Table:
    """The last of each file's results, which stand together, oldest first, and its number."""
    ids = results["file_id"].combine_chunks()
    if not len(ids):
        return results.append_column(RESULT_NUMBER, pa.array([], pa.int64()))
    changes = np.flatnonzero(np.asarray(ids[1:]) != np.asarray(ids[:-1]))
    last = np.append(changes, len(ids) - 1)
    numbers = np.diff(last, prepend=-1)
    return results.take(pa.array(last)).append_column(RESULT_NUMBER, pa.array(numbers, pa.int64()))
