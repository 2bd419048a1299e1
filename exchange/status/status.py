"""Where a business date stands: every file and delivery, what is missing, what to do next.

With a moment also: what is due by when, and whether it is late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from exchange.inbound.arrivals import (
    expected_name,
    returning_partners,
    unknown_extracts,
    waiting_extracts,
)
from exchange.inbound.recognising import recorded_name
from exchange.inbound.small_files import visible_files
from exchange.outbound.publish import newer_feed
from exchange.returns.left import left_at
from exchange.site import Site
from exchange.status import advice
from exchange.status.advice import Level, Said, Task
from exchange.status.books import BooksLine, books_line
from exchange.status.copied_sheets import copied_sheet_tasks
from exchange.status.delivery_advice import delivery_task
from exchange.status.filings import day_files
from exchange.status.inbox import stuck_in
from exchange.status.lines import (
    BreakLine,
    DeliveryLine,
    DuplicateLine,
    FileLine,
    break_lines,
    delivery_lines,
    duplicate_lines,
)
from exchange.status.masking import hide_ids
from exchange.status.overdue import with_deadlines
from exchange.status.wording import baht
from exchange.watch.expectation import Judged, judged
from exchange.watch.expectations import expectations
from insurance.holidays import CalendarError
from interfaces.errors import WrongUse
from interfaces.model import Interface, Kind
from ledger import schema
from ledger.database import reading
from ledger.deliveries import deliveries_of
from ledger.landing import Direction, FileState

MISSING = "missing"
AWAITED = "awaited"
STUCK_SHOWN = 20
"""Most unreadable files of employers that are named."""


@dataclass(frozen=True, slots=True)
class FilingCounts:
    """Employers' files by what became of them."""

    received: int
    accepted: int
    refused: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class Status:
    """A business date. ``files`` holds all files but accepted filings, which only count in
    ``filings``; ``tasks`` are what to do, worst first. ``expected`` is what is due by when and how
    it stands ``as_of`` a moment; without a moment there is none of it, and nothing is late."""

    business_date: date
    holiday: bool
    level: Level
    files: tuple[FileLine, ...]
    filings: FilingCounts
    deliveries: tuple[DeliveryLine, ...]
    duplicates: tuple[DuplicateLine, ...]
    breaks: tuple[BreakLine, ...]
    books: BooksLine
    tasks: tuple[Task, ...]
    as_of: datetime | None = None
    expected: tuple[Judged, ...] = ()


def status_of(site: Site, business_date: date, *, now: datetime | None = None) -> Status:
    """Gather everything the ledger and the inboxes say of a business date; nothing is changed.

    Deadlines are judged at ``now``; without it the answer depends on no clock.
    """
    holiday = not _is_business_day(site, business_date)
    day = day_files(site, business_date)
    files = day.lines
    deliveries = delivery_lines(site.ledger, deliveries_of(site.ledger, business_date))
    breaks = break_lines(site.ledger, business_date)
    books = books_line(site, business_date)
    absent = [] if holiday else list(_absent_files(site, business_date, files))
    lines = () if now is None else _judged(site, business_date, now)
    counts = _filing_counts(day.grouped)
    found = [
        *_missing_tasks(site, business_date, absent),
        *_stray_tasks(site, business_date, files),
        *([] if counts.received or holiday else _waiting_filings(site, business_date, files)),
        *_stuck_tasks(site, business_date),
        *_left_tasks(site, business_date),
        *_file_tasks(site, business_date, files),
        *_refused_tasks(counts, business_date),
        *copied_sheet_tasks(site, business_date),
        *_record_tasks(day.grouped),
        *([] if holiday else _feed_tasks(site, business_date, deliveries)),
        *_delivery_tasks(business_date, deliveries),
        *_break_tasks(site, business_date, breaks),
        *_books_tasks(business_date, books),
    ]
    tasks = list(with_deadlines(found, lines))
    return Status(
        business_date=business_date,
        holiday=holiday,
        level=worst(tasks),
        files=(*absent, *files),
        filings=counts,
        deliveries=deliveries,
        duplicates=duplicate_lines(site.ledger, business_date),
        breaks=breaks,
        books=books,
        tasks=tuple(sorted(tasks, key=lambda task: -task.level.rank)),
        as_of=now,
        expected=lines,
    )


