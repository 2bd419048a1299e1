"""Rows of a posting file: what the books of a closed day say of months paid."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from exchange.books.declared_values import with_declared_values
from exchange.outbound.rows import FileRows
from exchange.site import Site
from insurance.money import baht_of
from interfaces.model import Interface
from ledger.books import closes, period_of_close
from ledger.contribution_entries import contribution_entries

DATASET = "ledger_postings"
_AMOUNT_DIGITS = 11


def posting_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """Entries that pay months or take that back, booked since the file before, by posting key.

    ``entry_kind`` is C for what is credited to contributions and R for what is debited to them;
    ``source_leg`` of a reversal is negative. The first file has all entries of the books before
    it, since an R may take back any of them. LedgerError when the day's books are not closed.
    """
    _, up_to = period_of_close(site.ledger, business_date)
    after = file_before(site, interface, up_to)
    rows = _rows(contribution_entries(site.ledger, after, up_to))
    return FileRows(with_declared_values(rows, interface), books_context(after, up_to))


def file_before(site: Site, interface: Interface, day: date) -> date | None:
    """The last closed day before that one for which the partner was to have a file of these; None
    before the first."""
    earlier = [close.business_date for close in closes(site.ledger)]
    for one in sorted((d for d in earlier if d < day), reverse=True):
        in_force = site.registry.of_kind(interface.kind, on=one)
        if any(other.name == interface.name for other in in_force):
            return one
    return None


def books_context(after: date | None, up_to: date) -> dict[str, object]:
    """What a header says of the books in a file: their first day, None for the beginning, and
    their last."""
    first = None if after is None else after + timedelta(days=1)
    return {"books_from": first, "books_to": up_to}


def baht(satang: pa.ChunkedArray, digits: int) -> pa.Array:
    """decimal128(digits, 2) of int64 satang without nulls."""
    values = satang.combine_chunks().to_numpy(zero_copy_only=False)
    return baht_of(values, np.ones(len(values), np.bool_), digits)


def _rows(found: pa.Table) -> pa.Table:
    return pa.table(
        {
            "national_id": found["national_id"],
            "section_code": found["section_code"],
            "option_code": found["option_code"],
            "entry_kind": found["entry_kind"],
            "paid_period": found["period"],
            "entry_amount": baht(found["amount_satang"], _AMOUNT_DIGITS),
            "effective_date": found["effective_date"],
            "book_date": found["book_date"],
            "collector": found["partner"],
            "source_file": found["source_file"],
            "source_record": found["record_number"],
            "source_leg": found["leg"],
        }
    )
