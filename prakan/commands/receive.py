"""``prakan receive``: land, decode, validate and store what has arrived."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from prakan.answer import answer, columns
from prakan.dates import add_date, date_of

if TYPE_CHECKING:
    from exchange.inbound.receive import Received

SHOWN = 50
"""Most files that are shown one by one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, or nothing for everything that waits in the inboxes."""
    parser.add_argument("files", nargs="*", type=Path, help="default: what waits in the inboxes")
    add_date(parser)
    parser.add_argument("--partner", help="the partner that the given files came from")


def run(options: argparse.Namespace) -> int:
    """1 when a file was quarantined or a record rejected; 3 when one cannot be read, after all
    others were received."""
    from exchange.inbound.arrivals import receive_paths
    from exchange.inbound.by_hand import receive_waiting
    from exchange.site import open_site
    from exchange.status.inbox import stuck_in
    from exchange.status.masking import hide_ids
    from interfaces.errors import OutsideFailure

    site = open_site()
    on = date_of(options)
    inbox = site.home.employer_inbox
    if options.files:
        received = receive_paths(site, on, options.files, partner=options.partner)
        stuck = []
    else:
        received = receive_waiting(site, on)
        stuck = stuck_in(inbox)
    shown, more = _worth_showing(received)
    rows = [
        [r.name, r.interface, r.duplicate_of or str(r.state), r.read, r.accepted, r.rejected]
        for r in shown
    ]
    text = columns(["file", "interface", "state", "read", "accepted", "rejected"], rows)
    answer(options, [asdict(r) for r in received], (text if rows else "nothing has arrived") + more)
    if stuck:
        others = f" (and {len(stuck) - 1:,} more)" if len(stuck) > 1 else ""
        raise OutsideFailure(
            f"{site.home.relative(inbox)}/{hide_ids(stuck[0].name)} {stuck[0].why}{others}; all "
            f"others were received; `prakan status --date {on}` says what to do"
        )
    return int(any(r.is_quarantined or r.rejected for r in received))


def _worth_showing(received: Sequence[Received]) -> tuple[list[Received], str]:
    """All files where they are few; else the first of those with something wrong, and how many
    others there are (``--json`` tells of all)."""
    if len(received) <= SHOWN:
        return list(received), ""
    wrong = [r for r in received if r.is_quarantined or r.rejected or r.duplicate_of is not None]
    first = (wrong or list(received))[:SHOWN]
    in_order = len(received) - len(wrong)
    return first, (
        f"\n… of {len(received):,} files, {in_order:,} in order and {len(wrong):,} with something "
        "to see; --json tells of all"
    )
