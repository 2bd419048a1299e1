"""What the ledger holds beside its accounts about the same money: the other side of identities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import accounts, schema
from ledger.loaded_rows import is_of_loading
from ledger.outcomes import Outcome

PAYMENTS, SETTLEMENT = "payments", "settlement"
"""Kinds of ``posting_batch``: a return's payments, a bank's advice. That of a filing moves no
money: ledger.employer_identities proves it."""

RESOLVED = "resolved"
"""State of a break whose money has left suspense."""


@dataclass(frozen=True, slots=True)
class BatchSides:
    """A loaded file in satang: what its postings moved out of and into clearing, and what its
    batch, its breaks and its settlement lines say."""

    file_id: str
    kind: str
    taken_in: int
    given_out: int
    posted: int
    broken: int
    debits: int
    breaks: int
    settled: int


def batches(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[BatchSides]:
    """Both sides of each file of money whose batch fulfils the conditions, ordered by file."""
    batch, posting = schema.posting_batch, schema.posting
    conditions = (batch.c.kind.in_([PAYMENTS, SETTLEMENT]), *conditions)
    broken, line = schema.payment_break, schema.settlement
    of_clearing = accounts.clearing("")
    wanted = sa.select(batch.c.file_id).where(*conditions)
    moved = (
        sa.select(
            posting.c.file_id,
            _sum(_where(posting.c.debit_account.startswith(of_clearing), posting)).label("debit"),
            _sum(_where(posting.c.credit_account.startswith(of_clearing), posting)).label("credit"),
        )
        .join(batch, batch.c.file_id == posting.c.file_id)
        .where(
            posting.c.file_id.in_(wanted),
            posting.c.book_date == batch.c.book_date,
            is_of_loading(posting),
        )
        .group_by(posting.c.file_id)
        .subquery("moved")
    )
    told = (
        sa.select(broken.c.file_id, _sum(broken.c.amount_satang).label("satang"))
        .where(broken.c.file_id.in_(wanted), broken.c.code != Outcome.DEBIT.value)
        .group_by(broken.c.file_id)
        .subquery("told")
    )
    stated = (
        sa.select(line.c.file_id, _sum(line.c.gross_satang).label("satang"))
        .where(line.c.file_id.in_(wanted))
        .group_by(line.c.file_id)
        .subquery("stated")
    )
    query = (
        sa.select(
            batch.c.file_id,
            batch.c.kind,
            sa.func.coalesce(moved.c.debit, 0),
            sa.func.coalesce(moved.c.credit, 0),
            batch.c.posted_satang,
            batch.c.broken_satang,
            batch.c.debit_satang,
            sa.func.coalesce(told.c.satang, 0),
            sa.func.coalesce(stated.c.satang, 0),
        )
        .outerjoin(moved, moved.c.file_id == batch.c.file_id)
        .outerjoin(told, told.c.file_id == batch.c.file_id)
        .outerjoin(stated, stated.c.file_id == batch.c.file_id)
        .where(*conditions)
        .order_by(batch.c.file_id)
    )
    return [BatchSides(*row) for row in connection.execute(query)]


def collected_less_settled(connection: Connection, up_to: date | None) -> dict[str, int]:
    """Satang by collector in the books up to a day (None: all): files less settlement lines."""
    batch, line = schema.posting_batch, schema.settlement
    in_time = [] if up_to is None else [batch.c.book_date <= up_to]
    collected = sa.select(
        batch.c.partner,
        _sum(batch.c.posted_satang + batch.c.broken_satang - batch.c.debit_satang),
    ).where(batch.c.kind == PAYMENTS, *in_time)
    settled = (
        sa.select(line.c.collector, _sum(line.c.gross_satang))
        .join(batch, batch.c.file_id == line.c.file_id)
        .where(*in_time)
        .group_by(line.c.collector)
    )
    total: Counter[str] = Counter()
    for partner, satang in connection.execute(collected.group_by(batch.c.partner)):
        total[partner] += satang
    for partner, satang in connection.execute(settled):
        total[partner] -= satang
    return dict(total)


def money_of_breaks(connection: Connection) -> dict[str, int]:
    """Satang by partner of breaks that are not resolved; a bank's debits count against them."""
    broken, event, batch = schema.payment_break, schema.payment_break_event, schema.posting_batch
    later = event.alias("later")
    is_newest = ~sa.exists().where(
        later.c.file_id == event.c.file_id,
        later.c.record_number == event.c.record_number,
        later.c.event_id > event.c.event_id,
    )
    is_resolved = sa.exists().where(
        event.c.file_id == broken.c.file_id,
        event.c.record_number == broken.c.record_number,
        event.c.state == RESOLVED,
        is_newest,
    )
    money = sa.case(
        (broken.c.code == Outcome.DEBIT.value, -broken.c.amount_satang),
        else_=broken.c.amount_satang,
    )
    query = (
        sa.select(batch.c.partner, _sum(money))
        .select_from(broken)
        .join(batch, batch.c.file_id == broken.c.file_id)
        .where(~is_resolved)
        .group_by(batch.c.partner)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def unpaid_refunds(connection: Connection) -> int:
    """Satang of recorded refunds whose leg stands, less those reported as paid."""
    refund, posting, reversal = schema.refund, schema.posting, schema.posting.alias("reversal")
    stands = ~sa.exists().where(reversal.c.reverses == posting.c.posting_id)
    # Subqueries, so that only records with a refund are looked at: payments are far more.
    record = (refund.c.file_id, refund.c.record_number)
    own_record = (posting.c.file_id, posting.c.record_number)
    payable = connection.scalar(
        sa.select(_sum(refund.c.amount_satang)).where(
            sa.tuple_(*record, refund.c.leg).in_(
                sa.select(*own_record, posting.c.leg).where(
                    sa.tuple_(*own_record).in_(sa.select(*record)),
                    posting.c.credit_account == accounts.REFUNDS_PAYABLE,
                    posting.c.leg > 0,
                    stands,
                )
            )
        )
    )
    paid = connection.scalar(
        sa.select(_sum(posting.c.amount_satang)).where(
            sa.tuple_(*own_record).in_(sa.select(*record)),
            posting.c.debit_account == accounts.REFUNDS_PAYABLE,
            posting.c.leg > 0,
            stands,
        )
    )
    return int(payable or 0) - int(paid or 0)


def _where(condition: sa.ColumnElement[bool], posting: sa.Table) -> sa.ColumnElement[int]:
    return sa.case((condition, posting.c.amount_satang), else_=0)


def _sum(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(amount), 0), sa.BigInteger)
