"""One round of watching: judge what is expected, claim the notices that are due, send them.

A notice is claimed in the ledger before it is sent, and stays to be sent until each channel has
taken it: whoever dies in between, the next round goes on. At worst a notice comes twice (its
message id is the same), never not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exchange.locks import exclusive
from exchange.site import Site
from exchange.watch.channel import Channel
from exchange.watch.expectation import BANGKOK, Expectation, Judged, Punctuality, judged
from exchange.watch.expectations import expectations
from exchange.watch.sending import Sent, send_unsent
from exchange.watch.wording import alarm_of, cleared_of, warning_of
from insurance.holidays import CalendarError
from ledger.notices import Notice, NoticeLevel, claim_notice, notices_of

#: What is not met is watched for so many days after its business date.
WATCHED_DAYS = 7
_LOCK = "watch"
_WORDING = {
    NoticeLevel.WARNING: warning_of,
    NoticeLevel.ALARM: alarm_of,
    NoticeLevel.CLEARED: cleared_of,
}


@dataclass(frozen=True, slots=True)
class Round:
    """What a round found and did. ``undeclared``: one line for each day that cannot be judged."""

    now: datetime
    business_dates: tuple[date, ...]
    lines: tuple[Judged, ...]
    sent: tuple[Sent, ...]
    undeclared: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of expectations by how they stand."""
        found = Counter(line.punctuality for line in self.lines)
        return {punctuality.value: found[punctuality] for punctuality in Punctuality}

    @property
    def status(self) -> int:
        """Exit status: 3 a channel failed, 2 a day cannot be judged, 1 something is late, 0."""
        if any(line.failure is not None for line in self.sent):
            return 3
        if self.undeclared:
            return CalendarError.status
        return int(self.counts[Punctuality.LATE] > 0)


def watched_days(now: datetime) -> tuple[date, ...]:
    """The business dates that are watched at a moment: the day it is in Bangkok, and those before
    it whose files may still be missing; the oldest first."""
    today = now.astimezone(BANGKOK).date()
    return tuple(today - timedelta(days=back) for back in range(WATCHED_DAYS, -1, -1))


def watch(
    site: Site, channels: Sequence[Channel], now: datetime, business_dates: Sequence[date]
) -> Round:
    """Judge everything expected of these business dates at ``now`` and tell people, once each.

    BusyError when another round is under way. A day of a year without declared holidays is
    said in ``undeclared`` and does not keep the others from being watched.
    """
    lines: list[Judged] = []
    undeclared = []
    with exclusive(site, _LOCK):
        for day in business_dates:
            try:
                found = [Judged(e, judged(e, now)) for e in expectations(site, day)]
            except CalendarError as error:
                undeclared.append(str(error))
                continue
            _claim(site, day, found)
            lines += found
        sent = tuple(send_unsent(site, channels, business_dates))
    return Round(now, tuple(business_dates), tuple(lines), sent, tuple(undeclared))


def _claim(site: Site, day: date, lines: Sequence[Judged]) -> None:
    given = {(notice.subject, notice.level) for notice in notices_of(site.ledger, day)}
    for line in lines:
        for level in _levels(line, given):
            notice = _notice(line.expectation, level)
            claim_notice(site.ledger, notice, recorded_at=site.clock())


def _levels(line: Judged, given: set[tuple[str, NoticeLevel]]) -> Iterator[NoticeLevel]:
    """The notice that a line asks for and that was not given yet."""
    subject = line.expectation.subject
    level = {
        Punctuality.WARNING: NoticeLevel.WARNING,
        Punctuality.LATE: NoticeLevel.ALARM,
        Punctuality.MET: NoticeLevel.CLEARED,
        Punctuality.OPEN: None,
    }[line.punctuality]
    if level is NoticeLevel.CLEARED and (subject, NoticeLevel.ALARM) not in given:
        return  # nobody was alarmed
    if level is not None and (subject, level) not in given:
        yield level


def _notice(expectation: Expectation, level: NoticeLevel) -> Notice:
    text = _WORDING[level](expectation)
    return Notice(
        business_date=expectation.business_date,
        subject=expectation.subject,
        level=level,
        text_en=text.en,
        text_th=text.th,
        detail={
            "interface": expectation.interface,
            "kind": expectation.kind.value,
            "partner": expectation.partner,
            "due_at": expectation.due_at.isoformat(),
        },
    )
