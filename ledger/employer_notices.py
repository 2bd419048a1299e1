"""Lists of employers to notify: planned once, with the address that each of its records goes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ledger import schema
from ledger.bulk import fetch_rows, insert_rows
from ledger.chain import append_entries
from ledger.database import reading, writing

ADDRESSED_SCHEMA = pa.schema(
    [
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("employer_account", pa.utf8(), nullable=False),
        pa.field("employer_branch", pa.utf8(), nullable=False),
        pa.field("employer_type", pa.utf8(), nullable=False),
        pa.field("office_code", pa.utf8(), nullable=False),
        pa.field("address", pa.utf8()),
        pa.field("reason", pa.utf8()),  # finding code where there is no address
    ]
)

MAILS_SCHEMA = pa.schema(
    [
        pa.field("address", pa.utf8(), nullable=False),
        pa.field("message_id", pa.utf8(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class NoticeList:
    """One accepted list: its file, the notice's code and the business date of its name."""

    file_id: str
    notice_code: str
    business_date: date


def plan_notice(
    engine: Engine,
    notice: NoticeList,
    addressed: pa.Table,
    mails: pa.Table,
    *,
    recorded_at: datetime,
) -> bool:
    """Record whom a list is to be told to; false when it was planned before, then nothing changes.

    ``addressed`` is of ADDRESSED_SCHEMA, a row for each record of the list; ``mails`` of
    MAILS_SCHEMA, each address once.
    """
    with writing(engine, f"employer notice {notice.file_id}") as connection:
        if _planned(connection, notice.file_id):
            return False
        connection.execute(
            sa.insert(schema.employer_notice).values(
                file_id=notice.file_id,
                notice_code=notice.notice_code,
                business_date=notice.business_date,
                accounts=addressed.num_rows,
                recorded_at=recorded_at,
            )
        )
        common = {"file_id": notice.file_id, "recorded_at": recorded_at}
        insert_rows(connection, schema.employer_mail, mails, **common)
        insert_rows(connection, schema.employer_mail_account, addressed, **common)
        told = {
            "notice_code": notice.notice_code,
            "accounts": addressed.num_rows,
            "mails": mails.num_rows,
            "unmatched": addressed["address"].null_count,
        }
        append_entries(connection, [("employer_notice.planned", notice.file_id, told)], recorded_at)
    return True


def planned_lists(engine: Engine, since: date | None, until: date) -> list[NoticeList]:
    """Lists of business dates from ``since`` (None: the first) to ``until``, oldest first."""
    notice = schema.employer_notice
    query = sa.select(notice).where(notice.c.business_date <= until)
    if since is not None:
        query = query.where(notice.c.business_date >= since)
    query = query.order_by(notice.c.business_date, notice.c.file_id)
    with reading(engine) as connection:
        return [
            NoticeList(row.file_id, row.notice_code, row.business_date)
            for row in connection.execute(query)
        ]


def addresses_of(engine: Engine, file_id: str) -> pa.Table:
    """``record_number`` and ``address`` of the list's records that have one, by address and
    record number: those of a mail follow each other."""
    account = schema.employer_mail_account
    query = (
        sa.select(account.c.record_number, account.c.address)
        .where(account.c.file_id == file_id, account.c.address.is_not(None))
        .order_by(account.c.address, account.c.record_number)
    )
    columns = pa.schema([ADDRESSED_SCHEMA.field(name) for name in ("record_number", "address")])
    with reading(engine) as connection:
        return fetch_rows(connection, query, columns)


def _planned(connection: Connection, file_id: str) -> bool:
    notice = schema.employer_notice
    query = sa.select(notice.c.file_id).where(notice.c.file_id == file_id)
    return connection.scalar(query) is not None
