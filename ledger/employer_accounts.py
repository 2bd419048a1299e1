"""Employers' accounts: what each owes and paid for each wage month, and bringing that in line.

Surcharge and overpayment of an account and wage month follow from what is filed and what was
paid (insurance.employer_account). After every change of either, further legs bring both to what
follows, so that the order in which filings and payments arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from insurance.digits import Ints
from insurance.employer_account import settle_many
from insurance.surcharge_terms import SurchargeTerms, shipped_terms
from ledger import accounts, schema
from ledger.bulk import fetch_rows
from ledger.chunks import chunks
from ledger.database import reading
from ledger.employer_legs import LEGS_SCHEMA, TOUCHED_SCHEMA, insert_employer_legs

__all__ = [
    "ACCOUNT_MONTH",
    "STANDINGS_SCHEMA",
    "TOUCHED_SCHEMA",
    "bring_in_line",
    "movements",
    "place_of",
    "select_standings_of",
    "settled_standings",
    "standings",
]

SECTION = "33"
RECEIVABLE, FILED = accounts.receivable(SECTION), accounts.filed(SECTION)
SURCHARGE, OVERPAID = accounts.surcharge(SECTION), accounts.overpaid(SECTION)
IN_LINE = "employer_account.1"
"""Pass of the legs that bring surcharge and overpayment in line."""

ACCOUNT_MONTH = ("employer_account", "period")

STANDINGS_SCHEMA = pa.schema(
    [
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),  # Gregorian yyyymm
        pa.field("filed_satang", pa.int64(), nullable=False),  # due, both sides
        pa.field("paid_satang", pa.int64(), nullable=False),  # less what was given back
        pa.field("surcharge_satang", pa.int64(), nullable=False),
        pa.field("overpaid_satang", pa.int64(), nullable=False),
        pa.field("outstanding_satang", pa.int64(), nullable=False),  # balance of the receivable
    ]
)
"""As the postings say, ordered by account and period."""

_PAYMENTS_SCHEMA = pa.schema(
    [
        pa.field("employer_account", pa.string(), nullable=False),
        pa.field("period", pa.int32(), nullable=False),
        pa.field("paid", pa.date32(), nullable=False),
        pa.field("satang", pa.int64(), nullable=False),
    ]
)
_OWN = (FILED, SURCHARGE, OVERPAID)


def standings(
    engine: Engine,
    *,
    accounts: Collection[str] | None = None,
    periods: Collection[int] | None = None,
) -> pa.Table:
    """How accounts stand for wage months of which anything is posted: STANDINGS_SCHEMA."""
    with reading(engine) as connection:
        return select_standings_of(connection, accounts=accounts, periods=periods)


def select_standings_of(
    connection: Connection,
    *,
    accounts: Collection[str] | None = None,
    periods: Collection[int] | None = None,
) -> pa.Table:
    """As :func:`standings`, in the caller's transaction."""
    posting = schema.posting
    month = (posting.c.employer_account, posting.c.period)
    is_own = sa.or_(posting.c.debit_account.in_(_OWN), posting.c.credit_account.in_(_OWN))
    query = (
        sa.select(
            *month,
            _of_receivable(FILED),
            _sum(sa.case((is_own, 0), else_=_moved(RECEIVABLE))),
            _of_receivable(SURCHARGE),
            _of_receivable(OVERPAID),
            -_sum(_moved(RECEIVABLE)),
        )
        .where(posting.c.period.is_not(None))
        .group_by(*month)
        .order_by(*month)
    )
    return _fetched(connection, query, STANDINGS_SCHEMA, accounts, periods)


def settled_standings(
    connection: Connection, standings: pa.Table, terms: SurchargeTerms | None = None
) -> tuple[Ints, Ints, Ints]:
    """What follows for these accounts and months from what is filed and what was paid.

    Surcharge, overpayment and what is outstanding, satang, int64[n] each; ``standings`` are of
    STANDINGS_SCHEMA, ``terms`` by default the shipped ones. SurchargeError for a month without
    terms.
    """
    periods = np.asarray(standings["period"], np.int32)
    payments = _payments(
        connection,
        pc.unique(standings["employer_account"]).to_pylist(),
        pc.unique(standings["period"]).to_pylist(),
    )
    place, is_asked = place_of(payments, standings)
    payments = payments.filter(pa.array(is_asked))
    _, surcharge, overpaid, outstanding = settle_many(
        np.asarray(standings["filed_satang"], np.int64),
        place[is_asked],
        payments["paid"].to_numpy().astype("datetime64[D]"),
        np.asarray(payments["satang"], np.int64),
        (terms or shipped_terms()).of(periods),
    )
    return surcharge, overpaid, outstanding


def bring_in_line(
    connection: Connection,
    touched: pa.Table,
    *,
    effective_date: date,
    book_date: date,
    recorded_at: datetime,
    terms: SurchargeTerms | None = None,
) -> int:
    """Bring surcharge and overpayment of accounts and months to what follows from filings and
    payments; the number of legs written.

    In the transaction that has changed either, ``writing(engine, "posting")``, after its rows
    are in. ``touched`` (TOUCHED_SCHEMA): which accounts and months, and the record that caused
    it; of several for one account and month the last carries the legs. ``book_date`` is what
    ledger.books.book_day gave out, ``terms`` by default the shipped ones.
    """
    if not len(touched):
        return 0
    causes = _last_of_each(touched)
    found = select_standings_of(
        connection,
        accounts=pc.unique(causes["employer_account"]).to_pylist(),
        periods=pc.unique(causes["period"]).to_pylist(),
    )
    place, is_asked = place_of(found, causes)
    found = found.filter(pa.array(is_asked))
    causes = causes.take(pa.array(place[is_asked]))
    surcharge, overpaid, _ = settled_standings(connection, found, terms)
    legs = pa.concat_tables(
        [
            movements(
                causes, RECEIVABLE, SURCHARGE, surcharge - np.asarray(found["surcharge_satang"])
            ),
            movements(
                causes, RECEIVABLE, OVERPAID, overpaid - np.asarray(found["overpaid_satang"])
            ),
        ]
    )
    insert_employer_legs(
        connection,
        legs,
        pass_name=IN_LINE,
        effective_date=effective_date,
        book_date=book_date,
        recorded_at=recorded_at,
    )
    return len(legs)


