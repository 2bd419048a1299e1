"""What loading a return needs, whoever paid: its day in the books, its batch, what is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.books import book_day
from ledger.chain import append_entries
from ledger.database import reading
from ledger.errors import LedgerError
from ledger.file_breaks import FileBreak, FileBreakCode, insert_file_break
from ledger.files import insert_events
from ledger.landing import FileState
from ledger.outcomes import Outcome

_TOLD = (
    "partner",
    "rule_version",
    "posted_count",
    "posted_satang",
    "broken_count",
    "broken_satang",
    "debit_count",
    "debit_satang",
)


@dataclass(frozen=True, slots=True)
class PostingBatch:
    """How a return file stands in the ledger.

    ``changed`` is false when it had been loaded before. ``reclassified`` counts payments that
    were matched as posted but became DOUBLE_PAYMENT because another file had meanwhile paid
    their month (0 when unchanged).
    """

    file_id: str
    changed: bool
    posted_count: int
    posted_satang: int
    broken_count: int
    broken_satang: int
    debit_count: int
    debit_satang: int
    reclassified: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """One file that is being loaded: its own business date and the day in whose books."""

    file_id: str
    partner: str
    business_date: date
    book_date: date
    rule_version: int
    recorded_at: datetime


def batch_of(engine: Engine, file_id: str) -> PostingBatch | None:
    """How that return file was loaded, or None when it is not in the ledger."""
    with reading(engine) as connection:
        row = _row(connection, file_id)
    return None if row is None else _batch(row, changed=False)


def loaded_before(connection: Connection, file_id: str, rule_version: int) -> PostingBatch | None:
    """The batch of a file that is loaded already; LedgerError under another rule version."""
    earlier = _row(connection, file_id)
    if earlier is None:
        return None
    if earlier.rule_version != rule_version:
        raise LedgerError(
            f"return file {file_id} was loaded under rule version "
            f"{earlier.rule_version}, not {rule_version}: reverse its postings first"
        )
    return _batch(earlier, changed=False)


def begin_load(
    connection: Connection,
    file_id: str,
    *,
    partner: str,
    rule_version: int,
    recorded_at: datetime,
    book_date: date | None,
) -> Load:
    """A file stands in the books of its business date; if that day is closed in those of
    ``book_date``, or of the first open day. LedgerError when it never landed."""
    own_day = _business_date(connection, file_id)
    booked = book_day(connection, own_day)
    if booked != own_day:
        booked = book_day(connection, max(booked, book_date or booked))
    return Load(file_id, partner, own_day, booked, rule_version, recorded_at)


def insert_batch(
    connection: Connection,
    load: Load,
    outcome: pa.ChunkedArray,
    amount_satang: pa.ChunkedArray,
    is_record: pa.ChunkedArray,
) -> None:
    """The batch of a file: counts of records (rows with ``is_record``) and sums by outcome."""
    is_posted = pc.equal(outcome, Outcome.POSTED.value)
    is_debit = pc.equal(outcome, Outcome.DEBIT.value)
    is_broken = pc.invert(pc.or_(is_posted, is_debit))
    connection.execute(
        sa.insert(schema.posting_batch).values(
            file_id=load.file_id,
            rule_version=load.rule_version,
            partner=load.partner,
            posted_count=total(pc.and_(is_posted, is_record)),
            posted_satang=total(amount_satang.filter(is_posted)),
            broken_count=total(is_broken),
            broken_satang=total(amount_satang.filter(is_broken)),
            debit_count=total(is_debit),
            debit_satang=total(amount_satang.filter(is_debit)),
            recorded_at=load.recorded_at,
            book_date=load.book_date,
        )
    )


def end_load(connection: Connection, load: Load, *, reclassified: int = 0) -> PostingBatch:
    """The file is posted: its event, its entry in the audit, a break where it came too late."""
    row = _row(connection, load.file_id)
    if row is None:
        raise LedgerError(f"return file {load.file_id} was loaded but is not in the ledger")
    insert_events(connection, [(load.file_id, FileState.POSTED, {})], load.recorded_at)
    entry = ("posting.batch", load.file_id, {name: row._mapping[name] for name in _TOLD})
    append_entries(connection, [entry], load.recorded_at)
    _tell_if_late(connection, load, row.posted_satang + row.broken_satang)
    return _batch(row, changed=True, reclassified=reclassified)


def total(values: pa.ChunkedArray) -> int:
    """Sum of numbers, or number of what is true; 0 of none."""
    return int(pc.sum(values).as_py() or 0)


def _business_date(connection: Connection, file_id: str) -> date:
    file = schema.file
    found: date | None = connection.scalar(
        sa.select(file.c.business_date).where(file.c.file_id == file_id)
    )
    if found is None:
        raise LedgerError(f"return file {file_id} never landed: nothing to post from")
    return found


def _tell_if_late(connection: Connection, load: Load, satang: int) -> None:
    if load.book_date == load.business_date:
        return
    found = FileBreak(
        break_id=f"late.{load.file_id[:12]}",
        code=FileBreakCode.RETURN_LATE,
        partner=load.partner,
        business_date=load.business_date,
        file_id=load.file_id,
        amount_satang=satang,
        detail={"book_date": load.book_date.isoformat()},
    )
    insert_file_break(connection, found, load.recorded_at)


def _row(connection: Connection, file_id: str) -> Row[tuple[object, ...]] | None:
    table = schema.posting_batch
    return connection.execute(sa.select(table).where(table.c.file_id == file_id)).one_or_none()


def _batch(row: Row[tuple[object, ...]], *, changed: bool, reclassified: int = 0) -> PostingBatch:
    return PostingBatch(
        file_id=row.file_id,
        changed=changed,
        posted_count=row.posted_count,
        posted_satang=row.posted_satang,
        broken_count=row.broken_count,
        broken_satang=row.broken_satang,
        debit_count=row.debit_count,
        debit_satang=row.debit_satang,
        reclassified=reclassified,
    )
