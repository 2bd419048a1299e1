"""``prakan publish``: build, read back and deliver feeds of a business date."""

from __future__ import annotations

import argparse

from prakan.answer import answer
from prakan.dates import add_date, date_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The feed's name."""
    parser.add_argument("feed", help="name of the feed interface")
    add_date(parser)


def run(options: argparse.Namespace) -> int:
    """0 when the feed stands at its partner."""
    from exchange.outbound.publish import publish_feed
    from exchange.site import open_site

    counts = publish_feed(open_site(), date_of(options), options.feed)
    did = "sent" if counts["sent"] else "was there already, nothing sent"
    answer(options, counts, f"{counts['delivery']}: {counts['state']} ({did})")
    return 0
