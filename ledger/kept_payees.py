"""Where refunds go, kept from a proposal until it is carried out.

Account numbers stand in the table ``refund`` and nowhere else, so those of a proposal, or of a
resolution that waits for a month, are kept there too, without a leg that makes them payable:
under negative numbers, of which a break's and an employer's refund have each their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.break_records import BreakKey, BrokenPayment
from ledger.moves import Move, MoveKind, Payee
from ledger.refunds import Refund, require_payee
from ledger.resolution_terms import By

_PROPOSED_LEG = -1_000_000
"""Payees of a break's proposal stand in ``refund`` below this number, where no leg can be."""

_EMPLOYERS_LEG = -500_000
"""Those of employers' refunds stand below this one, and above the other."""


def keep_payees(
    connection: Connection, broken: BrokenPayment, moves: Sequence[Move], by: By
) -> None:
    """Keep the payees of a proposal in the one table that may hold account numbers."""
    table = schema.refund
    refunds = [(move, move.payee) for move in moves if move.payee is not None]
    lowest = connection.scalar(
        sa.select(sa.func.coalesce(sa.func.min(table.c.leg), _PROPOSED_LEG)).where(
            _of_record(table, broken.key)
        )
    )
    start = min(int(lowest or 0), _PROPOSED_LEG)
    for nth, (move, payee) in enumerate(refunds, start=1):
        row = refund_of(broken, move, payee, start - nth)
        connection.execute(sa.insert(table).values(**asdict(row), recorded_at=by.recorded_at))


def with_kept_payees(
    connection: Connection, broken: BrokenPayment, moves: Sequence[Move]
) -> tuple[Move, ...]:
    """The movements of the latest proposal with their payees."""
    table = schema.refund
    count = sum(move.kind is MoveKind.REFUND for move in moves)
    rows = connection.execute(
        sa.select(table)
        .where(_of_record(table, broken.key), table.c.leg < _PROPOSED_LEG)
        .order_by(table.c.leg)
        .limit(count)
    ).all()
    payees = [
        Payee(row.bank_code, row.branch_code, row.account_number, row.payee_name)
        for row in reversed(rows)
    ]
    waiting = iter(payees)
    return tuple(
        Move(MoveKind.REFUND, move.amount_satang, payee=next(waiting))
        if move.kind is MoveKind.REFUND
        else move
        for move in moves
    )


def keep_payee(connection: Connection, refund: Refund, *, recorded_at: datetime) -> int:
    """Keep where an employer's refund will go; the number under which it stands in ``refund``.

    The refund's own leg does not count. LedgerError when a bank could not credit the payee.
    """
    require_payee(refund)
    table = schema.refund
    lowest = connection.scalar(
        sa.select(sa.func.min(table.c.leg)).where(
            _of_record(table, BreakKey(refund.file_id, refund.record_number)),
            table.c.leg > _PROPOSED_LEG,
            table.c.leg < 0,
        )
    )
    kept = replace(refund, leg=(_EMPLOYERS_LEG if lowest is None else int(lowest)) - 1)
    connection.execute(sa.insert(table).values(**asdict(kept), recorded_at=recorded_at))
    return kept.leg


def kept_payee(connection: Connection, file_id: str, record_number: int, leg: int) -> Payee:
    """The payee of one row of ``refund``."""
    table = schema.refund
    row = connection.execute(
        sa.select(table).where(
            _of_record(table, BreakKey(file_id, record_number)), table.c.leg == leg
        )
    ).one()
    return Payee(row.bank_code, row.branch_code, row.account_number, row.payee_name)


def refund_of(broken: BrokenPayment, move: Move, payee: Payee, leg: int) -> Refund:
    """The refund of a leg."""
    return Refund(
        file_id=broken.key.file_id,
        record_number=broken.key.record_number,
        leg=leg,
        national_id=broken.national_id,
        amount_satang=move.amount_satang,
        bank_code=payee.bank_code,
        branch_code=payee.branch_code,
        account_number=payee.account_number,
        payee_name=payee.name,
    )


def _of_record(table: sa.Table, key: BreakKey) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.file_id == key.file_id, table.c.record_number == key.record_number)
