"""The business date of a command; the only place of the commands with a clock."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from zoneinfo import ZoneInfo

from interfaces.days import parse_day

BANGKOK = ZoneInfo("Asia/Bangkok")


def add_date(parser: argparse.ArgumentParser) -> None:
    """``--date``, required: a step computes for a business date, not for today."""
    parser.add_argument(
        "--date", required=True, metavar="YYYY-MM-DD", help="business date (Gregorian)"
    )


def date_of(options: argparse.Namespace) -> date:
    """The business date; WrongUse when it is not a day."""
    return parse_day(options.date)


def date_if_given(options: argparse.Namespace) -> date | None:
    """The business date, None without the option; WrongUse when it is not a day."""
    return None if options.date is None else parse_day(options.date)


def today() -> date:
    """The day it is in Bangkok, for looking at a file whose name says no day."""
    return datetime.now(BANGKOK).date()
