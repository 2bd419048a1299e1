"""``prakan replay``: see exchange.inbound.replay."""

from __future__ import annotations

import argparse

from prakan.answer import answer
from prakan.operator import add_reason, operator_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The quarantined file, and why."""
    parser.add_argument("file_id", help="SHA-256 of the file, or its beginning")
    add_reason(parser)


def run(options: argparse.Namespace) -> int:
    """1 when records were rejected."""
    from dataclasses import asdict

    from exchange.inbound.replay import replay
    from exchange.site import open_site

    received = replay(open_site(), options.file_id, who=operator_of(options), reason=options.reason)
    text = (
        f"{received.name}: {received.state}; read {received.read:,}, accepted "
        f"{received.accepted:,}, rejected {received.rejected:,}"
    )
    answer(options, asdict(received), text)
    return int(received.rejected > 0)
