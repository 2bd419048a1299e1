"""The money of an employer's refund: what may go, the leg that makes it payable, and undoing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.accounts import REFUNDS_PAYABLE
from ledger.book_days import book_day, last_closed_in
from ledger.database import reading
from ledger.employer_accounts import (
    FILED,
    IN_LINE,
    OVERPAID,
    RECEIVABLE,
    SECTION,
    SURCHARGE,
    TOUCHED_SCHEMA,
    bring_in_line,
    select_standings_of,
)
from ledger.employer_debits import unsettled_debits
from ledger.employer_refund_records import (
    PAYABLE,
    EmployerRefund,
    RefundError,
    select_employer_refunds,
)
from ledger.legs import Leg, insert_legs, reverse_leg
from ledger.moves import Payee
from ledger.refunds import Refund, insert_refund, is_on_its_way

EMPLOYER_REFUND = "employer_refund.1"
"""Pass of the leg that makes what was paid too much payable."""


@dataclass(frozen=True, slots=True)
class PaidMonth:
    """An employer's wage month that was paid: the newest payment that stands, of whichever
    return, and the days after which nothing that stands of the month's money and dues is dated."""

    employer_account: str
    period: int
    employer_branch: str
    file_id: str
    record_number: int
    interface: str
    version: int
    newest_effective: date
    newest_booked: date


def overpaid_of(connection: Connection, account: str, period: int) -> int:
    """What stands as overpaid for an account and wage month, in satang."""
    found = select_standings_of(connection, accounts=[account], periods=[period])
    return int(sum(found["overpaid_satang"].to_pylist()))


def refunded_of(connection: Connection, account: str, period: int, state: str) -> int:
    """Satang of the month's refunds in a state: PROPOSED, they wait for a second person, or
    PAYABLE, paid ones among them."""
    refunds = select_employer_refunds(connection, accounts=[account], period=period, state=state)
    return sum(one.amount_satang for one in refunds)


def cancellable_beyond(connection: Connection, account: str, period: int) -> list[str]:
    """Ids of refunds that can still be cancelled, of a wage month for which something is owed:
    money that is no longer too much."""
    found = select_standings_of(connection, accounts=[account], periods=[period])
    if not sum(found["outstanding_satang"].to_pylist()):
        return []
    refunds = select_employer_refunds(connection, accounts=[account], period=period, state=PAYABLE)
    return [one.refund_id for one in refunds if not one.fixed]


def doubtful_refunds(engine: Engine) -> list[EmployerRefund]:
    """Refunds that can still be cancelled and perhaps should be, by id: something is owed for
    their month again, or a bank takes money of it back."""
    with reading(engine) as connection:
        refunds = select_employer_refunds(
            connection, state=PAYABLE, booked_after=last_closed_in(connection)
        )
        months = {(one.employer_account, one.period) for one in refunds}
        doubtful = {
            month
            for month in months
            if cancellable_beyond(connection, *month) or unsettled_debits(connection, *month)
        }
    return [one for one in refunds if (one.employer_account, one.period) in doubtful]


