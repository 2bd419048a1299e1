"""Rows of the general ledger summary: opening balance, movements and closing balance by account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from exchange.books.declared_values import with_declared_values
from exchange.books.posting_rows import baht, books_context, file_before
from exchange.outbound.rows import FileRows
from exchange.site import Site
from interfaces.model import Interface
from ledger.account_movements import movements
from ledger.books import close_of, period_of_close
from ledger.errors import LedgerError

DATASET = "ledger_summary"
_AMOUNT_DIGITS = 17


def summary_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """One row for each account with a balance or an entry, by account.

    Its books are those of the posting file of that day; opening balances are those that the close
    of the file before recorded, zero in the first. LedgerError when the day's books are not closed,
    or what moved since does not lead to the balances that its close recorded.
    """
    _, up_to = period_of_close(site.ledger, business_date)
    after = file_before(site, interface, up_to)
    opening = _recorded(site, after)
    moved = movements(site.ledger, after, up_to)
    accounts = pa.array(sorted({*opening, *moved["account"].to_pylist()}), pa.string())
    place = pc.index_in(accounts, moved["account"].combine_chunks())
    debit, credit, count = (
        pc.fill_null(moved[name].combine_chunks().take(place), 0)
        for name in ("debit_satang", "credit_satang", "entries")
    )
    before = pa.array([opening.get(name, 0) for name in accounts.to_pylist()], pa.int64())
    after_all = pc.subtract(pc.add(before, debit), credit)
    _require_recorded(
        site, up_to, dict(zip(accounts.to_pylist(), after_all.to_pylist(), strict=True))
    )
    rows = pa.table(
        {
            "account_name": accounts,
            "opening_balance": _money(before),
            "debit_amount": _money(debit),
            "credit_amount": _money(credit),
            "closing_balance": _money(after_all),
            "entry_count": count,
        }
    )
    return FileRows(with_declared_values(rows, interface), books_context(after, up_to))


def _money(satang: pa.Array) -> pa.Array:
    return baht(pa.chunked_array([satang]), _AMOUNT_DIGITS)


def _recorded(site: Site, day: date | None) -> Mapping[str, int]:
    close = None if day is None else close_of(site.ledger, day)
    return {} if close is None else close.balances


def _require_recorded(site: Site, day: date, worked_out: Mapping[str, int]) -> None:
    recorded = _recorded(site, day)
    for account in sorted({*recorded, *worked_out}):
        told, found = recorded.get(account, 0), worked_out.get(account, 0)
        if told != found:
            raise LedgerError(
                f"the entries of {day} leave {found} satang on {account}, its close recorded "
                f"{told}: the ledger was changed; run `prakan books check --full`"
            )
