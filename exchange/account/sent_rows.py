"""Looking for a person in the rows kept of the files that were sent.

Rows of a feed lie in order of the ID, and Parquet knows the least and greatest ID of each group of
rows: of each file the footer and one group of one column are read, whatever its size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

PERSON_COLUMN = "national_id"
_COUNT = """
SELECT filename, count(*) FROM read_parquet($paths, filename = true)
WHERE national_id = $person GROUP BY ALL
"""
_VALUES = "SELECT * FROM read_parquet($paths) WHERE national_id = $person"


@dataclass(frozen=True, slots=True)
class RowsFound:
    """Number of the person's rows by file (of files that have some); files that are gone or
    damaged; files that name nobody, in whose rows nothing can be looked for."""

    counts: Mapping[Path, int] = field(default_factory=dict)
    missing: frozenset[Path] = frozenset()
    nameless: frozenset[Path] = frozenset()


def find_rows(paths: Sequence[Path], person: str) -> RowsFound:
    """The person's rows in each of the files."""
    missing, nameless, searched = set[Path](), set[Path](), list[Path]()
    for path in paths:
        try:
            has_person = PERSON_COLUMN in pq.read_schema(path).names
        except (OSError, pa.ArrowException):
            missing.add(path)
            continue
        if has_person:
            searched.append(path)
        else:
            nameless.add(path)
    counts: dict[Path, int] = {}
    with duckdb.connect() as engine:
        try:
            counts = _count(engine, searched, person)
        except duckdb.Error:  # one of them is damaged behind its footer: which?
            for path in searched:
                try:
                    counts |= _count(engine, [path], person)
                except duckdb.Error:
                    missing.add(path)
    return RowsFound(counts, frozenset(missing), frozenset(nameless))


def values_of(path: Path, person: str) -> list[dict[str, object]]:
    """The person's rows in one file, with all their columns."""
    with duckdb.connect() as engine:
        found = engine.execute(_VALUES, {"paths": [str(path)], "person": person})
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _count(
    engine: duckdb.DuckDBPyConnection, paths: Sequence[Path], person: str
) -> dict[Path, int]:
    if not paths:
        return {}
    given = {"paths": [str(path) for path in paths], "person": person}
    return {Path(name): count for name, count in engine.execute(_COUNT, given).fetchall()}
