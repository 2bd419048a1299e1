"""``prakan watch``: one round over the deadlines, with notices to people."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from prakan.answer import answer, columns
from prakan.dates import BANGKOK, date_if_given
from prakan.moments import add_now, now_if_given

if TYPE_CHECKING:
    from exchange.watch.rounds import Round


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One business date, and the moment to judge at."""
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help="watch this business date only (default: today in Bangkok and the seven days before)",
    )
    add_now(parser)


def run(options: argparse.Namespace) -> int:
    """0 nothing is late, 1 something is, 2 a day cannot be judged, 3 a channel failed."""
    from exchange.site import open_site
    from exchange.watch.channels import channels_from_environment
    from exchange.watch.rounds import watch, watched_days

    day, given = date_if_given(options), now_if_given(options)
    channels = channels_from_environment(os.environ)
    site = open_site()
    now = given or site.clock()
    made = watch(site, channels, now, (day,) if day is not None else watched_days(now))
    answer(options, {**asdict(made), "status": made.status}, "\n".join(_text(made)))
    return made.status


def _text(made: Round) -> Iterator[str]:
    days = sorted(set(made.business_dates))
    until = f" to {days[-1]}" if len(days) > 1 else ""
    yield f"{days[0]}{until}, as of {_moment(made.now)} (Bangkok)"
    shown = [line for line in made.lines if line.punctuality != "met"]
    if shown:
        yield columns(
            ["business date", "expected", "due", "stands", "about"],
            [
                [
                    line.expectation.business_date,
                    line.expectation.subject,
                    _moment(line.expectation.due_at),
                    line.punctuality.value,
                    line.expectation.name,
                ]
                for line in shown
            ],
        )
    yield f"met: {len(made.lines) - len(shown)} of {len(made.lines)} expected"
    yield from _notices(made)
    for trouble in made.undeclared:
        yield f"NOT WATCHED: {trouble}"


def _notices(made: Round) -> Sequence[str]:
    return [
        f"{line.level} {line.subject} of {line.business_date} by {line.channel}: "
        + (f"FAILED, tried again at the next round: {line.failure}" if line.failure else "sent")
        for line in made.sent
    ]


def _moment(at: datetime) -> str:
    return at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M")
