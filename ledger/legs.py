"""Further legs of a record that is in the ledger already, and reversals of its legs.

Resolving a break, releasing held money, reporting a refund as paid and taking something back
are all done with these: nothing in the ledger is ever changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.accounts import CONTRIBUTIONS
from ledger.books import require_open
from ledger.chunks import KEYS_PER_QUERY, chunks
from ledger.errors import LedgerError
from ledger.month_paid import Month, keep_up

Record = tuple[str, int]
"""File id and record number."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A movement of ``amount_satang`` from ``credit_account`` to ``debit_account``.

    What is credited to contributions names its person, section and period; what moves an
    employer's account names account, branch and period. ``book_date`` is what
    ``ledger.books.book_day`` gave out.
    """

    file_id: str
    record_number: int
    national_id: str | None
    section_code: str | None
    option_code: str | None
    period: int | None
    amount_satang: int
    debit_account: str
    credit_account: str
    effective_date: date
    book_date: date
    pass_name: str
    employer_account: str | None = None
    employer_branch: str | None = None


def insert_legs(connection: Connection, legs: Sequence[Leg], *, recorded_at: datetime) -> list[int]:
    """Append legs to their records, each numbered after the last one of its record.

    In the caller's transaction, ``writing(engine, "posting")``; months paid are kept up. The
    numbers are given back in the order of ``legs``. LedgerError when a file is not loaded or a
    book date is closed, ValueError when a leg moves nothing or pays a month without naming it.
    """
    if not legs:
        return []
    for leg in legs:
        _check(leg)
    require_open(connection, min(leg.book_date for leg in legs))
    versions = _rule_versions(connection, {leg.file_id for leg in legs})
    last = _last_legs(connection, {(leg.file_id, leg.record_number) for leg in legs})
    numbers: list[int] = []
    rows: list[dict[str, object]] = []
    for leg in legs:
        record = (leg.file_id, leg.record_number)
        last[record] = last.get(record, 0) + 1
        numbers.append(last[record])
        version = {"rule_version": versions[leg.file_id], "recorded_at": recorded_at}
        rows.append({**asdict(leg), **version, "leg": last[record]})
    connection.execute(sa.insert(schema.posting), rows)
    keep_up(connection, {month for leg in legs if (month := _month(leg)) is not None})
    return numbers


def reverse_leg(
    connection: Connection,
    file_id: str,
    record_number: int,
    leg: int,
    *,
    effective_date: date,
    book_date: date,
    recorded_at: datetime,
    pass_name: str | None = None,
) -> None:
    """Move the money of one leg back: the same record, leg negative, accounts exchanged.

    In the caller's transaction, ``writing(engine, "posting")``; months paid are kept up.
    It stands in the books of ``book_date``, but never before what it takes back does.
    LedgerError when there is no such leg, it is a reversal itself, it was reversed already, or
    the book date is closed.
    """
    key = f"{file_id}:{record_number}:{leg}"
    if leg <= 0:
        raise LedgerError(f"posting {key} is itself a reversal: post again instead")
    require_open(connection, book_date)
    posting = schema.posting
    rows = connection.execute(
        sa.select(posting).where(
            posting.c.file_id == file_id,
            posting.c.record_number == record_number,
            posting.c.leg.in_([leg, -leg]),
        )
    ).all()
    original = next((row for row in rows if row.leg == leg), None)
    if original is None:
        raise LedgerError(f"no posting {key} in the ledger")
    if len(rows) > 1:
        raise LedgerError(f"posting {key} was reversed already")
    connection.execute(
        sa.insert(posting).values(
            file_id=original.file_id,
            record_number=original.record_number,
            rule_version=original.rule_version,
            leg=-original.leg,
            national_id=original.national_id,
            section_code=original.section_code,
            option_code=original.option_code,
            period=original.period,
            amount_satang=original.amount_satang,
            debit_account=original.credit_account,
            credit_account=original.debit_account,
            effective_date=effective_date,
            reverses=original.posting_id,
            recorded_at=recorded_at,
            book_date=max(book_date, original.book_date),
            pass_name=pass_name,
            employer_account=original.employer_account,
            employer_branch=original.employer_branch,
        )
    )
    month = _month(original)
    if month is not None:
        keep_up(connection, [month])


def _check(leg: Leg) -> None:
    if leg.amount_satang <= 0 or leg.debit_account == leg.credit_account:
        raise ValueError(f"a leg of {leg.file_id}:{leg.record_number} moves nothing")
    pays = leg.credit_account.startswith(CONTRIBUTIONS)
    if pays and (leg.national_id is None or leg.section_code is None or leg.period is None):
        raise ValueError(
            f"a leg of {leg.file_id}:{leg.record_number} pays a month: "
            "it names person, section and period"
        )


def _month(leg: Any) -> Month | None:
    """The month that a leg, or a row of ``posting``, pays."""
    if not leg.credit_account.startswith(CONTRIBUTIONS):
        return None
    return leg.national_id, leg.section_code, leg.period


def _rule_versions(connection: Connection, file_ids: set[str]) -> dict[str, int]:
    batch = schema.posting_batch
    found: dict[str, int] = {}
    for some in chunks(file_ids):
        query = sa.select(batch.c.file_id, batch.c.rule_version).where(batch.c.file_id.in_(some))
        found.update((row.file_id, row.rule_version) for row in connection.execute(query))
    missing = sorted(file_ids - found.keys())
    if missing:
        raise LedgerError(f"file {missing[0]} is not loaded: its records can get no further legs")
    return found


def _last_legs(connection: Connection, records: set[Record]) -> dict[Record, int]:
    posting = schema.posting
    of_file: dict[str, list[int]] = {}
    for file_id, number in sorted(records):
        of_file.setdefault(file_id, []).append(number)
    found: dict[Record, int] = {}
    for file_id, numbers in of_file.items():
        for start in range(0, len(numbers), KEYS_PER_QUERY):
            query = (
                sa.select(posting.c.record_number, sa.func.max(posting.c.leg))
                .where(
                    posting.c.file_id == file_id,
                    posting.c.record_number.in_(numbers[start : start + KEYS_PER_QUERY]),
                )
                .group_by(posting.c.record_number)
            )
            found.update(((file_id, row[0]), row[1]) for row in connection.execute(query))
    return found
