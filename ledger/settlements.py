"""Loading a bank's settlement advice into the ledger: whole, once, and proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import accounts, schema
from ledger.books import book_day
from ledger.bulk import insert_rows
from ledger.chain import append_entries
from ledger.chunks import chunks
from ledger.database import reading, writing
from ledger.errors import LedgerError
from ledger.files import insert_events
from ledger.landing import FileState

SETTLEMENT = "settlement"
"""``kind`` of the posting batch of an advice."""

DECIDED_BY = "settlement.1"
RULE_VERSION = 1
NET_LEG, FEE_LEG = 1, 2

LINES_SCHEMA = pa.schema(
    [
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("collector", pa.string(), nullable=False),  # our partner that took the payments
        pa.field("collection_date", pa.date32(), nullable=False),
        pa.field("value_date", pa.date32(), nullable=False),
        pa.field("payment_count", pa.int64(), nullable=False),
        pa.field("gross_satang", pa.int64(), nullable=False),
        pa.field("fee_satang", pa.int64(), nullable=False),
        pa.field("bank_reference", pa.string(), nullable=False),  # the bank's name of the credit
    ]
)


@dataclass(frozen=True, slots=True)
class EnteredCredit:
    """A credit that an advice has brought before: under which name, and in which record."""

    bank_reference: str
    file_id: str
    record_number: int


@dataclass(frozen=True, slots=True)
class SettlementTotals:
    """What the advice's trailer says: number of lines, and satang."""

    line_count: int
    gross_satang: int
    fee_satang: int
    net_satang: int


@dataclass(frozen=True, slots=True)
class SettlementBatch:
    """How an advice stands in the ledger; ``changed`` is false when it had been loaded before."""

    file_id: str
    changed: bool
    line_count: int
    gross_satang: int


def load_settlement(
    engine: Engine,
    file_id: str,
    lines: pa.Table,
    *,
    partner: str,
    totals: SettlementTotals,
    recorded_at: datetime,
) -> SettlementBatch:
    """Enter all lines of one advice (LINES_SCHEMA) in one transaction or not at all.

    Of each line the net amount goes from the collector's clearing account to the ``partner``'s
    bank account, the fee to the collector's fees, both effective on the value date. What then
    stands in the tables is summed and compared with ``totals`` before the commit. An advice that
    is loaded already is left as it is. LedgerError when the totals differ, or when another advice
    of that bank has brought one of its credits already.
    """
    if not lines.schema.equals(LINES_SCHEMA):
        raise ValueError("lines: the table is not of LINES_SCHEMA")
    with writing(engine, "posting") as connection:
        earlier = _loaded(connection, file_id)
        if earlier is not None:
            return _batch(earlier, changed=False)
        book_date = book_day(connection, _statement_date(connection, file_id))
        _require_new(connection, file_id, lines, partner)
        _write(connection, file_id, lines, partner, book_date, recorded_at)
        _prove(connection, file_id, totals)
        insert_events(connection, [(file_id, FileState.POSTED, {})], recorded_at)
        told = {
            "partner": partner,
            "lines": totals.line_count,
            "gross_satang": totals.gross_satang,
            "fee_satang": totals.fee_satang,
        }
        append_entries(connection, [("settlement.batch", file_id, told)], recorded_at)
        return SettlementBatch(file_id, True, totals.line_count, totals.gross_satang)


def entered_credits(engine: Engine, partner: str, references: Sequence[str]) -> list[EnteredCredit]:
    """Those credits of a bank, by its own names of them, that are in the ledger; by name."""
    with reading(engine) as connection:
        return _entered(connection, partner, references)


def _entered(
    connection: Connection, partner: str, references: Sequence[str]
) -> list[EnteredCredit]:
    line = schema.settlement
    query = sa.select(line.c.bank_reference, line.c.file_id, line.c.record_number)
    return sorted(
        (
            EnteredCredit(*row)
            for some in chunks(references)
            for row in connection.execute(
                query.where(line.c.bank == partner, line.c.bank_reference.in_(some))
            )
        ),
        key=lambda credit: credit.bank_reference,
    )


