"""``prakan status``: where the files of a business date stand, and what to do next."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from prakan.answer import answer, baht, columns
from prakan.dates import BANGKOK, date_of
from prakan.moments import add_now, now_if_given

if TYPE_CHECKING:
    from exchange.status.advice import Task
    from exchange.status.status import Status
    from exchange.watch.expectation import Judged

VERDICTS = {
    "in_order": "all in order",
    "follow_up": "complete, with items to follow up",
    "trouble": "NEEDS ATTENTION",
}
SHOWN_FILINGS = 20
_SHOWN_REFUNDS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The business date, by default the newest that the ledger knows, and the moment."""
    parser.add_argument(
        "--date", metavar="YYYY-MM-DD", help="business date (default: the newest in the ledger)"
    )
    add_now(parser)


def run(options: argparse.Namespace) -> int:
    """1 when something needs attention."""
    from exchange.site import open_site
    from exchange.status.status import latest_business_date, status_of

    given = now_if_given(options)
    site = open_site()
    on = date_of(options) if options.date else latest_business_date(site.ledger)
    status = status_of(site, on, now=given or site.clock())
    answer(options, asdict(status), "\n".join(_text(status)))
    return int(bool(status.tasks))


def _text(status: Status) -> Iterator[str]:
    holiday = " (no working day)" if status.holiday else ""
    yield f"{status.business_date}{holiday}: {VERDICTS[status.level.value]}"
    yield "\nTo do" if status.tasks else "\nNothing to do"
    yield from _tasks(status.tasks)
    if status.expected and status.as_of is not None:
        yield f"\nExpected, as of {_moment(status.as_of)} (Bangkok)"
        yield columns(["due", "stands", "file", "about"], list(map(_expected, status.expected)))
    if status.files:
        yield "\nFiles"
        yield from _files(status)
    if status.deliveries:
        rows = [
            [
                line.delivery_id,
                f"superseded by {line.superseded_by}" if line.superseded_by else line.state,
                line.attempts,
                line.name,
            ]
            for line in status.deliveries
        ]
        yield "\nDeliveries\n" + columns(["delivery", "state", "attempts", "file"], rows)
        for line in status.deliveries:
            if line.last_error:
                yield f"  {line.delivery_id} last failed: {line.last_error}"
    yield f"\nBooks: {'closed' if status.books.closed else 'open'}"
    if status.books.unsettled.rows:
        aged = status.books.unsettled
        rows = [
            [row.code, row.partner, *(one.count for one in row.ages), baht(row.total.satang)]
            for row in aged.rows
        ]
        days = [f"{name} days" for name in aged.buckets]
        yield "\nUnsettled breaks\n" + columns(["code", "partner", *days, "baht"], rows)
    if status.books.refunds_proposed:
        count, satang = status.books.refunds_proposed, status.books.refunds_proposed_satang
        yield (
            f"\nRefunds of employers that wait for a second person: {count}, {baht(satang)} baht; "
            "`prakan employers refunds`"
        )
    if status.books.refunds_doubtful:
        ids = status.books.refunds_doubtful
        more = f" and {len(ids) - _SHOWN_REFUNDS} more" if len(ids) > _SHOWN_REFUNDS else ""
        yield (
            "\nRefunds of employers whose month owes again, or whose money the bank takes back, "
            f"before they are with the bank: {', '.join(ids[:_SHOWN_REFUNDS])}{more}; "
            "`prakan employers refund-cancel`"
        )
    for twin in status.duplicates:
        yield (
            f"\nDuplicate: {twin.name} is {twin.first_name} of {twin.first_business_date} again; "
            "the first copy counts, nothing to do"
        )
    if status.breaks:
        amounts = [baht(line.satang) for line in status.breaks]
        width = max(map(len, amounts))
        rows = [
            [line.code, line.count, amount.rjust(width)]
            for line, amount in zip(status.breaks, amounts, strict=True)
        ]
        yield "\nBreaks\n" + columns(["code", "payments", "baht"], rows)


def _expected(line: Judged) -> list[str]:
    expectation = line.expectation
    stands = line.punctuality.value
    if expectation.settled_by is not None:
        stands = f"not needed: {expectation.settled_by}"
    elif expectation.met_at is not None:
        word = "met late" if expectation.met_at >= expectation.due_at else "met"
        stands = f"{word} {_moment(expectation.met_at)}"
    return [_moment(expectation.due_at), stands, expectation.subject, expectation.name]


def _moment(at: datetime) -> str:
    return at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M")


def _files(status: Status) -> Iterator[str]:
    refused = [line for line in status.files if line.kind == "filing"]
    lines = [line for line in status.files if line.kind != "filing"] + refused[:SHOWN_FILINGS]
    rows = [
        [
            line.name,
            (line.file_id or "-")[:12],
            line.state,
            *(
                (line.read, line.accepted, line.rejected)
                if line.direction == "inbound"
                else ("",) * 3
            ),
            " ".join(line.refusals),
        ]
        for line in lines
    ]
    yield columns(["file", "id", "state", "read", "accepted", "rejected", "refused for"], rows)
    if len(refused) > SHOWN_FILINGS:
        yield f"… and {len(refused) - SHOWN_FILINGS:,} more refused filings (--json lists them all)"
    filings = status.filings
    if filings.received:
        yield (
            f"filings: {filings.received:,} received, {filings.accepted:,} accepted, "
            f"{filings.refused:,} refused, {filings.unfinished:,} unfinished"
        )


def _tasks(tasks: Sequence[Task]) -> Iterator[str]:
    for task in tasks:
        sign = "!" if task.level.value == "trouble" else "-"
        yield f"{sign} {task.subject}: {task.what.en}\n    → {task.todo.en}"
