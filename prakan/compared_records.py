"""The records of one type in two decoded files, paired and compared by DuckDB.

Names in the SQL are columns of the copybook and paths of our own, never text from a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from interfaces.model import Interface, RecordRule
from parsers.arrow_types import ROW_IDENTITY, record_named, record_schema
from parsers.copybook import load_layout
from parsers.layout import Field

FINDINGS = "findings"
"""Name of the findings of a side, beside the 01 names: ``left.findings.parquet``."""

_IDENTITY = {field.name for field in ROW_IDENTITY}


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One differing value. Record numbers are physical, one for each file; ``left`` and
    ``right`` are values as text, None where missing; raw bytes in hexadecimal (``X'…'``) where
    neither file's value can be decoded."""

    record: str
    left_record: int
    right_record: int
    column: str
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class RecordDifferences:
    """What differs among the records of one type. ``columns``: column → records in which it
    differs; ``key``: columns that records were matched by, empty when by position."""

    record: str
    key: tuple[str, ...]
    left: int
    right: int
    added: int
    removed: int
    changed: int
    columns: dict[str, int]

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.changed)


class ComparedRecords:
    """The records of one type of both files, as the tables ``left_rows`` and ``right_rows``."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        interface: Interface,
        rule: RecordRule,
        folder: Path,
    ) -> None:
        """Load ``left.<01 name>.parquet`` and ``right.…`` of ``folder``, and their findings."""
        record = record_named(load_layout(interface), rule.record)
        names = record_schema(record, interface).names
        columns = {item.name: item.column for item in record.walk()}
        self._database = database
        self._rule = rule
        self._key = tuple(columns[name] for name in rule.key)
        self._columns = [n for n in names if n not in _IDENTITY and n not in self._key]
        parts = dict(_column_of_fields(record.fields))
        for side in ("left", "right"):
            self._load(folder, side, parts)
        # Keys that cannot be read are the same where their bytes are.
        same = [
            f"{of('l', c)} IS NOT DISTINCT FROM {of('r', c)}"
            for c in self._key
            for of in (_value, _bytes)
        ]
        on = " AND ".join([*same, "l._turn = r._turn"])
        self._pairs = f"left_rows l FULL JOIN right_rows r ON {on}"

    def summary(self) -> RecordDifferences:
        """Counts of the record type."""
        unlike = [self._unlike(column) for column in self._columns]
        counted = "".join(f", count(*) FILTER ({each})" for each in unlike)
        changed = " OR ".join(f"({each})" for each in unlike) or "false"
        query = (
            "SELECT count(l._record_number), count(r._record_number), "  # noqa: S608
            "count(*) FILTER (l._record_number IS NULL), "
            "count(*) FILTER (r._record_number IS NULL), "
            f"count(*) FILTER ({changed}){counted} FROM {self._pairs}"
        )
        left, right, added, removed, changes, *by_column = self._rows(query)[0]
        return RecordDifferences(
            record=self._rule.record,
            key=self._key,
            left=left,
            right=right,
            added=added,
            removed=removed,
            changed=changes,
            columns={c: n for c, n in zip(self._columns, by_column, strict=True) if n},
        )

    def first(self, limit: int) -> list[FieldDifference]:
        """The first differing values, by record of the left file."""
        branches = [
            f"SELECT l._record_number AS a, r._record_number AS b, {place} AS place, "  # noqa: S608
            f"'{column}' AS name, {_shown('l', column)} AS x, {_shown('r', column)} AS y "
            f"FROM {self._pairs} WHERE {self._unlike(column)}"
            for place, column in enumerate(self._columns)
        ]
        if not branches:
            return []
        query = f"{' UNION ALL '.join(branches)} ORDER BY a, place LIMIT {limit}"
        return [
            FieldDifference(self._rule.record, a, b, name, left, right)
            for a, b, _, name, left, right in self._rows(query)
        ]

    def _load(self, folder: Path, side: str, parts: Mapping[str, str]) -> None:
        """One file's rows, with their turn among those of the same key (among all, without a
        key) and the bytes of values that could not be decoded, by column."""
        self._database.execute("CREATE OR REPLACE TEMP TABLE parts (field TEXT, col TEXT)")
        if parts:
            self._database.executemany("INSERT INTO parts VALUES (?, ?)", list(parts.items()))
        by = [of(at, c) for c in self._key for at, of in (("rows", _value), ("faults", _bytes))]
        partition = f"PARTITION BY {', '.join(by)} " if by else ""
        self._database.execute(
            f"""CREATE OR REPLACE TEMP TABLE {side}_rows AS
            WITH bytes AS (
                SELECT record_number, col, string_agg(hex(raw), ' ' ORDER BY field) AS raw
                FROM read_parquet(?) JOIN parts USING (field)
                WHERE record_type = ? GROUP BY record_number, col
            ), faults AS (
                SELECT record_number, map(list(col), list(raw)) AS _raw
                FROM bytes GROUP BY record_number
            )
            SELECT rows.*, faults._raw,
                   row_number() OVER ({partition}ORDER BY _record_number) AS _turn
            FROM read_parquet(?) AS rows
            LEFT JOIN faults ON faults.record_number = rows._record_number""",  # noqa: S608
            [
                str(folder / f"{side}.{FINDINGS}.parquet"),
                self._rule.record,
                str(folder / f"{side}.{self._rule.record}.parquet"),
            ],
        )

    def _unlike(self, column: str) -> str:
        """SQL: both records are there and differ in a column, in bytes where undecodable."""
        name = _name(column)
        return (
            "l._turn IS NOT NULL AND r._turn IS NOT NULL "
            f"AND (l.{name} IS DISTINCT FROM r.{name} "
            f"OR {_bytes('l', column)} IS DISTINCT FROM {_bytes('r', column)})"
        )

    def _rows(self, query: str) -> list[Any]:
        rows: list[Any] = self._database.execute(query).fetchall()
        return rows


def unreadable_stretches(database: duckdb.DuckDBPyConnection, folder: Path) -> tuple[int, int, int]:
    """Records and stretches of each file that became no row, and how many have no counterpart."""
    sides = [
        "(SELECT code, raw, count(*) AS n "  # noqa: S608
        f"FROM read_parquet('{folder / f'{side}.{FINDINGS}.parquet'}') "
        "WHERE field IS NULL OR code IN ('ODO_COUNT', 'FILE_ENCODING') GROUP BY code, raw)"
        for side in ("left", "right")
    ]
    query = (
        "SELECT coalesce(sum(l.n), 0)::BIGINT, coalesce(sum(r.n), 0)::BIGINT, "  # noqa: S608
        "coalesce(sum(abs(coalesce(l.n, 0) - coalesce(r.n, 0))), 0)::BIGINT "
        f"FROM {sides[0]} l FULL JOIN {sides[1]} r "
        "ON l.code = r.code AND l.raw IS NOT DISTINCT FROM r.raw"
    )
    left, right, unlike = database.execute(query).fetchall()[0]
    return left, right, unlike


def _column_of_fields(fields: Sequence[Field]) -> Iterator[tuple[str, str]]:
    """COBOL name of each elementary field, and the top-level column that it is part of."""
    for item in fields:
        if item.is_group and item.occurs is None:
            yield from _column_of_fields(item.children)
        else:
            yield from ((below.name, item.column) for below in item.walk() if not below.is_filler)


def _name(column: str) -> str:
    return f'"{column}"'


def _value(side: str, column: str) -> str:
    return f"{side}.{_name(column)}"


def _bytes(side: str, column: str) -> str:
    return f"{side}._raw['{column}']"


def _shown(side: str, column: str) -> str:
    """SQL: the value as text, or the bytes that could not be decoded."""
    raw = _bytes(side, column)
    return f"coalesce('X''' || {raw} || '''', {side}.{_name(column)}::TEXT)"
