"""The rows being encoded: columns by name, which records they belong to, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from interfaces.errors import PrakanError
from parsers.findings import concat_findings, findings_table
from parsers.layout import Field, Record

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class EncodeError(PrakanError):
    """Rows that cannot be written as declared; ``findings`` says which, and why."""

    status = 1

    def __init__(self, message: str, findings: pa.Table) -> None:
        super().__init__(message)
        self.findings = findings


class MissingColumnError(ValueError):
    """The table has no column for a field: a mistake of the caller, not of the data."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length; ``record`` int64 is the index in the batch of the record that
    each row is part of (several rows of a repeating group belong to one record)."""

    columns: Mapping[str, pa.Array]
    record: Int64s

    def __len__(self) -> int:
        return len(self.record)

    def take(self, positions: Int64s, names: Set[str]) -> Rows:
        """The rows at ``positions``, those of the columns ``names`` that there are."""
        chosen = pa.array(positions)
        columns = {
            name: _taken(self.columns[name], chosen) for name in self.columns if name in names
        }
        return Rows(columns, self.record[positions])

    def column(self, item: Field) -> pa.Array:
        """Column of a field; MissingColumnError when there is none."""
        if item.column not in self.columns:
            raise MissingColumnError(
                f"no column {item.column!r} for field {item.name}; "
                f"columns given: {', '.join(sorted(self.columns))}"
            )
        return self.columns[item.column]


def _taken(column: pa.Array, places: pa.Array) -> pa.Array:
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.utf8())  # Arrow takes nothing out of a view
    return column.take(places)


def nulls_of(item: Field) -> Rows:
    """One row that is null in every field: what fills an occurrence without values."""
    return Rows(
        {each.column: pa.nulls(1) for each in with_descendants(item)}, np.zeros(1, np.int64)
    )


def with_descendants(item: Field) -> Iterator[Field]:
    """The item and everything below it, groups included."""
    yield item
    for child in item.children:
        yield from with_descendants(child)


def holding(rows: Rows, record: Record, conditions: Mapping[str, tuple[str, ...]]) -> Bools:
    """Rows in which every named field has one of its values.

    A number is compared as a number (``"0"`` is 000), text as it is; null holds nowhere.
    """
    holds = np.ones(len(rows), np.bool_)
    for name, values in conditions.items():
        column = rows.column(field_named(record, name))
        if pa.types.is_null(column.type):
            return np.zeros(len(rows), np.bool_)
        holds &= pc.is_in(column, values_of(column.type, values)).to_numpy(zero_copy_only=False)
    return holds


def values_of(kind: pa.DataType, values: tuple[str, ...]) -> pa.Array:
    """Declared values as an array of the column's type."""
    if pa.types.is_integer(kind):
        return pa.array([int(value) for value in values], kind)
    if pa.types.is_decimal(kind):
        return pa.array([Decimal(value) for value in values], kind)
    return pa.array(values, pa.utf8()).cast(kind)


def field_named(record: Record, name: str) -> Field:
    """Elementary field of a record by its COBOL name; KeyError when it has none."""
    for item in record.walk():
        if item.name == name:
            return item
    raise KeyError(f"record {record.name} has no field {name}")


@dataclass(slots=True)
class Faults:
    """Collects findings while the columns of one batch are encoded.

    ``first_record`` is the physical number that the batch's first record has in the file. A
    finding's byte offset is always 0: bytes of a record that cannot be written have no place.
    """

    file_id: str
    record_type: str
    first_record: int
    tables: list[pa.Table] = field(default_factory=list)

    def add(self, code: str, item: Field, rows: Rows, wrong: Bools, values: pa.Array) -> None:
        """A finding for each row marked ``wrong``, with its value as text."""
        if not wrong.any():
            return
        positions = np.flatnonzero(wrong)
        raw = _taken(values, pa.array(positions)).cast(pa.utf8()).cast(pa.binary())
        self.tables.append(
            findings_table(
                file_id=self.file_id,
                code=code,
                record_number=self.first_record + rows.record[positions],
                byte_offset=np.zeros(len(positions), np.int64),
                record_type=self.record_type,
                field=item.name,
                raw=raw,
            )
        )

    def records(self) -> Int64s:
        """Record numbers of all findings so far, ascending."""
        numbers = self.table().column("record_number").to_numpy()
        return np.asarray(numbers, np.int64)

    def table(self) -> pa.Table:
        """All findings so far, by record number."""
        return concat_findings(self.tables)
