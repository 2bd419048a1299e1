"""Returns of earlier days that still lie at a partner: taken in before a feed is worked out.

Counters are open on days on which the agency is not, and a night may have missed its partner.
What was paid then must not be offered again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from exchange.inbound.arrivals import returning_partners
from exchange.returns.reconcile import reconcile_partner
from exchange.site import Site
from interfaces.errors import PrakanError


def take_late_returns(site: Site, business_date: date) -> dict[str, object]:
    """Reconcile every partner's returns of days before the business date.

    By partner, how many payments were newly posted, or the one line that says why it could not
    be asked. A partner that is down does not keep the feeds from the others.
    """
    before = business_date - timedelta(days=1)

    def ask(partner: str) -> object:
        try:
            return reconcile_partner(site, before, partner)["newly_posted"]
        except PrakanError as error:
            return str(error)

    partners = returning_partners(site, business_date)
    with ThreadPoolExecutor(max(1, len(partners))) as threads:  # one that hangs delays no other
        return dict(zip(partners, threads.map(ask, partners), strict=True))
