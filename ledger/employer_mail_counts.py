"""Counting what became of the notices: accounts by type, office and how their mail stands."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ledger import schema
from ledger.bulk import fetch_rows
from ledger.database import reading
from ledger.employer_mail import MailState, latest_mail_event

COUNTS_SCHEMA = pa.schema(
    [
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("file_id", pa.utf8(), nullable=False),
        pa.field("notice_code", pa.utf8(), nullable=False),
        pa.field("employer_type", pa.utf8(), nullable=False),
        pa.field("office_code", pa.utf8(), nullable=False),
        pa.field("reason", pa.utf8()),  # finding code of accounts without an address
        pa.field("state", pa.utf8()),  # of the mail; null where there is none
        pa.field("accounts", pa.int64(), nullable=False),
    ]
)

UNDELIVERED_SCHEMA = pa.schema(
    [
        pa.field("business_date", pa.date32(), nullable=False),
        pa.field("file_id", pa.utf8(), nullable=False),
        pa.field("record_number", pa.int64(), nullable=False),
        pa.field("employer_account", pa.utf8(), nullable=False),
        pa.field("employer_branch", pa.utf8(), nullable=False),
        pa.field("employer_type", pa.utf8(), nullable=False),
        pa.field("office_code", pa.utf8(), nullable=False),
        pa.field("reason", pa.utf8()),
        pa.field("state", pa.utf8()),
    ]
)

_account = schema.employer_mail_account
_notice, _event = schema.employer_notice, schema.employer_mail_event


def account_counts(engine: Engine, since: date | None, until: date) -> pa.Table:
    """Accounts of lists of these business dates, counted by everything that tells them apart;
    COUNTS_SCHEMA. A record of a list is an account here: a wage month each."""
    account = (
        sa.select(
            _notice.c.business_date,
            _notice.c.file_id,
            _notice.c.notice_code,
            _account.c.employer_type,
            _account.c.office_code,
            _account.c.reason,
            _state(),
        )
        .select_from(_joined())
        .where(_within(since, until))
        .subquery()
    )
    keys = list(account.c)
    # No null is sorted: the databases put them at different ends.
    order = [sa.func.coalesce(key, "") for key in keys[5:]]
    query = (
        sa.select(*keys, sa.func.count().label("accounts"))
        .group_by(*keys)
        .order_by(*keys[:5], *order)
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, COUNTS_SCHEMA)


def mail_counts(engine: Engine, file_id: str) -> dict[MailState, int]:
    """Mails of a list by their state; states that none is in are absent."""
    mail = schema.employer_mail
    of_mail = sa.and_(
        _event.c.file_id == mail.c.file_id, _event.c.address == mail.c.address, latest_mail_event()
    )
    state = sa.func.coalesce(_event.c.state, MailState.WAITING.value)
    query = (
        sa.select(state, sa.func.count())
        .select_from(mail.outerjoin(_event, of_mail))
        .where(mail.c.file_id == file_id)
        .group_by(state)
    )
    with reading(engine) as connection:
        found = {MailState(name): count for name, count in connection.execute(query)}
    return {state: found[state] for state in MailState if state in found}


def undelivered(engine: Engine, since: date | None, until: date) -> pa.Table:
    """Records of which surely nobody was told: no address, or a mail that came back or was
    refused; UNDELIVERED_SCHEMA, by date, office and account."""
    failed = (MailState.BOUNCED.value, MailState.REFUSED.value)
    query = (
        sa.select(
            _notice.c.business_date,
            _notice.c.file_id,
            _account.c.record_number,
            _account.c.employer_account,
            _account.c.employer_branch,
            _account.c.employer_type,
            _account.c.office_code,
            _account.c.reason,
            _event.c.state,
        )
        .select_from(_joined())
        .where(
            _within(since, until), sa.or_(_account.c.address.is_(None), _event.c.state.in_(failed))
        )
        .order_by(
            _notice.c.business_date,
            _account.c.office_code,
            _account.c.employer_account,
            _account.c.employer_branch,
            _notice.c.file_id,
            _account.c.record_number,
        )
    )
    with reading(engine) as connection:
        return fetch_rows(connection, query, UNDELIVERED_SCHEMA)


def _joined() -> sa.Join:
    of_mail = sa.and_(
        _event.c.file_id == _account.c.file_id,
        _event.c.address == _account.c.address,
        latest_mail_event(),
    )
    of_list = _notice.c.file_id == _account.c.file_id
    return _account.join(_notice, of_list).outerjoin(_event, of_mail)


def _state() -> sa.ColumnElement[str | None]:
    """Null where there is no mail, else its state."""
    return sa.case(
        (_account.c.address.is_(None), sa.null()),
        else_=sa.func.coalesce(_event.c.state, MailState.WAITING.value),
    ).label("state")


def _within(since: date | None, until: date) -> sa.ColumnElement[bool]:
    upper = _notice.c.business_date <= until
    return upper if since is None else sa.and_(upper, _notice.c.business_date >= since)
