"""Named locks held to the end of a transaction, for writers who must wait for each other."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def hold(connection: Connection, name: str) -> None:
    """Wait for the lock of that name and hold it until the transaction ends.

    An advisory lock of PostgreSQL. SQLite needs none: it has one writer at a time.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock_key(name))))


def lock_key(name: str) -> int:
    """Number by which PostgreSQL knows the lock of that name."""
    digest = hashlib.sha256(f"prakan ledger {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
