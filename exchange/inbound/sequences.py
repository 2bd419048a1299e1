"""File numbers of inbound files: which never arrived, and which came too late.

The numbers of what a sender gives us are counted as its names carry them: those of a partner's
files over all days, those of an extract within its business date, for each day is a picture of
its own. The first number seen may be any. Files that came in one poll came in the order of their
numbers. A finding about a number is a warning: the file itself is judged by its own contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from exchange.inbound.complaints import Complaint
from interfaces.model import Interface, Kind
from interfaces.names import NameParts, read_name

FILE_SEQUENCE_GAP = "FILE_SEQUENCE_GAP"
FILE_SEQUENCE_LATE = "FILE_SEQUENCE_LATE"

Seen = tuple[str, datetime]
"""A name and when it was first seen."""


def number_complaint(
    interface: Interface, own: NameParts, seen: Sequence[Seen], *, suffix: str = ""
) -> Complaint | None:
    """What is to be said of the number in a file's name (``own``), None when it is the next one.

    ``seen`` are the names of all files of this interface and sender, this one among them;
    ``suffix`` is what names of sealed files end with. The same names and times always give the
    same answer, also when a file is processed again later.
    """
    if own.sequence is None:
        return None
    day = own.business_date if interface.kind is Kind.EXTRACT else None
    times = _times(interface, seen, day, suffix)
    arrived = times.get((own.sequence, own.business_date))
    if arrived is None:
        return None
    earlier = {
        number
        for (number, of_day), at in times.items()
        if (at, number, of_day or date.min) < (arrived, own.sequence, own.business_date or date.min)
    }
    if not earlier:
        return None
    newest = max(earlier)
    if own.sequence <= newest:
        said = f"number={own.sequence:06d} newest={newest:06d}"
        return Complaint(FILE_SEQUENCE_LATE, said)
    missing = range(newest + 1, own.sequence)
    if not missing:
        return None
    return Complaint(FILE_SEQUENCE_GAP, f"missing={_shown(missing)} number={own.sequence:06d}")


def _times(
    interface: Interface, seen: Iterable[Seen], day: date | None, suffix: str
) -> dict[tuple[int, date | None], datetime]:
    """When each number first came; of one day only, if one is given."""
    times: dict[tuple[int, date | None], datetime] = {}
    for name, at in seen:
        parts = _read(interface, name, suffix)
        if parts is None or parts.sequence is None or day not in (None, parts.business_date):
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
