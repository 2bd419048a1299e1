"""``prakan reconcile``: fetch returns, match and post them, send acknowledgements."""

from __future__ import annotations

import argparse

from prakan.answer import answer, baht
from prakan.dates import add_date, date_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The partner, or nothing for all that send returns."""
    parser.add_argument("partner", nargs="?", help="default: every partner with returns")
    add_date(parser)


def run(options: argparse.Namespace) -> int:
    """1 when there are breaks."""
    from exchange.inbound.arrivals import returning_partners
    from exchange.returns.reconcile import reconcile_partner
    from exchange.site import open_site

    site, on = open_site(), date_of(options)
    partners = [options.partner] if options.partner else returning_partners(site, on)
    done = {partner: reconcile_partner(site, on, partner) for partner in partners}
    lines = [
        f"{partner}: {counts['returns']} returns; posted {counts['posted']} payments of "
        f"{baht(int(str(counts['posted_satang'])))} baht; broken {counts['broken']} of "
        f"{baht(int(str(counts['broken_satang'])))} baht"
        for partner, counts in done.items()
    ]
    answer(options, done, "\n".join(lines) or "no partner sends returns")
    return int(any(counts["broken"] for counts in done.values()))
