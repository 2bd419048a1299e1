"""Again, on a person's word: an attempt is brought to its end, or the same bytes are sent again.

Who and why is in the ledger before anything is done. What is unsafe is refused before that: a
feed that another one replaced must not arrive after it.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.errors import ContentDiffers
from exchange.locks import exclusive
from exchange.outbound.building import build
from exchange.outbound.deliver import (
    Delivered,
    has_arrived,
    in_turn,
    refuse_overtaken,
    refuse_stood_for,
    seal_and_deliver,
    send,
)
from exchange.outbound.outbox import remote_folder, wire_files
from exchange.outbound.progress import ANEW
from exchange.outbound.publish import overtaken_by_older
from exchange.outbound.settling import OutcomeUnknown, look, settle
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import RemoteState
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.model import Interface
from interfaces.partners import Partner
from ledger.acts import OperatorAct, record_act
from ledger.deliveries import find, record_event
from ledger.delivery import ARRIVED, UNDER_WAY, Delivery, DeliveryState


def retry(
    site: Site, delivery_id: str, *, who: str, reason: str, arrived: bool = False
) -> Delivered:
    """Bring a delivery that has not arrived to its end, from wherever it stands.

    One that is under way is settled first. With ``arrived`` nothing is looked for or sent: the
    partner has told the person that it has the file. WrongUse for one that has arrived or must
    not any more, OutcomeUnknown when only the partner can tell.
    """
    with exclusive(site, delivery_id):
        delivery = _known(site, delivery_id)
        _refuse_superseded(site, delivery, "retry")
        if delivery.state in ARRIVED:
            raise WrongUse(
                f"{delivery_id} is {delivery.state}: there is nothing to retry; the same bytes "
                f"are sent again by `prakan redeliver {delivery_id} --reason …`"
            )
        if arrived:
            return _on_their_word(site, delivery, who, reason)
        if delivery.state not in UNDER_WAY:
            refuse_overtaken(site, delivery)
            refuse_stood_for(site, delivery)
        if delivery.content is None and delivery.answers is not None:
            raise WrongUse(
                f"{delivery_id} is not made yet: "
                f"`prakan reconcile {delivery.partner} --date {delivery.business_date}` makes it"
            )
        interface = _to_build(site, delivery)
        _record_act(site, "retry", delivery_id, who, reason)
        if interface is not None:
            delivery = build(site, interface, delivery)
        return seal_and_deliver(site, delivery, remote_folder(site, delivery), on_request=True)


def redeliver(site: Site, delivery_id: str, *, who: str, reason: str) -> Delivered:
    """Send the same bytes again of a delivery that has arrived, or of which nobody knows.

    What still stands at the partner is not written again: ``sent`` is then false. WrongUse for
    one that another one replaced, or that has not arrived (that is retry).
    """
    with exclusive(site, delivery_id), in_turn(site, _known(site, delivery_id)):
        delivery = _known(site, delivery_id)
        _refuse_superseded(site, delivery, "redeliver")
        if delivery.state not in (*ARRIVED, *UNDER_WAY):
            raise WrongUse(
                f"{delivery_id} is {delivery.state}: "
                f"`prakan retry {delivery_id} --reason …` sends it"
            )
        refuse_overtaken(site, delivery)
        _record_act(site, "redeliver", delivery_id, who, reason)
        partner, folder = site.partner(delivery.partner), remote_folder(site, delivery)
        if delivery.state in UNDER_WAY:
            delivery = _settled(site, delivery, partner, folder)
            _refuse_superseded(site, delivery, "redeliver")
            refuse_stood_for(site, delivery)
        if has_arrived(delivery) and _stands_there(site, delivery, partner, folder):
            return Delivered(delivery, sent=False)
        return send(site, delivery, partner, folder, anew=True)


def _known(site: Site, delivery_id: str) -> Delivery:
    delivery = find(site.ledger, delivery_id)
    if delivery is None:
        raise WrongUse(f"no delivery {delivery_id}; `prakan status --date D` lists them")
    return delivery


def _to_build(site: Site, delivery: Delivery) -> Interface | None:
    """The interface of a delivery that is not built yet; WrongUse when it has changed since."""
    if delivery.content is not None:
        return None
    interface = site.registry.get(delivery.interface, on=delivery.business_date)
    if interface.version != delivery.version:
        raise WrongUse(
            f"{delivery.delivery_id} was planned as version {delivery.version} of "
            f"{interface.name}, and {interface.version} is in force now: "
            f"`prakan regenerate {delivery.delivery_id} --reason …` makes that one"
        )
    return interface


def _refuse_superseded(site: Site, delivery: Delivery, verb: str) -> None:
    if overtaken_by_older(site, delivery):
        raise WrongUse(
            f"{delivery.delivery_id} was overtaken by {delivery.superseded_by} of an earlier day, "
            "and its number is passed over: "
            f"`prakan regenerate {delivery.delivery_id} --reason …` sends it under a new one"
        )
    if delivery.superseded_by is not None:
        raise WrongUse(
            f"{delivery.delivery_id} was superseded by {delivery.superseded_by} and must not "
            f"arrive after it: {verb} that one"
        )


def _on_their_word(site: Site, delivery: Delivery, who: str, reason: str) -> Delivered:
    if delivery.state not in UNDER_WAY:
        raise WrongUse(
            f"{delivery.delivery_id} is {delivery.state}: only one that is unknown is settled by "
            "what the partner says; leave --arrived out"
        )
    _record_act(site, "retry", delivery.delivery_id, who, reason)
    if delivery.state is DeliveryState.SENDING:
        delivery = _step(site, delivery, DeliveryState.UNKNOWN, {"why": "an attempt broke off"})
    why = {"why": "the partner has it, on the word of whoever asked"}
    return Delivered(_step(site, delivery, DeliveryState.DELIVERED, why), sent=False)


def _settled(site: Site, delivery: Delivery, partner: Partner, folder: str) -> Delivery:
    """What settling finds; where it finds nothing, the person's word that it is not there."""
    try:
        return settle(site, delivery, partner, folder)
    except OutcomeUnknown:
        delivery = _step(site, delivery, DeliveryState.UNKNOWN, {"why": "an attempt broke off"})
        why = {"why": "the partner has it not, on the word of whoever asked", ANEW: True}
        return _step(site, delivery, DeliveryState.FAILED, why)


def _stands_there(site: Site, delivery: Delivery, partner: Partner, folder: str) -> bool:
    """Whether every file is there. ContentDiffers when another one stands under a name."""
    files = wire_files(site, delivery, partner)
    with SftpClient(site.endpoint(partner)) as client:
        seen = look(client, files, folder, partner.publish)
        for name, state in seen.items():
            if state is RemoteState.DIFFERENT:
                raise ContentDiffers(
                    client.url(f"{folder}/{name}"),
                    "another file stands there; nothing was sent; find out who wrote it",
                )
    return set(seen.values()) == {RemoteState.SAME}


def _record_act(site: Site, verb: str, delivery_id: str, who: str, reason: str) -> None:
    record_act(site.ledger, OperatorAct(verb, delivery_id, who, reason, recorded_at=site.clock()))


def _step(
    site: Site, delivery: Delivery, state: DeliveryState, detail: Mapping[str, object]
) -> Delivery:
    return record_event(
        site.ledger, delivery.delivery_id, state, recorded_at=site.clock(), detail=detail
    )
