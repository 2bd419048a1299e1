"""The books of business dates: which day is open, closing one, and what stands in them.

Closing a day proves the ledger and records the balances of its end. From then on nothing is
entered on that day or before it: ``book_day`` (ledger.book_days) is where every book date comes
from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.book_days import book_day, last_closed, last_closed_in, require_open
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.detail import from_text, to_text
from ledger.entries import ENTRIES_SCHEMA, entries
from ledger.errors import BooksError, LedgerError
from ledger.filings import DueOf
from ledger.identities import Identity, Proof, prove

__all__ = [
    "ENTRIES_SCHEMA",
    "DayClose",
    "Identity",
    "book_day",
    "check_books",
    "close_books",
    "close_of",
    "closes",
    "entries",
    "last_closed",
    "last_closed_in",
    "period_of_close",
    "require_open",
]


@dataclass(frozen=True, slots=True)
class DayClose:
    """A closed business date.

    ``postings`` and ``moved_satang`` count what was entered since the close before it;
    ``balances`` (debit less credit, satang, by account) are those of its end.
    """

    business_date: date
    postings: int
    moved_satang: int
    balances: Mapping[str, int]
    recorded_at: datetime


def close_books(
    engine: Engine, business_date: date, *, recorded_at: datetime, due_of: DueOf | None = None
) -> DayClose:
    """Prove the ledger and close a business date, with every open one before it.

    A day that is closed already is given back as it is. BooksError, with one line that names
    every identity that fails and both its sides, leaves it open; LedgerError when a later day
    was closed without it. ``due_of`` tells what several filings of a month make due together;
    without it their sum is not proven.
    """
    with writing(engine, "posting") as connection:
        earlier = _close_of(connection, business_date)
        if earlier is not None:
            return earlier
        last = last_closed_in(connection)
        if last is not None and business_date < last:
            raise LedgerError(
                f"the books up to {last} are closed, {business_date} with them: "
                "it cannot be closed by itself"
            )
        proof = prove(connection, business_date, due_of=due_of)
        _require_balance(business_date, proof)
        close = DayClose(
            business_date=business_date,
            postings=proof.postings,
            moved_satang=proof.moved_satang,
            balances=proof.balances,
            recorded_at=recorded_at,
        )
        connection.execute(
            sa.insert(schema.day_close).values(
                business_date=business_date,
                postings=close.postings,
                moved_satang=close.moved_satang,
                balances=to_text(close.balances),
                recorded_at=recorded_at,
            )
        )
        told = {"postings": close.postings, "moved_satang": close.moved_satang}
        append_entries(connection, [("books.closed", business_date.isoformat(), told)], recorded_at)
    return close


def check_books(
    engine: Engine,
    business_date: date | None = None,
    *,
    full: bool = False,
    due_of: DueOf | None = None,
) -> list[Identity]:
    """Every identity of the books, whether it agrees or not; nothing is changed.

    What is checked is what closing ``business_date`` (or the newest day that has entries) would
    check: everything since the last close, on top of the balances recorded there, and that the
    last close still reproduces. ``full`` takes nothing for granted: all postings, all files, all
    months, all closes. ``due_of`` as in :func:`close_books`.
    """
    with reading(engine) as connection:
        return list(prove(connection, business_date, full=full, due_of=due_of).identities)


def closes(engine: Engine) -> list[DayClose]:
    """Every closed day, oldest first."""
    table = schema.day_close
    with reading(engine) as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.business_date)).all()
    return [_close(row) for row in rows]


def close_of(engine: Engine, business_date: date) -> DayClose | None:
    """The close of that day; None when it was not closed by itself."""
    with reading(engine) as connection:
        return _close_of(connection, business_date)


def period_of_close(engine: Engine, business_date: date) -> tuple[date | None, date]:
    """What a close covers: the closed day before it, exclusive, and its own, inclusive.

    None for the first close. LedgerError when that day was not closed.
    """
    table = schema.day_close
    with reading(engine) as connection:
        if _close_of(connection, business_date) is None:
            raise LedgerError(f"the books of {business_date} are not closed")
        before = connection.scalar(
            sa.select(sa.func.max(table.c.business_date)).where(
                table.c.business_date < business_date
            )
        )
    return before, business_date


def _require_balance(business_date: date, proof: Proof) -> None:
    failing = [one for one in proof.identities if not one.agrees]
    if failing:
        said = "; ".join(map(str, failing))
        raise BooksError(
            f"the books of {business_date} do not balance and stay open: {said}; find the "
            "change behind it, nothing forces a close"
        )


def _close_of(connection: Connection, business_date: date) -> DayClose | None:
    table = schema.day_close
    row = connection.execute(
        sa.select(table).where(table.c.business_date == business_date)
    ).one_or_none()
    return None if row is None else _close(row)


def _close(row: Row[Any]) -> DayClose:
    return DayClose(
        business_date=row.business_date,
        postings=row.postings,
        moved_satang=row.moved_satang,
        balances={account: int(str(satang)) for account, satang in from_text(row.balances).items()},
        recorded_at=row.recorded_at,
    )
