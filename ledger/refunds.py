"""Refunds: money that was made payable to a payer, and where it goes.

A break's resolution makes it payable, or a decision to give back what an employer overpaid.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.accounts import REFUNDS_PAYABLE
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.errors import LedgerError

BANK_DIGITS, BRANCH_DIGITS, ACCOUNT_DIGITS, NAME_LENGTH = 3, 4, 11, 100

REFUNDS_SCHEMA = pa.schema(
    [
        pa.field("file_id", pa.string(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("leg", pa.int32(), nullable=False),
        pa.field("national_id", pa.string()),
        pa.field("amount_satang", pa.int64(), nullable=False),
        pa.field("bank_code", pa.string(), nullable=False),
        pa.field("branch_code", pa.string(), nullable=False),
        pa.field("account_number", pa.string(), nullable=False),
        pa.field("payee_name", pa.string(), nullable=False),
        pa.field("book_date", pa.date32(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund: the leg that credits ``refunds:payable``, and the payee's account.

    ``bank_code`` has 3 digits and ``branch_code`` 4, as banks are numbered in Thailand;
    ``account_number`` has 1 to 11. ``payee_name`` is the account holder's.
    """

    file_id: str
    record_number: int
    leg: int
    national_id: str | None
    amount_satang: int
    bank_code: str
    branch_code: str
    account_number: str
    payee_name: str


def insert_refund(connection: Connection, refund: Refund, *, recorded_at: datetime) -> None:
    """Record where a refund goes, in the transaction that makes it payable and after its leg.

    LedgerError when a bank could not carry it out as it stands, when that leg does not make this
    amount payable, or when it has a refund already.
    """
    require_payee(refund)
    posting, table = schema.posting, schema.refund
    payable = connection.scalar(
        sa.select(posting.c.amount_satang).where(
            _same_leg(posting, refund.file_id, refund.record_number, refund.leg),
            posting.c.credit_account == REFUNDS_PAYABLE,
        )
    )
    if payable != refund.amount_satang:
        raise LedgerError(
            f"{_name(refund)}: no such leg makes {refund.amount_satang} satang payable to a "
            "payer; enter the leg first"
        )
    of_leg = _same_leg(table, refund.file_id, refund.record_number, refund.leg)
    if connection.scalar(sa.select(sa.func.count()).where(of_leg)):
        raise LedgerError(f"{_name(refund)}: the refund of this leg is recorded already")
    connection.execute(sa.insert(table).values(**asdict(refund), recorded_at=recorded_at))


def refunds_to_pay(engine: Engine, after: date | None, up_to: date) -> pa.Table:
    """Refunds that became payable in the books after one day and up to another.

    A table of REFUNDS_SCHEMA in order of posting key. A refund whose leg was reversed in the
    books up to ``up_to`` is left out; a later reversal changes nothing, so that the same days
    give the same rows whenever they are asked for.
    """
    posting, refund, reversal = schema.posting, schema.refund, schema.posting.alias("reversal")
    is_reversed = sa.exists().where(
        reversal.c.reverses == posting.c.posting_id, reversal.c.book_date <= up_to
    )
    columns = [refund.c[name] for name in REFUNDS_SCHEMA.names if name != "book_date"]
    query = (
        sa.select(*columns, posting.c.book_date)
        .join(
            posting,
            sa.and_(
                posting.c.file_id == refund.c.file_id,
                posting.c.record_number == refund.c.record_number,
                posting.c.leg == refund.c.leg,
            ),
        )
        .where(posting.c.book_date <= up_to, ~is_reversed)
        .order_by(refund.c.file_id, refund.c.record_number, refund.c.leg)
    )
    if after is not None:
        query = query.where(posting.c.book_date > after)
    with reading(engine) as connection:
        return fetch_rows(connection, query, REFUNDS_SCHEMA)


def is_on_its_way(connection: Connection, file_id: str, record_number: int, leg: int) -> bool:
    """Whether a leg has a refund that stands in closed books: the file for the bank has it, and
    undoing the leg would pay the money twice."""
    posting, refund, close = schema.posting, schema.refund, schema.day_close
    last_closed = sa.select(sa.func.max(close.c.business_date)).scalar_subquery()
    query = (
        sa.select(sa.func.count())
        .select_from(posting)
        .join(
            refund,
            sa.and_(
                refund.c.file_id == posting.c.file_id,
                refund.c.record_number == posting.c.record_number,
                refund.c.leg == posting.c.leg,
            ),
        )
        .where(_same_leg(posting, file_id, record_number, leg), posting.c.book_date <= last_closed)
    )
    return bool(connection.scalar(query))


def _same_leg(
    table: sa.Table, file_id: str, record_number: int, leg: int
) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.file_id == file_id, table.c.record_number == record_number, table.c.leg == leg
    )


def require_payee(refund: Refund) -> None:
    """LedgerError when a bank could not credit the payee of a refund."""
    wrong = [
        what
        for what, is_right in (
            (f"a bank_code of {BANK_DIGITS} digits", _digits(refund.bank_code, BANK_DIGITS)),
            (
                f"a branch_code of {BRANCH_DIGITS} digits",
                _digits(refund.branch_code, BRANCH_DIGITS),
            ),
            (
                f"an account_number of 1 to {ACCOUNT_DIGITS} digits",
                _digits(refund.account_number, 1, ACCOUNT_DIGITS),
            ),
            (
                f"a payee_name of 1 to {NAME_LENGTH} characters",
                bool(refund.payee_name.strip()) and len(refund.payee_name) <= NAME_LENGTH,
            ),
        )
        if not is_right
    ]
    if wrong:
        raise LedgerError(f"{_name(refund)}: the bank needs {', '.join(wrong)}")


def _digits(text: str, fewest: int, most: int | None = None) -> bool:
    return text.isascii() and text.isdigit() and fewest <= len(text) <= (most or fewest)


def _name(refund: Refund) -> str:
    return f"refund {refund.file_id[:12]}:{refund.record_number}:{refund.leg}"
