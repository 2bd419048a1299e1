"""One process at a time for one thing, on all machines that share a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from ledger.advisory import lock_key
from ledger.database import refusals


@contextmanager
def held(engine: Engine, name: str) -> Iterator[bool]:
    """Hold the lock ``name`` of this ledger; yields whether it was free.

    On PostgreSQL it is an advisory lock of a session of its own, which ends with the process or
    its machine: a crash never leaves one. A SQLite ledger lives on one machine, whose own locks
    are enough: always free. LedgerError when the database cannot be asked.
    """
    if engine.dialect.name != "postgresql":
        yield True
        return
    key = lock_key(f"held {name}")
    with refusals():
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    is_free = False
    try:
        with refusals():
            is_free = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))))
        yield is_free
    finally:
        if is_free:
            # Now: the server sees the end of a session only a moment after we closed it.
            with suppress(DBAPIError):
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
        # A connection given back to the pool would keep what it still holds.
        connection.invalidate()
        connection.close()
