"""File numbers of inbound files: which never arrived, and which came too late.

The numbers of what a sender gives us are counted as its names carry them: those of a partner's
files over all days, those of an extract within its business date, for each day is a picture of
its own. The first number seen may be any. Files that came in one poll came in the order of their
numbers. A finding about a number is a warning: the file itself is judged by its own contents.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import accumulate

from exchange.inbound.complaints import Complaint
from interfaces.model import Interface, Kind
from interfaces.names import NameParts, read_name

FILE_SEQUENCE_GAP = "FILE_SEQUENCE_GAP"
FILE_SEQUENCE_LATE = "FILE_SEQUENCE_LATE"

Seen = tuple[str, datetime]
"""A name and when it was first seen."""

_Came = tuple[datetime, int, date]  # when a number first came, the number, its date


class Numbers:
    """The numbers of one interface and sender: which there are, and in which order they came."""

    def __init__(self, interface: Interface, seen: Sequence[Seen], *, suffix: str = "") -> None:
        """``seen`` are the names of all its files, ``suffix`` is what names of sealed ones end
        with."""
        self._by_day = interface.kind is Kind.EXTRACT
        self._times = _times(interface, seen, suffix)
        self._order: dict[date | None, list[_Came]] = {}
        for (number, day), at in self._times.items():
            self._order.setdefault(self._group(day), []).append((at, number, day or date.min))
        self._newest: dict[date | None, list[int]] = {}
        for group, came in self._order.items():
            came.sort()
            self._newest[group] = list(accumulate((number for _, number, _ in came), max))

    def complaint(self, own: NameParts) -> Complaint | None:
        """What is to be said of the number in a file's name, None when it is the next one.

        The file is among those seen. The same names and times always give the same answer, also
        when a file is processed again later.
        """
        arrived = self._times.get((own.sequence or 0, own.business_date))
        if own.sequence is None or arrived is None:
            return None
        group = self._group(own.business_date)
        this = (arrived, own.sequence, own.business_date or date.min)
        earlier = bisect_left(self._order[group], this)
        if not earlier:
            return None
        newest = self._newest[group][earlier - 1]
        if own.sequence <= newest:
            said = f"number={own.sequence:06d} newest={newest:06d}"
            return Complaint(FILE_SEQUENCE_LATE, said)
        missing = range(newest + 1, own.sequence)
        if not missing:
            return None
        return Complaint(FILE_SEQUENCE_GAP, f"missing={_shown(missing)} number={own.sequence:06d}")

    def _group(self, day: date | None) -> date | None:
        return day if self._by_day else None


def _times(
    interface: Interface, seen: Iterable[Seen], suffix: str
) -> dict[tuple[int, date | None], datetime]:
    """When each number first came."""
    times: dict[tuple[int, date | None], datetime] = {}
    for name, at in seen:
        parts = _read(interface, name, suffix)
        if parts is None or parts.sequence is None:
            continue
        key = (parts.sequence, parts.business_date)
        times[key] = min(at, times.get(key, at))
    return times


def _read(interface: Interface, name: str, suffix: str) -> NameParts | None:
    return read_name(interface.file, name) or (
        read_name(interface.file, name.removesuffix(suffix)) if suffix else None
    )


def _shown(missing: range) -> str:
    """``000002`` or ``000002-000004``."""
    first, last = missing[0], missing[-1]
    return f"{first:06d}" if first == last else f"{first:06d}-{last:06d}"
