"""Wage months of section 33 in which employers filed a person, and by which line of which file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.declared import filing_interfaces
from exchange.employers.lines import live_lines
from exchange.site import Site
from interfaces.model import FilingSubject
from ledger.filings import MONTH, filings_of
from ledger.listing import parts_of

COUNTS, REPLACED, WITHDRAWN = "counts", "replaced", "withdrawn"
"""What became of a line: it counts, a later filing took its place, its filing was withdrawn."""

_LINES = """
SELECT _file_id, _record_number, _byte_offset,
       CAST(wages * 100 AS BIGINT), CAST(paid_amount * 100 AS BIGINT)
FROM read_parquet($parts, union_by_name = true) WHERE sso_id = $person
"""


@dataclass(frozen=True, slots=True)
class FiledMonth:
    """One accepted line about the person. ``contribution_satang`` is the employee's share;
    ``byte_offset`` of a spreadsheet is 0, its record number the row."""

    employer_account: str
    employer_branch: str
    period: int
    wage_satang: int
    contribution_satang: int
    state: str
    purpose: str
    file_id: str
    file_name: str
    record_number: int
    byte_offset: int
    business_date: date
    book_date: date


def filed_months(
    site: Site, person: str, booked_to: date | None = None
) -> tuple[list[FiledMonth], list[str]]:
    """Lines of entered filings that name the person, by month, employer and order of filing; and
    what is gone that may hold others. ``booked_to``: as the books stood at the end of that day."""
    names = filing_interfaces(site, FilingSubject.CONTRIBUTIONS)
    paths = [site.home.root / uri for uri in parts_of(site.ledger, names)]
    there = [str(path) for path in paths if path.is_file()]
    gaps = [f"{path.name}: these filings are gone" for path in paths if not path.is_file()]
    if not there:
        return [], gaps
    with duckdb.connect() as engine:
        found = engine.execute(_LINES, {"parts": there, "person": person}).fetchall()
    ids = sorted({line[0] for line in found})
    filings = filings_of(site.ledger, file_ids=ids, booked_to=booked_to)
    live = _live(site, person, filings, booked_to)
    headers = _headers(filings)
    months = [
        month
        for file_id, number, offset, wage, paid in found
        for month in _month(headers.get(file_id, []), live, (number, offset, wage, paid))
    ]
    order = {file_id: place for place, file_id in enumerate(filings["file_id"].to_pylist())}
    key = ("period", "employer_account", "employer_branch")
    months.sort(key=lambda m: (*(getattr(m, name) for name in key), order[m.file_id]))
    return months, gaps


def _live(
    site: Site, person: str, filings: pa.Table, booked_to: date | None
) -> frozenset[tuple[str, int]]:
    """File and record number of the person's lines that count."""
    if not filings.num_rows:
        return frozenset()
    months = filings.select(list(MONTH))
    columns = ("file_id", "record_number", "national_id")
    lines = live_lines(site, months=months, booked_to=booked_to, columns=columns)
    own = lines.filter(pc.equal(lines["national_id"], person))
    pairs = zip(own["file_id"].to_pylist(), own["record_number"].to_pylist(), strict=True)
    return frozenset(pairs)


def _headers(filings: pa.Table) -> Mapping[str, list[dict[str, Any]]]:
    """The filings of each file by their header's record number, ascending."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in filings.sort_by("record_number").to_pylist():
        found.setdefault(row["file_id"], []).append(row)
    return found


def _month(
    headers: list[dict[str, Any]],
    live: frozenset[tuple[str, int]],
    line: tuple[int, int, int, int],
) -> Iterator[FiledMonth]:
    """The line under the last header before it; nothing while its file is not entered."""
    number, offset, wage, paid = line
    above = [row for row in headers if row["record_number"] < number]
    if not above:
        return
    filing = above[-1]
    state = COUNTS if (filing["file_id"], number) in live else REPLACED
    names = ("employer_account", "employer_branch", "period", "purpose", "file_id", "file_name")
    yield FiledMonth(
        **{name: filing[name] for name in (*names, "business_date", "book_date")},
        wage_satang=wage,
        contribution_satang=paid,
        state=WITHDRAWN if filing["withdrawn"] else state,
        record_number=number,
        byte_offset=offset,
    )
