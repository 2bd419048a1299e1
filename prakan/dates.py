"""The business date of a command: given, never taken from the clock."""

from __future__ import annotations

import argparse
from datetime import date


def add_date(parser: argparse.ArgumentParser) -> None:
    """``--date``, required: a step computes for a business date, not for today."""
    parser.add_argument(
        "--date", required=True, metavar="YYYY-MM-DD", help="business date (Gregorian)"
    )


def date_of(options: argparse.Namespace) -> date:
    """The business date; WrongUse when it is not a day."""
    from exchange.site import parse_business_date

    return parse_business_date(options.date)
