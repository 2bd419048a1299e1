"""Filings in the ledger: which were entered, which still wait, and which of them count.

What counts for a branch and wage month (a *month* here) is a fold over its filings in the order
in which they were entered: ``replace`` drops everything before, ``merge`` replaces the persons
filed again, ``add`` adds persons who were not filed yet. A withdrawn filing is left out; one whose
bytes came again as a correction or supplement stands where it came last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from insurance.digits import Bools, Ints
from ledger import schema
from ledger.bulk import fetch_rows
from ledger.chunks import chunks
from ledger.database import reading
from ledger.landing import Direction, FileState

WITHDRAWN, REINSTATED, FILED_AGAIN = "withdrawn", "reinstated", "filed_again"
"""States of ``filing_event``."""

MONTH = ("employer_account", "employer_branch", "period")
"""Columns that name a branch and wage month."""

FILINGS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),  # of the header
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("employer_branch", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),  # Gregorian yyyymm
        pa.field("purpose", pa.string(), nullable=False),  # merge, replace or add
        pa.field("paid_date", pa.date32()),  # as the form says
        pa.field("persons", pa.int64(), nullable=False),
        pa.field("wages_satang", pa.int64(), nullable=False),
        pa.field("contribution_satang", pa.int64(), nullable=False),  # both sides
        pa.field("declared_satang", pa.int64(), nullable=False),  # both sides, as the header says
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("book_date", pa.date32(), nullable=False),
        pa.field("recorded_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("interface", pa.string(), nullable=False),
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("part_uri", pa.string()),  # where its accepted lines lie; null: it has none
        pa.field("withdrawn", pa.bool_(), nullable=False),
    ]
)
"""Filings, in the order in which they were entered."""

WAITING_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("interface", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("part_uri", pa.string()),
    ]
)
"""Accepted files that are not entered yet."""

MONTHS_SCHEMA = pa.schema([FILINGS_SCHEMA.field(name) for name in MONTH])

DUE_SCHEMA = pa.schema([*MONTHS_SCHEMA, pa.field("due_satang", pa.int64(), nullable=False)])
"""What is due for a month, both sides."""

DueOf = Callable[[pa.Table], pa.Table]
"""What is due for the months of some filings: FILINGS_SCHEMA in (all that count of each month),
DUE_SCHEMA out, a row for each month."""


def filings_of(
    engine: Engine,
    *,
    accounts: Collection[str] | None = None,
    periods: Collection[int] | None = None,
    file_ids: Collection[str] | None = None,
    booked_to: date | None = None,
) -> pa.Table:
    """Filings that were entered, withdrawn ones too: FILINGS_SCHEMA.

    All of them, or those of some accounts, periods and files; ``booked_to``: as the books stood
    at the end of that business date.
    """
    with reading(engine) as connection:
        return select_filings(
            connection, accounts=accounts, periods=periods, file_ids=file_ids, booked_to=booked_to
        )


def select_filings(
    connection: Connection,
    *,
    accounts: Collection[str] | None = None,
    periods: Collection[int] | None = None,
    file_ids: Collection[str] | None = None,
    booked_to: date | None = None,
) -> pa.Table:
    """As :func:`filings_of`, in the caller's transaction."""
    filing = schema.filing
    query = _filings(booked_to)
    if periods is not None:
        query = query.where(filing.c.period.in_(sorted(set(map(int, periods)))))
    if file_ids is not None:
        parts = [query.where(filing.c.file_id.in_(some)) for some in chunks(file_ids)]
    elif accounts is not None:
        parts = [query.where(filing.c.employer_account.in_(some)) for some in chunks(accounts)]
    else:
        parts = [query]
    if accounts is not None and file_ids is not None:
        raise ValueError("filings are asked for by account or by file, not by both")
    found = [fetch_rows(connection, part, FILINGS_SCHEMA) for part in parts]
    return in_order(pa.concat_tables(found) if found else FILINGS_SCHEMA.empty_table())


def filings_of_months(
    connection: Connection, months: pa.Table, *, booked_to: date | None = None
) -> pa.Table:
    """Every filing of these months (columns of MONTH), withdrawn ones too: FILINGS_SCHEMA."""
    found = select_filings(
        connection,
        accounts=pc.unique(months["employer_account"]).to_pylist(),
        periods=pc.unique(months["period"]).to_pylist(),
        booked_to=booked_to,
    )
    return found.filter(pa.array(is_among(found, months)))


def touched_months(engine: Engine, after: date | None, up_to: date) -> pa.Table:
    """Months of which a filing was entered, withdrawn or reinstated in the books after one
    business date (None: from the beginning), up to another: MONTHS_SCHEMA, in order."""
    with reading(engine) as connection:
        return select_touched(connection, after, up_to)


def select_touched(connection: Connection, after: date | None, up_to: date | None) -> pa.Table:
    """As :func:`touched_months`, in the caller's transaction; ``up_to`` None: to the end."""
    filing, event = schema.filing, schema.filing_event
    month = [filing.c[name] for name in MONTH]

    def within(column: sa.ColumnElement[date]) -> list[sa.ColumnElement[bool]]:
        lower = [] if after is None else [column > after]
        return lower if up_to is None else [*lower, column <= up_to]

    entered = sa.select(*month).where(*within(filing.c.book_date))
    changed = sa.select(*month).where(
        filing.c.file_id.in_(sa.select(event.c.file_id).where(*within(event.c.book_date)))
    )
    both = sa.union(entered, changed).subquery("touched")
    query = sa.select(*both.c).order_by(*both.c)
    return fetch_rows(connection, query, MONTHS_SCHEMA)


