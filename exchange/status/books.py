"""How the books of a business date stand: closed or open, what was made of them, open breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exchange.books.publishing import book_files
from exchange.breaks.ageing import Ageing, ageing
from exchange.site import Site
from interfaces.model import Kind
from ledger.books import last_closed
from ledger.deliveries import deliveries_of, planned_days
from ledger.employer_refund_legs import doubtful_refunds
from ledger.employer_refund_records import PROPOSED, employer_refunds


@dataclass(frozen=True, slots=True)
class BooksLine:
    """The books of a day. ``overdue``: open though a later day has begun. ``missing`` are the
    interfaces of files from closed books of which none was planned yet; credits are not missed,
    since there may be none. ``unsettled`` are the breaks by age at that day,
    ``refunds_proposed`` refunds of employers that wait for a second person now,
    ``refunds_doubtful`` ids of those that can still be cancelled though their month owes again or
    the bank takes money of it back."""

    closed: bool
    overdue: bool
    missing: tuple[str, ...]
    unsettled: Ageing
    refunds_proposed: int
    refunds_proposed_satang: int
    refunds_doubtful: tuple[str, ...]


def books_line(site: Site, business_date: date) -> BooksLine:
    """How the books of a business date stand; of a holiday they are those of the day after it."""
    last = last_closed(site.ledger)
    closed = last is not None and business_date <= last
    planned = planned_days(site.ledger)
    began = planned is not None and planned[0] <= business_date < planned[1]
    made = {delivery.interface for delivery in deliveries_of(site.ledger, business_date)}
    proposed = employer_refunds(site.ledger, state=PROPOSED)
    is_business_day = site.calendar.is_business_day(business_date)
    return BooksLine(
        closed=closed,
        overdue=is_business_day and began and not closed,
        missing=tuple(
            interface.name
            for interface in book_files(site, business_date)
            if is_business_day and interface.kind is not Kind.CREDIT and interface.name not in made
        ),
        unsettled=ageing(site, business_date),
        refunds_proposed=len(proposed),
        refunds_proposed_satang=sum(one.amount_satang for one in proposed),
        refunds_doubtful=tuple(one.refund_id for one in doubtful_refunds(site.ledger)),
    )
