"""Returns of earlier days that still lie at a partner: taken in before a feed is worked out.

Counters are open on days on which the agency is not, and a night may have missed its partner.
What was paid then must not be offered again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from time import monotonic

from exchange.inbound.arrivals import returning_partners
from exchange.returns.reconcile import reconcile_partner
from exchange.site import Site
from interfaces.errors import PrakanError

PATIENCE = 120.0  # seconds that the feeds of all wait for the slowest partner
STILL_ASKED = "is still being asked; what it returns counts from the next feed on"


def take_late_returns(site: Site, business_date: date) -> dict[str, object]:
    """Reconcile every partner's returns of days before the business date, side by side.

    By partner, how many payments were newly posted, or the one line that says why not. A
    partner that is down or slow does not keep the feeds from the others: after PATIENCE the
    night goes on, and what it returns is posted when it comes.
    """
    before = business_date - timedelta(days=1)

    def ask(partner: str) -> object:
        try:
            return reconcile_partner(site, before, partner)["newly_posted"]
        except PrakanError as error:
            return str(error)

    return _asked(returning_partners(site, business_date), ask)


def _asked(partners: list[str], ask: Callable[[str], object]) -> dict[str, object]:
    """What ``ask`` says of each; a defect in it is raised when all were waited for."""
    said: dict[str, object] = {}
    defects: list[Exception] = []

    def work(partner: str) -> None:
        try:
            said[partner] = ask(partner)
        except Exception as error:
            defects.append(error)

    # They do not keep the process alive: whoever interrupts it need not wait for them.
    threads = [threading.Thread(target=work, args=(name,), daemon=True) for name in partners]
    until = monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    if defects:
        raise defects[0]
    return {partner: said.get(partner, STILL_ASKED) for partner in partners}