def _judged(site: Site, business_date: date, now: datetime) -> tuple[Judged, ...]:
    return tuple(Judged(e, judged(e, now)) for e in expectations(site, business_date))


def latest_business_date(engine: Engine) -> date:
    """The newest business date of which the ledger knows a file; WrongUse when there is none."""
    with reading(engine) as connection:
        found: date | None = connection.scalar(sa.select(sa.func.max(schema.file.c.business_date)))
    if found is None:
        raise WrongUse("nothing was recorded yet; give --date to see what is expected of a day")
    return found


def worst(tasks: Sequence[Task]) -> Level:
    """Worst level of the tasks; IN_ORDER without any."""
    return max((task.level for task in tasks), key=lambda level: level.rank, default=Level.IN_ORDER)


def _is_business_day(site: Site, day: date) -> bool:
    try:
        return site.calendar.is_business_day(day)
    except CalendarError as error:
        raise WrongUse(str(error)) from None


def _absent_files(site: Site, day: date, files: Sequence[FileLine]) -> Iterator[FileLine]:
    """Lines for what has not come: extracts that must, returns that may."""
    came = {line.interface for line in files}
    for interface in site.registry.of_kind(Kind.EXTRACT, on=day):
        if interface.name not in came:
            yield _absent(interface, day, MISSING)
    for kind in (Kind.RETURN, Kind.SETTLEMENT):
        for interface in site.registry.of_kind(kind, on=day):
            if interface.name not in came:
                yield _absent(interface, day, AWAITED)


def _absent(interface: Interface, day: date, state: str) -> FileLine:
    return FileLine(
        name=expected_name(interface, day),
        file_id=None,
        interface=interface.name,
        kind=interface.kind.value,
        direction=Direction.INBOUND.value,
        partner=interface.partner,
        state=state,
        read=0,
        accepted=0,
        rejected=0,
        refusals=(),
    )


def _missing_tasks(site: Site, day: date, expected: Sequence[FileLine]) -> Iterator[Task]:
    inbox = site.home.relative(site.home.mainframe_inbox)
    for line in expected:
        if line.state == MISSING and line.interface is not None:
            interface = site.registry.get(line.interface, on=day)
            waiting = waiting_extracts(site, day, interface)
            name = waiting[0].name if waiting else line.name
            yield advice.extract_missing(name, day, waiting=bool(waiting), inbox=inbox)


def _stray_tasks(site: Site, day: date, files: Sequence[FileLine]) -> Iterator[Task]:
    """Files in the mainframe's inbox that no step of the night picks up."""
    received = {line.name for line in files}
    for path in unknown_extracts(site, day):
        name = hide_ids(recorded_name(path.name))
        if name not in received:
            yield advice.name_unknown(name, site.home.relative(path.parent))


def _waiting_filings(site: Site, day: date, files: Sequence[FileLine]) -> Iterator[Task]:
    """Filings are judged by the masters, so none is received before all extracts are."""
    taken = {line.interface for line in files if line.state != FileState.QUARANTINED}
    extracts = {interface.name for interface in site.registry.of_kind(Kind.EXTRACT, on=day)}
    inbox = site.home.employer_inbox
    waiting = [] if extracts <= taken else visible_files(inbox)
    if waiting:
        yield advice.filings_wait(len(waiting), site.home.relative(inbox))


def _stuck_tasks(site: Site, day: date) -> Iterator[Task]:
    """What employers sent and no run can read."""
    inbox = site.home.employer_inbox
    stuck = stuck_in(inbox)
    for one in stuck[:STUCK_SHOWN]:
        yield advice.filing_stuck(
            hide_ids(recorded_name(one.name)),
            site.home.relative(inbox),
            Said(one.why, one.why_th),
            day,
            may_be_allowed=one.may_be_allowed,
        )
    if len(stuck) > STUCK_SHOWN:
        yield advice.more_stuck(len(stuck) - STUCK_SHOWN, site.home.relative(inbox))


