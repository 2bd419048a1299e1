"""``prakan receive``: land, decode, validate and store what has arrived."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from prakan.answer import answer, columns
from prakan.dates import add_date, date_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, or nothing for everything that waits in the inboxes."""
    parser.add_argument("files", nargs="*", type=Path, help="default: what waits in the inboxes")
    add_date(parser)
    parser.add_argument("--partner", help="the partner that the given files came from")


def run(options: argparse.Namespace) -> int:
    """1 when a file was quarantined or a record rejected; 3 when one cannot be read, after all
    others were received."""
    from exchange.inbound.arrivals import everything_waiting, receive_paths
    from exchange.site import open_site
    from exchange.status.inbox import stuck_in
    from exchange.status.masking import hide_ids
    from interfaces.errors import OutsideFailure

    site = open_site()
    on = date_of(options)
    inbox = site.home.employer_inbox
    stuck = [] if options.files else stuck_in(inbox)
    left = {inbox / one.name for one in stuck}
    paths = options.files or [path for path in everything_waiting(site, on) if path not in left]
    received = receive_paths(site, on, paths, partner=options.partner)
    rows = [
        [r.name, r.interface, r.duplicate_of or str(r.state), r.read, r.accepted, r.rejected]
        for r in received
    ]
    text = columns(["file", "interface", "state", "read", "accepted", "rejected"], rows)
    answer(options, [asdict(r) for r in received], text if rows else "nothing has arrived")
    if stuck:
        more = f" (and {len(stuck) - 1:,} more)" if len(stuck) > 1 else ""
        raise OutsideFailure(
            f"{site.home.relative(inbox)}/{hide_ids(stuck[0].name)} {stuck[0].why}{more}; all "
            f"others were received; `prakan status --date {on}` says what to do"
        )
    return int(any(r.is_quarantined or r.rejected for r in received))
