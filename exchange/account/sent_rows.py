"""Looking for a person in the rows kept of the files that were sent.

Rows of a feed lie in order of the ID, and Parquet knows the least and greatest ID of each group of
rows: of each file the footer and one group of one column are read, whatever its size. Where a row
is about many people (a branch and who works there), the IDs of all of them are read, and of a row
nobody else's data is given out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

PERSON_COLUMN = "national_id"
_COUNT = (
    "SELECT filename, count(*) FROM read_parquet($paths, filename = true) WHERE {} GROUP BY ALL"
)
_VALUES = "SELECT * FROM read_parquet($paths) WHERE national_id = $person"
_OWN = "list_filter({}, lambda one: one.national_id = $person)"
_VALUES_AMONG_OTHERS = "SELECT * REPLACE ({} AS {}) FROM read_parquet($paths) WHERE len({}) > 0"


@dataclass(frozen=True, slots=True)
class RowsFound:
    """Number of the person's rows by file (of files that have some); files that are gone or
    damaged; files that name nobody, in whose rows nothing can be looked for."""

    counts: Mapping[Path, int] = field(default_factory=dict)
    missing: frozenset[Path] = frozenset()
    nameless: frozenset[Path] = frozenset()


def find_rows(paths: Sequence[Path], person: str) -> RowsFound:
    """The person's rows in each of the files."""
    missing, nameless = set[Path](), set[Path]()
    searched: dict[str | None, list[Path]] = {}
    for path in paths:
        try:
            schema = pq.read_schema(path)
        except (OSError, pa.ArrowException):
            missing.add(path)
            continue
        people = people_column(schema)
        if PERSON_COLUMN in schema.names or people is not None:
            searched.setdefault(people, []).append(path)
        else:
            nameless.add(path)
    counts: dict[Path, int] = {}
    with duckdb.connect() as engine:
        for people, alike in searched.items():
            try:
                counts |= _count(engine, alike, person, people)
            except duckdb.Error:  # one of them is damaged behind its footer: which?
                for path in alike:
                    try:
                        counts |= _count(engine, [path], person, people)
                    except duckdb.Error:
                        missing.add(path)
    return RowsFound(counts, frozenset(missing), frozenset(nameless))


def people_column(schema: pa.Schema) -> str | None:
    """The column that holds a list of people, each with an ID, where rows are about several."""
    for column in schema:
        if PERSON_COLUMN in schema.names or not pa.types.is_list(column.type):
            continue
        element = column.type.value_type
        if pa.types.is_struct(element) and element.get_field_index(PERSON_COLUMN) >= 0:
            return str(column.name)
    return None


def values_of(path: Path, person: str) -> list[dict[str, object]]:
    """The person's rows in one file, with all their columns; of a row about several people only
    the person's own part of the list."""
    people = people_column(pq.read_schema(path))
    query = _VALUES
    if people is not None:
        own = _OWN.format(_quoted(people))
        query = _VALUES_AMONG_OTHERS.format(own, _quoted(people), own)
    with duckdb.connect() as engine:
        found = engine.execute(query, {"paths": [str(path)], "person": person})
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _count(
    engine: duckdb.DuckDBPyConnection, paths: Sequence[Path], person: str, people: str | None
) -> dict[Path, int]:
    is_own = f"{PERSON_COLUMN} = $person"
    if people is not None:
        is_own = f"len({_OWN.format(_quoted(people))}) > 0"
    given = {"paths": [str(path) for path in paths], "person": person}
    return {
        Path(name): count for name, count in engine.execute(_COUNT.format(is_own), given).fetchall()
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