def _left_tasks(site: Site, day: date) -> Iterator[Task]:
    for partner in returning_partners(site, day):
        for name in left_at(site.ledger, partner):
            yield advice.left_at_partner(name, partner)


def _file_tasks(site: Site, day: date, files: Sequence[FileLine]) -> Iterator[Task]:
    taken = {line.interface for line in files if line.state != FileState.QUARANTINED}
    opened = _opened_since(site.ledger)
    for line in files:
        if line.file_id in opened:
            continue  # its content is a file of its own
        if line.kind != Kind.FILING and line.state == FileState.QUARANTINED:
            yield advice.file_refused(
                line.name,
                line.file_id or "",
                Kind(line.kind) if line.kind else None,
                _why(site, line),
                replaced=line.interface is None or line.interface in taken,
                partner=line.partner,
            )
        elif line.state == FileState.LANDED or (
            line.kind == Kind.RETURN and line.state in (FileState.ACCEPTED, FileState.POSTED)
        ):
            yield advice.file_unfinished(line.name, day)


def _opened_since(engine: Engine) -> frozenset[str]:
    """Sealed files that were opened: the SHA-256 of what came, where the content has another."""
    table = schema.envelope
    query = sa.select(table.c.sealed_id).where(table.c.sealed_id != table.c.file_id)
    with reading(engine) as connection:
        return frozenset(connection.scalars(query))


def _why(site: Site, line: FileLine) -> Said:
    if not line.refusals:
        return Said("is quarantined", "ถูกกักไว้")
    code = line.refusals[0]
    return Said(
        f"{code}: {site.catalogue.text(code, 'en')}", f"{code}: {site.catalogue.text(code, 'th')}"
    )


def _filing_counts(lines: Sequence[FileLine]) -> FilingCounts:
    states: Counter[str] = Counter()
    for line in lines:
        if line.kind == Kind.FILING:
            states[line.state] += line.files
    refused, unfinished = states[FileState.QUARANTINED], states[FileState.LANDED]
    received = states.total()
    return FilingCounts(received, received - refused - unfinished, refused, unfinished)


def _refused_tasks(counts: FilingCounts, day: date) -> Iterator[Task]:
    if counts.refused:
        yield advice.filings_refused(counts.refused, counts.received, day)


def _record_tasks(files: Sequence[FileLine]) -> Iterator[Task]:
    read: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for line in files:
        if line.interface is not None and line.state != FileState.QUARANTINED:
            read[line.interface] += line.read
            rejected[line.interface] += line.rejected
    for name in sorted(rejected):
        if rejected[name]:
            yield advice.records_rejected(name, rejected[name], read[name])


def _feed_tasks(site: Site, day: date, deliveries: Sequence[DeliveryLine]) -> Iterator[Task]:
    made = {line.interface for line in deliveries}
    for feed in site.registry.of_kind(Kind.FEED, on=day):
        if feed.name not in made and newer_feed(site, feed, day) is None:
            yield advice.feed_missing(feed.name, day)


def _delivery_tasks(day: date, deliveries: Sequence[DeliveryLine]) -> Iterator[Task]:
    for line in deliveries:
        verb = f"reconcile {line.partner}" if line.answers else f"publish {line.interface}"
        if line.lasting:
            verb = "books publish"
        task = delivery_task(line, f"`prakan {verb} --date {day}`")
        if task is not None:
            yield task


def _books_tasks(day: date, books: BooksLine) -> Iterator[Task]:
    """Open books of a day after which another one has begun, and files of closed ones not made."""
    if books.overdue:
        yield advice.books_open(day)
    if books.closed:
        for name in books.missing:
            yield advice.book_file_missing(name, day)


def _break_tasks(site: Site, day: date, breaks: Sequence[BreakLine]) -> Iterator[Task]:
    for line in breaks:
        text = site.catalogue[line.code]
        yield advice.payments_broken(
            line.code, line.count, baht(line.satang), Said(text.en, text.th), day
        )
