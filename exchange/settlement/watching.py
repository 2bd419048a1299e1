"""Breaks of settlement: opened when a difference has been carried long enough, closed when a
later advice evens it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from exchange.settlement.timing import TimingState, timing_items
from exchange.site import Site
from ledger.file_breaks import (
    FileBreak,
    FileBreakCode,
    file_break_events,
    file_breaks,
    record_file_break,
    record_file_break_event,
)

Item = dict[str, Any]  # a row of TIMING_SCHEMA, or of what is told of it

WHO = "prakan"
"""Who resolved a break that an advice evened out: nobody had to."""

RESOLVED, REOPENED = "resolved", "reopened"
_FACTS = ("collected_count", "collected_satang", "settled_count", "settled_satang")


def watch_settlements(site: Site, business_date: date) -> dict[str, object]:
    """Open and close breaks as the books of the business date demand; counts for the caller.

    To be called when the day's returns and advices are in, before its books are closed. What a
    person resolved stays resolved. A later run for an earlier day takes nothing back that a later
    day has found.
    """
    items = timing_items(site, business_date).to_pylist()
    known = {
        one.break_id: one for one in file_breaks(site.ledger, code=FileBreakCode.SETTLEMENT_DIFFERS)
    }
    opened = closed = 0
    for item in items:
        break_id = settlement_break(item["collector"], item["collection_date"])
        found = known.get(break_id)
        if item["state"] == TimingState.BREAK:
            opened += _open(site, business_date, break_id, item, found)
        elif item["state"] == TimingState.CLEARED and found is not None:
            closed += _close(site, business_date, item, found)
    states = [item["state"] for item in items]
    return {
        "days": len(items),
        "carried": states.count(TimingState.CARRIED),
        "carried_satang": _remaining(items, TimingState.CARRIED),
        "breaks": states.count(TimingState.BREAK),
        "breaks_satang": _remaining(items, TimingState.BREAK),
        "opened": opened,
        "closed": closed,
    }


def settlement_break(collector: str, collection_date: date) -> str:
    """Id of the break of that collector's day."""
    return f"settlement.{collector}.{collection_date}"


def _remaining(items: Sequence[Item], state: TimingState) -> int:
    """Satang collected and not credited, less those credited and not collected."""
    return sum(item["remaining_satang"] for item in items if item["state"] == state)


def _open(site: Site, day: date, break_id: str, item: Item, found: FileBreak | None) -> bool:
    told = _told(day, item)
    if found is None:
        fresh = FileBreak(
            break_id=break_id,
            code=FileBreakCode.SETTLEMENT_DIFFERS,
            partner=item["collector"],
            business_date=item["collection_date"],
            file_id=None,
            amount_satang=abs(item["remaining_satang"]),
            detail={"bank": item["bank"], **told},
        )
        return record_file_break(site.ledger, fresh, recorded_at=site.clock())
    last = _last_word(site, found)
    if found.state != RESOLVED or last.get("who") != WHO or _is_later(last, day):
        return False  # what a person explained needs no second look
    detail = {"who": WHO, "reason": "a later advice differs again", **told}
    record_file_break_event(
        site.ledger, break_id, REOPENED, recorded_at=site.clock(), detail=detail
    )
    return True


def _close(site: Site, day: date, item: Item, found: FileBreak) -> bool:
    if found.state == RESOLVED or _is_later(_last_word(site, found), day):
        return False
    by = item["cleared_by"]
    advice = f"the advice of {item['advised']}" if by is None else f"what differs on {by}"
    detail = {
        "who": WHO,
        "reason": f"evened out by {advice}",
        "resolution": "close",
        **_told(day, item),
    }
    record_file_break_event(
        site.ledger, found.break_id, RESOLVED, recorded_at=site.clock(), detail=detail
    )
    return True


def _told(day: date, item: Item) -> Item:
    """As of which business date, what remains, and the numbers that were compared."""
    side = "missing" if item["remaining_satang"] > 0 else "too_much"
    return {
        "as_of": day.isoformat(),
        "side": side if item["remaining_satang"] else "even",
        "remaining_satang": item["remaining_satang"],
        **{name: item[name] for name in _FACTS},
    }


def _last_word(site: Site, found: FileBreak) -> Mapping[str, object]:
    """Detail of the last thing that happened to a break, its finding if nothing did."""
    events = file_break_events(site.ledger, found.break_id)
    return events[-1].detail if events else found.detail


def _is_later(detail: Mapping[str, object], day: date) -> bool:
    """Whether that was said as of a later business date than this one."""
    as_of = detail.get("as_of")
    return isinstance(as_of, str) and date.fromisoformat(as_of) > day
