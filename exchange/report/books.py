"""The books of a business date in the night's report: closed or not, proof, what is unsettled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from exchange.breaks.ageing import Ageing, ageing
from exchange.report.checks import Check
from exchange.settlement.timing import TimingState, timing_items
from exchange.site import Site
from exchange.status.advice import Said
from ledger.books import check_books, close_of

BOOKS = "books"


@dataclass(frozen=True, slots=True)
class TimingRow:
    """A collector's day of which the bank credited more or less than was collected; satang."""

    collector: str
    collection_date: date
    collected_satang: int
    settled_satang: int
    remaining_satang: int
    state: str


@dataclass(frozen=True, slots=True)
class BookFigures:
    """Books of a business date. ``entries`` and ``moved_satang`` are those of its close, None
    while it is open; ``timing`` leaves out days that are even."""

    closed: bool
    entries: int | None
    moved_satang: int | None
    ageing: Ageing
    timing: tuple[TimingRow, ...]


def book_figures(site: Site, business_date: date) -> BookFigures:
    """What the books of a business date say, as far as they are kept."""
    close = close_of(site.ledger, business_date)
    items = timing_items(site, business_date).to_pylist()
    names = TimingRow.__dataclass_fields__
    return BookFigures(
        closed=close is not None,
        entries=close.postings if close else None,
        moved_satang=close.moved_satang if close else None,
        ageing=ageing(site, business_date),
        timing=tuple(
            TimingRow(**{name: item[name] for name in names})
            for item in items
            if item["state"] != TimingState.CLEARED
        ),
    )


def book_checks(site: Site) -> Iterator[Check]:
    """Every identity of the books that fails, or one line for all that hold."""
    found = check_books(site.ledger)
    failing = [one for one in found if not one.agrees]
    for one in failing:
        left, right = one.left_satang, one.right_satang
        said = f"{one.name} {one.subject}: {left:,} ≠ {right:,} satang"
        yield Check(BOOKS, Said(said, said), agrees=False)
    if not failing:
        yield Check(
            BOOKS,
            Said(f"{len(found):,} identities agree", f"ยอดในสมุดบัญชีตรงกันทั้ง {len(found):,} รายการ"),
            agrees=True,
        )
