"""Money that a bank takes back from employers' months and that nobody has settled yet."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.break_records import RESOLVED, BreakKey
from ledger.detail import from_text
from ledger.moves import employer_in
from ledger.outcomes import Outcome


def unsettled_debits(connection: Connection, account: str, period: int) -> list[str]:
    """Ids, as people see them, of a bank's debits that name an account and wage month (Gregorian
    yyyymm) and are not resolved. A debit whose references cannot be read names none."""
    broken, event = schema.payment_break, schema.payment_break_event
    newest = (
        sa.select(event.c.state)
        .where(event.c.file_id == broken.c.file_id, event.c.record_number == broken.c.record_number)
        .order_by(event.c.event_id.desc())
        .limit(1)
        .correlate(broken)
        .scalar_subquery()
    )
    query = (
        sa.select(broken.c.file_id, broken.c.record_number, broken.c.suggestion)
        .where(
            broken.c.code == Outcome.DEBIT.value,
            broken.c.period == period,
            broken.c.suggestion.contains(account, autoescape=True),
            newest.is_distinct_from(RESOLVED),
        )
        .order_by(broken.c.file_id, broken.c.record_number)
    )
    return [
        BreakKey(row.file_id, row.record_number).shown
        for row in connection.execute(query)
        if _is_of(row.suggestion, account)
    ]


def _is_of(suggestion: str, account: str) -> bool:
    employer = employer_in(from_text(suggestion))
    return employer is not None and employer.account == account
