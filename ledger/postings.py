"""Loading a return file's payments into the ledger: whole, once, and proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.books import book_day
from ledger.bulk import insert_rows
from ledger.chain import Entry, append_entries
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.file_breaks import FileBreak, FileBreakCode, insert_file_break
from ledger.files import insert_events
from ledger.landing import FileState
from ledger.load_proof import ReturnTotals, prove_load
from ledger.loaded_rows import break_rows, posting_rows
from ledger.matching import RULE_VERSION
from ledger.month_paid import add_file
from ledger.outcomes import OUTCOMES_SCHEMA, Outcome
from ledger.taken_months import as_double_payments, paid_before, paid_in_file

__all__ = ["PostingBatch", "ReturnTotals", "batch_of", "load_outcomes"]


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


def load_outcomes(
    engine: Engine,
    file_id: str,
    outcomes: pa.Table,
    *,
    partner: str,
    totals: ReturnTotals,
    recorded_at: datetime,
    rule_version: int = RULE_VERSION,
    book_date: date | None = None,
) -> PostingBatch:
    """Post a file's payments and record its breaks, all in one transaction or not at all.

    ``outcomes`` (OUTCOMES_SCHEMA) are all payments of that one file. Money of a posted payment
    goes from ``clearing:<partner>`` to its contributions account, money of a break to
    ``suspense:<partner>``, a bank's debit from suspense back to clearing; the difference of a
    payment within a tolerance to or from ``tolerance:<partner>``. A payment without a date is
    effective on the file's business date. Counts are of records, not of their movements.

    All of it stands in the books of the file's business date. If that day is closed, it stands
    in those of ``book_date``, the business date on which it is loaded, or of the first open day
    if there is none or it is closed too, and a break RETURN_LATE says so.

    Before the commit the rows written are summed and compared with ``totals``. A file that is
    loaded already is left as it is, whatever is passed. LedgerError when the totals differ, or
    it was loaded under another rule version. What the ledger then holds, reclassified payments
    included, is read with ``outcomes_of``: answer the partner from that, not from the table
    passed in.
    """
    _check(file_id, outcomes)
    with writing(engine, "posting") as connection:
        earlier = _loaded(connection, file_id)
        if earlier is not None:
            if earlier.rule_version != rule_version:
                raise LedgerError(
                    f"return file {file_id} was loaded under rule version "
                    f"{earlier.rule_version}, not {rule_version}: reverse its postings first"
                )
            return _batch(earlier, changed=False)
        own_day = _business_date(connection, file_id)
        booked = book_day(connection, own_day)
        if booked != own_day:
            booked = book_day(connection, max(booked, book_date or booked))
        load = _Load(
            file_id=file_id,
            partner=partner,
            business_date=own_day,
            book_date=booked,
            rule_version=rule_version,
            recorded_at=recorded_at,
        )
        written, reclassified = _write_once(connection, load, outcomes)
        add_file(connection, file_id)
        prove_load(connection, file_id, partner, written, totals)
        insert_events(connection, [(file_id, FileState.POSTED, {})], recorded_at)
        batch = _loaded(connection, file_id)
        if batch is not None:
            append_entries(connection, [_entry(batch)], recorded_at)
            _tell_if_late(connection, load, batch)
    if batch is None:
        raise LedgerError(f"return file {file_id} was loaded but is not in the ledger")
    return _batch(batch, changed=True, reclassified=reclassified)


def batch_of(engine: Engine, file_id: str) -> PostingBatch | None:
    """How that return file was loaded, or None when it is not in the ledger."""
    with reading(engine) as connection:
        row = _loaded(connection, file_id)
    return None if row is None else _batch(row, changed=False)


@dataclass(frozen=True, slots=True)
class _Load:
    file_id: str
    partner: str
    business_date: date
    book_date: date
    rule_version: int
    recorded_at: datetime


def _check(file_id: str, outcomes: pa.Table) -> None:
    if not outcomes.schema.equals(OUTCOMES_SCHEMA):
        raise ValueError("outcomes: the table is not of OUTCOMES_SCHEMA")
    known = pa.array([outcome.value for outcome in Outcome])
    posted = outcomes.filter(pc.equal(outcomes["outcome"], Outcome.POSTED.value))
    keys = ("national_id", "section_code", "period")
    if len(outcomes) and not pc.all(pc.equal(outcomes["file_id"], file_id)).as_py():
        raise ValueError(f"outcomes: rows of another file than {file_id}")
    if len(outcomes) and not pc.all(pc.is_in(outcomes["outcome"], value_set=known)).as_py():
        raise ValueError("outcomes: an outcome that is not one of ledger.outcomes.Outcome")
    if any(posted[key].null_count for key in keys):
        raise ValueError("outcomes: a posted payment names its person, section and period")
    records = pc.count_distinct(outcomes["record_number"]).as_py()
    is_first = pc.equal(outcomes["leg"], 1)
    broken = outcomes.filter(pc.not_equal(outcomes["outcome"], Outcome.POSTED.value))
    if _total(is_first) != records or (len(broken) and pc.max(broken["leg"]).as_py() > 1):
        raise ValueError("outcomes: legs count from 1, and only a posted payment has several")
    differing = outcomes.filter(pc.not_equal(outcomes["tolerance_satang"], 0))
    if len(differing):
        with_them = pc.is_in(outcomes["record_number"], value_set=differing["record_number"])
        expected = pc.subtract(differing["amount_satang"], differing["tolerance_satang"])
        is_alone = _total(with_them) == len(differing)
        is_posted = pc.all(pc.equal(differing["outcome"], Outcome.POSTED.value)).as_py()
        if not is_alone or not is_posted or pc.min(expected).as_py() <= 0:
            raise ValueError("outcomes: only a posted payment of one month is within a tolerance")


def _loaded(connection: Connection, file_id: str) -> Row[tuple[object, ...]] | None:
    table = schema.posting_batch
    return connection.execute(sa.select(table).where(table.c.file_id == file_id)).one_or_none()


def _business_date(connection: Connection, file_id: str) -> date:
    file = schema.file
    found: date | None = connection.scalar(
        sa.select(file.c.business_date).where(file.c.file_id == file_id)
    )
    if found is None:
        raise LedgerError(f"return file {file_id} never landed: nothing to post from")
    return found


def _write_once(connection: Connection, load: _Load, outcomes: pa.Table) -> tuple[pa.Table, int]:
    """Write the file so that it pays no month that is taken; what was written, and how many
    payments were reclassified for that."""
    reclassified = 0
    doubles = paid_in_file(outcomes)
    if doubles:
        outcomes, reclassified = as_double_payments(outcomes, doubles)
    before = connection.begin_nested()
    _write(connection, load, outcomes)
    taken = paid_before(connection, load.file_id)
    if taken:
        before.rollback()
        outcomes, more = as_double_payments(outcomes, taken)
        reclassified += more
        _write(connection, load, outcomes)
    return outcomes, reclassified


def _write(connection: Connection, load: _Load, outcomes: pa.Table) -> None:
    code = outcomes["outcome"]
    is_posted = pc.equal(code, Outcome.POSTED.value)
    is_debit = pc.equal(code, Outcome.DEBIT.value)
    is_broken = pc.invert(pc.or_(is_posted, is_debit))
    is_first = pc.equal(outcomes["leg"], 1)
    amount = outcomes["amount_satang"]
    connection.execute(
        sa.insert(schema.posting_batch).values(
            file_id=load.file_id,
            rule_version=load.rule_version,
            partner=load.partner,
            posted_count=_total(pc.and_(is_posted, is_first)),
            posted_satang=_total(amount.filter(is_posted)),
            broken_count=_total(is_broken),
            broken_satang=_total(amount.filter(is_broken)),
            debit_count=_total(is_debit),
            debit_satang=_total(amount.filter(is_debit)),
            recorded_at=load.recorded_at,
            book_date=load.book_date,
        )
    )
    insert_rows(
        connection,
        schema.posting,
        posting_rows(load.partner, load.business_date, outcomes),
        rule_version=load.rule_version,
        recorded_at=load.recorded_at,
        book_date=load.book_date,
    )
    insert_rows(
        connection, schema.payment_break, break_rows(outcomes), recorded_at=load.recorded_at
    )


def _tell_if_late(connection: Connection, load: _Load, batch: Row[tuple[object, ...]]) -> None:
    if load.book_date == load.business_date:
        return
    found = FileBreak(
        break_id=f"late.{load.file_id[:12]}",
        code=FileBreakCode.RETURN_LATE,
        partner=load.partner,
        business_date=load.business_date,
        file_id=load.file_id,
        amount_satang=batch.posted_satang + batch.broken_satang,
        detail={"book_date": load.book_date.isoformat()},
    )
    insert_file_break(connection, found, load.recorded_at)


def _total(values: pa.ChunkedArray) -> int:
    return int(pc.sum(values).as_py() or 0)


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    names = (
        "partner",
        "rule_version",
        "posted_count",
        "posted_satang",
        "broken_count",
        "broken_satang",
        "debit_count",
        "debit_satang",
    )
    return ("posting.batch", row.file_id, {name: row._mapping[name] for name in names})


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
