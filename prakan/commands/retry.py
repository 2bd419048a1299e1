"""``prakan retry``: see exchange.outbound.again."""

from __future__ import annotations

import argparse

from prakan.operator import add_reason
from prakan.sent_again import add_delivery, send_again


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The delivery, why, and what the partner said of it."""
    add_delivery(parser)
    add_reason(parser)
    parser.add_argument(
        "--arrived",
        action="store_true",
        help="the partner has confirmed that it has the file: nothing is sent",
    )


def run(options: argparse.Namespace) -> int:
    """0 when the delivery stands at the partner."""
    from exchange.outbound.again import retry

    return send_again(options, retry, arrived=options.arrived)
