"""Withdrawing an entered filing, and letting it count again; nothing in the ledger is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from insurance.surcharge_terms import SurchargeTerms
from ledger import schema
from ledger.acts import OperatorAct, insert_act
from ledger.book_days import book_day
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError
from ledger.filing_entry import charge
from ledger.filings import (
    REINSTATED,
    WITHDRAWN,
    DueOf,
    filings_of_months,
    select_filings,
)

_VERBS = {WITHDRAWN: "withdraw", REINSTATED: "reinstate"}


@dataclass(frozen=True, slots=True)
class FilingEvent:
    """What became of an entered filing: ``state`` is withdrawn, reinstated, or filed_again, by
    the employer itself: then nobody and no reason are told."""

    file_id: str
    state: str
    who: str
    reason: str
    book_date: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A filing that was withdrawn or reinstated: its months (blocks), and the movements that it
    took. ``changed`` is false when it stood so already."""

    file_id: str
    state: str
    changed: bool
    filings: int
    legs: int
    book_date: date | None


def set_counting(
    engine: Engine,
    file_id: str,
    state: str,
    due_of: DueOf,
    *,
    who: str,
    reason: str,
    business_date: date,
    recorded_at: datetime,
    terms: SurchargeTerms | None = None,
) -> Changed:
    """Withdraw an entered file or reinstate it; what is due follows, and so does the surcharge.

    ``state`` is WITHDRAWN or REINSTATED. In the books of ``business_date`` or the first open day
    after it. A file that stands so already is left as it is. LedgerError when the file was never
    entered, or who and why are not said.
    """
    with writing(engine, "posting") as connection:
        own = select_filings(connection, file_ids=[file_id])
        if not len(own):
            raise LedgerError(
                f"file {file_id} holds no filing that was entered: nothing to {_VERBS[state]}"
            )
        if own["withdrawn"][0].as_py() == (state == WITHDRAWN):
            return Changed(file_id, state, False, len(own), 0, None)
        booked = book_day(connection, business_date)
        act = OperatorAct(_VERBS[state], file_id, who, reason, recorded_at)
        insert_act(connection, act)
        _insert_event(connection, act, state, booked)
        months = filings_of_months(connection, own)
        is_own = pc.equal(months["file_id"], file_id)
        legs = charge(
            connection,
            months.filter(is_own),
            months.filter(pc.invert(is_own)),
            due_of,
            effective_date=business_date,
            book_date=booked,
            recorded_at=recorded_at,
            terms=terms,
        )
        append_entries(connection, [(f"filing.{state}", file_id, {"legs": legs})], recorded_at)
    return Changed(file_id, state, True, len(own), legs, booked)


def events_of_filing(engine: Engine, file_id: str) -> list[FilingEvent]:
    """Every time the file was withdrawn or reinstated, oldest first."""
    event = schema.filing_event
    query = sa.select(event).where(event.c.file_id == file_id).order_by(event.c.event_id)
    with reading(engine) as connection:
        found = []
        for row in connection.execute(query):
            told = from_text(row.detail)
            who, reason = str(told.get("who", "")), str(told.get("reason", ""))
            found.append(
                FilingEvent(file_id, row.state, who, reason, row.book_date, row.recorded_at)
            )
    return found


def _insert_event(connection: Connection, act: OperatorAct, state: str, booked: date) -> None:
    connection.execute(
        sa.insert(schema.filing_event).values(
            file_id=act.target,
            state=state,
            detail=to_text({"who": act.who, "reason": act.reason}),
            book_date=booked,
            recorded_at=act.recorded_at,
        )
    )
