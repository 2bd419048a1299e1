"""Refunds paid: what a credit file brought to the bank leaves ``refunds:payable``.

The bank says nothing of a single credit, so a refund counts as paid once the file that orders it
has arrived and as long as the bank does not refuse that file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from exchange.site import Site
from interfaces.model import Kind
from ledger import accounts
from ledger.books import book_day
from ledger.database import writing
from ledger.deliveries import lasting_deliveries
from ledger.delivery import ARRIVED, Delivery, DeliveryState
from ledger.legs import Leg, insert_legs, reverse_leg
from ledger.refund_payments import (
    REFUND_PAID,
    BookedRefund,
    PaidLeg,
    Period,
    refunds_and_payments,
)

#: Refunds of one record and amount are alike: which paid leg pays which of them says nothing.
Alike = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Standing:
    """Refunds that are alike: those in files that the bank has, in files that it may have, and
    the legs that pay them."""

    taken: Sequence[tuple[BookedRefund, Delivery]]
    may_be_taken: int
    paid: Sequence[PaidLeg]


def mark_refunds_paid(site: Site, business_date: date) -> dict[str, object]:
    """Enter as paid what credit files up to the business date ordered; counts for the caller.

    One leg for each refund of a file that arrived, on the first open day of the books; payments of
    a file that the bank's receipt refuses are reversed. A second run changes nothing.
    """
    deliveries = credit_deliveries(site, business_date)
    refused = _periods(deliveries, {DeliveryState.REFUSED})
    legs: list[Leg] = []
    reversed_legs = 0
    with writing(site.ledger, "posting") as connection:
        book_date = book_day(connection, business_date)
        for standing in _standings(connection, deliveries, refused):
            due = standing.taken[: max(len(standing.taken) - len(standing.paid), 0)]
            legs += [_leg(site, refund, delivery, book_date) for refund, delivery in due]
            for paid in standing.paid[standing.may_be_taken :]:
                reverse_leg(
                    connection,
                    paid.file_id,
                    paid.record_number,
                    paid.leg,
                    effective_date=business_date,
                    book_date=book_date,
                    recorded_at=site.clock(),
                    pass_name=REFUND_PAID,
                )
                reversed_legs += 1
        insert_legs(connection, legs, recorded_at=site.clock())
    return {
        "refunds_paid": len(legs),
        "refunds_paid_satang": sum(leg.amount_satang for leg in legs),
        "refunds_taken_back": reversed_legs,
    }


def credit_deliveries(site: Site, up_to: date) -> list[Delivery]:
    """Credit files of business dates up to that one, in their order."""
    kinds = {
        (interface.partner, interface.name)
        for interface in site.registry.all()
        if interface.kind is Kind.CREDIT and interface.partner is not None
    }
    found = [
        delivery
        for partner, name in sorted(kinds)
        for delivery in lasting_deliveries(site.ledger, partner, name)
        if delivery.business_date <= up_to
    ]
    return sorted(found, key=lambda delivery: delivery.business_date)


def _periods(deliveries: Sequence[Delivery], states: set[DeliveryState]) -> list[Period]:
    """Books whose refunds stand in the files of these states that ever arrived."""
    days = [None, *(delivery.business_date for delivery in deliveries)]
    return [
        (before, delivery.business_date)
        for before, delivery in zip(days, deliveries, strict=False)
        if delivery.arrived and delivery.state in states
    ]


def _standings(
    connection: Connection, deliveries: Sequence[Delivery], refused: Sequence[Period]
) -> Iterator[_Standing]:
    refunds, paid = refunds_and_payments(connection, refused)
    taken: Mapping[Alike, list[tuple[BookedRefund, Delivery]]] = defaultdict(list)
    may_be_taken: Counter[Alike] = Counter()
    legs: Mapping[Alike, list[PaidLeg]] = defaultdict(list)
    for one in paid:
        legs[one.file_id, one.record_number, one.amount_satang].append(one)
    for refund in refunds:
        alike = (refund.file_id, refund.record_number, refund.amount_satang)
        delivery = file_ordering(refund, deliveries)
        if delivery is not None and delivery.arrived:
            may_be_taken[alike] += delivery.state is not DeliveryState.REFUSED
            if delivery.state in ARRIVED:
                taken[alike].append((refund, delivery))
    for alike in sorted({*taken, *may_be_taken, *legs}):
        yield _Standing(taken[alike], may_be_taken[alike], legs[alike])


def file_ordering(refund: BookedRefund, deliveries: Sequence[Delivery]) -> Delivery | None:
    """The credit file that orders a refund: the first one made from books that have it."""
    for delivery in deliveries:
        if delivery.business_date >= refund.book_date:
            gone = refund.reversed_on is not None and refund.reversed_on <= delivery.business_date
            return None if gone else delivery
    return None


def _leg(site: Site, refund: BookedRefund, delivery: Delivery, book_date: date) -> Leg:
    return Leg(
        file_id=refund.file_id,
        record_number=refund.record_number,
        national_id=refund.national_id,
        section_code=None,
        option_code=None,
        period=None,
        amount_satang=refund.amount_satang,
        debit_account=accounts.REFUNDS_PAYABLE,
        credit_account=accounts.bank(delivery.partner),
        effective_date=site.calendar.next_business_day(delivery.business_date),
        book_date=book_date,
        pass_name=REFUND_PAID,
    )