def waiting_filings(
    engine: Engine, interfaces: Collection[str], *, since: date, up_to: date
) -> pa.Table:
    """Accepted files of these interfaces and business dates that are not entered: WAITING_SCHEMA.

    By business date, name and id.
    """
    file, result, batch = schema.file, schema.file_result, schema.posting_batch
    query = (
        sa.select(
            file.c.file_id,
            file.c.interface,
            file.c.version,
            file.c.name,
            file.c.business_date,
            result.c.part_uri,
        )
        .join(result, result.c.file_id == file.c.file_id)
        .where(
            file.c.interface.in_(sorted(set(interfaces))),
            file.c.direction == Direction.INBOUND.value,
            file.c.business_date.between(since, up_to),
            result.c.state == FileState.ACCEPTED.value,  # final, so there is one
            ~sa.exists().where(batch.c.file_id == file.c.file_id),
        )
        .order_by(file.c.business_date, file.c.name, file.c.file_id)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, WAITING_SCHEMA)


def in_order(filings: pa.Table) -> pa.Table:
    """Filings in the order in which they were entered, each once."""
    keys = [("recorded_at", "ascending"), ("file_id", "ascending"), ("record_number", "ascending")]
    return filings.take(pc.sort_indices(filings, sort_keys=keys))


def counting(filings: pa.Table) -> pa.Table:
    """Those filings that count: not withdrawn, and nothing entered later replaces them.

    ``filings`` hold all of their months, in order. Two headers of a file for the same month
    stand side by side: a file does not replace itself.
    """
    live = filings.filter(pc.invert(filings["withdrawn"]))
    if not len(live):
        return live
    month, count = month_numbers(live)
    rank = file_ranks(live)
    replaces = np.asarray(pc.equal(live["purpose"], "replace"))
    first = np.full(count, -1, np.int64)
    np.maximum.at(first, month[replaces], rank[replaces])
    return live.filter(pa.array(rank >= first[month]))


def file_ranks(filings: pa.Table) -> Ints:
    """Number of each filing's file, counted from 0 in the order in which files stand; int64[n].

    ``filings`` are in order. Of a file that was filed again some blocks may stand further behind.
    """
    ids = filings["file_id"].combine_chunks()
    encoded = ids.dictionary_encode() if len(ids) else pa.array([], pa.string()).dictionary_encode()
    numbers = np.asarray(encoded.indices, np.int64)
    moments = np.asarray(filings["recorded_at"].cast(pa.int64()))
    begins = (np.diff(numbers, prepend=-1) != 0) | (np.diff(moments, prepend=-1) != 0)
    return np.cumsum(begins) - 1


def month_numbers(table: pa.Table) -> tuple[Ints, int]:
    """Number of each row's month (columns of MONTH), from 0, and how many months there are."""
    places, _ = _places(table, table.slice(0, 0))
    distinct, numbers = np.unique(places, return_inverse=True)
    return numbers.astype(np.int64), len(distinct)


def is_among(table: pa.Table, months: pa.Table) -> Bools:
    """Whether each row's month is one of ``months``; bool[n]."""
    own, others = _places(table, months)
    result: Bools = np.isin(own, others)
    return result


def places_of(table: pa.Table, months: pa.Table) -> Ints:
    """Row of ``months``, which holds each month once, of each row's month; -1: not there."""
    own, others = _places(table, months)
    if not len(others):
        return np.full(len(own), -1, np.int64)
    order = np.argsort(others)
    place = order[np.minimum(np.searchsorted(others[order], own), len(others) - 1)]
    return np.where(others[place] == own, place, -1).astype(np.int64)


def _places(first: pa.Table, second: pa.Table) -> tuple[Ints, Ints]:
    """A number for each row's month, equal in both tables where the month is."""
    numbers = np.zeros(len(first) + len(second), np.int64)
    for name in MONTH:
        both = pa.chunked_array([*first[name].chunks, *second[name].chunks], first[name].type)
        if not len(both):
            break
        encoded = both.combine_chunks().dictionary_encode()
        numbers = numbers * len(encoded.dictionary) + np.asarray(encoded.indices, np.int64)
    return numbers[: len(first)], numbers[len(first) :]


def _filings(booked_to: date | None) -> sa.Select[Any]:
    filing, file, result = schema.filing, schema.file, schema.file_result
    event, again = schema.filing_event, schema.filing_event.alias("again")
    in_books = [] if booked_to is None else [event.c.book_date <= booked_to]
    of_filing = [event.c.file_id == filing.c.file_id, *in_books]
    state = (
        sa.select(event.c.state)
        .where(*of_filing)
        .order_by(event.c.event_id.desc())
        .limit(1)
        .correlate(filing)
        .scalar_subquery()
    )
    came_last = (
        sa.select(sa.func.max(event.c.event_id))
        .where(*of_filing, event.c.record_number == filing.c.record_number)
        .correlate(filing)
        .scalar_subquery()
    )
    told = {
        **{name: filing.c[name] for name in FILINGS_SCHEMA.names if name in filing.c},
        "purpose": sa.func.coalesce(again.c.purpose, filing.c.purpose),
        "recorded_at": sa.func.coalesce(again.c.recorded_at, filing.c.recorded_at),
        "interface": file.c.interface,
        "file_name": sa.func.coalesce(again.c.name, file.c.name),
        "part_uri": result.c.part_uri,
        "withdrawn": sa.func.coalesce(state == WITHDRAWN, sa.false()),
    }
    query = (
        sa.select(*(told[name] for name in FILINGS_SCHEMA.names))
        .join(file, file.c.file_id == filing.c.file_id)
        .outerjoin(again, again.c.event_id == came_last)
        .outerjoin(
            result,
            sa.and_(
                result.c.file_id == filing.c.file_id, result.c.state == FileState.ACCEPTED.value
            ),
        )
    )
    return query if booked_to is None else query.where(filing.c.book_date <= booked_to)