def _require_new(connection: Connection, file_id: str, lines: pa.Table, partner: str) -> None:
    """The last look before entering; a unique index of the table says the same."""
    known = _entered(connection, partner, lines["bank_reference"].to_pylist())
    if known:
        raise LedgerError(
            f"settlement advice {file_id} repeats {len(known)} credits that are entered already, "
            f"the first {known[0].bank_reference} by {known[0].file_id[:12]}:"
            f"{known[0].record_number}; nothing was entered: ask {partner} which of them count"
        )


def _loaded(connection: Connection, file_id: str) -> Row[tuple[object, ...]] | None:
    table = schema.posting_batch
    return connection.execute(sa.select(table).where(table.c.file_id == file_id)).one_or_none()


def _statement_date(connection: Connection, file_id: str) -> date:
    file = schema.file
    found: date | None = connection.scalar(
        sa.select(file.c.business_date).where(file.c.file_id == file_id)
    )
    if found is None:
        raise LedgerError(f"settlement advice {file_id} never landed: nothing to enter")
    return found


def _write(
    connection: Connection,
    file_id: str,
    lines: pa.Table,
    partner: str,
    book_date: date,
    recorded_at: datetime,
) -> None:
    connection.execute(
        sa.insert(schema.posting_batch).values(
            file_id=file_id,
            rule_version=RULE_VERSION,
            partner=partner,
            posted_count=lines.num_rows,
            posted_satang=pc.sum(lines["gross_satang"]).as_py() or 0,
            broken_count=0,
            broken_satang=0,
            debit_count=0,
            debit_satang=0,
            recorded_at=recorded_at,
            kind=SETTLEMENT,
            book_date=book_date,
        )
    )
    insert_rows(
        connection,
        schema.settlement,
        lines,
        file_id=file_id,
        bank=partner,
        recorded_at=recorded_at,
    )
    bank = pa.repeat(accounts.bank(partner), lines.num_rows)
    net = pc.subtract(lines["gross_satang"], lines["fee_satang"])
    for leg, amount, debit in (
        (NET_LEG, net, bank),
        (FEE_LEG, lines["fee_satang"], _accounts_of(accounts.fees(""), lines)),
    ):
        moved = pa.table(
            {
                "record_number": lines["record_number"],
                "amount_satang": amount,
                "debit_account": debit,
                "credit_account": _accounts_of(accounts.clearing(""), lines),
                "effective_date": lines["value_date"],
            }
        )
        insert_rows(
            connection,
            schema.posting,
            moved.filter(pc.greater(moved["amount_satang"], 0)),  # nothing moves nothing
            file_id=file_id,
            rule_version=RULE_VERSION,
            leg=leg,
            book_date=book_date,
            recorded_at=recorded_at,
            pass_name=DECIDED_BY,
        )


def _accounts_of(beginning: str, lines: pa.Table) -> pa.ChunkedArray:
    """The collector's account of each line."""
    return pc.binary_join_element_wise(beginning, lines["collector"], "")


def _prove(connection: Connection, file_id: str, totals: SettlementTotals) -> None:
    """Compare what now stands in the tables with the trailer; LedgerError when they differ."""
    line, posting = schema.settlement, schema.posting
    stated = connection.execute(
        sa.select(sa.func.count(), _sum(line.c.gross_satang), _sum(line.c.fee_satang)).where(
            line.c.file_id == file_id
        )
    ).one()
    by_leg = sa.select(posting.c.leg, _sum(posting.c.amount_satang)).where(
        posting.c.file_id == file_id
    )
    legs = connection.execute(by_leg.group_by(posting.c.leg)).all()
    moved = {row[0]: row[1] for row in legs}
    found = SettlementTotals(stated[0], stated[1], stated[2], stated[1] - stated[2])
    entered = (moved.get(NET_LEG, 0), moved.get(FEE_LEG, 0))
    if found != totals or entered != (found.net_satang, found.fee_satang):
        raise LedgerError(
            f"settlement advice {file_id} does not balance: {found.line_count} lines of "
            f"{found.gross_satang} satang less fees of {found.fee_satang}, its trailer says "
            f"{totals.line_count} of {totals.gross_satang} less {totals.fee_satang}, net "
            f"{totals.net_satang}; nothing was entered"
        )


def _sum(column: sa.Column[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)


def _batch(row: Row[tuple[object, ...]], *, changed: bool) -> SettlementBatch:
    return SettlementBatch(row.file_id, changed, row.posted_count, row.posted_satang)
