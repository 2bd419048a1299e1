"""Loading a return file's payments into the ledger: whole, once, and proven."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import accounts, schema
from ledger.bulk import insert_rows
from ledger.chain import Entry, append_entries
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.files import insert_events
from ledger.landing import FileState
from ledger.matching import RULE_VERSION
from ledger.months import is_live_contribution
from ledger.outcomes import OUTCOMES_SCHEMA, Outcome


@dataclass(frozen=True, slots=True)
class ReturnTotals:
    """What the return file's trailer says: numbers of records and satang, credit and debit."""

    credit_count: int
    credit_satang: int
    debit_count: int = 0
    debit_satang: int = 0


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
) -> PostingBatch:
    """Post a file's payments and record its breaks, all in one transaction or not at all.

    ``outcomes`` (OUTCOMES_SCHEMA) are all payments of that one file. Money of a posted payment
    goes from ``clearing:<partner>`` to its contributions account, money of a break to
    ``suspense:<partner>``, a bank's debit from suspense back to clearing. A payment without a
    date is effective on the file's business date. Before the commit the rows written are
    summed and compared with ``totals``. A file that is loaded already is left as it is,
    whatever is passed. LedgerError when the totals differ, or it was loaded under another rule
    version. What the ledger then holds, reclassified payments included, is read with
    ``outcomes_of``: answer the partner from that, not from the table passed in.
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
        load = _Load(
            file_id=file_id,
            partner=partner,
            business_date=_business_date(connection, file_id),
            rule_version=rule_version,
            recorded_at=recorded_at,
        )
        before = connection.begin_nested()
        _write(connection, load, outcomes)
        taken = _months_taken(connection, file_id)
        if taken:
            before.rollback()
            _write(connection, load, _as_double_payments(outcomes, taken))
        _prove(connection, load, totals)
        insert_events(connection, [(file_id, FileState.POSTED, {})], recorded_at)
        batch = _loaded(connection, file_id)
        if batch is not None:
            append_entries(connection, [_entry(batch)], recorded_at)
    if batch is None:
        raise LedgerError(f"return file {file_id} was loaded but is not in the ledger")
    return _batch(batch, changed=True, reclassified=len(taken))


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


def _write(connection: Connection, load: _Load, outcomes: pa.Table) -> None:
    code = outcomes["outcome"]
    is_posted = pc.equal(code, Outcome.POSTED.value)
    is_debit = pc.equal(code, Outcome.DEBIT.value)
    is_broken = pc.invert(pc.or_(is_posted, is_debit))
    amount = outcomes["amount_satang"]
    connection.execute(
        sa.insert(schema.posting_batch).values(
            file_id=load.file_id,
            rule_version=load.rule_version,
            partner=load.partner,
            posted_count=_total(is_posted),
            posted_satang=_total(amount.filter(is_posted)),
            broken_count=_total(is_broken),
            broken_satang=_total(amount.filter(is_broken)),
            debit_count=_total(is_debit),
            debit_satang=_total(amount.filter(is_debit)),
            recorded_at=load.recorded_at,
        )
    )
    insert_rows(
        connection,
        schema.posting,
        _movements(load, outcomes, is_posted, is_debit),
        rule_version=load.rule_version,
        leg=1,
        recorded_at=load.recorded_at,
    )
    insert_rows(
        connection,
        schema.payment_break,
        _breaks(outcomes.filter(pc.invert(is_posted))),
        recorded_at=load.recorded_at,
    )


def _movements(
    load: _Load, outcomes: pa.Table, is_posted: pa.ChunkedArray, is_debit: pa.ChunkedArray
) -> pa.Table:
    clearing = pa.scalar(accounts.clearing(load.partner))
    suspense = pa.scalar(accounts.suspense(load.partner))
    contributions = accounts.contributions(outcomes["section_code"], outcomes["option_code"])
    names = ["file_id", "record_number", "national_id", "section_code", "option_code", "period"]
    movements = outcomes.select([*names, "amount_satang"])
    movements = movements.append_column(
        "debit_account", pc.if_else(is_debit, suspense, clearing)
    ).append_column(
        "credit_account",
        pc.if_else(is_posted, contributions, pc.if_else(is_debit, clearing, suspense)),
    )
    effective = pc.fill_null(outcomes["payment_date"], pa.scalar(load.business_date, pa.date32()))
    movements = movements.append_column("effective_date", effective)
    # A payment of nothing is a break, but moves nothing.
    return movements.filter(pc.greater(movements["amount_satang"], 0))


def _breaks(broken: pa.Table) -> pa.Table:
    names = [name for name in broken.column_names if name != "transaction_kind"]
    return broken.select(names).rename_columns(
        ["code" if name == "outcome" else name for name in names]
    )


def _months_taken(connection: Connection, file_id: str) -> list[int]:
    """Records of the file that post a month which another live posting has already."""
    mine, other = schema.posting.alias("mine"), schema.posting.alias("other")
    taken_before = sa.exists().where(
        other.c.national_id == mine.c.national_id,
        other.c.section_code == mine.c.section_code,
        other.c.period == mine.c.period,
        sa.or_(other.c.file_id != mine.c.file_id, other.c.record_number < mine.c.record_number),
        is_live_contribution(other),
    )
    query = sa.select(mine.c.record_number).where(
        mine.c.file_id == file_id, is_live_contribution(mine), taken_before
    )
    return list(connection.scalars(query))


def _as_double_payments(outcomes: pa.Table, records: list[int]) -> pa.Table:
    taken = pc.is_in(outcomes["record_number"], value_set=pa.array(records, pa.int64()))
    code = pc.if_else(taken, Outcome.DOUBLE_PAYMENT.value, outcomes["outcome"])
    position = outcomes.schema.get_field_index("outcome")
    return outcomes.set_column(position, outcomes.schema.field(position), code)


def _prove(connection: Connection, load: _Load, totals: ReturnTotals) -> None:
    """Compare what now stands in the tables with the trailer; LedgerError when they differ."""
    posting, broken = schema.posting, schema.payment_break
    posted = _sums(
        connection,
        posting,
        posting.c.file_id == load.file_id,
        posting.c.credit_account.startswith(accounts.CONTRIBUTIONS),
    )
    is_debit = broken.c.code == Outcome.DEBIT.value
    credit = _sums(connection, broken, broken.c.file_id == load.file_id, sa.not_(is_debit))
    debit = _sums(connection, broken, broken.c.file_id == load.file_id, is_debit)
    clearing = accounts.clearing(load.partner)
    of_file = posting.c.file_id == load.file_id
    money_in = _sums(connection, posting, of_file, posting.c.debit_account == clearing)[1]
    money_out = _sums(connection, posting, of_file, posting.c.credit_account == clearing)[1]
    found = ReturnTotals(posted[0] + credit[0], posted[1] + credit[1], *debit)
    if found != totals or (money_in, money_out) != (found.credit_satang, found.debit_satang):
        raise LedgerError(
            f"return file {load.file_id} does not balance: posted and broken are "
            f"{found.credit_count} credits of {found.credit_satang} satang and "
            f"{found.debit_count} debits of {found.debit_satang}, its trailer says "
            f"{totals.credit_count} of {totals.credit_satang} and "
            f"{totals.debit_count} of {totals.debit_satang}; nothing was loaded"
        )


def _sums(
    connection: Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]
) -> tuple[int, int]:
    amount = sa.cast(sa.func.coalesce(sa.func.sum(table.c.amount_satang), 0), sa.BigInteger)
    row = connection.execute(sa.select(sa.func.count(), amount).where(*conditions)).one()
    return row[0], row[1]


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
