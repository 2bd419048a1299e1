"""Closing: the books of a business date are proven, and nothing is entered in them any more.

Days are closed in their order. A day that has not begun is never closed: whoever mistypes a date
must not shut the books for a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from exchange.employers.lines import due_of
from exchange.inbound.arrivals import expected_name
from exchange.settlement.watching import watch_settlements
from exchange.site import Site
from exchange.watch.received import arrivals_of
from interfaces.errors import WrongUse
from interfaces.model import Kind
from ledger.books import close_books, last_closed
from ledger.deliveries import planned_days

_DAY = timedelta(days=1)
_MOVING = (Kind.RETURN, Kind.SETTLEMENT)


def close_day(site: Site, business_date: date) -> dict[str, object]:
    """Prove and close one day's books; counts for the caller. A closed day stays as it is.

    BooksError names every sum that does not agree; the day is then still open.
    """
    return _close(site, [business_date])


def awaited_partners(site: Site, business_date: date) -> list[str]:
    """Names of the partners whose files of a business date belong into its books: payments, and
    what a bank credited. A receipt moves no money."""
    found = [i for kind in _MOVING for i in site.registry.of_kind(kind, on=business_date)]
    return sorted({i.partner for i in found if i.partner is not None})


def watch_before_closing(
    site: Site, business_date: date, unreached: Sequence[str] = ()
) -> dict[str, object]:
    """Look at the settlements as of each day that :func:`close_night` is about to close."""
    ready, _ = _ready(site, business_date, unreached)
    return {day.isoformat(): watch_settlements(site, day) for day in ready}


def close_night(
    site: Site, business_date: date, unreached: Sequence[str] = ()
) -> dict[str, object]:
    """Close what is open up to a business date, after its partners were asked for what they have.

    The business date itself stays open while a return of that day is expected and has not come,
    or one of the :func:`awaited_partners` was ``unreached``: it belongs into these books. Days
    before it are closed, come what may.
    """
    ready, awaited = _ready(site, business_date, unreached)
    counts = _close(site, ready)
    if unreached and not _is_closed(site, business_date):
        counts["open"] = business_date.isoformat()
        counts["why"] = (
            f"not reconciled: {', '.join(unreached)}; the next night closes this day, or "
            f"`prakan reconcile` and then `prakan books close --date {business_date}`"
        )
    elif awaited:
        counts["open"] = business_date.isoformat()
        counts["waits_for"] = awaited
    return counts


def close_up_to(site: Site, business_date: date) -> dict[str, object]:
    """Close every open day up to a business date, on a person's word that nothing more comes.

    WrongUse for a day that is no business day or has not begun.
    """
    if not site.calendar.is_business_day(business_date):
        raise WrongUse(f"{business_date} is no business day: its entries stand in the next one's")
    days = open_days(site, business_date)
    if business_date not in days and not _is_closed(site, business_date):
        raise WrongUse(
            f"no feed of {business_date} or a later day was planned yet, so that day has not "
            f"begun and is not closed: `prakan run --date {business_date}` first"
        )
    for day in days:
        watch_settlements(site, day)
    return _close(site, days)


def open_days(site: Site, up_to: date) -> list[date]:
    """Business days up to that one whose books are open, the oldest first.

    From the day after the last close, or from the first day of which a feed was planned; never
    beyond the last such day.
    """
    planned = planned_days(site.ledger)
    if planned is None:
        return []
    last = last_closed(site.ledger)
    first = planned[0] if last is None else last + _DAY
    until = min(up_to, planned[1])
    days = (first + timedelta(days=n) for n in range((until - first).days + 1))
    return [day for day in days if site.calendar.is_business_day(day)]


def awaited_returns(site: Site, business_date: date) -> list[str]:
    """Names (as patterns) of the returns of a business date that are expected and not accepted."""
    returns = site.registry.of_kind(Kind.RETURN, on=business_date)
    due = [interface for interface in returns if interface.expected is not None]
    came = arrivals_of(site.ledger, business_date, {i.name for i in due}).accepted
    return [expected_name(i, business_date) for i in due if i.name not in came]


def _is_closed(site: Site, business_date: date) -> bool:
    last = last_closed(site.ledger)
    return last is not None and business_date <= last


def _ready(
    site: Site, business_date: date, unreached: Sequence[str]
) -> tuple[list[date], list[str]]:
    """Days to close now, and the returns for which the last open one waits."""
    due = open_days(site, business_date)
    awaited = awaited_returns(site, business_date) if business_date in due else []
    is_whole = not unreached and not awaited
    return [day for day in due if day < business_date or is_whole], awaited


def _close(site: Site, days: list[date]) -> dict[str, object]:
    closed = [
        close_books(site.ledger, day, recorded_at=site.clock(), due_of=partial(due_of, site))
        for day in days
    ]
    return {
        "closed": [one.business_date.isoformat() for one in closed],
        "postings": sum(one.postings for one in closed),
        "moved_satang": sum(one.moved_satang for one in closed),
    }
