"""The night: every motion of one business date in order, for the command line.

Airflow runs the same motions as tasks; here they run in one process. A step that fails does not
keep the others from running where they do not depend on it, and the night says what failed.

Everything that needs no partner is done first, one after the other. Then each partner has a
thread of its own, in which its feeds go out and its returns are reconciled: one that hangs or
fails holds up nobody else. Then the books are closed, those of the business date itself only when
everybody has been reconciled whose money belongs into them. What is made from closed books goes
out, again side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from exchange.books.closing import awaited_partners, close_night, watch_before_closing
from exchange.books.publishing import book_files_due, newest_closed, publish_book_file
from exchange.books.refunds_paid import mark_refunds_paid
from exchange.breaks.releasing import release_held
from exchange.employers.answers import write_answers
from exchange.employers.entering import enter_filings
from exchange.employers.registering import enter_registrations
from exchange.inbound.arrivals import (
    receive_extract,
    receive_filings,
    receive_when_come,
    returning_partners,
)
from exchange.outbound.publish import Prepared, deliver_feed, prepare_feed, told
from exchange.returns.late import take_late_returns
from exchange.returns.reconcile import reconcile_partner
from exchange.site import Site
from exchange.steps import Counts, Line, Step, Told, run_step, side_by_side
from interfaces.model import Kind

__all__ = ["EMPLOYERS", "Night", "Step", "run_night"]

EMPLOYERS: Sequence[tuple[str, Callable[[Site, date], Counts]]] = (
    ("receive registers", receive_when_come),
    ("receive filings", receive_filings),
    ("enter filings", enter_filings),
    ("enter registrations", enter_registrations),
    ("answer employers", write_answers),
)
"""What is done with employers' files, each step on what those before it left."""


@dataclass(frozen=True, slots=True)
class Night:
    """All steps of a business date; ``holiday`` when there was nothing to do.

    Those of one partner stand together, partners in order of their names, whoever was faster.
    """

    business_date: date
    holiday: bool
    steps: tuple[Step, ...]

    @property
    def status(self) -> int:
        """Worst exit status of the steps."""
        return max((step.status for step in self.steps), default=0)


def _silent(_step: Step) -> None:
    """Nobody listens."""


def run_night(site: Site, business_date: date, *, tell: Told = _silent) -> Night:
    """Receive, publish, reconcile, close; ``tell`` hears of each step as it ends, one at a time."""
    if not site.calendar.is_business_day(business_date):
        return Night(business_date, holiday=True, steps=())
    steps: list[Step] = []

    def run(name: str, action: Callable[[], Counts]) -> bool:
        step = run_step(name, action)
        steps.append(step)
        tell(step)
        return step.error is None

    extracts = [i.name for i in site.registry.of_kind(Kind.EXTRACT, on=business_date)]
    arrived = [
        run(f"receive {name}", partial(receive_extract, site, business_date, name))
        for name in extracts
    ]
    lines: dict[str, Line] = {}
    if all(arrived):
        # A filing is judged by the masters, and judged once: not before they are in.
        for name, step in EMPLOYERS:
            run(name, partial(step, site, business_date))
        run("late returns", partial(take_late_returns, site, business_date))
        # By now it is known which credit orders of earlier nights the bank has got.
        run("refunds paid", partial(mark_refunds_paid, site, business_date))
        run("held payments", partial(release_held, site, business_date))
        for feed in site.registry.of_kind(Kind.FEED, on=business_date):
            publish = _publishing(site, business_date, feed.name)
            line = lines.setdefault(feed.partner or "", Line())
            line.to_do.append((f"publish {feed.name}", publish))
    partners = returning_partners(site, business_date)
    for partner in partners:
        reconcile = partial(reconcile_partner, site, business_date, partner)
        lines.setdefault(partner, Line()).to_do.append((_reconciling(partner), reconcile))
    steps += side_by_side([line for _, line in sorted(lines.items())], tell)
    done = {step.name for step in steps if step.error is None}
    awaited = awaited_partners(site, business_date)
    unreached = [partner for partner in awaited if _reconciling(partner) not in done]
    if run("settlement watch", partial(watch_before_closing, site, business_date, unreached)):
        run("close the books", partial(close_night, site, business_date, unreached))
    steps += side_by_side(_book_lines(site, business_date), tell)
    return Night(business_date, holiday=False, steps=tuple(steps))


def _reconciling(partner: str) -> str:
    return f"reconcile {partner}"


def _book_lines(site: Site, business_date: date) -> list[Line]:
    """What closed books owe to each partner, also of earlier days."""
    lines: dict[str, Line] = {}
    closed = newest_closed(site, business_date)
    if closed is None:
        return []
    for interface in book_files_due(site, closed):
        publish = partial(publish_book_file, site, closed, interface.name)
        line = lines.setdefault(interface.partner or "", Line())
        line.to_do.append((f"publish {interface.name}", publish))
    return [line for _, line in sorted(lines.items())]


def _publishing(site: Site, business_date: date, feed: str) -> Callable[[], Counts]:
    """Build a feed now; what is given back brings it to its partner, or fails as this did.

    All feeds are built before any partner's returns of the day are posted, so that what a feed
    says does not depend on which partner was faster.
    """
    prepared = _outcome(partial(prepare_feed, site, business_date, feed))
    return partial(_deliver, site, prepared)


def _deliver(site: Site, prepared: Prepared | Exception) -> Counts:
    if isinstance(prepared, Exception):
        raise prepared
    return told(deliver_feed(site, prepared))


def _outcome(action: Callable[[], Prepared]) -> Prepared | Exception:
    try:
        return action()
    except Exception as error:
        return error
