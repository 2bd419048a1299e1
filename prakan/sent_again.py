"""What retry and redeliver have in common on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from prakan.answer import answer
from prakan.operator import operator_of

if TYPE_CHECKING:
    from exchange.outbound.deliver import Delivered


def add_delivery(parser: argparse.ArgumentParser) -> None:
    """The delivery's id."""
    parser.add_argument("delivery_id", help="delivery, as `prakan status` names it")


def send_again(
    options: argparse.Namespace, motion: Callable[..., Delivered], **further: Any
) -> int:
    """Carry it out with operator and reason, and say what it came to."""
    from exchange.site import open_site

    outcome = motion(
        open_site(), options.delivery_id, who=operator_of(options), reason=options.reason, **further
    )
    delivery = outcome.delivery
    did = "sent" if outcome.sent else "nothing was sent"
    answer(
        options,
        {"delivery": delivery.delivery_id, "state": str(delivery.state), "sent": outcome.sent},
        f"{delivery.delivery_id}: {delivery.state}, {did}",
    )
    return 0
