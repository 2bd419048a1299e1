"""Employers' files of a business date that were taken: counted together, never one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from exchange.site import Site
from exchange.status.findings import HELD_SCHEMA, held_findings
from exchange.status.lines import FileLine, file_lines
from interfaces.model import Kind
from ledger.day_files import other_files, taken_files
from ledger.files import FileStanding
from ledger.landing import Direction

_COUNTS = ("records_read", "records_accepted", "records_rejected")


@dataclass(frozen=True, slots=True)
class DayFiles:
    """Files of a business date: ``taken`` are accepted filings (ledger.day_files.TAKEN_SCHEMA),
    ``standings`` all others, in the order of ``lines``."""

    taken: pa.Table
    standings: list[FileStanding]
    lines: list[FileLine]

    @property
    def grouped(self) -> list[FileLine]:
        """A line for the taken filings of each interface, after those of the other files."""
        return [*self.lines, *_lines_of(self.taken)]

    @property
    def held(self) -> pa.Table:
        """Where the findings of all files that came in are: HELD_SCHEMA of the findings."""
        inbound = [s for s in self.standings if s.file.direction is Direction.INBOUND]
        taken = self.taken.select(HELD_SCHEMA.names).cast(HELD_SCHEMA)
        return pa.concat_tables([held_findings(inbound), taken])


def day_files(site: Site, business_date: date) -> DayFiles:
    """What the ledger knows of a business date."""
    names = [i.name for i in site.registry.all() if i.kind is Kind.FILING]
    standings = other_files(site.ledger, business_date, names)
    taken = taken_files(site.ledger, business_date, names)
    return DayFiles(taken, standings, file_lines(site, standings))


def _lines_of(taken: pa.Table) -> list[FileLine]:
    counts = [("file_id", "count"), *((name, "sum") for name in _COUNTS)]
    groups = taken.group_by(["interface", "state"]).aggregate(counts)
    groups = groups.sort_by([("interface", "ascending"), ("state", "ascending")])
    return [
        FileLine(
            name=f"{row['file_id_count']:,} filings",
            file_id=None,
            interface=row["interface"],
            kind=Kind.FILING.value,
            direction=Direction.INBOUND.value,
            partner=None,
            state=row["state"],
            read=row["records_read_sum"],
            accepted=row["records_accepted_sum"],
            rejected=row["records_rejected_sum"],
            refusals=(),
            files=row["file_id_count"],
        )
        for row in groups.to_pylist()
    ]
