"""Wage months for which more than one filing was entered: few among many."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.among import is_among
from ledger.bulk import fetch_rows
from ledger.filings import MONTH, MONTHS_SCHEMA


def repeated_months(connection: Connection, file_ids: Collection[str]) -> pa.Table:
    """Those of the months of these files that have another filing too, of whatever file:
    MONTHS_SCHEMA, each once, in order."""
    filing, other = schema.filing, schema.filing.alias("other")
    is_other = sa.or_(
        other.c.file_id != filing.c.file_id, other.c.record_number != filing.c.record_number
    )
    same_month = [other.c[name] == filing.c[name] for name in MONTH]
    repeated = sa.select(other.c.file_id).where(*same_month, is_other).correlate(filing).exists()
    month = [filing.c[name] for name in MONTH]
    query = (
        sa.select(*month)
        .distinct()
        .where(is_among(connection, filing.c.file_id, file_ids), repeated)
        .order_by(*month)
    )
    return fetch_rows(connection, query, MONTHS_SCHEMA)
