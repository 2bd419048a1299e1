"""``prakan regenerate``: see exchange.outbound.regenerate and exchange.returns.answer_anew."""

from __future__ import annotations

import argparse

from prakan.answer import answer
from prakan.operator import add_reason, operator_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The delivery to supersede, and why."""
    parser.add_argument("delivery_id", help="delivery, as `prakan status` names it")
    add_reason(parser)


def run(options: argparse.Namespace) -> int:
    """0 when the new version stands at the partner."""
    from exchange.outbound.regenerate import regenerate
    from exchange.returns.answer_anew import answer_anew
    from exchange.site import open_site
    from ledger.deliveries import find

    site = open_site()
    who, reason = operator_of(options), options.reason
    old = find(site.ledger, options.delivery_id)
    if old is not None and old.answers is not None:
        new = answer_anew(site, options.delivery_id, who=who, reason=reason).delivery
    else:
        new = regenerate(site, options.delivery_id, who=who, reason=reason).outcome.delivery
    data = {
        "delivery": new.delivery_id,
        "supersedes": new.supersedes,
        "sequence": new.sequence,
        "state": str(new.state),
    }
    answer(options, data, f"{new.delivery_id}: {new.state}, supersedes {new.supersedes}")
    return 0
