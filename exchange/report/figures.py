"""All figures of one night, gathered once; the terminal summary and the page only write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat

from exchange.report.books import BookFigures, book_checks, book_figures
from exchange.report.checks import (
    Check,
    feed_checks,
    file_checks,
    ledger_check,
    receipt_checks,
    return_checks,
)
from exchange.report.employers import EmployerFigures, employer_checks, employer_figures
from exchange.report.feeds import FeedRow, feed_row
from exchange.report.insured import StandingCount, count_standing
from exchange.report.payments import (
    BreakRow,
    BrokenCode,
    ReturnRow,
    Sum,
    broken_codes,
    first_breaks,
    posted_returns,
)
from exchange.report.receipts import (
    AuditHead,
    ReceiptCounts,
    audit_head,
    count_receipts,
)
from exchange.report.remarks import CodeCount, ShownFinding, count_codes, show_first
from exchange.site import Site
from exchange.status import advice
from exchange.status.advice import Level, Task
from exchange.status.filings import day_files
from exchange.status.lines import FileLine
from exchange.status.status import Status, status_of, worst
from interfaces.model import Kind
from ledger.balances import balances
from ledger.deliveries import deliveries_of
from ledger.files import FileStanding
from ledger.landing import Direction, FileState

LIST_LIMIT = 300
"""Findings, breaks and refused filings that are listed one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class InterfaceRecords:
    """Files and records of one inbound interface; ``quarantined`` files are refused whole and
    their records are among the rejected."""

    interface: str
    title: str
    title_th: str
    files: int
    quarantined: int
    read: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class FileGroup:
    """A line of the table of files: one file, or all filings of one state together."""

    name: str
    file_id: str | None
    files: int
    interface: str | None
    direction: str
    state: str
    read: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One ledger account over all nights; the balance is debit less credit, in satang."""

    account: str
    debit_satang: int
    credit_satang: int
    balance_satang: int


@dataclass(frozen=True, slots=True)
class NightFigures:
    """Everything the report says of a business date. ``…_total`` count what ``…`` may cut off
    at LIST_LIMIT."""

    business_date: date
    holiday: bool
    level: Level
    tasks: tuple[Task, ...]
    files: tuple[FileGroup, ...]
    refused_filings: tuple[FileLine, ...]
    refused_filings_total: int
    records: tuple[InterfaceRecords, ...]
    findings_by_code: tuple[CodeCount, ...]
    findings: tuple[ShownFinding, ...]
    findings_total: int
    feeds: tuple[FeedRow, ...]
    receipts: ReceiptCounts
    standing: tuple[StandingCount, ...]
    returns: tuple[ReturnRow, ...]
    paid: Sum
    posted: Sum
    broken: Sum
    debits: Sum
    broken_by_code: tuple[BrokenCode, ...]
    breaks: tuple[BreakRow, ...]
    breaks_total: int
    accounts: tuple[AccountRow, ...]
    employers: EmployerFigures
    books: BookFigures
    checks: tuple[Check, ...]
    audit: AuditHead
    status: Status

    @property
    def exit_status(self) -> int:
        """0 all in order, 1 something is to be done."""
        return int(self.level is not Level.IN_ORDER)

    @property
    def sums_agree(self) -> bool:
        """Whether every check holds."""
        return not self.disagreeing

    @property
    def disagreeing(self) -> tuple[Check, ...]:
        """Checks that fail."""
        return tuple(check for check in self.checks if not check.agrees)


def figures_of(site: Site, business_date: date) -> NightFigures:
    """Read ledger, findings and datasets; nothing is changed. The same ledger gives the same
    figures: no clock and no recorded time is among them."""
    status = status_of(site, business_date)
    day = day_files(site, business_date)
    inbound = [s for s in day.standings if s.file.direction is Direction.INBOUND]
    lines = day.grouped
    deliveries = deliveries_of(site.ledger, business_date)
    returns = posted_returns(site, _of_kind(site, inbound, Kind.RETURN))
    accounts = balances(site.ledger)
    employers = employer_figures(site, business_date)
    checks = (
        *file_checks(site, day),
        *feed_checks(site, deliveries),
        *return_checks(site, returns, deliveries),
        *receipt_checks(site, deliveries),
        ledger_check(accounts),
        *employer_checks(site, day, employers),
        *book_checks(site),
    )
    wrong = [advice.sum_differs(c.subject, c.statement) for c in checks if not c.agrees]
    tasks = (*wrong, *status.tasks)
    refused = [x for x in lines if x.kind == Kind.FILING and x.state == FileState.QUARANTINED]
    codes = count_codes(site, day.held, status.duplicates)
    broken = broken_codes(site, business_date)
    feeds = map(feed_row, repeat(site), deliveries, status.deliveries)
    names = {line.file_id: line.name for line in day.lines if line.file_id is not None}
    return NightFigures(
        business_date=business_date,
        holiday=status.holiday,
        level=worst(tasks),
        tasks=tasks,
        files=tuple(_grouped([*(f for f in status.files if f.file_id is None), *lines])),
        refused_filings=tuple(refused[:LIST_LIMIT]),
        refused_filings_total=len(refused),
        records=tuple(_by_interface(site, business_date, lines)),
        findings_by_code=tuple(codes),
        findings=tuple(show_first(site, day.held, LIST_LIMIT)),
        findings_total=sum(code.findings for code in codes),
        feeds=tuple(sorted(feeds, key=lambda feed: _place(feed.kind))),
        receipts=count_receipts(site, deliveries),
        standing=tuple(count_standing(site, business_date)),
        returns=tuple(returns),
        paid=_total([row.paid for row in returns]),
        posted=_total([row.posted for row in returns]),
        broken=_total([row.broken for row in returns]),
        debits=_total([row.debits for row in returns]),
        broken_by_code=tuple(broken),
        breaks=tuple(first_breaks(site, business_date, names, LIST_LIMIT)),
        breaks_total=sum(code.count for code in broken),
        accounts=tuple(AccountRow(**row) for row in accounts.to_pylist()),
        employers=employers,
        books=book_figures(site, business_date),
        checks=checks,
        audit=audit_head(site),
        status=status,
    )


def _of_kind(site: Site, standings: Sequence[FileStanding], kind: Kind) -> list[FileStanding]:
    return [
        s
        for s in standings
        if s.file.interface is not None
        and site.registry.get(f"{s.file.interface}.{s.file.version}").kind is kind
    ]


def _grouped(lines: Sequence[FileLine]) -> list[FileGroup]:
    """What came first, then what was sent; by kind, interface and name."""
    together: dict[tuple[object, ...], list[FileLine]] = {}
    for line in lines:
        is_sent = line.direction == Direction.OUTBOUND
        place = _place(line.kind)
        own = line.state if line.kind == Kind.FILING else f"{line.name} {line.file_id}"
        together.setdefault((is_sent, place, line.interface or "", own), []).append(line)
    return [
        _group(
            _filings(group) if group[0].kind == Kind.FILING else group[0].name,
            None if group[0].kind == Kind.FILING else group[0].file_id,
            group,
        )
        for _, group in sorted(together.items(), key=lambda item: item[0])
    ]


def _filings(group: Sequence[FileLine]) -> str:
    return f"{sum(line.files for line in group):,} filings"


def _place(kind: str | None) -> int:
    """Place of a kind in the order of the night; unknown files last."""
    return list(Kind).index(Kind(kind)) if kind is not None else len(Kind)


def _group(name: str, file_id: str | None, lines: Sequence[FileLine]) -> FileGroup:
    return FileGroup(
        name=name,
        file_id=file_id,
        files=sum(line.files for line in lines),
        interface=lines[0].interface,
        direction=lines[0].direction,
        state=lines[0].state,
        read=sum(line.read for line in lines),
        accepted=sum(line.accepted for line in lines),
        rejected=sum(line.rejected for line in lines),
    )


def _by_interface(
    site: Site, business_date: date, lines: Sequence[FileLine]
) -> list[InterfaceRecords]:
    found: dict[str, list[FileLine]] = {}
    for line in lines:
        if line.interface is not None and line.direction == Direction.INBOUND:
            found.setdefault(line.interface, []).append(line)
    rows = []
    for name in sorted(found, key=lambda n: (_place(found[n][0].kind), n)):
        interface = site.registry.get(name, on=business_date)
        refused = [x for x in found[name] if x.state == FileState.QUARANTINED]
        whole = _group(name, None, found[name])
        rows.append(
            InterfaceRecords(
                interface=name,
                title=interface.title,
                title_th=interface.title_th,
                files=whole.files,
                quarantined=sum(line.files for line in refused),
                read=whole.read,
                accepted=whole.accepted,
                rejected=whole.rejected,
            )
        )
    return rows


def _total(sums: Sequence[Sum]) -> Sum:
    return sum(sums, start=Sum(0, 0))
