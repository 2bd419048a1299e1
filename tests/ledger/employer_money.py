"""Payments of employers as loading a return leaves them, one at a time."""

from __future__ import annotations

import hashlib
import itertools
from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import accounts, schema
from ledger.database import writing
from ledger.employer_accounts import RECEIVABLE, TOUCHED_SCHEMA, bring_in_line
from ledger.landing import Direction, FileRecord, record_landed
from ledger.legs import reverse_leg
from tests.exchange.filed_months import ACCOUNT, HEAD, MONDAY, PERIOD

BANK = "collection_bank"
CLEARING = accounts.clearing(BANK)
_numbers = itertools.count(1)


def pay(
    engine: Engine,
    day: date,
    satang: int,
    at: datetime,
    *,
    account: str = ACCOUNT,
    period: int = PERIOD,
    in_line: bool = True,
) -> str:
    """A return with one payment, or with money given back where ``satang`` is negative; its id."""
    file_id = hashlib.sha256(f"payment {next(_numbers)}".encode()).hexdigest()
    name = f"EPAY_{file_id[-8:]}"
    record = FileRecord(file_id, "employer_payment", 1, Direction.INBOUND, BANK, MONDAY, name, 1)
    record_landed(engine, [record], recorded_at=at)
    sides = (CLEARING, RECEIVABLE) if satang > 0 else (RECEIVABLE, CLEARING)
    said = {"posted_count": 1, "posted_satang": satang, "broken_count": 0, "broken_satang": 0,
            "debit_count": 0, "debit_satang": 0}  # fmt: skip
    own = {"file_id": file_id, "rule_version": 1, "book_date": MONDAY, "recorded_at": at}
    if satang < 0:
        said |= {"posted_count": 0, "posted_satang": 0, "debit_count": 1, "debit_satang": -satang}
    with writing(engine, "posting") as connection:
        connection.execute(
            sa.insert(schema.posting_batch).values(**own, **said, partner=BANK, kind="payments")
        )
        connection.execute(
            sa.insert(schema.posting).values(
                **own,
                record_number=2,
                leg=1,
                section_code="33",
                period=period,
                amount_satang=abs(satang),
                debit_account=sides[0],
                credit_account=sides[1],
                effective_date=day,
                pass_name="employer_reference.1",
                employer_account=account,
                employer_branch=HEAD,
            )
        )
        if in_line:
            _bring(connection, file_id, account, period, at)
    return file_id


def take_back(
    engine: Engine,
    file_id: str,
    at: datetime,
    *,
    account: str = ACCOUNT,
    period: int = PERIOD,
    day: date = MONDAY,
) -> None:
    """Reverse a payment: as if it had never been."""
    with writing(engine, "posting") as connection:
        reverse_leg(connection, file_id, 2, 1, effective_date=day, book_date=day, recorded_at=at)
        _bring(connection, file_id, account, period, at, day)


def _bring(
    connection: Connection,
    file_id: str,
    account: str,
    period: int,
    at: datetime,
    day: date = MONDAY,
) -> None:
    row = {"employer_account": [account], "employer_branch": [HEAD], "period": [period],
           "file_id": [file_id], "record_number": [2]}  # fmt: skip
    bring_in_line(
        connection,
        pa.table(row, schema=TOUCHED_SCHEMA),
        effective_date=day,
        book_date=day,
        recorded_at=at,
    )
