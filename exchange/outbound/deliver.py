"""Deliver: a built file goes to its partner once, and the ledger knows at every instant.

built → sealed → sending (intent recorded, then the first byte) → delivered. An attempt that broke
off leaves sending or unknown; the next one looks at the partner's folder before it does anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from exchange.errors import (
    ContentDiffers,
    EndpointError,
    ExchangeError,
    HostKeyRefused,
    LoginRefused,
)
from exchange.locks import exclusive
from exchange.outbound.outbox import WireFile, wire_files
from exchange.outbound.progress import ANEW, Progress, Recorder, known_of
from exchange.outbound.sealing import seal_delivery
from exchange.outbound.settling import left_to_send, settle, settle_earlier
from exchange.remote.endpoint import Endpoint
from exchange.remote.sftp import SftpClient
from exchange.remote.two_phase import Published, publish_file
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.partners import Partner
from ledger.deliveries import (
    events_of,
    find,
    lasting_deliveries,
    newer_deliveries,
    record_event,
)
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
    when another one took its place or may be there already. BusyError while another one of the
    feed is on its way.
    """
    if has_arrived(delivery):
        return Delivered(delivery, sent=False)
    with in_turn(site, delivery):
        # What was sent before our turn may have ended it.
        delivery = find(site.ledger, delivery.delivery_id) or delivery
        return _deliver(site, delivery, remote_dir, on_request)


@contextmanager
def in_turn(site: Site, delivery: Delivery) -> Iterator[None]:
    """Feeds of one kind go to their partner one after the other: BusyError while another goes.

    Which one may go is decided by those that arrived, so nobody may arrive meanwhile.
    """
    if delivery.answers is not None:
        yield
        return
    with exclusive(site, f"feed.{delivery.partner}.{delivery.interface}"):
        yield


def _deliver(site: Site, delivery: Delivery, remote_dir: str, on_request: bool) -> Delivered:
    refuse_superseded(delivery)
    if has_arrived(delivery) or (not on_request and refused_by_receipt(site.ledger, delivery)):
        return Delivered(delivery, sent=False)
    partner = site.partner(delivery.partner)
    refuse_out_of_turn(site, delivery)
    if delivery.state in UNDER_WAY:
        delivery = settle(site, delivery, partner, remote_dir)
        refuse_superseded(delivery)
        if has_arrived(delivery):
            return Delivered(delivery, sent=False)
    if delivery.state is DeliveryState.BUILT:
        settle_earlier(site, delivery, partner, remote_dir)
    refuse_overtaken(site, delivery)
    refuse_stood_for(site, delivery)
    if delivery.state is DeliveryState.BUILT:
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


def refuse_out_of_turn(site: Site, delivery: Delivery) -> None:
    """WrongUse for a lasting one while an earlier one of its interface has not arrived."""
    if not delivery.lasting or delivery.arrived:
        return
    for earlier in lasting_deliveries(site.ledger, delivery.partner, delivery.interface):
        if earlier.sequence < delivery.sequence and earlier.holds_up:
            raise WrongUse(
                f"{delivery.delivery_id} of {delivery.business_date} is not sent: "
                f"{earlier.delivery_id} of {earlier.business_date} is {earlier.state} and goes "
                f"first, `prakan retry {earlier.delivery_id} --reason …`"
            )


def refuse_overtaken(site: Site, delivery: Delivery) -> None:
    """A newer feed replaces an older one whole: the older one must not arrive after it."""
    if delivery.answers is not None or delivery.lasting:
        return
    what = f"{delivery.delivery_id} of {delivery.business_date} is not sent"
    for newer in reversed(newer_deliveries(site.ledger, delivery)):
        if (newer.business_date, newer.sequence) < (delivery.business_date, delivery.sequence):
            continue  # of an earlier day, under a later number
        which = f"{newer.delivery_id} of {newer.business_date}"
        if newer.arrived:
            raise WrongUse(f"{what}: {which} has been delivered and replaces it")
        if newer.state in UNDER_WAY:
            raise WrongUse(
                f"{what}: {which} is {newer.state} and may be at the partner: settle that one "
                f"first, `prakan retry {newer.delivery_id} --reason …`"
            )


def refuse_stood_for(site: Site, delivery: Delivery) -> None:
    """WrongUse for a number of which a later one's manifest says that it never comes."""
    if delivery.answers is not None or delivery.arrived or delivery.lasting:
        return
    for later in newer_deliveries(site.ledger, delivery):
        if (
            later.sequence > delivery.sequence
            and later.sealed is not None
            and later.state is not DeliveryState.SUPERSEDED
        ):
            raise WrongUse(
                f"{delivery.delivery_id} of {delivery.business_date} is not sent: "
                f"{later.delivery_id} of {later.business_date} stands in for it, as its manifest "
                f"says: `prakan retry {later.delivery_id} --reason …` sends that one"
            )


def send(
    site: Site, delivery: Delivery, partner: Partner, remote_dir: str, *, anew: bool = False
) -> Delivered:
    """One attempt to bring a sealed delivery's files to the partner, in their order.

    What the partner has or took is not sent again; with ``anew`` nothing counts as taken.
    """
    files = wire_files(site, delivery, partner)
    known = Progress() if anew else known_of(events_of(site.ledger, delivery.delivery_id))
    endpoint = _endpoint(site, delivery, partner)
    begun: dict[str, object] = {"to": str(endpoint)}
    delivery = _step(site, delivery, DeliveryState.SENDING, begun | {ANEW: True} if anew else begun)
    attempt = delivery.attempt
    is_open = False
    try:
        with SftpClient(endpoint) as client:
            is_open = True
            left = left_to_send(client, delivery, files, remote_dir, known, partner.publish)
            published = [
                _publish(site, client, delivery, file, remote_dir, partner) for file in left
            ]
    except (HostKeyRefused, LoginRefused, ContentDiffers) as error:
        _step(site, delivery, DeliveryState.REFUSED, {"why": str(error)}, attempt)
        raise
    except (EndpointError, ExchangeError) as error:
        # Before the session was open not a byte of the file can have left.
        state = DeliveryState.UNKNOWN if is_open else DeliveryState.FAILED
        _step(site, delivery, state, {"why": str(error)}, attempt)
        raise
    told = _told(files, published)
    delivery = _step(site, delivery, DeliveryState.DELIVERED, told, attempt)
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
    site: Site,
    delivery: Delivery,
    state: DeliveryState,
    detail: Mapping[str, object],
    attempt: int | None = None,
) -> Delivery:
    return record_event(
        site.ledger,
        delivery.delivery_id,
        state,
        recorded_at=site.clock(),
        detail=detail,
        attempt=attempt,
    )
