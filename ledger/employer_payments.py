"""Loading employers' bill payments into the ledger: whole, once, and proven.

Whatever an employer pays for one of its months is posted to that account and month; how it
divides into contributions, surcharge and money paid too much is worked out for the month as a
whole, so that the order in which payments and filings come does not matter.
"""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import accounts, schema
from ledger.bulk import insert_rows
from ledger.database import writing
from ledger.employer_accounts import TOUCHED_SCHEMA, bring_in_line
from ledger.errors import LedgerError
from ledger.load_proof import ReturnTotals
from ledger.loading import (
    Load,
    PostingBatch,
    begin_load,
    end_load,
    insert_batch,
    loaded_before,
)
from ledger.outcomes import Outcome

RULE_VERSION = 1
"""Version of how employers' payments are judged and posted; stands in their postings."""

BY_REFERENCE = "employer_reference.1"
"""Pass name of a payment that is posted as its references say."""

SECTION = "33"

EMPLOYER_OUTCOMES_SCHEMA = pa.schema(
    [
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("employer_account", pa.string()),
        pa.field("employer_branch", pa.string()),
        pa.field("period", pa.int32()),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("payment_date", pa.date32()),
        pa.field("outcome", pa.string(), nullable=False),
    ]
)
"""One row for each record of one return: POSTED, DEBIT (the bank takes back), or the code of a
break. A posted one names account, branch and period (Gregorian yyyymm)."""

_NO_TEXT = pa.scalar(None, pa.string())
_MONTH = ("employer_account", "employer_branch", "period")


def load_employer_payments(
    engine: Engine,
    file_id: str,
    outcomes: pa.Table,
    *,
    partner: str,
    totals: ReturnTotals,
    recorded_at: datetime,
    book_date: date | None = None,
) -> PostingBatch:
    """Post a file's payments and record its breaks, all in one transaction or not at all.

    ``outcomes`` (EMPLOYER_OUTCOMES_SCHEMA) are all records of that one file. Money of a posted
    payment goes from ``clearing:<partner>`` to the account's receivable of that month, money of
    a break to ``suspense:<partner>``, a bank's debit from suspense back to clearing. Surcharge
    and overpayment of every month that was paid follow in the same transaction. A payment without
    a date is effective on the file's business date. Book dates are as in
    :func:`ledger.postings.load_outcomes`.

    Before the commit the rows written are summed and compared with ``totals``. A file that is
    loaded already is left as it is. LedgerError when the totals differ.
    """
    _check(outcomes)
    with writing(engine, "posting") as connection:
        earlier = loaded_before(connection, file_id, RULE_VERSION)
        if earlier is not None:
            return earlier
        load = begin_load(
            connection,
            file_id,
            partner=partner,
            rule_version=RULE_VERSION,
            recorded_at=recorded_at,
            book_date=book_date,
        )
        _write(connection, load, outcomes)
        _prove(connection, load, totals)
        bring_in_line(
            connection,
            _touched(load, outcomes),
            effective_date=load.business_date,
            book_date=load.book_date,
            recorded_at=recorded_at,
        )
        return end_load(connection, load)


def _touched(load: Load, outcomes: pa.Table) -> pa.Table:
    """The months that were paid, with the record that paid each; the last one counts."""
    posted = outcomes.filter(pc.equal(outcomes["outcome"], Outcome.POSTED.value))
    posted = posted.sort_by("record_number").select([*_MONTH, "record_number"])
    file_id = pa.repeat(pa.scalar(load.file_id), len(posted))
    return (
        posted.append_column("file_id", file_id).select(TOUCHED_SCHEMA.names).cast(TOUCHED_SCHEMA)
    )


def _check(outcomes: pa.Table) -> None:
    if not outcomes.schema.equals(EMPLOYER_OUTCOMES_SCHEMA):
        raise ValueError("outcomes: the table is not of EMPLOYER_OUTCOMES_SCHEMA")
    if pc.count_distinct(outcomes["record_number"]).as_py() != len(outcomes):
        raise ValueError("outcomes: one row for each record")
    posted = outcomes.filter(pc.equal(outcomes["outcome"], Outcome.POSTED.value))
    if any(posted[name].null_count for name in _MONTH):
        raise ValueError("outcomes: a posted payment names account, branch and period")
    if len(posted) and pc.min(posted["amount_satang"]).as_py() <= 0:
        raise ValueError("outcomes: a posted payment has an amount")


def _write(connection: Connection, load: Load, outcomes: pa.Table) -> None:
    is_record = pa.chunked_array([pa.repeat(pa.scalar(True), len(outcomes))])
    insert_batch(connection, load, outcomes["outcome"], outcomes["amount_satang"], is_record)
    insert_rows(
        connection,
        schema.posting,
        _posting_rows(load, outcomes),
        rule_version=load.rule_version,
        recorded_at=load.recorded_at,
        book_date=load.book_date,
        file_id=load.file_id,
        leg=1,
    )
    insert_rows(
        connection,
        schema.payment_break,
        _break_rows(outcomes),
        recorded_at=load.recorded_at,
        file_id=load.file_id,
    )


