"""What people were told about a business date: once on each level, and over which channels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from ledger import schema
from ledger.chain import append_entries
from ledger.database import reading, writing
from ledger.detail import from_text, to_text
from ledger.errors import LedgerError


class NoticeLevel(StrEnum):
    """How urgent a notice is."""

    WARNING = "warning"  # before the deadline
    ALARM = "alarm"  # after it
    CLEARED = "cleared"  # what was late has come


class NoticeState(StrEnum):
    """How sending a notice over one channel stands."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. Business date, subject and level are its key; texts hold no personal data."""

    business_date: date
    subject: str
    level: NoticeLevel
    text_en: str
    text_th: str
    detail: Mapping[str, object] = field(default_factory=dict)


def claim_notice(engine: Engine, notice: Notice, *, recorded_at: datetime) -> bool:
    """Record that this notice is to be given; true for the one process that made it."""
    with writing(engine, f"notice {notice.business_date}") as connection:
        if _exists(connection, notice):
            return False
        connection.execute(
            sa.insert(schema.notice).values(
                business_date=notice.business_date,
                subject=notice.subject,
                level=notice.level.value,
                text_en=notice.text_en,
                text_th=notice.text_th,
                detail=to_text(notice.detail),
                recorded_at=recorded_at,
            )
        )
        told = {"business_date": notice.business_date.isoformat(), "text": notice.text_en}
        entry = (f"notice.{notice.level.value}", notice.subject, told)
        append_entries(connection, [entry], recorded_at)
        return True


def record_notice_event(
    engine: Engine,
    notice: Notice,
    state: NoticeState,
    *,
    channel: str,
    recorded_at: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Record how sending a notice over a channel went.

    LedgerError when there is no such notice, or it was sent over that channel already.
    """
    event = schema.notice_event
    with writing(engine, f"notice {notice.business_date}") as connection:
        if not _exists(connection, notice):
            raise LedgerError(
                f"no {notice.level} about {notice.subject} of {notice.business_date} in the ledger"
            )
        if _channels(connection, notice).get(channel) is NoticeState.SENT:
            raise LedgerError(
                f"the {notice.level} about {notice.subject} of {notice.business_date} was sent "
                f"by {channel} already"
            )
        connection.execute(
            sa.insert(event).values(
                business_date=notice.business_date,
                subject=notice.subject,
                level=notice.level.value,
                state=state.value,
                channel=channel,
                detail=to_text(detail or {}),
                recorded_at=recorded_at,
            )
        )
        told = {
            **(detail or {}),
            "business_date": notice.business_date.isoformat(),
            "level": notice.level.value,
            "channel": channel,
        }
        append_entries(connection, [(f"notice.{state.value}", notice.subject, told)], recorded_at)


def notices_of(engine: Engine, business_date: date) -> list[Notice]:
    """Every notice about that business date, in the order in which they were made."""
    notice = schema.notice
    query = sa.select(notice).where(notice.c.business_date == business_date)
    with reading(engine) as connection:
        return _notices(connection, query)


def channels_of(engine: Engine, notice: Notice) -> dict[str, NoticeState]:
    """The latest state of each channel over which that notice was given or tried."""
    with reading(engine) as connection:
        return _channels(connection, notice)


def unsent_notices(engine: Engine, channels: Collection[str] = ()) -> list[Notice]:
    """Notices that were made and are not sent, oldest first.

    Those without any event, those of which a channel's latest event is not *sent* (it failed,
    or its sender died), and, with ``channels``, those not sent over each of them.
    """
    with reading(engine) as connection:
        notices = _notices(connection, sa.select(schema.notice).where(_may_be_unsent(channels)))
        return [notice for notice in notices if _is_unsent(_channels(connection, notice), channels)]


def _may_be_unsent(channels: Collection[str]) -> sa.ColumnElement[bool]:
    """Spares looking at each of the many that were sent over every channel at once."""
    notice, event = schema.notice, schema.notice_event
    of_notice = sa.select(event.c.event_id).where(_same(event, notice)).correlate(notice)
    sent = event.c.state == NoticeState.SENT.value
    everywhere = [of_notice.where(sent, event.c.channel == name).exists() for name in channels]
    failed = of_notice.where(sa.not_(sent)).exists()
    return sa.or_(sa.not_(of_notice.exists()), failed, *(sa.not_(exists) for exists in everywhere))


def _is_unsent(states: Mapping[str, NoticeState], channels: Collection[str]) -> bool:
    wanted = {*states, *channels}
    return not wanted or any(states.get(name) is not NoticeState.SENT for name in wanted)


def _same(event: sa.Table, notice: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(
        event.c.business_date == notice.c.business_date,
        event.c.subject == notice.c.subject,
        event.c.level == notice.c.level,
    )


def _is_key(table: sa.Table, notice: Notice) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.business_date == notice.business_date,
        table.c.subject == notice.subject,
        table.c.level == notice.level.value,
    )


def _exists(connection: Connection, notice: Notice) -> bool:
    table = schema.notice
    query = sa.select(sa.func.count()).select_from(table).where(_is_key(table, notice))
    return bool(connection.scalar(query))


def _channels(connection: Connection, notice: Notice) -> dict[str, NoticeState]:
    event = schema.notice_event
    query = (
        sa.select(event.c.channel, event.c.state)
        .where(_is_key(event, notice))
        .order_by(event.c.event_id)
    )
    return {row.channel: NoticeState(row.state) for row in connection.execute(query)}


def _notices(connection: Connection, query: sa.Select[tuple[object, ...]]) -> list[Notice]:
    notice = schema.notice
    ordered = query.order_by(
        notice.c.recorded_at, notice.c.business_date, notice.c.subject, notice.c.level
    )
    return [_notice(row) for row in connection.execute(ordered)]


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        business_date=row.business_date,
        subject=row.subject,
        level=NoticeLevel(row.level),
        text_en=row.text_en,
        text_th=row.text_th,
        detail=from_text(row.detail),
    )
