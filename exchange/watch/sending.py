"""Sending the notices that some channel has not taken yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.site import Site
from exchange.watch.channel import Channel, Message
from exchange.watch.handing_over import hand_over
from ledger.notices import (
    Notice,
    NoticeState,
    channels_of,
    record_notice_event,
    unsent_notices,
)

_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice on one channel in this round; ``failure`` is None when it was taken."""

    business_date: date
    subject: str
    level: str
    channel: str
    failure: str | None


def send_unsent(
    site: Site, channels: Sequence[Channel], business_dates: Sequence[date]
) -> Iterator[Sent]:
    """Send what is unsent of these business dates, oldest first, by each channel that lacks it.

    A channel that fails is tried again by the next round; one that hangs is left out of the rest
    of this one.
    """
    hanging: set[str] = set()
    for notice in unsent_notices(site.ledger, [channel.name for channel in channels]):
        if notice.business_date not in business_dates:
            continue
        states = channels_of(site.ledger, notice)
        lacking = [
            channel
            for channel in channels
            if states.get(channel.name) is not NoticeState.SENT and channel.name not in hanging
        ]
        for sent, hangs in _send(site, notice, lacking):
            if hangs:
                hanging.add(sent.channel)
            yield sent


def message_of(notice: Notice) -> Message:
    """A notice as it goes to people; the same notice gives the same message."""
    key = f"{notice.business_date} {notice.level.value} {notice.subject}"
    return Message(
        message_id=hashlib.sha256(key.encode()).hexdigest()[:_ID_LENGTH],
        business_date=notice.business_date,
        subject=notice.subject,
        level=notice.level.value,
        text_en=notice.text_en,
        text_th=notice.text_th,
        detail=notice.detail,
    )


def _send(site: Site, notice: Notice, channels: Sequence[Channel]) -> Iterator[tuple[Sent, bool]]:
    for channel in channels:
        record_notice_event(
            site.ledger,
            notice,
            NoticeState.SENDING,
            channel=channel.name,
            recorded_at=site.clock(),
        )
    for outcome in hand_over(message_of(notice), channels):
        failed = outcome.failure is not None
        record_notice_event(
            site.ledger,
            notice,
            NoticeState.FAILED if failed else NoticeState.SENT,
            channel=outcome.channel,
            recorded_at=site.clock(),
            detail={"why": outcome.failure} if failed else outcome.detail,
        )
        yield (
            Sent(
                notice.business_date,
                notice.subject,
                notice.level.value,
                outcome.channel,
                outcome.failure,
            ),
            outcome.hangs,
        )
