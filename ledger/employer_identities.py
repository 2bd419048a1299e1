"""Identities of employers' accounts: what is posted must be what filings and payments say.

Half a million accounts make three pairs of sums: the accounts that differ, and their satang.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.employer_accounts import (
    FILED,
    SECTION,
    STANDINGS_SCHEMA,
    place_of,
    select_standings_of,
    settled_standings,
)
from ledger.filing_entry import KIND, filed_of_months
from ledger.filings import (
    DUE_SCHEMA,
    MONTH,
    MONTHS_SCHEMA,
    DueOf,
    counting,
    filings_of_months,
    month_numbers,
    places_of,
    select_touched,
)

Sides = tuple[str, str, int, int]
"""Name, subject, and the two sides that must be equal."""

_ACCOUNTS_SCHEMA = pa.schema([STANDINGS_SCHEMA.field(n) for n in ("employer_account", "period")])


def employer_identities(
    connection: Connection, since: date | None, due_of: DueOf | None
) -> Iterator[Sides]:
    """Both sides of each identity, of what was entered after a business date (None: of all).

    ``due_of`` says what is due for a month of which several filings count; without it such
    months are not looked at.
    """
    posted, said = _entered(connection, since)
    yield "filings", "that were entered", posted, said
    months, posted, said = _filed(connection, since, due_of)
    yield "filed", "that differ", months, 0
    yield "filed_satang", "that differ", posted, said
    accounts, kept, follows = _settled(connection, since)
    yield "employers", "that differ", accounts, 0
    yield "employers_satang", "that differ", kept, follows


def _entered(connection: Connection, since: date | None) -> tuple[int, int]:
    """Satang of the batches of filings, and of their filings."""
    batch, filing = schema.posting_batch, schema.filing
    of_batches = sa.select(_sum(batch.c.posted_satang)).where(batch.c.kind == KIND)
    of_filings = sa.select(_sum(filing.c.contribution_satang))
    if since is not None:
        of_batches = of_batches.where(batch.c.book_date > since)
        of_filings = of_filings.where(filing.c.book_date > since)
    return int(connection.scalar(of_batches) or 0), int(connection.scalar(of_filings) or 0)


def _filed(
    connection: Connection, since: date | None, due_of: DueOf | None
) -> tuple[int, int, int]:
    """Months of which something else is posted as due than their filings say: how many, and
    the satang posted and said for them."""
    months = _months_touched(connection, since)
    if not len(months):
        return 0, 0, 0
    filings = filings_of_months(connection, months)
    if due_of is None:
        filings, months = _decided(filings, months)
        due_of = _sums
    due = due_of(filings).select(DUE_SCHEMA.names).cast(DUE_SCHEMA)
    posted = filed_of_months(
        connection,
        pc.unique(months["employer_account"]).to_pylist(),
        pc.unique(months["period"]).to_pylist(),
    )
    is_posted, is_said = _satang(months, posted), _satang(months, due)
    differs = is_posted != is_said
    return int(differs.sum()), int(is_posted[differs].sum()), int(is_said[differs].sum())


def _months_touched(connection: Connection, since: date | None) -> pa.Table:
    posting = schema.posting
    query = (
        sa.select(*(posting.c[name] for name in MONTH))
        .where(
            posting.c.employer_account.is_not(None),
            sa.or_(posting.c.credit_account == FILED, posting.c.debit_account == FILED),
        )
        .distinct()
    )
    if since is not None:
        query = query.where(posting.c.book_date > since)
    both = [select_touched(connection, since, None), fetch_rows(connection, query, MONTHS_SCHEMA)]
    return pa.concat_tables(both).group_by(list(MONTH)).aggregate([]).cast(MONTHS_SCHEMA)


def _decided(filings: pa.Table, months: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Filings and months without those months of which several filings count."""
    live = counting(filings)
    numbers, count = month_numbers(live)
    several = live.filter(pa.array(np.bincount(numbers, minlength=count)[numbers] > 1))
    several = several.select(list(MONTH)).group_by(list(MONTH)).aggregate([])
    of_several = [pa.array(places_of(table, several) < 0) for table in (filings, months)]
    return filings.filter(of_several[0]), months.filter(of_several[1])


def _sums(filings: pa.Table) -> pa.Table:
    """What is due for months of which one filing counts at most."""
    live = counting(filings)
    return live.select([*MONTH, "contribution_satang"]).rename_columns(DUE_SCHEMA.names)


def _satang(months: pa.Table, due: pa.Table) -> np.ndarray:
    place = places_of(months, due)
    if not len(due):
        return np.zeros(len(months), np.int64)
    satang = np.asarray(due["due_satang"], np.int64)
    return np.where(place >= 0, satang[np.maximum(place, 0)], 0)


def _settled(connection: Connection, since: date | None) -> tuple[int, int, int]:
    """Accounts and months whose surcharge, overpayment or receivable is not what follows from
    what is filed and paid: how many, and the receivables posted and following."""
    touched = _accounts_touched(connection, since)
    if not len(touched):
        return 0, 0, 0
    found = select_standings_of(
        connection,
        accounts=pc.unique(touched["employer_account"]).to_pylist(),
        periods=pc.unique(touched["period"]).to_pylist(),
    )
    _, is_touched = place_of(found, touched)
    found = found.filter(pa.array(is_touched))
    surcharge, overpaid, outstanding = settled_standings(connection, found)
    kept = np.asarray(found["outstanding_satang"], np.int64)
    differs = kept != outstanding
    differs |= np.asarray(found["surcharge_satang"], np.int64) != surcharge
    differs |= np.asarray(found["overpaid_satang"], np.int64) != overpaid
    return int(differs.sum()), int(kept[differs].sum()), int(outstanding[differs].sum())


def _accounts_touched(connection: Connection, since: date | None) -> pa.Table:
    posting = schema.posting
    query = (
        sa.select(posting.c.employer_account, posting.c.period)
        .where(
            posting.c.employer_account.is_not(None),
            posting.c.section_code == SECTION,
            posting.c.period.is_not(None),
        )
        .distinct()
    )
    if since is not None:
        query = query.where(posting.c.book_date > since)
    return fetch_rows(connection, query, _ACCOUNTS_SCHEMA)


def _sum(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)
