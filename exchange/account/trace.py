"""Trace of a person: the months, the money and the standing, each with the bytes behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import sqlalchemy as sa

from exchange.account.deliveries import counted
from exchange.account.entries import AsOf, BrokenPayment, Movement, broken_payments, movements
from exchange.account.filed import FiledMonth, filed_months
from exchange.account.months import History, history_of
from exchange.account.places import byte_offsets
from exchange.account.sent_rows import find_rows
from exchange.account.standings import StandingLine, changes_of
from exchange.site import Site
from ledger import files, schema
from ledger.delivery import Delivery

_EMPLOYEES = "33"
Placed = TypeVar("Placed", Movement, BrokenPayment)


@dataclass(frozen=True, slots=True)
class PersonTrace:
    """All that is known of a person's months; ``filed`` are those of section 33, as employers
    filed them. ``gaps`` are sources that could not be read."""

    person: str
    section: str | None
    as_of: AsOf
    history: History
    movements: tuple[Movement, ...]
    breaks: tuple[BrokenPayment, ...]
    filed: tuple[FiledMonth, ...]
    standing: tuple[StandingLine, ...]
    gaps: tuple[str, ...]


def trace_person(
    site: Site, person: str, *, as_of: AsOf | None = None, section: str | None = None
) -> PersonTrace:
    """What history, ledger, standing and feeds hold of a person; of one section if given.

    ``as_of.booked_to`` is also the last business date of the history and of standing.
    """
    as_of = as_of or AsOf()
    last = as_of.booked_to or date.max
    posting, broken = schema.posting, schema.payment_break
    mine, theirs = [posting.c.national_id == person], [broken.c.national_id == person]
    if section is not None:
        mine.append(posting.c.section_code == section)
        theirs.append(broken.c.section_code == section)
    moved = movements(site.ledger, sa.and_(*mine), as_of)
    broke = broken_payments(site, sa.and_(*theirs), as_of, person=person)
    history = history_of(site, person, last)
    standing, gaps = changes_of(site, person, last)
    if section is not None:
        kept = tuple(month for month in history.months if month.section_code == section)
        history = replace(history, months=kept)
        standing = [line for line in standing if line.section_code == section]
    standing, untold = _told_by(site, person, standing)
    if history.gap is not None:
        gaps.append(history.gap)
    filed: list[FiledMonth] = []
    if section in (None, _EMPLOYEES):
        filed, lost = filed_months(site, person, as_of.booked_to)
        gaps += lost
    return PersonTrace(
        person=person,
        section=section,
        as_of=as_of,
        history=history,
        movements=tuple(_placed(site, moved)),
        breaks=tuple(_placed(site, broke)),
        filed=tuple(filed),
        standing=tuple(standing),
        gaps=(*gaps, *untold),
    )


def _placed(site: Site, found: Sequence[Placed]) -> list[Placed]:
    """The same with the byte offsets of their records."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for one in found:
        numbers[one.file_id].add(one.record_number)
    places = {}
    for file_id, wanted in numbers.items():
        standing = files.find(site.ledger, file_id)
        if standing is not None:
            places[file_id] = byte_offsets(site, standing, wanted)
    return [
        replace(one, byte_offset=places.get(one.file_id, {}).get(one.record_number))
        for one in found
    ]


def _told_by(
    site: Site, person: str, lines: Sequence[StandingLine]
) -> tuple[list[StandingLine], list[str]]:
    """The same with the deliveries whose rows hold the person; and the rows that are gone."""
    days = sorted({line.business_date for line in lines})
    if not days:
        return list(lines), []
    deliveries, _ = counted(site.ledger, since=days[0], until=days[-1])
    kept = {
        site.home.root / one.content.rows_uri: one
        for one in deliveries
        if one.business_date in days and one.content is not None and one.content.rows_uri
    }
    feeds = {path: one for path, one in kept.items() if _tells_standing(site, one)}
    rows = find_rows(list(feeds), person)
    told: dict[tuple[date, str], list[str]] = defaultdict(list)
    for path, one in feeds.items():
        if path in rows.counts:
            for section in _sections(site, one):
                told[one.business_date, section].append(one.delivery_id)
    gone = [f"the rows of {feeds[path].delivery_id} are gone" for path in sorted(rows.missing)]
    return [
        replace(line, told_by=tuple(told[line.business_date, line.section_code])) for line in lines
    ], gone


def _tells_standing(site: Site, delivery: Delivery) -> bool:
    return bool(_sections(site, delivery))


def _sections(site: Site, delivery: Delivery) -> tuple[str, ...]:
    """Sections whose standing a delivery tells, by its declaration."""
    rule = site.registry.get(f"{delivery.interface}.{delivery.version}").publish
    return tuple(rule.where.get("section_code", ())) if rule is not None else ()
