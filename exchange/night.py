"""The night: every motion of one business date in order, for the command line.

Airflow runs the same motions as tasks; here they run in one process. A step that fails does not
keep the others from running where they do not depend on it, and the night says what failed.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from exchange.inbound.arrivals import receive_extract, receive_filings, returning_partners
from exchange.outbound.publish import publish_feed
from exchange.returns.late import take_late_returns
from exchange.returns.reconcile import reconcile_partner
from exchange.site import Site
from interfaces.errors import OutsideFailure, PrakanError
from interfaces.model import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the night: counts when it was done, the error's one line when it failed."""

    name: str
    counts: dict[str, object] | None
    error: str | None = None
    status: int = 0


@dataclass(frozen=True, slots=True)
class Night:
    """All steps of a business date; ``holiday`` when there was nothing to do."""

    business_date: date
    holiday: bool
    steps: tuple[Step, ...]

    @property
    def status(self) -> int:
        """Worst exit status of the steps."""
        return max((step.status for step in self.steps), default=0)


Told = Callable[[Step], None]


def _silent(_step: Step) -> None:
    """Nobody listens."""


def run_night(site: Site, business_date: date, *, tell: Told = _silent) -> Night:
    """Receive, publish and reconcile; ``tell`` hears of each step as it ends."""
    if not site.calendar.is_business_day(business_date):
        return Night(business_date, holiday=True, steps=())
    steps: list[Step] = []

    def run(name: str, action: Callable[[], dict[str, object]]) -> bool:
        try:
            step = Step(name, action())
        except PrakanError as error:
            step = Step(name, None, str(error), error.status)
        except Exception as error:
            # A defect in one step is loud, and does not take the others' work with it.
            traceback.print_exception(error)
            step = Step(name, None, f"a defect of prakan: {error!r}", OutsideFailure.status)
        steps.append(step)
        tell(step)
        return step.error is None

    extracts = [i.name for i in site.registry.of_kind(Kind.EXTRACT, on=business_date)]
    arrived = [
        run(f"receive {name}", partial(receive_extract, site, business_date, name))
        for name in extracts
    ]
    if all(arrived):
        # A filing is judged by the masters, and judged once: not before they are in.
        run("receive filings", partial(receive_filings, site, business_date))
        run("late returns", partial(take_late_returns, site, business_date))
        for feed in site.registry.of_kind(Kind.FEED, on=business_date):
            run(
                f"publish {feed.name}",
                partial(publish_feed, site, business_date, feed.name),
            )
    for partner in returning_partners(site, business_date):
        run(
            f"reconcile {partner}",
            partial(reconcile_partner, site, business_date, partner),
        )
    return Night(business_date, holiday=False, steps=tuple(steps))
