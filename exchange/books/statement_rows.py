"""Rows of a partner's settlement statement: what moved its two balances in a closed day's books.

A statement is equal to the ledger to the satang or it is not issued: what the entries say is
compared with the totals of the return files and with the balances that the closes recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from exchange.books.posting_rows import baht, books_context
from exchange.books.sent_months import sent_months
from exchange.books.statement_entries import PAYMENTS, LineKind, entry_lines, total
from exchange.outbound.rows import FileRows
from exchange.settlement.clearing import even_out
from exchange.settlement.timing import compared
from exchange.site import Site
from interfaces.model import Interface
from ledger import accounts
from ledger.books import DayClose, close_of, entries, period_of_close
from ledger.breaks import breaks_of
from ledger.collected import Collected, collected
from ledger.errors import BooksError, LedgerError
from ledger.settled import collected_and_settled

DATASET = "settlement_statement"
BEFORE_ADVICE = "BEFORE-ADVICE"
_DIGITS = 15
_SCHEMA = pa.schema(
    [
        ("line_kind", pa.string()),
        ("section_code", pa.string()),
        ("option_code", pa.string()),
        ("entry_code", pa.string()),
        ("collection_date", pa.date32()),
        ("entry_count", pa.int64()),
        ("entry_amount", pa.int64()),
        ("clearing_change", pa.int64()),
        ("suspense_change", pa.int64()),
    ]
)
_AMOUNTS = ("entry_amount", "clearing_change", "suspense_change")


def statement_rows(site: Site, interface: Interface, business_date: date) -> FileRows:
    """Row source of ``settlement_statement``; its context has the balances before and after.

    A positive clearing balance is money that the partner collected and the bank has not credited;
    a positive suspense balance is money of its payments that wait for a decision. BooksError when
    anything does not agree, LedgerError while the day is open; nothing is issued then.
    """
    partner = site.partner(interface.partner).name
    after, up_to = period_of_close(site.ledger, business_date)
    close = close_of(site.ledger, up_to)
    if close is None:
        raise LedgerError(f"the books of {up_to} are not closed")
    before = None if after is None else close_of(site.ledger, after)
    found = entries(site.ledger, after, up_to)
    moved = entry_lines(found, _codes(site, found), partner)
    taken = collected(site.ledger, partner, after, up_to)
    carried = list(_carried(site, partner, up_to))
    balances: dict[str, int] = {
        "clearing_opening": _balance(before, accounts.clearing(partner)),
        "clearing_closing": _balance(close, accounts.clearing(partner)),
        "suspense_opening": -_balance(before, accounts.suspense(partner)),
        "suspense_closing": -_balance(close, accounts.suspense(partner)),
    }
    _prove(f"{interface.name} of {up_to}", balances, taken, moved, carried)
    lines = [
        *_sent(sent_months(site, partner, after, close)),
        _line(LineKind.PAID, entry_count=taken.payments, entry_amount=taken.paid_satang),
        *moved,
        *carried,
    ]
    context = {name: _baht(satang) for name, satang in balances.items()}
    return FileRows(_table(lines), {**books_context(after, up_to), **context})


def _codes(site: Site, found: pa.Table) -> pa.Table:
    """Codes of the breaks of every file of which something was entered."""
    tables = [
        breaks_of(site.ledger, file_id=file_id).select(["file_id", "record_number", "code"])
        for file_id in found["file_id"].unique().to_pylist()
    ]
    empty = pa.schema(
        [("file_id", pa.string()), ("record_number", pa.int64()), ("code", pa.string())]
    )
    return pa.concat_tables(tables) if tables else empty.empty_table()


def _balance(close: DayClose | None, account: str) -> int:
    return 0 if close is None else close.balances.get(account, 0)


def _sent(offered: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in offered:
        of_whom = {"section_code": row["section_code"], "option_code": row["option_code"]}
        yield _line(LineKind.LISTED, **of_whom, entry_count=row["persons"])
        satang = int(row["amount"].scaleb(2))
        yield _line(LineKind.SENT, **of_whom, entry_count=row["months"], entry_amount=satang)


def _carried(site: Site, partner: str, up_to: date) -> Iterator[dict[str, Any]]:
    """What the bank has not credited by collection day; days before its advices began together.

    As the timing items say it: what came before the advices is not evened out by what they tell.
    """
    days = collected_and_settled(site.ledger, partner, up_to).to_pylist()
    differences = [
        (row["collection_date"], row["collected_satang"] - row["settled_satang"]) for row in days
    ]
    since = next((c.since for c in compared(site, up_to) if c.collector == partner), date.max)
    earlier = sum(satang for day, satang in differences if day < since)
    if earlier:
        yield _line(LineKind.CARRIED, entry_code=BEFORE_ADVICE, entry_amount=earlier)
    for item in even_out([(day, satang) for day, satang in differences if day >= since]):
        if item.remaining:
            yield _line(LineKind.CARRIED, collection_date=item.day, entry_amount=item.remaining)


def _line(kind: LineKind, **told: Any) -> dict[str, Any]:
    return {"line_kind": kind.value, "entry_count": 0, **dict.fromkeys(_AMOUNTS, 0), **told}


def _prove(
    what: str,
    balances: Mapping[str, int],
    taken: Collected,
    moved: Sequence[dict[str, Any]],
    carried: Sequence[dict[str, Any]],
) -> None:
    """BooksError that names the first two sums which should be equal and are not."""
    sides = [
        ("paid", taken.paid_satang, total(moved, "clearing_change", *PAYMENTS)),
        ("taken back", taken.debit_satang, -total(moved, "clearing_change", LineKind.TAKEN_BACK)),
        ("carried", total(carried, "entry_amount"), balances["clearing_closing"]),
        *(
            (
                name,
                balances[f"{name}_opening"] + total(moved, f"{name}_change"),
                balances[f"{name}_closing"],
            )
            for name in ("clearing", "suspense")
        ),
    ]
    for name, left, right in sides:
        if left != right:
            raise BooksError(
                f"{what} is not issued: {name}: {left} is not {right} satang; run "
                "`prakan books check --full`"
            )


def _table(lines: Sequence[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(list(lines), schema=_SCHEMA)
    for name in _AMOUNTS:
        place = table.column_names.index(name)
        table = table.set_column(place, name, baht(table[name], _DIGITS))
    return table


def _baht(satang: int) -> Decimal:
    return Decimal(satang).scaleb(-2)
