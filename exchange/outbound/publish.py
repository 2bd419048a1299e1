"""Publish: a feed is planned, built, read back, and only then sealed and delivered.

The plan takes the sequence number in the ledger before anything is built, the content is
recorded before the first byte leaves, so that a crash anywhere ends, after a re-run, in the
same bytes under the same number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exchange.locks import exclusive
from exchange.outbound.building import build
from exchange.outbound.deliver import Delivered, seal_and_deliver
from exchange.outbound.outbox import remote_folder
from exchange.site import Site
from interfaces.errors import WrongUse
from interfaces.model import FROM_BOOKS, Interface, Kind
from ledger.deliveries import (
    deliveries_of,
    find,
    latest_delivered,
    plan_delivery,
)
from ledger.delivery import Delivery, DeliveryState


@dataclass(frozen=True, slots=True)
class Published:
    """One feed of a business date: its delivery and what this run did about it."""

    delivery: Delivery
    built: bool
    outcome: Delivered


class RefusedByPartnerError(WrongUse):
    """The partner has the feed and will not take it: a person decides what it gets instead."""

    status = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A feed of a business date that is planned and built, by this run or before."""

    delivery: Delivery
    built: bool


def publish_feed(site: Site, business_date: date, feed: str) -> dict[str, object]:
    """Build and deliver one feed; counts for the caller. See :func:`publish`.

    WrongUse for an interface that is no feed.
    """
    interface = site.registry.get(feed, on=business_date)
    if interface.kind is not Kind.FEED:
        raise WrongUse(
            f"{interface.id} is a {interface.kind} and no feed; files from closed books are "
            f"brought by `prakan books publish --date {business_date}`"
        )
    return told(publish(site, business_date, feed))


def publish(site: Site, business_date: date, feed: str) -> Published:
    """Bring the feed of a business date to its partner, once.

    A feed that was built is never built again (that is `regenerate`), one that was delivered is
    never sent again. NotArrivedError when an extract is missing,
    ExchangeError when the partner cannot be reached; the ledger then says where it stands.
    """
    return deliver_feed(site, prepare_feed(site, business_date, feed))


def prepare_feed(site: Site, business_date: date, feed: str) -> Prepared:
    """Plan and build the feed of a business date: all that is done without its partner.

    One that an earlier day's feed, made again under a later number, overtook gets a new number.
    """
    interface = site.registry.get(feed, on=business_date)
    newer = newer_feed(site, interface, business_date)
    if newer is not None and not _is_planned(site, interface, business_date):
        raise WrongUse(
            f"{interface.name} of {business_date} is not made: {newer.delivery_id} of "
            f"{newer.business_date} has been delivered and replaces it; no number was taken"
        )
    delivery = plan(site, interface, business_date)
    if overtaken_by_older(site, delivery):
        delivery = plan(site, interface, business_date, supersedes=delivery.delivery_id)
    return prepare(site, interface, delivery)


def plan(
    site: Site, interface: Interface, business_date: date, *, supersedes: str | None = None
) -> Delivery:
    """The feed's delivery of a business date, with its number; see ``plan_delivery``."""
    return plan_delivery(
        site.ledger,
        partner=site.partner(interface.partner).name,
        interface=interface.name,
        version=interface.version,
        business_date=business_date,
        supersedes=supersedes,
        lasting=interface.kind in FROM_BOOKS,
        recorded_at=site.clock(),
    )


def newer_feed(site: Site, interface: Interface, business_date: date) -> Delivery | None:
    """The feed of a later day that the partner has been given: it replaces this day's."""
    partner = site.partner(interface.partner).name
    newest = latest_delivered(site.ledger, partner, interface.name, date.max)
    return newest if newest is not None and newest.business_date > business_date else None


def _is_planned(site: Site, interface: Interface, business_date: date) -> bool:
    return any(
        (one.partner, one.interface, one.answers) == (interface.partner, interface.name, None)
        for one in deliveries_of(site.ledger, business_date)
    )


def overtaken_by_older(site: Site, delivery: Delivery) -> bool:
    """Whether a feed never arrived, and never will, because one of an earlier day took a later
    number and went first. Nothing at the partner says what it was to say."""
    if delivery.superseded_by is None or delivery.arrived:
        return False
    by = find(site.ledger, delivery.superseded_by)
    return by is not None and by.business_date < delivery.business_date


def prepare(site: Site, interface: Interface, delivery: Delivery) -> Prepared:
    """Build a planned delivery unless that was done before."""
    with exclusive(site, delivery.delivery_id):
        # Whoever held the lock before may have built it meanwhile.
        delivery = find(site.ledger, delivery.delivery_id) or delivery
        is_due = delivery.state is DeliveryState.PLANNED
        return Prepared(build(site, interface, delivery) if is_due else delivery, is_due)


def deliver_feed(site: Site, prepared: Prepared) -> Published:
    """Bring a built feed to its end from wherever it stands.

    RefusedByPartnerError for one that the partner's receipt has refused: it is not sent again.
    """
    delivery_id = prepared.delivery.delivery_id
    with exclusive(site, delivery_id):
        # Whoever held the lock before may have sent it meanwhile.
        delivery = find(site.ledger, delivery_id) or prepared.delivery
        outcome = seal_and_deliver(site, delivery, remote_folder(site, delivery))
        if outcome.delivery.state is DeliveryState.REFUSED:
            raise RefusedByPartnerError(_told_refused(outcome.delivery))
        return Published(outcome.delivery, prepared.built, outcome)


def _told_refused(delivery: Delivery) -> str:
    delivery_id = delivery.delivery_id
    refused = f"{delivery_id} was refused by its partner, see `prakan show {delivery_id}`;"
    retry = f"`prakan retry {delivery_id} --reason …`"
    if delivery.lasting:
        return (
            f"{refused} settle with the partner what it could not take, then {retry}: closed books "
            "do not change, and later ones wait for it"
        )
    return (
        f"{refused} make the feed again (`prakan regenerate {delivery_id} --reason …`) or, if the "
        f"partner asks for the same file, {retry}"
    )


def told(published: Published) -> dict[str, object]:
    """Counts of one feed, for logs and Airflow."""
    return {
        "delivery": published.delivery.delivery_id,
        "sequence": published.delivery.sequence,
        "built": published.built,
        "sent": published.outcome.sent,
        "state": str(published.outcome.delivery.state),
    }
