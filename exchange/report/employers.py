"""Employers in the night's report: what they filed, and what the books of the day moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exchange.employers.declared import filing_interfaces
from exchange.report.checks import Check
from exchange.site import Site
from exchange.status.advice import Said
from exchange.status.filings import DayFiles
from exchange.status.wording import baht
from interfaces.model import FilingSubject
from ledger.employer_day import FiledDay, MovedDay, filed_on, moved_on

FILINGS = "employers"
_SIDES = 2  # employee and employer pay the same
_LINES = """
SELECT count(*), coalesce(sum(CAST(paid_amount * 100 AS BIGINT)), 0)
FROM rows JOIN held ON rows._file_id = held.file_id AND rows.filename = held.part
"""


@dataclass(frozen=True, slots=True)
class EmployerFigures:
    """What employers filed on a business date and what its books say of their accounts."""

    filed: FiledDay
    moved: MovedDay

    @property
    def is_empty(self) -> bool:
        """Whether no employer filed or paid anything."""
        return not self.filed.files and self.moved == MovedDay(0, 0, 0, 0, 0)


def employer_figures(site: Site, business_date: date) -> EmployerFigures:
    """Read from the ledger; nothing is changed."""
    return EmployerFigures(
        filed_on(site.ledger, business_date), moved_on(site.ledger, business_date)
    )


def employer_checks(site: Site, day: DayFiles, figures: EmployerFigures) -> Iterator[Check]:
    """What was entered as filed = the lines stored of the day's files, both sides."""
    if not day.taken.num_rows:
        return
    lines, satang = _stored_lines(site, day.taken)
    filed = figures.filed
    agrees = (filed.persons, filed.contribution_satang) == (lines, _SIDES * satang)
    sign = "=" if agrees else "≠"
    both = baht(_SIDES * satang)
    yield Check(
        FILINGS,
        Said(
            f"entered {filed.persons:,} lines of {baht(filed.contribution_satang)} "
            f"{sign} stored {lines:,} lines of {both}",
            f"บันทึก {filed.persons:,} รายการ {baht(filed.contribution_satang)} "
            f"{sign} จัดเก็บ {lines:,} รายการ {both}",
        ),
        agrees,
    )


def _stored_lines(site: Site, taken: pa.Table) -> tuple[int, int]:
    """Lines in the datasets of accepted contribution files, and employees' shares in satang."""
    names = filing_interfaces(site, FilingSubject.CONTRIBUTIONS)
    held = taken.filter(pc.is_in(taken["interface"], value_set=pa.array(names)))
    held = held.filter(pc.is_valid(held["part_uri"]))
    paths = pc.binary_join_element_wise(str(site.home.root), held["part_uri"], "/")
    existing = sorted(path for path in pc.unique(paths).to_pylist() if Path(path).is_file())
    if not existing:
        return 0, 0
    with duckdb.connect() as engine:
        engine.read_parquet(existing, filename=True, union_by_name=True).create_view("rows")
        engine.register("held", pa.table({"file_id": held["file_id"], "part": paths}))
        lines, satang = engine.sql(_LINES).fetchall()[0]
    return int(lines), int(satang)
