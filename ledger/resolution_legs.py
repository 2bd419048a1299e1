"""The entries of a resolution: legs of the break's record, and undoing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ledger import accounts, schema
from ledger.books import book_day
from ledger.break_records import BreakKey, BrokenPayment, ResolutionError
from ledger.employer_accounts import TOUCHED_SCHEMA, bring_in_line
from ledger.employer_refund_legs import cancellable_beyond
from ledger.kept_payees import refund_of
from ledger.legs import Leg, insert_legs, reverse_leg
from ledger.moves import Move, MoveKind
from ledger.outcomes import Outcome
from ledger.refunds import insert_refund, is_on_its_way
from ledger.resolution_terms import EMPLOYERS, By
from ledger.taken_back import is_paid_otherwise, leg_standing_for, legs_taken_back

HELD = "held.1"


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered: numbers of the break's legs, the day in whose books, and the posting of
    another record that was reversed (None: no such thing)."""

    legs: tuple[int, ...] = ()
    book_date: date | None = None
    reversed_key: BreakKey | None = None
    reversed_legs: tuple[int, ...] = ()


def day_of_entry(connection: Connection, key: BreakKey, wanted: date) -> date:
    """The day in whose books a break is settled: the wanted one or the first open day, and none
    before that in whose books its money came in."""
    batch = schema.posting_batch
    came_in = connection.execute(
        sa.select(batch.c.book_date).where(batch.c.file_id == key.file_id)
    ).scalar_one()
    return book_day(connection, max(wanted, came_in))


def pass_of(kind: MoveKind) -> str:
    """Name and version of the pass that entries of a resolution carry."""
    return HELD if kind is MoveKind.HOLD else f"resolution.{kind.value}.1"


def enter(
    connection: Connection,
    broken: BrokenPayment,
    moves: Sequence[Move],
    by: By,
    book_date: date,
) -> Entered:
    """Enter every movement of a resolution; what a payee needs goes with its leg.

    A month is effective on the day of the payment, everything else on the day of the act.
    """
    (first, *_) = moves
    if first.kind is MoveKind.CLOSE:
        return Entered()
    if first.kind is MoveKind.REVERSE:
        return _take_back(connection, broken, by, book_date)
    legs = [_leg(broken, move, by, book_date) for move in moves]
    numbers = insert_legs(connection, legs, recorded_at=by.recorded_at)
    for move, number in zip(moves, numbers, strict=True):
        if move.payee is not None:
            insert_refund(
                connection, refund_of(broken, move, move.payee, number), recorded_at=by.recorded_at
            )
    _bring_in_line(connection, broken, legs, by, book_date)
    return Entered(tuple(numbers), book_date)


def undo(
    connection: Connection, broken: BrokenPayment, entered: Entered, by: By, book_date: date
) -> list[int]:
    """Reverse every leg of a resolution; a posting that it reversed is posted again.

    Returns the numbers of the reversals. ResolutionError when a leg was undone otherwise, its
    refund is on its way to the bank, the month to be posted again is paid meanwhile, or money that
    goes from an employer's month is to be refunded out of it.
    """
    rows = [_undoable(connection, broken, leg) for leg in entered.legs]
    for row in rows:
        reverse_leg(
            connection,
            broken.key.file_id,
            broken.key.record_number,
            row.leg,
            effective_date=row.effective_date,
            book_date=book_date,
            recorded_at=by.recorded_at,
            pass_name=row.pass_name,
        )
    again = _post_again(connection, broken, entered, by, book_date)
    _bring_in_line(connection, broken, [*rows, *again], by, book_date)
    _require_no_refund(connection, broken, rows)
    return [-row.leg for row in rows]


def _leg(broken: BrokenPayment, move: Move, by: By, book_date: date) -> Leg:
    suspense = accounts.suspense(broken.partner)
    is_month = move.kind in (MoveKind.MOVE, MoveKind.HOLD)
    employer = move.employer
    if employer is not None:
        other = accounts.receivable(EMPLOYERS)
    elif is_month:
        other = accounts.contribution(move.section_code or "", move.option_code)
    elif move.kind is MoveKind.REFUND:
        other = accounts.REFUNDS_PAYABLE
    elif move.kind is MoveKind.RETURN:
        other = accounts.payable(broken.partner)
    else:
        other = accounts.written_off(broken.partner)
    # The money of a debit is missing from suspense instead of waiting there.
    debit, credit = (other, suspense) if broken.code == Outcome.DEBIT else (suspense, other)
    return Leg(
        file_id=broken.key.file_id,
        record_number=broken.key.record_number,
        national_id=move.national_id if is_month else broken.national_id,
        section_code=move.section_code,
        option_code=move.option_code,
        period=move.period,
        amount_satang=move.amount_satang,
        debit_account=debit,
        credit_account=credit,
        effective_date=broken.paid_on if is_month else by.business_date,
        book_date=book_date,
        pass_name=pass_of(move.kind),
        employer_account=None if employer is None else employer.account,
        employer_branch=None if employer is None else employer.branch,
    )


