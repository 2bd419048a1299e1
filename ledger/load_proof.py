"""The proof of a load: what was written for a file against its trailer, before the commit."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import accounts, schema
from ledger.errors import LedgerError
from ledger.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class ReturnTotals:
    """What the return file's trailer says: numbers of records and satang, credit and debit."""

    credit_count: int
    credit_satang: int
    debit_count: int = 0
    debit_satang: int = 0


def prove_load(
    connection: Connection, file_id: str, partner: str, written: pa.Table, totals: ReturnTotals
) -> None:
    """Compare what now stands in the tables with the trailer, and what the postings move with
    the payments; LedgerError when they differ. ``written`` are the outcomes that were loaded."""
    moved = _moved(connection, file_id, partner)
    broken = schema.payment_break
    is_debit = broken.c.code == Outcome.DEBIT.value
    of_file = broken.c.file_id == file_id
    credit = _sums(connection, broken, of_file, sa.not_(is_debit))
    debit = _sums(connection, broken, of_file, is_debit)
    found = ReturnTotals(
        moved.posted_records + credit[0], moved.posted + credit[1], debit[0], debit[1]
    )
    if found != totals:
        raise LedgerError(
            f"return file {file_id} does not balance: posted and broken are "
            f"{found.credit_count} credits of {found.credit_satang} satang and "
            f"{found.debit_count} debits of {found.debit_satang}, its trailer says "
            f"{totals.credit_count} of {totals.credit_satang} and "
            f"{totals.debit_count} of {totals.debit_satang}; nothing was loaded"
        )
    allowed = int(pc.sum(written["tolerance_satang"]).as_py() or 0)
    accounted = (moved.suspended, moved.given_back, moved.contributed, moved.allowed)
    if accounted != (credit[1], debit[1], moved.posted - allowed, allowed):
        raise LedgerError(
            f"return file {file_id} does not balance: its postings move {accounted} satang "
            "to suspense, back to the bank, to contributions and to tolerance, its payments say "
            f"{(credit[1], debit[1], moved.posted - allowed, allowed)}; nothing was loaded"
        )


@dataclass(frozen=True, slots=True)
class _Moved:
    """What the postings of a file move, in satang, and how many records are posted."""

    posted_records: int
    posted: int  # out of clearing, for months and tolerance
    suspended: int
    given_back: int
    contributed: int
    allowed: int  # to tolerance, less what came from it


def _moved(connection: Connection, file_id: str, partner: str) -> _Moved:
    posting = schema.posting
    clearing, suspense = accounts.clearing(partner), accounts.suspense(partner)
    tolerance = accounts.tolerance(partner)
    debit, credit = posting.c.debit_account, posting.c.credit_account
    is_posted = sa.and_(debit == clearing, credit != suspense)
    pays = credit.startswith(accounts.CONTRIBUTIONS)
    row = connection.execute(
        sa.select(
            sa.func.count(sa.case((sa.and_(pays, posting.c.leg == 1), 1))),
            _satang(is_posted),
            _satang(sa.and_(debit == clearing, credit == suspense)),
            _satang(sa.and_(debit == suspense, credit == clearing)),
            _satang(pays),
            _satang(credit == tolerance) - _satang(debit == tolerance),
        ).where(posting.c.file_id == file_id)
    ).one()
    return _Moved(*row)


def _satang(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    amount = sa.case((condition, schema.posting.c.amount_satang), else_=0)
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)


def _sums(
    connection: Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]
) -> tuple[int, int]:
    amount = sa.cast(sa.func.coalesce(sa.func.sum(table.c.amount_satang), 0), sa.BigInteger)
    row = connection.execute(sa.select(sa.func.count(), amount).where(*conditions)).one()
    return row[0], row[1]
