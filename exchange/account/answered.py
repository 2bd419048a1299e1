"""Which records of answers (acknowledgements) speak of a person, by what the ledger holds.

An answer has one record for each payment of the file that it answers, in the payments' order. Its
references are those of the payment; where a check digit was repaired they name nobody, and only the
ledger knows whose payment it was.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.database import reading

_LATER = ("resolution.%", "held.%", "refund_paid.%")


def answered_records(engine: Engine, person: str) -> dict[str, frozenset[int]]:
    """Return file → places (from 1) of the person's payments among all payments of that file."""
    with reading(engine) as connection:
        numbers = _numbers(connection, person)
        return {
            file_id: frozenset(_place(connection, file_id, number) for number in found)
            for file_id, found in numbers.items()
        }


def _loaded() -> sa.ColumnElement[bool]:
    """A movement by which the file was loaded, not one of those that came later."""
    posting = schema.posting
    later = sa.or_(*(posting.c.pass_name.like(pattern) for pattern in _LATER))
    return sa.and_(posting.c.leg > 0, sa.or_(posting.c.pass_name.is_(None), ~later))


def _numbers(connection: Connection, person: str) -> dict[str, set[int]]:
    posting, broken = schema.posting, schema.payment_break
    posted = sa.select(posting.c.file_id, posting.c.record_number).where(
        posting.c.national_id == person, _loaded()
    )
    others = sa.select(broken.c.file_id, broken.c.record_number).where(
        broken.c.national_id == person
    )
    found: dict[str, set[int]] = {}
    for file_id, number in connection.execute(sa.union(posted, others)):
        found.setdefault(file_id, set()).add(number)
    return found


def _place(connection: Connection, file_id: str, number: int) -> int:
    """How many records of the file have an outcome, up to and with that one."""
    tables = (schema.posting, schema.payment_break)
    records = sa.union(
        *(
            sa.select(table.c.record_number).where(
                table.c.file_id == file_id, table.c.record_number <= number
            )
            for table in tables
        )
    ).subquery("records_with_an_outcome")
    return int(connection.scalar(sa.select(sa.func.count()).select_from(records)) or 0)
