"""Entering filings: what an employer's file makes due, in the ledger whole and once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from insurance.digits import Ints
from insurance.surcharge_terms import SurchargeTerms
from ledger import schema
from ledger.book_days import book_day
from ledger.bulk import fetch_rows, insert_rows
from ledger.chain import append_entries
from ledger.chunks import chunks
from ledger.database import writing
from ledger.employer_accounts import FILED, RECEIVABLE, bring_in_line, movements
from ledger.employer_legs import TOUCHED_SCHEMA, insert_employer_legs
from ledger.filings import (
    DUE_SCHEMA,
    FILINGS_SCHEMA,
    MONTH,
    DueOf,
    filings_of_months,
    in_order,
    month_numbers,
    places_of,
)

KIND = "filing"
"""Kind of ``posting_batch`` of a file that says what employers owe."""

RULE_VERSION = 1
"""Of what a filing makes due; a change of it needs a new number."""

ENTRY = "filing.1"
"""Pass of the legs by which a filing changes what is due."""

NEW_SCHEMA = pa.schema(
    [
        FILINGS_SCHEMA.field(name)
        for name in FILINGS_SCHEMA.names
        if name not in ("book_date", "recorded_at", "withdrawn")
    ]
)
"""Filings to enter: a row for each accepted block (header) of a file, files in their order."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered: files, filings (blocks), persons in them, and the satang of both sides
    that they say. ``legs``: movements written."""

    files: int
    filings: int
    persons: int
    contribution_satang: int
    legs: int


def enter(
    engine: Engine,
    file_ids: list[str],
    filings: pa.Table,
    due_of: DueOf,
    *,
    business_date: date,
    recorded_at: datetime,
    terms: SurchargeTerms | None = None,
) -> Entered:
    """Enter files and their filings (NEW_SCHEMA), all in one transaction.

    ``file_ids`` in the order in which the files count; one without any filing is entered too,
    and then waits no more. A file that is entered already is left as it is. For each month the
    receivable grows by what is due now less what was due before, on the record of the last
    filing of the month. ``due_of`` says what is due for a month with other filings before.

    It stands in the books of ``business_date``, or of the first open day after it.
    """
    with writing(engine, "posting") as connection:
        known = _entered_already(connection, file_ids)
        todo = [file_id for file_id in file_ids if file_id not in known]
        if not todo:
            return Entered(0, 0, 0, 0, 0)
        order = pc.index_in(filings["file_id"], value_set=pa.array(todo, pa.string()))
        filings = filings.filter(pc.is_valid(order))
        numbers = np.asarray(order.drop_null(), np.int64)
        booked = book_day(connection, business_date)
        earlier = (
            filings_of_months(connection, filings) if len(filings) else FILINGS_SCHEMA.empty_table()
        )
        begin = _moment_after(recorded_at, earlier)
        filings = _as_entered(filings, numbers, booked, begin)
        _insert(connection, todo, filings, booked, recorded_at)
        legs = charge(
            connection,
            in_order(filings),
            earlier,
            due_of,
            effective_date=business_date,
            book_date=booked,
            recorded_at=recorded_at,
            terms=terms,
            new_files=True,
        )
        entered = Entered(
            files=len(todo),
            filings=len(filings),
            persons=_total(filings["persons"]),
            contribution_satang=_total(filings["contribution_satang"]),
            legs=legs,
        )
        told = {
            "files": entered.files,
            "filings": entered.filings,
            "persons": entered.persons,
            "contribution_satang": entered.contribution_satang,
            "last_file": todo[-1],
        }
        append_entries(connection, [("filings.entered", todo[0], told)], recorded_at)
    return entered


def charge(
    connection: Connection,
    causes: pa.Table,
    others: pa.Table,
    due_of: DueOf,
    *,
    effective_date: date,
    book_date: date,
    recorded_at: datetime,
    terms: SurchargeTerms | None = None,
    new_files: bool = False,
) -> int:
    """Bring what is due for the months of ``causes`` to what their filings say; legs written.

    ``causes`` and ``others`` (FILINGS_SCHEMA) are together all filings of these months, with
    what changed in ``causes``; the last of a month carries the leg. Surcharge and overpayment
    are brought in line. In the caller's transaction, ``writing(engine, "posting")``.
    """
    if not len(causes):
        return 0
    carriers = _last_of_months(causes)
    due = _due(carriers, in_order(pa.concat_tables([others, causes])), due_of)
    change = due - _filed(connection, carriers)
    touched = carriers.select(TOUCHED_SCHEMA.names).cast(TOUCHED_SCHEMA)
    legs = movements(touched, RECEIVABLE, FILED, change)
    days = {"effective_date": effective_date, "book_date": book_date}
    insert_employer_legs(
        connection, legs, pass_name=ENTRY, recorded_at=recorded_at, new_files=new_files, **days
    )
    further = bring_in_line(connection, touched, recorded_at=recorded_at, terms=terms, **days)
    return len(legs) + further


def _as_entered(filings: pa.Table, files: Ints, booked: date, begin: datetime) -> pa.Table:
    """FILINGS_SCHEMA of new filings; each file a microsecond after the one before it."""
    later = pa.array(files).cast(pa.duration("us"))
    added = {
        "book_date": pa.repeat(pa.scalar(booked, pa.date32()), len(files)),
        "recorded_at": pc.add(pa.scalar(begin, pa.timestamp("us", "UTC")), later),
        "withdrawn": pa.repeat(False, len(files)),
    }
    columns = {
        name: added[name] if name in added else filings[name] for name in FILINGS_SCHEMA.names
    }
    return pa.table(columns, schema=FILINGS_SCHEMA)


def _entered_already(connection: Connection, file_ids: list[str]) -> set[str]:
    batch = schema.posting_batch
    return {
        file_id
        for some in chunks(file_ids)
        for (file_id,) in connection.execute(
            sa.select(batch.c.file_id).where(batch.c.file_id.in_(some))
        )
    }


def _moment_after(recorded_at: datetime, earlier: pa.Table) -> datetime:
    """A moment after which all of these months were entered, even if the clock stands still."""
    newest = pc.max(earlier["recorded_at"]).as_py()
    return recorded_at if newest is None else max(recorded_at, newest + _MICROSECOND)


def _insert(
    connection: Connection,
    file_ids: list[str],
    filings: pa.Table,
    booked: date,
    recorded_at: datetime,
) -> None:
    sums = filings.group_by("file_id").aggregate(
        [("persons", "sum"), ("contribution_satang", "sum")]
    )
    batches = pa.table({"file_id": pa.array(file_ids, pa.string())})
    place = pc.index_in(batches["file_id"], value_set=sums["file_id"].combine_chunks())
    for name, column in (("posted_count", "persons"), ("posted_satang", "contribution_satang")):
        said = pc.fill_null(sums[f"{column}_sum"].take(place), 0)
        batches = batches.append_column(name, said)
    insert_rows(
        connection,
        schema.posting_batch,
        batches,
        kind=KIND,
        partner=KIND,
        rule_version=RULE_VERSION,
        broken_count=0,
        broken_satang=0,
        debit_count=0,
        debit_satang=0,
        recorded_at=recorded_at,
        book_date=booked,
    )
    names = [name for name in filings.column_names if name in schema.filing.c]
    rows = filings.select(names)
    moments = _moment_texts(connection, rows["recorded_at"])
    rows = rows.set_column(names.index("recorded_at"), "recorded_at", moments)
    insert_rows(connection, schema.filing, rows)


def _moment_texts(connection: Connection, moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments (UTC) as the database takes them."""
    texts = pc.strftime(moments.cast(pa.timestamp("us")), "%Y-%m-%d %H:%M:%S")
    if connection.dialect.name == "sqlite":
        return texts
    return pc.binary_join_element_wise(texts, "+00", "")