def _take_back(connection: Connection, broken: BrokenPayment, by: By, book_date: date) -> Entered:
    """Reverse the posting that the partner took back, and even the debit out with it."""
    rows = legs_taken_back(connection, broken)
    if not rows:
        raise ResolutionError(
            f"break {broken.key.shown}: no posting of {broken.partner} for that payer, month and "
            "amount stands in the ledger, so there is nothing to reverse; return it or write it off"
        )
    book_date = max(book_date, *(row.book_date for row in rows))
    for row in rows:
        reverse_leg(
            connection,
            row.file_id,
            row.record_number,
            row.leg,
            effective_date=broken.paid_on,
            book_date=book_date,
            recorded_at=by.recorded_at,
            pass_name=pass_of(MoveKind.REVERSE),
        )
    _bring_in_line(connection, broken, rows, by, book_date)
    _require_no_refund(connection, broken, rows)
    taken = BreakKey(rows[0].file_id, rows[0].record_number)
    reversed_legs = tuple(int(row.leg) for row in rows)
    if rows[0].debit_account == accounts.suspense(broken.partner):
        # A break's money that had been moved there is back in suspense, where the debit misses it.
        return Entered((), book_date, taken, reversed_legs)
    is_person = broken.employer is None
    evened = Leg(
        file_id=broken.key.file_id,
        record_number=broken.key.record_number,
        national_id=broken.national_id,
        section_code=broken.section_code if is_person else None,
        option_code=broken.option_code,
        period=broken.period if is_person else None,
        amount_satang=broken.amount_satang,
        debit_account=accounts.clearing(broken.partner),
        credit_account=accounts.suspense(broken.partner),
        effective_date=broken.paid_on,
        book_date=book_date,
        pass_name=pass_of(MoveKind.REVERSE),
    )
    numbers = insert_legs(connection, [evened], recorded_at=by.recorded_at)
    return Entered(tuple(numbers), book_date, taken, reversed_legs)


def _post_again(
    connection: Connection, broken: BrokenPayment, entered: Entered, by: By, book_date: date
) -> list[Leg]:
    key = entered.reversed_key
    if key is None:
        return []
    originals = [_posting(connection, key, leg) for leg in entered.reversed_legs]
    if any(is_paid_otherwise(connection, original) for original in originals):
        raise ResolutionError(
            f"break {broken.key.shown}: the month that it took back has been paid meanwhile by "
            "another payment; settle that one first"
        )
    again = [
        Leg(
            file_id=key.file_id,
            record_number=key.record_number,
            national_id=original.national_id,
            section_code=original.section_code,
            option_code=original.option_code,
            period=original.period,
            amount_satang=original.amount_satang,
            debit_account=original.debit_account,
            credit_account=original.credit_account,
            effective_date=original.effective_date,
            book_date=book_date,
            pass_name=pass_of(MoveKind.REVERSE),
            employer_account=original.employer_account,
            employer_branch=original.employer_branch,
        )
        for original in originals
    ]
    insert_legs(connection, again, recorded_at=by.recorded_at)
    return again


def _bring_in_line(
    connection: Connection,
    broken: BrokenPayment,
    moved: Sequence[Leg | Row[Any]],
    by: By,
    book_date: date,
) -> None:
    """Surcharge and overpayment of the employers' months that these legs moved, on the break's
    own record."""
    months = _months(moved)
    if not months:
        return
    record = (broken.key.file_id, broken.key.record_number)
    columns = zip(*((*month, *record) for month in months), strict=True)
    touched = pa.table([pa.array(column) for column in columns], names=TOUCHED_SCHEMA.names)
    bring_in_line(
        connection,
        touched.cast(TOUCHED_SCHEMA),
        effective_date=by.business_date,
        book_date=book_date,
        recorded_at=by.recorded_at,
    )


def _months(moved: Sequence[Leg | Row[Any]]) -> list[tuple[str, str, int]]:
    """Account, branch and period of the employers' months that these legs moved."""
    return sorted(
        {
            (str(leg.employer_account), str(leg.employer_branch), int(leg.period or 0))
            for leg in moved
            if accounts.receivable(EMPLOYERS) in (leg.debit_account, leg.credit_account)
        }
    )


def _require_no_refund(
    connection: Connection, broken: BrokenPayment, taken: Sequence[Row[Any]]
) -> None:
    """ResolutionError when money taken from an employer's month is about to be refunded out of
    it: it would be given away twice. What the bank has already cannot be kept back: the employer
    owes it then."""
    for account, _, period in _months(taken):
        refunds = cancellable_beyond(connection, account, period)
        if refunds:
            raise ResolutionError(
                f"break {broken.key.shown}: of that money {', '.join(refunds)} is to be refunded "
                "and is not with the bank yet: `prakan employers refund-cancel` first"
            )


def _undoable(connection: Connection, broken: BrokenPayment, leg: int) -> Row[Any]:
    """The entry as it stands: itself, or what reopening a debit posted again in its place."""
    row = leg_standing_for(connection, _posting(connection, broken.key, leg))
    if row is None:
        raise ResolutionError(
            f"break {broken.key.shown}: its entry {leg} was taken back by another break; "
            "reopen that one first (`prakan breaks show` names it)"
        )
    if is_on_its_way(connection, broken.key.file_id, broken.key.record_number, leg):
        raise ResolutionError(
            f"break {broken.key.shown}: its refund stands in closed books and may be with the bank "
            "already; it cannot be reopened"
        )
    return row


def _posting(connection: Connection, key: BreakKey, leg: int) -> Row[Any]:
    posting = schema.posting
    return connection.execute(
        sa.select(posting).where(_of_record(posting, key), posting.c.leg == leg)
    ).one()


def _of_record(table: sa.Table, key: BreakKey) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.file_id == key.file_id, table.c.record_number == key.record_number)
