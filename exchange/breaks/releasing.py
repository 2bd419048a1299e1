"""Held money goes to its month once that has begun: a step of every night."""

from __future__ import annotations

from datetime import date

from exchange.breaks.terms import known_of, persons_of, terms_of
from exchange.site import Site
from ledger.break_events import moves_of
from ledger.breaks import OPEN
from ledger.holding import RELEASED_BY, held_breaks, release
from ledger.resolution_terms import By

Counts = dict[str, object]


def release_held(site: Site, business_date: date) -> Counts:
    """Enter the money of every break whose month has begun by the business date.

    A break whose month was paid meanwhile is reopened with that reason: somebody decides anew.
    Run again it finds nothing left to do. Counts: ``released``, ``released_satang``,
    ``reopened``.
    """
    waiting = held_breaks(site.ledger, business_date)
    if not waiting:
        return {"released": 0, "released_satang": 0, "reopened": 0}
    persons = persons_of(move for broken in waiting for move in moves_of(broken))
    known = known_of(site, business_date, persons)
    released = satang = reopened = 0
    for broken in waiting:
        by = By(RELEASED_BY, "the month has begun", business_date, site.clock())
        settled = release(site.ledger, broken.key, by, terms_of(site, broken, known.paid))
        if settled.legs:
            released += 1
            satang += broken.amount_satang
        elif settled.state == OPEN:
            reopened += 1
    return {"released": released, "released_satang": satang, "reopened": reopened}
