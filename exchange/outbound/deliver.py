"""Deliver: a built file goes to its partner once, and the ledger knows at every instant.

built → sealed → sending (intent recorded, then the first byte) → delivered. An attempt that broke
off leaves sending or unknown; the next one looks at the partner's folder before it does anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.errors import (
    ContentDiffers,
    EndpointError,
    ExchangeError,
    HostKeyRefused,
    LoginRefused,
)
from exchange.outbound.outbox import WireFile, wire_files
from exchange.outbound.progress import Recorder, known_of
from exchange.outbound.sealing import seal_delivery
from exchange.outbound.settling import settle, settle_earlier
from exchange.remote.endpoint import Endpoint
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import Published, publish_file
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.partners import Partner
from ledger.deliveries import events_of, latest_delivered, record_event
from ledger.delivery import ARRIVED, UNDER_WAY, Delivery, DeliveryState
from ledger.receipts import refused_by_receipt


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery that stands at the partner. ``sent`` is false when it already did."""

    delivery: Delivery
    sent: bool


def seal_and_deliver(
    site: Site, delivery: Delivery, remote_dir: str, *, on_request: bool = False
) -> Delivered:
    """Bring a built delivery to ``remote_dir`` of its partner, unless it is there.

    One that the partner's receipt refused is given back as it is, *refused*: the same bytes go
    out again only ``on_request`` of a person. The caller holds the delivery's lock.

    ExchangeError when it fails; the delivery is then *failed* (surely nothing arrived), *refused*
    (login, host key or other content) or *unknown* (only the partner's side knows). WrongUse
    when another one took its place.
    """
    refuse_superseded(delivery)
    if has_arrived(delivery) or (not on_request and refused_by_receipt(site.ledger, delivery)):
        return Delivered(delivery, sent=False)
    partner = site.partner(delivery.partner)
    if delivery.state in UNDER_WAY:
        delivery = settle(site, delivery, partner, remote_dir)
        refuse_superseded(delivery)
        if has_arrived(delivery):
            return Delivered(delivery, sent=False)
    refuse_overtaken(site, delivery)
    if delivery.state is DeliveryState.BUILT:
        settle_earlier(site, delivery, partner, remote_dir)
        delivery = seal_delivery(site, delivery)
    return send(site, delivery, partner, remote_dir)


def has_arrived(delivery: Delivery) -> bool:
    """Whether nothing is left to do: it arrived, and nobody is sending it again."""
    return delivery.state in ARRIVED or (
        delivery.state is DeliveryState.SUPERSEDED and delivery.arrived
    )


def refuse_superseded(delivery: Delivery) -> None:
    """WrongUse for one that never arrived and whose place another one has taken."""
    if delivery.state is DeliveryState.SUPERSEDED and not delivery.arrived:
        raise WrongUse(
            f"{delivery.delivery_id} is not sent: {delivery.superseded_by} has taken its place"
        )


def refuse_overtaken(site: Site, delivery: Delivery) -> None:
    """A newer feed replaces an older one whole: the older one must not arrive after it."""
    if delivery.answers is not None:
        return
    newest = latest_delivered(site.ledger, delivery.partner, delivery.interface, date.max)
    if newest is not None and newest.business_date > delivery.business_date:
        raise WrongUse(
            f"{delivery.delivery_id} of {delivery.business_date} is not sent: "
            f"{newest.delivery_id} of {newest.business_date} has been delivered and replaces it"
        )


def send(site: Site, delivery: Delivery, partner: Partner, remote_dir: str) -> Delivered:
    """One attempt to bring a sealed delivery's files to the partner, in their order."""
    files = wire_files(site, delivery, partner)
    taken = known_of(events_of(site.ledger, delivery.delivery_id)).taken
    endpoint = _endpoint(site, delivery, partner)
    delivery = _step(site, delivery, DeliveryState.SENDING, {"to": str(endpoint)})
    is_open = False
    try:
        with SftpClient(endpoint) as client:
            is_open = True
            published = [
                _publish(site, client, delivery, file, remote_dir, partner)
                for file in files
                if file.remote_name not in taken
            ]
    except (HostKeyRefused, LoginRefused, ContentDiffers) as error:
        _step(site, delivery, DeliveryState.REFUSED, {"why": str(error)})
        raise
    except ExchangeError as error:
        # Before the session was open not a byte of the file can have left.
        state = DeliveryState.UNKNOWN if is_open else DeliveryState.FAILED
        _step(site, delivery, state, {"why": str(error)})
        raise
    delivery = _step(site, delivery, DeliveryState.DELIVERED, _told(files, published))
    return Delivered(delivery, sent=any(one.sent for one in published))


def _publish(
    site: Site,
    client: SftpClient,
    delivery: Delivery,
    file: WireFile,
    remote_dir: str,
    partner: Partner,
) -> Published:
    return publish_file(
        client,
        file.local,
        remote_dir,
        file.remote_name,
        expected_sha256=file.sha256,
        policy=partner.publish,
        hear=Recorder(site, delivery),
    )


def _told(files: Sequence[WireFile], published: Sequence[Published]) -> dict[str, object]:
    """What the ledger keeps of a delivery that has arrived: of its file, not the companions."""
    told: dict[str, object] = {"size": files[0].size, "readback": ""}
    for one in published:
        if one.name == files[0].remote_name:
            told["readback"] = one.sha256_readback or ""
            if one.resumed_at:
                told["resumed_at"] = one.resumed_at
    return told


def _endpoint(site: Site, delivery: Delivery, partner: Partner) -> Endpoint:
    try:
        return site.endpoint(partner)
    except EndpointError as error:
        if delivery.state is DeliveryState.SEALED:
            _step(site, delivery, DeliveryState.FAILED, {"why": str(error)})
        raise


def _step(
    site: Site, delivery: Delivery, state: DeliveryState, detail: Mapping[str, object]
) -> Delivery:
    return record_event(
        site.ledger, delivery.delivery_id, state, recorded_at=site.clock(), detail=detail
    )
