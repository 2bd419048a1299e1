"""Timing items: what a collector took on a day against what the bank credited for that day.

Payments after the bank's cut-off are credited with the next advice: their money is carried until
then. A difference that a whole declared time does not even out is a break.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow as pa

from exchange.settlement.clearing import even_out
from exchange.site import Site
from insurance.holidays import BusinessCalendar
from interfaces.model import Kind
from ledger.settled import collected_and_settled


class TimingState(StrEnum):
    """How the difference of a collection day stands."""

    CLEARED = "cleared"  # there is none, or opposite ones of other days even it out
    CARRIED = "carried"  # its time is not over
    BREAK = "break"


TIMING_SCHEMA = pa.schema(
    [
        pa.field("bank", pa.string(), nullable=False),  # partner whose advices are compared
        pa.field("collector", pa.string(), nullable=False),
        pa.field("collection_date", pa.date32(), nullable=False),
        pa.field("collected_count", pa.int64(), nullable=False),
        pa.field("collected_satang", pa.int64(), nullable=False),
        pa.field("settled_count", pa.int64(), nullable=False),
        pa.field("settled_satang", pa.int64(), nullable=False),
        pa.field("difference_satang", pa.int64(), nullable=False),  # collected less settled
        pa.field("remaining_satang", pa.int64(), nullable=False),  # not evened out by other days
        pa.field("advised", pa.date32()),  # business date of the last advice about the day
        pa.field("cleared_by", pa.date32()),  # other day whose difference evened it out
        pa.field("state", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A collector that a bank's advices speak of: since when, and how many business days a
    difference is carried."""

    bank: str
    collector: str
    since: date
    carry_days: int


def compared(site: Site, up_to: date) -> list[Compared]:
    """Every collector that an interface which has come into force by then settles, by name."""
    rules: dict[str, Compared] = {}
    for interface in sorted(site.registry.all(), key=lambda i: (i.valid_from, i.id)):
        rule, bank = interface.settlement, interface.partner
        if interface.kind is not Kind.SETTLEMENT or rule is None or bank is None:
            continue
        if interface.valid_from > up_to:
            continue
        for collector in rule.collectors.values():
            first = rules.get(collector)
            since = interface.valid_from if first is None else first.since
            rules[collector] = Compared(bank, collector, since, rule.carry_days)
    return [rules[collector] for collector in sorted(rules)]


def timing_items(site: Site, up_to: date) -> pa.Table:
    """TIMING_SCHEMA: one row for each collector and day since its settlement is advised, as the
    books of ``up_to`` show it; by collector and day."""
    rows = [row for one in compared(site, up_to) for row in _items(site, one, up_to)]
    return pa.Table.from_pylist(rows, schema=TIMING_SCHEMA)


def last_carried(day: date, carry_days: int, calendar: BusinessCalendar) -> date:
    """Last day on which a difference of a collection day is only a timing item."""
    for _ in range(carry_days):
        day = calendar.next_business_day(day)
    return day


def _items(site: Site, one: Compared, up_to: date) -> Iterator[dict[str, Any]]:
    days = collected_and_settled(site.ledger, one.collector, up_to).to_pylist()
    rows = {row["collection_date"]: row for row in days if row["collection_date"] >= one.since}
    differences = [
        (day, row["collected_satang"] - row["settled_satang"]) for day, row in rows.items()
    ]
    for item in even_out(differences):
        yield {
            **rows[item.day],
            "bank": one.bank,
            "collector": one.collector,
            "difference_satang": item.difference,
            "remaining_satang": item.remaining,
            "cleared_by": item.cleared_by,
            "state": _state(site, one, item.day, item.remaining, up_to).value,
        }


def _state(site: Site, one: Compared, day: date, remaining: int, up_to: date) -> TimingState:
    if not remaining:
        return TimingState.CLEARED
    if up_to <= last_carried(day, one.carry_days, site.calendar):
        return TimingState.CARRIED
    return TimingState.BREAK
