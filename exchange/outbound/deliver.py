"""Deliver: a built file goes to its partner once, and the ledger knows at every instant.

planned → sending (intent recorded, then the first byte) → delivered. An attempt that broke off
leaves sending or unknown; the next one looks at the partner's folder before it does anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exchange.errors import (
    ContentDiffers,
    EndpointError,
    ExchangeError,
    HostKeyRefused,
    LoginRefused,
)
from exchange.outbound.outbox import MANIFEST_FILE, outbox_folder
from exchange.remote.endpoint import Endpoint
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import RemoteState, publish_with_manifest, remote_state
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.partners import Partner
from ledger.deliveries import latest_delivered, record_event
from ledger.delivery import ARRIVED, Delivery, DeliveryContent, DeliveryState


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery that stands at the partner. ``sent`` is false when it already did."""

    delivery: Delivery
    sent: bool


def deliver(site: Site, delivery: Delivery, remote_dir: str) -> Delivered:
    """Bring a built delivery to ``remote_dir`` of its partner, unless it is there.

    ExchangeError when that fails; the delivery is then *failed* (surely nothing arrived),
    *refused* (login, host key or other content) or *unknown* (only the partner's side knows).
    """
    if delivery.state in ARRIVED:
        return Delivered(delivery, sent=False)
    _refuse_overtaken(site, delivery)
    partner = site.partner(delivery.partner)
    if delivery.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        delivery = _settle(site, delivery, partner, remote_dir)
        if delivery.state in ARRIVED:
            return Delivered(delivery, sent=False)
    return _send(site, delivery, partner, remote_dir)


def _refuse_overtaken(site: Site, delivery: Delivery) -> None:
    """A newer feed replaces an older one whole: the older one must not arrive after it."""
    if delivery.answers is not None:
        return
    newest = latest_delivered(site.ledger, delivery.partner, delivery.interface, date.max)
    if newest is not None and newest.business_date > delivery.business_date:
        raise WrongUse(
            f"{delivery.delivery_id} of {delivery.business_date} is not sent: the feed of "
            f"{newest.business_date} has been delivered and replaces it"
        )


def _settle(site: Site, delivery: Delivery, partner: Partner, remote_dir: str) -> Delivery:
    """An earlier attempt broke off: look, never send blindly."""
    if delivery.state is DeliveryState.SENDING:
        delivery = _step(site, delivery, DeliveryState.UNKNOWN, {"why": "an attempt broke off"})
    with SftpClient(site.endpoint(partner)) as client:
        found = {
            name: str(
                remote_state(
                    client,
                    remote_dir,
                    name,
                    expected_size=size,
                    expected_sha256=sha256,
                    policy=partner.publish,
                )
            )
            for name, size, sha256 in _expected(site, delivery, partner)
        }
    complete = set(found.values()) == {RemoteState.SAME}
    state = DeliveryState.DELIVERED if complete else DeliveryState.FAILED
    return _step(site, delivery, state, {"found": found})


def _expected(site: Site, delivery: Delivery, partner: Partner) -> list[tuple[str, int, str]]:
    """Name, size and SHA-256 of each remote file that makes the delivery complete."""
    content = _content(delivery)
    files = [(content.name, content.size_bytes, content.file_id)]
    if partner.publish.manifest_suffix is not None:
        manifest = outbox_folder(site, delivery) / MANIFEST_FILE
        name = content.name + partner.publish.manifest_suffix
        files.append((name, manifest.stat().st_size, content.manifest_sha256))
    return files


def _send(site: Site, delivery: Delivery, partner: Partner, remote_dir: str) -> Delivered:
    content = _content(delivery)
    folder = outbox_folder(site, delivery)
    endpoint = _endpoint(site, delivery, partner)
    delivery = _step(site, delivery, DeliveryState.SENDING, {"to": str(endpoint)})
    is_open = False
    try:
        with SftpClient(endpoint) as client:
            is_open = True
            file, manifest = publish_with_manifest(
                client,
                folder / content.name,
                folder / MANIFEST_FILE,
                remote_dir,
                expected_sha256=content.file_id,
                policy=partner.publish,
            )
    except (HostKeyRefused, LoginRefused, ContentDiffers) as error:
        _step(site, delivery, DeliveryState.REFUSED, {"why": str(error)})
        raise
    except ExchangeError as error:
        # Before the session was open not a byte of the file can have left.
        state = DeliveryState.UNKNOWN if is_open else DeliveryState.FAILED
        _step(site, delivery, state, {"why": str(error)})
        raise
    delivery = _step(
        site,
        delivery,
        DeliveryState.DELIVERED,
        {"size": file.size, "readback": file.sha256_readback or ""},
    )
    return Delivered(delivery, sent=file.sent or (manifest is not None and manifest.sent))


def _endpoint(site: Site, delivery: Delivery, partner: Partner) -> Endpoint:
    try:
        return site.endpoint(partner)
    except EndpointError as error:
        if delivery.state is DeliveryState.PLANNED:
            _step(site, delivery, DeliveryState.FAILED, {"why": str(error)})
        raise


def _step(
    site: Site, delivery: Delivery, state: DeliveryState, detail: dict[str, object]
) -> Delivery:
    return record_event(
        site.ledger, delivery.delivery_id, state, recorded_at=site.clock(), detail=detail
    )


def _content(delivery: Delivery) -> DeliveryContent:
    if delivery.content is None:
        raise ValueError(f"{delivery.delivery_id} is not built")
    return delivery.content
