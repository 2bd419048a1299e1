"""The files made from closed books: each closed day has its own, and they go out in order.

A later one replaces no earlier one and does not go before it. Closed books do not change, so a
file that was planned and not built before a crash is built after it from the same entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from exchange.outbound.building import file_rows
from exchange.outbound.deliver import has_arrived
from exchange.outbound.publish import deliver_feed, plan, prepare
from exchange.site import Site
from interfaces.errors import PrakanError, WrongUse
from interfaces.model import FROM_BOOKS, Interface, Kind
from ledger.books import closes, last_closed
from ledger.deliveries import lasting_deliveries
from ledger.delivery import Delivery


def book_files(site: Site, business_date: date) -> list[Interface]:
    """The interfaces of files from closed books in force on a business date, by name."""
    found = [i for kind in FROM_BOOKS for i in site.registry.of_kind(kind, on=business_date)]
    return sorted(found, key=lambda interface: interface.name)


def newest_closed(site: Site, up_to: date) -> date | None:
    """The newest closed day up to that one; None where there is none."""
    days = [close.business_date for close in closes(site.ledger)]
    return max((day for day in days if day <= up_to), default=None)


def book_files_since(site: Site, business_date: date) -> list[Interface]:
    """The same with those that have ended by then, whose last files may not be there yet: of each
    the last version that came into force up to that day, by name."""
    found: dict[str, Interface] = {}
    for interface in sorted(site.registry.all(), key=lambda i: (i.name, i.valid_from)):
        if interface.kind in FROM_BOOKS and interface.valid_from <= business_date:
            found[interface.name] = interface
    return list(found.values())


def book_files_due(site: Site, closed_day: date) -> list[Interface]:
    """Those of which that closed day, or one before it, has not been given to its partner.

    Whether a day has any credits to order is not asked here.
    """
    found = book_files_since(site, closed_day)
    return [i for i in found if next(_due(site, i, closed_day), None) is not None]


def publish_book_file(site: Site, business_date: date, name: str) -> dict[str, object]:
    """Bring a closed day's file to its partner, and before it those of earlier closed days.

    Each is numbered, built once and delivered once; what is there is not sent again. A file of
    credits without a credit is not made. WrongUse while the day is open; as
    :func:`exchange.outbound.publish.deliver_feed` where the partner does not take one: those
    after it wait.
    """
    require_closed(site, business_date)
    known = {interface.name: interface for interface in book_files_since(site, business_date)}
    interface = known.get(name) or site.registry.get(name, on=business_date)
    if interface.kind not in FROM_BOOKS:
        raise WrongUse(f"{interface.id} is a {interface.kind}: it is not made from closed books")
    delivered: list[Delivery] = []
    sent = 0
    trouble: PrakanError | None = None
    for day in list(_due(site, interface, business_date)):
        version = site.registry.get(name, on=day)
        if _is_needless(site, version, day):
            continue
        prepared = prepare(site, version, plan(site, version, day))
        try:
            published = deliver_feed(site, prepared)
        except PrakanError as error:
            if prepared.delivery.holds_up:
                raise
            trouble = trouble or error  # it was there once: sent again, it holds up nobody
            continue
        delivered.append(published.outcome.delivery)
        sent += published.outcome.sent
    if trouble is not None:
        raise trouble
    return {
        "deliveries": [delivery.delivery_id for delivery in delivered],
        "sent": sent,
    }


def require_closed(site: Site, business_date: date) -> None:
    """WrongUse while the books of that day are open."""
    last = last_closed(site.ledger)
    if last is None or last < business_date:
        raise WrongUse(
            f"no file is made of {business_date}: the books of that day are open; "
            f"`prakan books close --date {business_date}` closes them"
        )


def _due(site: Site, interface: Interface, up_to: date) -> Iterator[date]:
    """Closed days in their order whose file is not there: begun and not arrived, or not begun.

    Days before the newest that has a number are decided: no number is taken for them any more.
    """
    partner = site.partner(interface.partner).name
    begun = lasting_deliveries(site.ledger, partner, interface.name)
    yield from (d.business_date for d in begun if not has_arrived(d) and d.business_date <= up_to)
    newest = max((d.business_date for d in begun), default=date.min)
    for close in closes(site.ledger):
        day = close.business_date
        if newest < day <= up_to and _in_force(site, interface.name, day):
            yield day


def _in_force(site: Site, name: str, day: date) -> bool:
    return any(interface.name == name for interface in book_files(site, day))


def _is_needless(site: Site, interface: Interface, day: date) -> bool:
    """An order to credit nothing is no order; a statement of nothing is one."""
    return interface.kind is Kind.CREDIT and file_rows(site, interface, day).table.num_rows == 0