def _last_of_months(filings: pa.Table) -> pa.Table:
    numbers, _ = month_numbers(filings)
    _, backwards = np.unique(numbers[::-1], return_index=True)
    return filings.take(pa.array(np.sort(len(filings) - 1 - backwards)))


def _due(carriers: pa.Table, filings: pa.Table, due_of: DueOf) -> Ints:
    """What is due now for the month of each carrier, both sides; int64[n]."""
    due = due_of(filings).select(DUE_SCHEMA.names).cast(DUE_SCHEMA)
    place = places_of(carriers, due)
    if (place < 0).any():
        raise ValueError("what is due was not told for every month")
    return np.asarray(due["due_satang"], np.int64)[place]


def _filed(connection: Connection, carriers: pa.Table) -> Ints:
    """What is filed as due for the month of each carrier; int64[n]."""
    found = filed_of_months(
        connection,
        pc.unique(carriers["employer_account"]).to_pylist(),
        pc.unique(carriers["period"]).to_pylist(),
    )
    place = places_of(carriers, found)
    if not len(found):
        return np.zeros(len(carriers), np.int64)
    satang = np.asarray(found["due_satang"], np.int64)
    return np.where(place >= 0, satang[np.maximum(place, 0)], 0)


def filed_of_months(connection: Connection, employers: list[str], periods: list[int]) -> pa.Table:
    """What the postings say is due, by month: columns of MONTH and ``due_satang``."""
    posting = schema.posting
    month = [posting.c[name] for name in MONTH]
    amount = sa.case(
        (posting.c.credit_account == FILED, posting.c.amount_satang),
        else_=-posting.c.amount_satang,
    )
    query = (
        sa.select(*month, sa.cast(sa.func.sum(amount), sa.BigInteger))
        .where(
            posting.c.employer_account.is_not(None),
            posting.c.period.in_(sorted(set(map(int, periods)))),
            sa.or_(posting.c.credit_account == FILED, posting.c.debit_account == FILED),
        )
        .group_by(*month)
    )
    found = [
        fetch_rows(connection, query.where(posting.c.employer_account.in_(some)), DUE_SCHEMA)
        for some in chunks(employers)
    ]
    return pa.concat_tables(found) if found else DUE_SCHEMA.empty_table()


def _total(values: pa.ChunkedArray) -> int:
    return int(pc.sum(values).as_py() or 0)
