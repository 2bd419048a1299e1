"""First in, first out: what a day left over is evened out by opposite differences of later days."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class Item:
    """The difference of one day in satang, what of it remains, and the day that evened it out
    (None while something remains, or where there never was a difference)."""

    day: date
    difference: int
    remaining: int = 0
    cleared_by: date | None = None

    def __post_init__(self) -> None:
        """At first all of it remains."""
        self.remaining = self.difference


def even_out(differences: Sequence[tuple[date, int]]) -> list[Item]:
    """One item a day, in the order of days.

    A difference clears opposite ones of earlier days, the oldest first, in part where it is
    smaller. Nothing is lost: what remains adds up to the differences.
    """
    items = [Item(day, difference) for day, difference in sorted(differences)]
    waiting: deque[Item] = deque()  # all of one sign
    for item in items:
        while waiting and item.remaining * waiting[0].remaining < 0:
            _offset(waiting[0], item)
            if not waiting[0].remaining:
                waiting.popleft()
        if item.remaining:
            waiting.append(item)
    return items


def _offset(earlier: Item, later: Item) -> None:
    cleared = min(abs(earlier.remaining), abs(later.remaining))
    sign = 1 if earlier.remaining > 0 else -1
    earlier.remaining -= sign * cleared
    later.remaining += sign * cleared
    for item, other in ((earlier, later), (later, earlier)):
        if not item.remaining:
            item.cleared_by = other.day
