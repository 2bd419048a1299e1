"""The night: every motion of one business date in order, for the command line.

Airflow runs the same motions as tasks; here they run in one process. A step that fails does not
keep the others from running where they do not depend on it, and the night says what failed.

Everything that needs no partner is done first, one after the other. Then each partner has a
thread of its own, in which its feeds go out and its returns are reconciled: one that hangs or
fails holds up nobody else.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from exchange.inbound.arrivals import receive_extract, receive_filings, returning_partners
from exchange.outbound.publish import Prepared, deliver_feed, prepare_feed, told
from exchange.returns.late import take_late_returns
from exchange.returns.reconcile import reconcile_partner
from exchange.site import Site
from interfaces.errors import OutsideFailure, PrakanError
from interfaces.model import Kind

Counts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the night: counts when it was done, the error's one line when it failed."""

    name: str
    counts: Counts | None
    error: str | None = None
    status: int = 0


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


Told = Callable[[Step], None]


@dataclass(slots=True)
class _Line:
    """What is to be done with one partner, in order, and what became of it."""

    to_do: list[tuple[str, Callable[[], Counts]]] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)


def _silent(_step: Step) -> None:
    """Nobody listens."""


def run_night(site: Site, business_date: date, *, tell: Told = _silent) -> Night:
    """Receive, publish and reconcile; ``tell`` hears of each step as it ends, one at a time."""
    if not site.calendar.is_business_day(business_date):
        return Night(business_date, holiday=True, steps=())
    steps: list[Step] = []

    def run(name: str, action: Callable[[], Counts]) -> bool:
        step = _run(name, action)
        steps.append(step)
        tell(step)
        return step.error is None

    extracts = [i.name for i in site.registry.of_kind(Kind.EXTRACT, on=business_date)]
    arrived = [
        run(f"receive {name}", partial(receive_extract, site, business_date, name))
        for name in extracts
    ]
    lines: dict[str, _Line] = {}
    if all(arrived):
        # A filing is judged by the masters, and judged once: not before they are in.
        run("receive filings", partial(receive_filings, site, business_date))
        run("late returns", partial(take_late_returns, site, business_date))
        for feed in site.registry.of_kind(Kind.FEED, on=business_date):
            publish = _publishing(site, business_date, feed.name)
            line = lines.setdefault(feed.partner or "", _Line())
            line.to_do.append((f"publish {feed.name}", publish))
    for partner in returning_partners(site, business_date):
        reconcile = partial(reconcile_partner, site, business_date, partner)
        lines.setdefault(partner, _Line()).to_do.append((f"reconcile {partner}", reconcile))
    in_order = [line for _, line in sorted(lines.items())]
    _side_by_side(in_order, tell)
    steps += [step for line in in_order for step in line.done]
    return Night(business_date, holiday=False, steps=tuple(steps))


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


def _side_by_side(lines: Sequence[_Line], tell: Told) -> None:
    """Each line in a thread of its own; returns when all have ended, or raises what ``tell`` did.

    The threads do not keep the process alive: whoever interrupts it need not wait for a partner
    that hangs, and finds *sending* in the ledger as after a crash.
    """
    one_at_a_time = threading.Lock()
    unheard: list[BaseException] = []

    def work(line: _Line) -> None:
        for name, action in line.to_do:
            step = _run(name, action)
            line.done.append(step)
            with one_at_a_time:
                try:
                    tell(step)
                except BaseException as error:  # that nobody listens is no reason not to send
                    unheard.append(error)

    threads = [threading.Thread(target=work, args=(line,), daemon=True) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if unheard:
        raise unheard[0]


def _run(name: str, action: Callable[[], Counts]) -> Step:
    try:
        return Step(name, action())
    except PrakanError as error:
        return Step(name, None, str(error), error.status)
    except Exception as error:
        # A defect in one step is loud, and does not take the others' work with it.
        traceback.print_exception(error)
        return Step(name, None, f"a defect of prakan: {error!r}", OutsideFailure.status)
