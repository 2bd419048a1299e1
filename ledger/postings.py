"""Loading a return file's payments into the ledger: whole, once, and proven."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.bulk import insert_rows
from ledger.database import writing
from ledger.load_proof import ReturnTotals, prove_load
from ledger.loaded_rows import break_rows, posting_rows
from ledger.loading import (
    Load,
    PostingBatch,
    batch_of,
    begin_load,
    end_load,
    insert_batch,
    loaded_before,
    total,
)
from ledger.matching import RULE_VERSION
from ledger.month_paid import add_file
from ledger.outcomes import OUTCOMES_SCHEMA, Outcome
from ledger.taken_months import as_double_payments, paid_before, paid_in_file

__all__ = ["PostingBatch", "ReturnTotals", "batch_of", "load_outcomes"]


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
        earlier = loaded_before(connection, file_id, rule_version)
        if earlier is not None:
            return earlier
        load = begin_load(
            connection,
            file_id,
            partner=partner,
            rule_version=rule_version,
            recorded_at=recorded_at,
            book_date=book_date,
        )
        written, reclassified = _write_once(connection, load, outcomes)
        add_file(connection, file_id)
        prove_load(connection, file_id, partner, written, totals)
        return end_load(connection, load, reclassified=reclassified)


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
    if total(is_first) != records or (len(broken) and pc.max(broken["leg"]).as_py() > 1):
        raise ValueError("outcomes: legs count from 1, and only a posted payment has several")
    differing = outcomes.filter(pc.not_equal(outcomes["tolerance_satang"], 0))
    if len(differing):
        with_them = pc.is_in(outcomes["record_number"], value_set=differing["record_number"])
        expected = pc.subtract(differing["amount_satang"], differing["tolerance_satang"])
        is_alone = total(with_them) == len(differing)
        is_posted = pc.all(pc.equal(differing["outcome"], Outcome.POSTED.value)).as_py()
        if not is_alone or not is_posted or pc.min(expected).as_py() <= 0:
            raise ValueError("outcomes: only a posted payment of one month is within a tolerance")


def _write_once(connection: Connection, load: Load, outcomes: pa.Table) -> tuple[pa.Table, int]:
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


def _write(connection: Connection, load: Load, outcomes: pa.Table) -> None:
    is_first = pc.equal(outcomes["leg"], 1)
    insert_batch(connection, load, outcomes["outcome"], outcomes["amount_satang"], is_first)
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
