"""Regenerate: a new version of a feed, under the next number, that supersedes the old one."""

from __future__ import annotations

from exchange.outbound.publish import Published, finish
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger.acts import OperatorAct, record_act
from ledger.deliveries import find, plan_delivery


def regenerate(site: Site, delivery_id: str, *, who: str, reason: str) -> Published:
    """Build the feed of an earlier delivery anew and deliver it; who and why is recorded.

    The new file says in its manifest which one it replaces. WrongUse when there is no such
    feed or when it was superseded already: regenerate the newest one instead.
    """
    old = find(site.ledger, delivery_id)
    if old is None or old.answers is not None:
        raise WrongUse(f"no feed delivery {delivery_id}; `prakan status --date D` lists them")
    if old.content is None:
        raise WrongUse(f"{delivery_id} was never built: `prakan publish` builds it")
    interface = site.registry.get(old.interface, on=old.business_date)
    record_act(
        site.ledger,
        OperatorAct("regenerate", delivery_id, who, reason, recorded_at=site.clock()),
    )
    new = plan_delivery(
        site.ledger,
        partner=old.partner,
        interface=interface.name,
        version=interface.version,
        business_date=old.business_date,
        supersedes=old.delivery_id,
        recorded_at=site.clock(),
    )
    return finish(site, interface, new)
