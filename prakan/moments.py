"""Moments in options: ``--now``, for which a command looks at deadlines, and others."""

from __future__ import annotations

import argparse
from datetime import datetime

from interfaces.errors import WrongUse
from prakan.dates import BANGKOK


def add_now(parser: argparse.ArgumentParser) -> None:
    """The moment, for looking back and for tests; by default it is read from the clock."""
    parser.add_argument(
        "--now",
        metavar="MOMENT",
        help="judge deadlines at this moment, ISO 8601 such as 2026-11-30T22:15 "
        "(Bangkok, unless it says another zone; default: the clock)",
    )


def now_if_given(options: argparse.Namespace) -> datetime | None:
    """The moment with its time zone, None without the option; WrongUse when it is none."""
    return None if options.now is None else moment_of(options.now, "--now")


def moment_of(text: str, option: str) -> datetime:
    """A moment given with an option, in Bangkok unless it names a zone; WrongUse otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{option} {text!r} is not a moment written 2026-11-30T22:15") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=BANGKOK)
