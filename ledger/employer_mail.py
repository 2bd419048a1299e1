"""Mails to employers: what is to go, what became of each try, and what a person decided.

The last event of a mail is its state. A try is an event *sending* that is committed before the
first byte goes, and the event of its outcome; a mail of which the second is missing is *unknown*
and never tried again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.acts import OperatorAct, insert_act
from ledger.chain import append_entries
from ledger.chunks import chunks
from ledger.database import reading, writing
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError


class MailState(StrEnum):
    """How a mail to an employer stands."""

    WAITING = "waiting"  # nothing was tried yet; the state of a mail without events
    SENDING = "sending"  # a try is under way, or its process died
    SENT = "sent"  # the mail server took it
    DEFERRED = "deferred"  # surely not taken, may be next time
    BOUNCED = "bounced"  # nobody has the address
    REFUSED = "refused"  # the server refuses this mail for good
    UNKNOWN = "unknown"  # broke off while the server had it
    RELEASED = "released"  # a person said: send it


DUE = (MailState.WAITING, MailState.DEFERRED, MailState.RELEASED)
"""States in which a mail may be tried."""

_NEXT: Mapping[MailState, Collection[MailState]] = {
    MailState.SENDING: DUE,
    MailState.SENT: (MailState.SENDING, MailState.UNKNOWN),
    MailState.DEFERRED: (MailState.SENDING,),
    MailState.REFUSED: (MailState.SENDING,),
    MailState.BOUNCED: (MailState.SENDING, MailState.SENT, MailState.UNKNOWN),
    MailState.UNKNOWN: (MailState.SENDING,),
    MailState.RELEASED: (
        MailState.DEFERRED,
        MailState.BOUNCED,
        MailState.REFUSED,
        MailState.UNKNOWN,
    ),
}
"""For each new state, those that it may follow."""


@dataclass(frozen=True, slots=True)
class EmployerMail:
    """One mail and how it stands. ``message_id`` is the part before the ``@``; ``attempt`` counts
    the tries, the last one included; ``detail`` is of the last event."""

    file_id: str
    address: str
    message_id: str
    notice_code: str
    business_date: date
    state: MailState
    attempt: int
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailEvent:
    """A new state of a mail. ``detail`` holds no address: it is in the audit too."""

    mail: EmployerMail
    state: MailState
    detail: Mapping[str, object] = field(default_factory=dict)


def record_mail_events(
    engine: Engine,
    events: Sequence[MailEvent],
    *,
    recorded_at: datetime,
    act: OperatorAct | None = None,
) -> None:
    """Record new states in one transaction, with the act that led to them; all or none.

    LedgerError when a mail's state does not allow its new one: it was tried, settled or released
    by somebody else meanwhile.
    """
    if not events:
        return
    locks = {f"employer mail {event.mail.file_id}" for event in events}
    with writing(engine, *locks) as connection:
        if act is not None:
            insert_act(connection, act)
        current = _by_message_id(connection, [event.mail.message_id for event in events])
        rows = [_row(event, current, recorded_at) for event in events]
        connection.execute(sa.insert(schema.employer_mail_event), rows)
        entries = [
            (
                f"employer_mail.{event.state.value}",
                event.mail.message_id,
                {**event.detail, "attempt": row["attempt"]},
            )
            for event, row in zip(events, rows, strict=True)
        ]
        append_entries(connection, entries, recorded_at)


def _row(
    event: MailEvent, current: dict[str, tuple[MailState, int]], recorded_at: datetime
) -> dict[str, Any]:
    mail = event.mail
    if mail.message_id not in current:
        raise LedgerError(f"no mail {mail.message_id} in the ledger; see `prakan notices status`")
    state, attempt = current[mail.message_id]
    if state not in _NEXT[event.state]:
        raise LedgerError(
            f"mail {mail.message_id} is {state} and cannot become {event.state}; "
            "see `prakan notices status`"
        )
    attempt += event.state is MailState.SENDING
    current[mail.message_id] = (event.state, attempt)
    return {
        "file_id": mail.file_id,
        "address": mail.address,
        "state": event.state.value,
        "attempt": attempt,
        "detail": to_text(event.detail),
        "recorded_at": recorded_at,
    }


def due_mails(
    engine: Engine, up_to: date, *, most_attempts: int, limit: int | None = None
) -> list[EmployerMail]:
    """Mails to be tried, of lists of business dates up to ``up_to``: oldest list first, then by
    address. One that was deferred ``most_attempts`` times waits for a person."""
    event, notice = schema.employer_mail_event, schema.employer_notice
    query = _mails().where(
        notice.c.business_date <= up_to,
        sa.or_(
            event.c.state.is_(None),
            event.c.state == MailState.RELEASED.value,
            sa.and_(event.c.state == MailState.DEFERRED.value, event.c.attempt < most_attempts),
        ),
    )
    return _read(engine, query.limit(limit))


def mails_in_state(
    engine: Engine, states: Collection[MailState], *, file_id: str | None = None
) -> list[EmployerMail]:
    """Mails of which the last event is one of these (WAITING: there is none), in the same order;
    of one list, or of all."""
    event = schema.employer_mail_event
    condition: sa.ColumnElement[bool] = event.c.state.in_(sorted(s.value for s in states))
    if MailState.WAITING in states:
        condition = sa.or_(condition, event.c.state.is_(None))
    query = _mails().where(condition)
    if file_id is not None:
        query = query.where(schema.employer_mail.c.file_id == file_id)
    return _read(engine, query)


def mails_named(engine: Engine, message_ids: Iterable[str]) -> dict[str, EmployerMail]:
    """Mails by the first part of their Message-ID; unknown ones are absent."""
    found: dict[str, EmployerMail] = {}
    for keys in chunks(message_ids):
        query = _mails().where(schema.employer_mail.c.message_id.in_(keys))
        found |= {mail.message_id: mail for mail in _read(engine, query)}
    return found


def latest_mail_event() -> sa.ColumnElement[bool]:
    """Condition: this row of employer_mail_event is its mail's last one."""
    event = schema.employer_mail_event
    later = event.alias("later_mail_event")
    newest = (
        sa.select(sa.func.max(later.c.event_id))
        .where(later.c.file_id == event.c.file_id, later.c.address == event.c.address)
        .correlate(event)
        .scalar_subquery()
    )
    return event.c.event_id == newest


