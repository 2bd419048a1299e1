"""Which business date is open: the day in whose books something is entered."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.database import reading
from ledger.errors import LedgerError


def book_day(connection: Connection, wanted: date) -> date:
    """The day in whose books something is entered: the wanted one, or the first open day.

    Call it inside ``writing(engine, "posting")``: closing a day waits for that transaction.
    """
    last = last_closed_in(connection)
    return wanted if last is None or wanted > last else last + timedelta(days=1)


def require_open(connection: Connection, book_date: date) -> None:
    """LedgerError when the books of that day are closed."""
    last = last_closed_in(connection)
    if last is not None and book_date <= last:
        raise LedgerError(
            f"the books up to {last} are closed: nothing can be entered on {book_date}"
        )


def last_closed(engine: Engine) -> date | None:
    """The newest closed business date; None before the first."""
    with reading(engine) as connection:
        return last_closed_in(connection)


def last_closed_in(connection: Connection) -> date | None:
    """As :func:`last_closed`, in the caller's transaction."""
    found: date | None = connection.scalar(sa.select(sa.func.max(schema.day_close.c.business_date)))
    return found
