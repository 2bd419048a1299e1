"""Regenerate: a new version of a feed, under the next number, that supersedes the old one."""

from __future__ import annotations

from exchange.locks import exclusive
from exchange.outbound.deliver import refuse_overtaken
from exchange.outbound.publish import (
    Published,
    deliver_feed,
    overtaken_by_older,
    plan,
    prepare,
)
from exchange.site import Site
from interfaces.errors import WrongUse
from ledger.acts import OperatorAct, record_act
from ledger.deliveries import find, newer_deliveries
from ledger.delivery import UNDER_WAY, Delivery


def regenerate(site: Site, delivery_id: str, *, who: str, reason: str) -> Published:
    """Build the feed of an earlier delivery anew and deliver it; who and why is recorded.

    The new file says in its manifest which one it replaces. WrongUse when there is no such
    feed, when it is under way, when a newer one replaced or overtook it. One whose own
    replacement broke off is gone on with. One that was planned under another version of the
    interface, or overtaken by an earlier day's, need not have been built.
    """
    with exclusive(site, delivery_id):
        return _regenerate(site, delivery_id, who, reason)


def _regenerate(site: Site, delivery_id: str, who: str, reason: str) -> Published:
    old = find(site.ledger, delivery_id)
    if old is None or old.answers is not None:
        raise WrongUse(f"no feed delivery {delivery_id}; `prakan status --date D` lists them")
    if old.lasting:
        raise WrongUse(
            f"{delivery_id} is made from closed books, which do not change: "
            f"`prakan redeliver {delivery_id} --reason …` sends the same bytes, `prakan retry "
            f"{delivery_id} --reason …` brings one that did not arrive to its end"
        )
    _refuse_unsafe(site, old)
    interface = site.registry.get(old.interface, on=old.business_date)
    if old.content is None and old.superseded_by is None and old.version == interface.version:
        raise WrongUse(f"{old.delivery_id} was never built: `prakan publish` builds it")
    record_act(
        site.ledger,
        OperatorAct("regenerate", delivery_id, who, reason, recorded_at=site.clock()),
    )
    new = plan(site, interface, old.business_date, supersedes=old.delivery_id)
    return deliver_feed(site, prepare(site, interface, new))


def _refuse_unsafe(site: Site, old: Delivery) -> None:
    if old.state in UNDER_WAY:
        raise WrongUse(
            f"{old.delivery_id} is {old.state} and may be at the partner: settle it first, "
            f"`prakan retry {old.delivery_id} --reason …`"
        )
    newer = newer_deliveries(site.ledger, old)
    own = next((one for one in newer if one.supersedes == old.delivery_id), old)
    refuse_overtaken(site, own)
    if old.superseded_by is None or overtaken_by_older(site, old):
        return
    new = find(site.ledger, old.superseded_by)
    if new is None or new.supersedes != old.delivery_id or new.arrived:
        raise WrongUse(
            f"{old.delivery_id} was superseded by {old.superseded_by}: regenerate that one"
        )
