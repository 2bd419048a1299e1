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
    """1 when a file was quarantined or a record rejected."""
    from exchange.inbound.arrivals import everything_waiting, receive_paths
    from exchange.site import open_site

    site = open_site()
    on = date_of(options)
    paths = options.files or everything_waiting(site, on)
    received = receive_paths(site, on, paths, partner=options.partner)
    rows = [
        [r.name, r.interface, r.duplicate_of or str(r.state), r.read, r.accepted, r.rejected]
        for r in received
    ]
    text = columns(["file", "interface", "state", "read", "accepted", "rejected"], rows)
    answer(options, [asdict(r) for r in received], text if rows else "nothing has arrived")
    return int(any(r.is_quarantined or r.rejected for r in received))