@cache
def _mails() -> sa.Select[Any]:
    """Every mail with its last event; made once, since it is asked for with each mail."""
    mail, event, notice = schema.employer_mail, schema.employer_mail_event, schema.employer_notice
    of_mail = sa.and_(
        event.c.file_id == mail.c.file_id, event.c.address == mail.c.address, latest_mail_event()
    )
    return (
        sa.select(
            mail.c.file_id,
            mail.c.address,
            mail.c.message_id,
            notice.c.notice_code,
            notice.c.business_date,
            event.c.state,
            event.c.attempt,
            event.c.detail,
        )
        .join(notice, notice.c.file_id == mail.c.file_id)
        .outerjoin(event, of_mail)
        .order_by(notice.c.business_date, mail.c.file_id, mail.c.address)
    )


def _read(engine: Engine, query: sa.Select[Any]) -> list[EmployerMail]:
    with reading(engine) as connection:
        return [_mail(row) for row in connection.execute(query)]


def _mail(row: Row[Any]) -> EmployerMail:
    return EmployerMail(
        file_id=row.file_id,
        address=row.address,
        message_id=row.message_id,
        notice_code=row.notice_code,
        business_date=row.business_date,
        state=MailState.WAITING if row.state is None else MailState(row.state),
        attempt=row.attempt or 0,
        detail=from_text(row.detail) if row.detail else {},
    )


def _by_message_id(
    connection: Connection, message_ids: Sequence[str]
) -> dict[str, tuple[MailState, int]]:
    found: dict[str, tuple[MailState, int]] = {}
    for keys in chunks(message_ids):
        query = _mails().where(schema.employer_mail.c.message_id.in_(keys))
        for row in connection.execute(query):
            mail = _mail(row)
            found[mail.message_id] = (mail.state, mail.attempt)
    return found
