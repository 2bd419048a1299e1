"""Disclosures: every file for a partner that carried a person's data.

Answered from what was sent: the rows kept with each delivery, or the file itself where there are
no rows that name people (acknowledgements). What cannot be looked at is told, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from exchange.account.answered import answered_records
from exchange.account.deliveries import Arrivals, arrivals_of, counted
from exchange.account.looking import (
    Asked,
    Found,
    Gap,
    Row,
    interface_of_delivery,
    look_into,
    rows_path,
    verify_delivery,
)
from exchange.account.sent_rows import find_rows
from exchange.site import Site
from interfaces.model import Interface, Role
from ledger.delivery import ARRIVED, Delivery
from parsers.arrow_types import record_named
from parsers.copybook import load_layout


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One file that carried the person's data.

    ``name`` is the name on the wire. ``delivered`` are the moments at which it arrived, one for
    each time that it was sent; none when nobody knows whether it did. ``fields`` are those of the
    file's detail record, ``values`` the person's records where they were asked for. ``found_in``:
    ``rows`` (kept with the delivery) or ``file``. ``verified``: None unless asked; whether the
    file has the recorded SHA-256 and the person stands in its very bytes.
    """

    delivery_id: str
    partner: str
    interface: str
    business_date: date
    name: str
    sha256: str
    state: str
    delivered: tuple[datetime, ...]
    acknowledged: datetime | None
    arrived: bool
    superseded_by: str | None
    records: int
    fields: tuple[str, ...]
    values: tuple[Row, ...]
    found_in: str
    verified: bool | None


@dataclass(frozen=True, slots=True)
class Disclosures:
    """The answer: the files, how many were looked at, how many were tried and never arrived."""

    person: str
    since: date | None
    until: date | None
    partner: str | None
    searched: int
    not_arrived: int
    files: tuple[Disclosure, ...]
    gaps: tuple[Gap, ...]


def disclosures_of(
    site: Site,
    person: str,
    *,
    since: date | None = None,
    until: date | None = None,
    partner: str | None = None,
    values: bool = False,
    verify: bool = False,
) -> Disclosures:
    """Every file of business dates ``since`` to ``until`` that carried the person's data.

    ``verify`` reads each file that was sent: its SHA-256 must be the recorded one, and the ID
    must stand in exactly those whose rows hold the person. WrongUse for an unknown partner.
    """
    if partner is not None:
        partner = site.partner(partner).name
    deliveries, not_arrived = counted(site.ledger, since=since, until=until, partner=partner)
    asked = Asked(person, values, verify, answered_records(site.ledger, person))
    kept = [rows_path(site, delivery) for delivery in deliveries]
    rows = find_rows([path for path in kept if path is not None], person)
    found: list[tuple[Delivery, Found, bool | None]] = []
    gaps: list[Gap] = []
    for delivery in deliveries:
        held, problems = look_into(site, delivery, rows, asked)
        verified = None
        if verify:
            verified, told = verify_delivery(site, delivery, held, asked)
            problems += told
        gaps += problems
        if held.records:
            found.append((delivery, held, verified))
    moments = arrivals_of(site.ledger, [delivery for delivery, _, _ in found])
    return Disclosures(
        person=person,
        since=since,
        until=until,
        partner=partner,
        searched=len(deliveries),
        not_arrived=not_arrived,
        files=tuple(_told(site, *one, moments.get(one[0].delivery_id)) for one in found),
        gaps=tuple(gaps),
    )


def _told(
    site: Site,
    delivery: Delivery,
    held: Found,
    verified: bool | None,
    moments: Arrivals | None,
) -> Disclosure:
    arrivals, content = moments or Arrivals(), delivery.content
    name = delivery.sealed.name if delivery.sealed else content.name if content else ""
    return Disclosure(
        delivery_id=delivery.delivery_id,
        partner=delivery.partner,
        interface=f"{delivery.interface}.{delivery.version}",
        business_date=delivery.business_date,
        name=name,
        sha256=content.file_id if content else "",
        state=delivery.state.value,
        delivered=arrivals.delivered,
        acknowledged=arrivals.acknowledged,
        arrived=delivery.arrived or delivery.state in ARRIVED,
        superseded_by=delivery.superseded_by,
        records=held.records,
        fields=tuple(_fields(interface_of_delivery(site, delivery))),
        values=held.rows,
        found_in=held.found_in,
        verified=verified,
    )


def _fields(interface: Interface) -> Iterator[str]:
    """Elementary items of the detail record, those of tables behind the table's name."""
    detail = record_named(load_layout(interface), interface.record(Role.DETAIL).record)
    for item in detail.fields:
        for inner in item.walk():
            if not inner.is_filler:
                yield inner.name if inner is item else f"{item.name}.{inner.name}"
