"""Some of a record's columns: the ones at the top that are asked for."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa

from interfaces.model import Interface
from parsers.arrow_types import ROW_IDENTITY, record_schema
from parsers.layout import Record


def projected_schema(
    record: Record, interface: Interface, columns: Collection[str] | None
) -> pa.Schema:
    """Schema of a record's batches: row identity always, then the asked columns in the order of
    the layout; all of them for None. A name that the record does not have asks for nothing."""
    schema = record_schema(record, interface)
    if columns is None:
        return schema
    identity = [field.name for field in ROW_IDENTITY]
    return pa.schema([field for field in schema if field.name in (*identity, *columns)])