def _posting_rows(load: Load, outcomes: pa.Table) -> pa.Table:
    """One leg a record; a record without an amount moves nothing.

    Only what moves an employer's account names it: money in suspense is nobody's yet.
    """
    moving = outcomes.filter(pc.greater(outcomes["amount_satang"], 0))
    is_posted = pc.equal(moving["outcome"], Outcome.POSTED.value)
    is_debit = pc.equal(moving["outcome"], Outcome.DEBIT.value)
    clearing = pa.scalar(accounts.clearing(load.partner))
    suspense = pa.scalar(accounts.suspense(load.partner))
    receivable = pa.scalar(accounts.receivable(SECTION))
    effective = pc.fill_null(moving["payment_date"], pa.scalar(load.business_date, pa.date32()))
    pays = pc.if_else(is_posted, receivable, pc.if_else(is_debit, clearing, suspense))
    whole = {name: pc.if_else(is_posted, moving[name], _nothing(moving[name])) for name in _MONTH}
    section = pc.if_else(is_posted, SECTION, _NO_TEXT)
    return (
        pa.table({"record_number": moving["record_number"], **whole, "section_code": section})
        .append_column("amount_satang", moving["amount_satang"])
        .append_column("debit_account", pc.if_else(is_debit, suspense, clearing))
        .append_column("credit_account", pays)
        .append_column("effective_date", effective)
        .append_column("pass_name", pc.if_else(is_posted, BY_REFERENCE, _NO_TEXT))
    )


def _nothing(column: pa.ChunkedArray) -> pa.Scalar:
    return pa.scalar(None, column.type)


def _break_rows(outcomes: pa.Table) -> pa.Table:
    """Rows for ``payment_break``; whom the references name is kept with what is suggested."""
    broken = outcomes.filter(pc.not_equal(outcomes["outcome"], Outcome.POSTED.value))
    named = pc.binary_join_element_wise(
        '{"candidates":0,"employer_account":"',
        broken["employer_account"],
        '","employer_branch":"',
        broken["employer_branch"],
        '","moves":[],"pass":null}',
        "",
    )
    section = pc.if_else(pc.is_valid(broken["period"]), SECTION, _NO_TEXT)
    return (
        broken.select(["record_number", "period", "amount_satang", "payment_date"])
        .append_column("code", broken["outcome"])
        .append_column("section_code", section)
        .append_column("suggestion", named)
    )


def _prove(connection: Connection, load: Load, totals: ReturnTotals) -> None:
    """Compare what now stands in the tables with the trailer; LedgerError when they differ."""
    posting, broken = schema.posting, schema.payment_break
    clearing, suspense = accounts.clearing(load.partner), accounts.suspense(load.partner)
    posted = _moves(clearing, accounts.receivable(SECTION))
    amount = posting.c.amount_satang
    posted_count, posted_satang, suspended, given_back = connection.execute(
        sa.select(
            sa.func.count(sa.case((posted, 1))),
            _sum(posted, amount),
            _sum(_moves(clearing, suspense), amount),
            _sum(_moves(suspense, clearing), amount),
        ).where(posting.c.file_id == load.file_id)
    ).one()
    is_debit, amount = broken.c.code == Outcome.DEBIT.value, broken.c.amount_satang
    credit_count, credit_satang, debit_count, debit_satang = connection.execute(
        sa.select(
            sa.func.count(sa.case((~is_debit, 1))),
            _sum(~is_debit, amount),
            sa.func.count(sa.case((is_debit, 1))),
            _sum(is_debit, amount),
        ).where(broken.c.file_id == load.file_id)
    ).one()
    found = ReturnTotals(
        posted_count + credit_count, posted_satang + credit_satang, debit_count, debit_satang
    )
    if found != totals or (suspended, given_back) != (credit_satang, debit_satang):
        raise LedgerError(
            f"return file {load.file_id} does not balance: {found.credit_count} credits of "
            f"{found.credit_satang} satang and {found.debit_count} debits of "
            f"{found.debit_satang} were entered, {suspended} went to suspense and {given_back} "
            f"out of it; its trailer says {totals.credit_count} of {totals.credit_satang} and "
            f"{totals.debit_count} of {totals.debit_satang}; nothing was loaded"
        )


def _moves(debit: str, credit: str) -> sa.ColumnElement[bool]:
    posting = schema.posting
    return sa.and_(posting.c.debit_account == debit, posting.c.credit_account == credit)


def _sum(condition: sa.ColumnElement[bool], satang: sa.Column[int]) -> sa.ColumnElement[int]:
    some = sa.case((condition, satang), else_=0)
    return sa.cast(sa.func.coalesce(sa.func.sum(some), 0), sa.BigInteger)