def movements(causes: pa.Table, debit: str, credit: str, change: Ints) -> pa.Table:
    """LEGS_SCHEMA of changes in satang: from ``credit`` to ``debit``, a negative one the other
    way, none where nothing changes. ``causes`` are of TOUCHED_SCHEMA."""
    moving = np.flatnonzero(change)
    grows = pa.array(change[moving] > 0)
    sides = pa.scalar(debit), pa.scalar(credit)
    table = causes.take(pa.array(moving))
    columns = {name: table[name] for name in TOUCHED_SCHEMA.names}
    columns["amount_satang"] = pa.array(np.abs(change[moving]))
    columns["debit_account"] = pc.if_else(grows, *sides)
    columns["credit_account"] = pc.if_else(grows, *reversed(sides))
    return pa.table(columns).select(LEGS_SCHEMA.names).cast(LEGS_SCHEMA)


def _payments(
    connection: Connection, employers: Collection[str], periods: Collection[int]
) -> pa.Table:
    """What was paid by day: postings that stand between the receivable and other accounts."""
    posting, reversal = schema.posting, schema.posting.alias("reversal")
    month = (posting.c.employer_account, posting.c.period)
    query = (
        sa.select(*month, posting.c.effective_date, _sum(_moved(RECEIVABLE)))
        .where(
            posting.c.leg > 0,
            sa.or_(
                posting.c.credit_account == RECEIVABLE,
                sa.and_(
                    posting.c.debit_account == RECEIVABLE, posting.c.credit_account.not_in(_OWN)
                ),
            ),
            posting.c.debit_account.not_in(_OWN),
            ~sa.exists().where(reversal.c.reverses == posting.c.posting_id),
        )
        # One that was given back on the day of another payment stands for itself.
        .group_by(*month, posting.c.effective_date, posting.c.credit_account == RECEIVABLE)
    )
    return _fetched(connection, query, _PAYMENTS_SCHEMA, employers, periods)


def _fetched(
    connection: Connection,
    query: sa.Select[Any],
    table: pa.Schema,
    employers: Collection[str] | None,
    periods: Collection[int] | None,
) -> pa.Table:
    posting = schema.posting
    query = query.where(posting.c.section_code == SECTION, posting.c.employer_account.is_not(None))
    if periods is not None:
        query = query.where(posting.c.period.in_(sorted(set(map(int, periods)))))
    if employers is None:
        return fetch_rows(connection, query, table)
    found = [
        fetch_rows(connection, query.where(posting.c.employer_account.in_(some)), table)
        for some in chunks(employers)
    ]
    return pa.concat_tables(found) if found else table.empty_table()


def _last_of_each(touched: pa.Table) -> pa.Table:
    """The last row of each account and month."""
    numbers = _numbers(touched, touched.slice(0, 0))[0]
    _, backwards = np.unique(numbers[::-1], return_index=True)
    return touched.take(pa.array(np.sort(len(touched) - 1 - backwards)))


def place_of(rows: pa.Table, among: pa.Table) -> tuple[Ints, Any]:
    """Row of ``among`` that is of the same account and month as each of ``rows``, and whether
    there is one."""
    own, others = _numbers(rows, among)
    if not len(others):
        return np.zeros(len(own), np.int64), np.zeros(len(own), np.bool_)
    order = np.argsort(others)
    place = order[np.minimum(np.searchsorted(others[order], own), len(others) - 1)]
    return place, others[place] == own


def _numbers(first: pa.Table, second: pa.Table) -> tuple[Ints, Ints]:
    """A number for each row's account and month, equal in both tables where these are."""
    chunked = [*first["employer_account"].chunks, *second["employer_account"].chunks]
    encoded = pa.chunked_array(chunked, pa.string()).combine_chunks().dictionary_encode()
    periods = np.concatenate([np.asarray(first["period"]), np.asarray(second["period"])])
    numbers = np.asarray(encoded.indices, np.int64) * 1_000_000 + periods
    return numbers[: len(first)], numbers[len(first) :]


def _of_receivable(account: str) -> sa.ColumnElement[int]:
    """What went from an account to the receivable, less what went back."""
    posting = schema.posting
    amount = posting.c.amount_satang
    sides = posting.c.debit_account, posting.c.credit_account
    return _sum(
        sa.case(
            (sa.and_(sides[0] == RECEIVABLE, sides[1] == account), amount),
            (sa.and_(sides[0] == account, sides[1] == RECEIVABLE), -amount),
            else_=0,
        )
    )


def _moved(account: str) -> sa.ColumnElement[int]:
    """Credits of an account, and its debits as negative amounts."""
    posting = schema.posting
    return sa.case(
        (posting.c.credit_account == account, posting.c.amount_satang),
        (posting.c.debit_account == account, -posting.c.amount_satang),
        else_=0,
    )


def _sum(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)
