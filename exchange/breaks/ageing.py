"""How old unsettled breaks are: number and money by partner, code and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from exchange.breaks.listing import Wanted, filter_of
from exchange.site import Site
from ledger.break_queries import BreakSum, sum_breaks

LAST_DAYS = (1, 7, 30, 90)
"""The greatest age in days of every bucket but the last."""

BUCKETS = ("0–1", "2–7", "8–30", "31–90", "over 90")


@dataclass(frozen=True, slots=True)
class Aged:
    """Number and satang of breaks of one age."""

    count: int
    satang: int


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """Breaks of one partner and code; ``ages`` has one entry for each of BUCKETS."""

    partner: str
    code: str
    owner: str
    ages: tuple[Aged, ...]

    @property
    def total(self) -> Aged:
        """All ages together."""
        return Aged(sum(a.count for a in self.ages), sum(a.satang for a in self.ages))


@dataclass(frozen=True, slots=True)
class Ageing:
    """A row for each partner and code, those with the most money first; and their sums."""

    business_date: date
    buckets: tuple[str, ...]
    rows: tuple[AgeingRow, ...]
    ages: tuple[Aged, ...]

    @property
    def total(self) -> Aged:
        """All breaks together."""
        return Aged(sum(a.count for a in self.ages), sum(a.satang for a in self.ages))


def ageing(site: Site, business_date: date, wanted: Wanted | None = None) -> Ageing:
    """Ages at a business date of breaks that are not settled (or that ``wanted`` names).

    Breaks of later files are left out, so that an old day's table can be made again. What was
    settled meanwhile is not in it.
    """
    chosen = filter_of(site, wanted or Wanted(), business_date)
    if chosen.since_up_to is None:
        chosen = replace(chosen, since_up_to=business_date)
    sums = sum_breaks(site.ledger, chosen, business_date, LAST_DAYS)
    keys = sorted({(one.partner, one.code) for one in sums})
    rows = [
        AgeingRow(
            partner=partner,
            code=code,
            owner=site.catalogue[code].owner or "",
            ages=_ages([s for s in sums if (s.partner, s.code) == (partner, code)]),
        )
        for partner, code in keys
    ]
    rows.sort(key=lambda row: (-row.total.satang, -row.total.count, row.partner, row.code))
    return Ageing(business_date, BUCKETS, tuple(rows), _ages(sums))


def _ages(sums: Sequence[BreakSum]) -> tuple[Aged, ...]:
    return tuple(
        Aged(
            sum(one.count for one in sums if one.bucket == bucket),
            sum(one.satang for one in sums if one.bucket == bucket),
        )
        for bucket in range(len(BUCKETS))
    )
