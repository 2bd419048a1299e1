"""Two files of one interface compared, record by record and field by field, column-wise.

Each file is decoded into Parquet, block by block, and the two are joined by DuckDB, which goes
to disk beyond its memory limit: details by their declared key, everything else by position. Of
records that share a key the first meets the first, the second the second.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb

from interfaces.model import Interface
from parsers.arrow_types import decoded_schema, record_named
from parsers.copybook import load_layout
from parsers.decode import decode_file
from parsers.findings import FINDINGS_SCHEMA
from prakan.compared_records import (
    FINDINGS,
    ComparedRecords,
    FieldDifference,
    RecordDifferences,
    unreadable_stretches,
)
from prakan.tables import WriteBatch, new_table

MEMORY_LIMIT = "1GB"


@dataclass(frozen=True, slots=True)
class FileDifferences:
    """Outcome: by record type, the first differing values, and how many records in each file
    could not be decoded at all (``unlike_unreadable`` of them have no counterpart)."""

    records: tuple[RecordDifferences, ...]
    first: tuple[FieldDifference, ...]
    left_unreadable: int
    right_unreadable: int
    unlike_unreadable: int

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.unlike_unreadable) or any(r.any for r in self.records)


def compare_files(
    left: Path, right: Path, interface: Interface, folder: Path, *, limit: int
) -> FileDifferences:
    """Compare two files; ``folder`` takes the decoded data, ``limit`` bounds ``first``."""
    for side, path in (("left", left), ("right", right)):
        _decode(path, interface, folder, side)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(folder),
    }
    with duckdb.connect(config=settings) as database:
        records: list[RecordDifferences] = []
        first: list[FieldDifference] = []
        for rule in interface.records:
            comparison = ComparedRecords(database, interface, rule, folder)
            records.append(comparison.summary())
            first += comparison.first(limit - len(first)) if len(first) < limit else []
        unreadable = unreadable_stretches(database, folder)
    return FileDifferences(tuple(records), tuple(first), *unreadable)


def _decode(path: Path, interface: Interface, folder: Path, side: str) -> None:
    layout = load_layout(interface)
    with ExitStack() as tables:
        writers: dict[str, WriteBatch] = {}
        for rule in interface.records:
            schema = decoded_schema(record_named(layout, rule.record), interface)
            table = new_table(folder / f"{side}.{rule.record}.parquet", schema)
            writers[rule.record] = tables.enter_context(table)
        findings = new_table(folder / f"{side}.{FINDINGS}.parquet", FINDINGS_SCHEMA)
        tell = tables.enter_context(findings)
        for block in decode_file(path, interface, file_id=side):
            for name, batch in block.batches.items():
                writers[name](batch)
            for batch in block.findings.to_batches():
                tell(batch)
