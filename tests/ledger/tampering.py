"""Changing what the ledger refuses to change, as whoever owns the database file can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine


@contextmanager
def tampering(engine: Engine, table: str) -> Iterator[Connection]:
    """A transaction in which that table's guards are gone."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for change in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_{change}"))
        else:
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))
        yield connection
