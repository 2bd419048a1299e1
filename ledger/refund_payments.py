"""Which refunds were reported as paid: the legs that take them out of ``refunds:payable``.

A record's paid legs pay its refunds of the same amount; two of one amount are alike.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.accounts import REFUNDS_PAYABLE
from ledger.chunks import KEYS_PER_QUERY

REFUND_PAID = "refund_paid.1"
"""Pass of the leg that pays a refund."""

Period = tuple[date | None, date]
"""Books after one day (None: from the beginning) and up to another."""


@dataclass(frozen=True, slots=True)
class BookedRefund:
    """A refund in the ledger; ``reversed_on`` is in whose books it was taken back."""

    file_id: str
    record_number: int
    leg: int
    national_id: str | None
    amount_satang: int
    book_date: date
    reversed_on: date | None


@dataclass(frozen=True, slots=True)
class PaidLeg:
    """A leg that paid a refund and was not reversed."""

    file_id: str
    record_number: int
    leg: int
    amount_satang: int


def refunds_and_payments(
    connection: Connection, periods: Sequence[Period] = ()
) -> tuple[list[BookedRefund], list[PaidLeg]]:
    """Refunds of every record that has more of them than paid legs, or one in these periods.

    All refunds of such a record and all its paid legs, in order of posting key.
    """
    return _of_records(connection, _records(periods))


def refunds_of_records(
    connection: Connection, records: Collection[tuple[str, int]]
) -> tuple[list[BookedRefund], list[PaidLeg]]:
    """All refunds of these records (file, number) and all their paid legs, by posting key."""
    refund = schema.refund
    record = sa.tuple_(refund.c.file_id, refund.c.record_number)
    refunds: list[BookedRefund] = []
    paid: list[PaidLeg] = []
    ordered = sorted(records)
    for start in range(0, len(ordered), KEYS_PER_QUERY // 2):
        some = ordered[start : start + KEYS_PER_QUERY // 2]
        wanted = sa.select(refund.c.file_id, refund.c.record_number).where(record.in_(some))
        more = _of_records(connection, wanted.distinct())
        refunds += more[0]
        paid += more[1]
    return refunds, paid


def _of_records(
    connection: Connection, records: sa.Select[tuple[str, int]]
) -> tuple[list[BookedRefund], list[PaidLeg]]:
    wanted = records.cte("wanted")
    refund, posting, reversal = schema.refund, schema.posting, schema.posting.alias("reversal")
    of_wanted = sa.and_(
        wanted.c.file_id == refund.c.file_id, wanted.c.record_number == refund.c.record_number
    )
    refunds = (
        sa.select(
            refund.c.file_id,
            refund.c.record_number,
            refund.c.leg,
            refund.c.national_id,
            refund.c.amount_satang,
            posting.c.book_date,
            reversal.c.book_date.label("reversed_on"),
        )
        .select_from(refund)
        .join(wanted, of_wanted)
        .join(posting, _is_leg_of(refund, posting))
        .outerjoin(reversal, reversal.c.reverses == posting.c.posting_id)
        .order_by(refund.c.file_id, refund.c.record_number, refund.c.leg)
    )
    paid = (
        sa.select(
            posting.c.file_id, posting.c.record_number, posting.c.leg, posting.c.amount_satang
        )
        .join(
            wanted,
            sa.and_(
                wanted.c.file_id == posting.c.file_id,
                wanted.c.record_number == posting.c.record_number,
            ),
        )
        .where(_is_paid_leg(posting))
        .order_by(posting.c.file_id, posting.c.record_number, posting.c.leg)
    )
    return (
        [BookedRefund(*row) for row in connection.execute(refunds)],
        [PaidLeg(*row) for row in connection.execute(paid)],
    )


def _records(periods: Sequence[Period]) -> sa.Select[tuple[str, int]]:
    refund, other, posting = schema.refund, schema.refund.alias("other"), schema.posting
    refunds = (
        sa.select(sa.func.count())
        .where(
            other.c.file_id == refund.c.file_id,
            other.c.record_number == refund.c.record_number,
            other.c.leg > 0,  # not the payee that a proposal keeps
        )
        .correlate(refund)
        .scalar_subquery()
    )
    payment = posting.alias("payment")
    paid = (
        sa.select(sa.func.count())
        .where(
            payment.c.file_id == refund.c.file_id,
            payment.c.record_number == refund.c.record_number,
            _is_paid_leg(payment),
        )
        .correlate(refund)
        .scalar_subquery()
    )
    in_periods = [
        posting.c.book_date <= up_to
        if after is None
        else sa.and_(posting.c.book_date > after, posting.c.book_date <= up_to)
        for after, up_to in periods
    ]
    return (
        sa.select(refund.c.file_id, refund.c.record_number)
        .join(posting, _is_leg_of(refund, posting))
        .where(sa.or_(paid < refunds, *in_periods))
        .distinct()
    )


def _is_leg_of(refund: sa.FromClause, posting: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        posting.c.file_id == refund.c.file_id,
        posting.c.record_number == refund.c.record_number,
        posting.c.leg == refund.c.leg,
    )


def _is_paid_leg(posting: sa.FromClause) -> sa.ColumnElement[bool]:
    undone = schema.posting.alias("undone")
    return sa.and_(
        posting.c.leg > 0,
        posting.c.debit_account == REFUNDS_PAYABLE,
        ~sa.exists().where(undone.c.reverses == posting.c.posting_id),
    )