def paid_month(connection: Connection, account: str, period: int) -> PaidMonth | None:
    """The month with its newest payment, by the day it was paid; None when nothing is paid."""
    posting, file = schema.posting, schema.file
    reversal = posting.alias("reversal")
    of_month = sa.and_(
        posting.c.employer_account == account,
        posting.c.period == period,
        posting.c.section_code == SECTION,
    )
    own = (FILED, SURCHARGE, OVERPAID)
    stands = sa.and_(
        posting.c.leg > 0, ~sa.exists().where(reversal.c.reverses == posting.c.posting_id)
    )
    moves_money = sa.and_(
        stands,
        sa.or_(posting.c.credit_account == RECEIVABLE, posting.c.debit_account == RECEIVABLE),
        posting.c.debit_account.not_in(own),
        posting.c.credit_account.not_in(own),
    )
    row = connection.execute(
        sa.select(posting, file.c.interface, file.c.version)
        .join(file, file.c.file_id == posting.c.file_id)
        .where(of_month, moves_money, posting.c.credit_account == RECEIVABLE)
        .order_by(posting.c.effective_date.desc(), posting.c.posting_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    effective = connection.scalar(
        sa.select(sa.func.max(posting.c.effective_date)).where(of_month, moves_money)
    )
    # What was cancelled, and what only followed from it, decides no day any more.
    booked = connection.scalar(
        sa.select(sa.func.max(posting.c.book_date)).where(
            of_month, stands, posting.c.pass_name.is_distinct_from(IN_LINE)
        )
    )
    if effective is None or booked is None:
        raise RuntimeError(f"the payment of {account} for {period} is gone within a transaction")
    return PaidMonth(
        employer_account=account,
        period=period,
        employer_branch=row.employer_branch,
        file_id=row.file_id,
        record_number=row.record_number,
        interface=row.interface,
        version=row.version,
        newest_effective=effective,
        newest_booked=booked,
    )


def refund_of(month: PaidMonth, satang: int, payee: Payee, leg: int) -> Refund:
    """The row of ``refund`` for a leg of the month's newest payment."""
    return Refund(
        file_id=month.file_id,
        record_number=month.record_number,
        leg=leg,
        national_id=None,
        amount_satang=satang,
        bank_code=payee.bank_code,
        branch_code=payee.branch_code,
        account_number=payee.account_number,
        payee_name=payee.name,
    )


def make_payable(
    connection: Connection,
    month: PaidMonth,
    satang: int,
    payee: Payee,
    *,
    business_date: date,
    recorded_at: datetime,
) -> tuple[int, date]:
    """Enter the leg, the refund and what follows for the month; the leg's number, and the day in
    whose books it stands.

    It is effective on the business date, but never before any other money of the month: what is
    given back is then of what was paid last, and no surcharge changes. It stands in no books
    before those that have all of the month.
    """
    booked = book_day(connection, max(business_date, month.newest_booked))
    leg = Leg(
        file_id=month.file_id,
        record_number=month.record_number,
        national_id=None,
        section_code=SECTION,
        option_code=None,
        period=month.period,
        amount_satang=satang,
        debit_account=RECEIVABLE,
        credit_account=REFUNDS_PAYABLE,
        effective_date=max(business_date, month.newest_effective),
        book_date=booked,
        pass_name=EMPLOYER_REFUND,
        employer_account=month.employer_account,
        employer_branch=month.employer_branch,
    )
    (number,) = insert_legs(connection, [leg], recorded_at=recorded_at)
    refund = refund_of(month, satang, payee, number)
    insert_refund(connection, refund, recorded_at=recorded_at)
    _follow(connection, leg, business_date, booked, recorded_at)
    return number, booked


def take_back(
    connection: Connection, refund: EmployerRefund, *, business_date: date, recorded_at: datetime
) -> date:
    """Reverse the leg of a payable refund; the day in whose books that stands: the very one that
    has the refund, since the file for the bank is made from its books.

    RefundError when the refund is on its way to the bank.
    """
    key = (refund.file_id, refund.record_number, refund.leg)
    if is_on_its_way(connection, *key):
        raise RefundError(
            f"refund {refund.refund_id} stands in closed books and may be with the bank already; "
            "it cannot be cancelled"
        )
    posting = schema.posting
    row = connection.execute(
        sa.select(posting).where(
            posting.c.file_id == refund.file_id,
            posting.c.record_number == refund.record_number,
            posting.c.leg == refund.leg,
        )
    ).one()
    booked: date = row.book_date
    reverse_leg(
        connection,
        *key,
        effective_date=row.effective_date,
        book_date=booked,
        recorded_at=recorded_at,
        pass_name=EMPLOYER_REFUND,
    )
    _follow(connection, row, business_date, booked, recorded_at)
    return booked


def _follow(
    connection: Connection,
    moved: Leg | sa.Row[tuple[object, ...]],
    business_date: date,
    booked: date,
    recorded_at: datetime,
) -> None:
    """Overpayment of the month that was moved, on the same record."""
    touched = {name: [getattr(moved, name)] for name in TOUCHED_SCHEMA.names}
    bring_in_line(
        connection,
        pa.table(touched, schema=TOUCHED_SCHEMA),
        effective_date=business_date,
        book_date=booked,
        recorded_at=recorded_at,
    )
