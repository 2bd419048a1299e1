"""``prakan redeliver``: see exchange.outbound.again."""

from __future__ import annotations

import argparse

from prakan.operator import add_reason
from prakan.sent_again import add_delivery, send_again


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The delivery, and why."""
    add_delivery(parser)
    add_reason(parser)


def run(options: argparse.Namespace) -> int:
    """0 when the same bytes stand at the partner again."""
    from exchange.outbound.again import redeliver

    return send_again(options, redeliver)
