"""What a business date owes: expected files by the declarations, and what the ledger says of each.

Pure: the same ledger and declarations give the same expectations, whatever the time is. How they
stand at a moment is :func:`exchange.watch.expectation.judged`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from exchange.inbound.arrivals import expected_name
from exchange.site import Site
from exchange.status.masking import hide_ids
from exchange.watch.answers import answers_owed, receipts_owed
from exchange.watch.deadlines import deadlines
from exchange.watch.deliveries import first_arrival
from exchange.watch.expectation import Expectation
from exchange.watch.received import Arrivals, accepted_later, arrivals_of
from interfaces.model import CONFIRMED, FROM_BOOKS, ExpectedRule, Interface, Kind
from ledger.deliveries import deliveries_of, latest_delivered
from ledger.delivery import Delivery, DeliveryState

_RECEIVED = (Kind.EXTRACT, Kind.FILING, Kind.RETURN, Kind.SETTLEMENT)
_SENT = (Kind.FEED, *FROM_BOOKS)


@dataclass(frozen=True, slots=True)
class _Declared:
    """An interface with a deadline."""

    interface: Interface
    rule: ExpectedRule


def expectations(site: Site, business_date: date) -> tuple[Expectation, ...]:
    """Everything that is expected of a business date, met or not, by deadline and subject.

    Interfaces declare it with ``[expected]``: a file a day of an extract, filing, return and
    advice, of a feed and of what is made from closed books (credits where there are any); an answer
    of ours to each return received, a receipt of the partner for each file that arrived and that
    it confirms.
    Nothing is expected for a day that is no business day, except where ``every_day`` is declared.
    CalendarError for a day of a year without declared holidays.
    """
    found = [
        *_received(site, business_date),
        *_sent(site, business_date),
        *_answers(site, business_date),
        *_receipts(site, business_date),
    ]
    return tuple(sorted(found, key=lambda e: (e.due_at, e.subject)))


def _declared(site: Site, business_date: date, kind: Kind) -> list[_Declared]:
    return [
        _Declared(interface, interface.expected)
        for interface in site.registry.of_kind(kind, on=business_date)
        if interface.expected is not None
        and (interface.expected.every_day or site.calendar.is_business_day(business_date))
    ]


def _received(site: Site, day: date) -> Iterator[Expectation]:
    declared = [d for kind in _RECEIVED for d in _declared(site, day, kind)]
    came = arrivals_of(site.ledger, day, {d.interface.name for d in declared})
    # An extract is the whole picture: a newer one makes the missing one needless.
    missing = {
        d.interface.name
        for d in declared
        if d.interface.kind is Kind.EXTRACT and d.interface.name not in came.accepted
    }
    later = accepted_later(site.ledger, day, missing) if missing else {}
    for each in declared:
        settled = "a newer extract" if each.interface.name in later else None
        yield _file(each, day, came, settled)


def _file(each: _Declared, day: date, came: Arrivals, settled_by: str | None) -> Expectation:
    interface = each.interface
    warn_at, due_at = deadlines(each.rule, day)
    return Expectation(
        subject=interface.name,
        kind=interface.kind,
        interface=interface.name,
        partner=interface.partner,
        business_date=day,
        name=expected_name(interface, day),
        warn_at=warn_at,
        due_at=due_at,
        met_at=came.accepted.get(interface.name),
        settled_by=settled_by,
        hindrance="quarantined" if interface.name in came.refused else None,
    )


def _sent(site: Site, day: date) -> Iterator[Expectation]:
    declared = [d for kind in _SENT for d in _declared(site, day, kind)]
    planned = deliveries_of(site.ledger, day) if declared else []
    for each in declared:
        interface = each.interface
        chain = [d for d in planned if _is_feed(d, interface)]
        newest = chain[-1] if chain else None  # by sequence: the one that counts
        if newest is None and interface.kind is Kind.CREDIT:
            continue  # there may be nothing to credit
        is_there = newest is not None and newest.arrived
        met = newest is not None and is_there and newest.state is not DeliveryState.REFUSED
        warn_at, due_at = deadlines(each.rule, day)
        name = newest.content.name if newest and newest.content else expected_name(interface, day)
        yield Expectation(
            subject=interface.name,
            kind=interface.kind,
            interface=interface.name,
            partner=interface.partner,
            business_date=day,
            name=hide_ids(name),
            warn_at=warn_at,
            due_at=due_at,
            met_at=first_arrival(site.ledger, newest.delivery_id) if newest and met else None,
            settled_by=None if met else _replaced_by(site, interface, day),
            hindrance=newest.state.value if newest and not met else None,
            delivery_id=newest.delivery_id if newest else None,
        )


def _is_feed(delivery: Delivery, interface: Interface) -> bool:
    return (
        delivery.interface == interface.name
        and delivery.partner == interface.partner
        and delivery.answers is None
    )


def _replaced_by(site: Site, interface: Interface, day: date) -> str | None:
    """The delivery that makes an undelivered feed needless: one of a later day that arrived.

    Not any that superseded it: the number after it may be of an earlier day, made again. A file
    from closed books is replaced by nothing.
    """
    if interface.partner is None or interface.kind is not Kind.FEED:
        return None
    later = latest_delivered(site.ledger, interface.partner, interface.name, date.max)
    return later.delivery_id if later is not None and later.business_date > day else None


def _answers(site: Site, day: date) -> Iterator[Expectation]:
    for each in _declared(site, day, Kind.ACKNOWLEDGEMENT):
        returns = [
            i
            for i in site.registry.all()
            if i.kind is Kind.RETURN and i.partner == each.interface.partner
        ]
        yield from answers_owed(
            site.ledger, each.interface, each.rule, day, {i.name for i in returns}
        )


def _receipts(site: Site, day: date) -> Iterator[Expectation]:
    for each in _declared(site, day, Kind.RECEIPT):
        confirmed = {
            i.name
            for i in site.registry.all()
            if i.kind in CONFIRMED and i.partner == each.interface.partner
        }
        yield from receipts_owed(site.ledger, each.interface, each.rule, day, confirmed)
