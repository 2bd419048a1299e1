"""What a table leaves out because the declaration knows it: record types and counters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import read_integers
from exporters.rows import Faults, Rows, field_named, values_of, with_descendants
from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.layout import Field, Record

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VariableTable:
    """An OCCURS DEPENDING ON: the repeating ``item``, how often, its ``counter`` field."""

    item: Field
    minimum: int
    maximum: int
    counter: Field


class CompletedColumns(Mapping[str, pa.Array]):
    """Columns of a batch, and those that it leaves out, made when they are asked for: the fields
    that tell the record type (where one value alone does; they replace columns given) and the
    counters of ``tables``."""

    def __init__(
        self,
        batch: pa.RecordBatch,
        told: Mapping[str, pa.Scalar],
        tables: Iterable[VariableTable],
    ) -> None:
        self._size = batch.num_rows
        self._columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        self._told = dict(told)
        self._counted = {
            table.counter.column: table
            for table in tables
            if table.counter.column not in self._columns
        }
        for name in self._told:
            self._columns.pop(name, None)

    def __getitem__(self, name: str) -> pa.Array:
        if name not in self._columns:
            self._columns[name] = self._made(name)
        return self._columns[name]

    def _made(self, name: str) -> pa.Array:
        if name in self._told:
            return pa.repeat(self._told[name], self._size)
        return pa.array(list_lengths(self[self._counted[name].item.column]))

    def __iter__(self) -> Iterator[str]:
        return iter({**self._columns, **self._told, **self._counted})

    def __len__(self) -> int:
        return len({**self._columns, **self._told, **self._counted})

    def __contains__(self, name: object) -> bool:
        return name in self._columns or name in self._told or name in self._counted


def completed_rows(batch: pa.RecordBatch, record: Record, interface: Interface) -> Rows:
    """The rows of ``batch`` with the columns that it leaves out; see :class:`CompletedColumns`.
    MissingColumnError where the lists of an OCCURS DEPENDING ON have none."""
    tables = variable_tables(record)
    columns = CompletedColumns(batch, told_values(record, interface), tables)
    rows = Rows(columns, np.arange(batch.num_rows))
    for table in tables:
        rows.column(table.item)
    return rows


def check_counters(rows: Rows, record: Record, faults: Faults) -> None:
    """ODO_COUNT where a counter is not the length of its list, or below the least allowed."""
    for table in variable_tables(record):
        lengths = list_lengths(rows.column(table.item))
        count = read_integers(rows.column(table.counter), 0)
        wrong = (count.low != lengths.view(np.uint64)) | count.negative
        wrong |= lengths < table.minimum
        faults.add("ODO_COUNT", table.counter, rows, wrong, rows.column(table.counter))


def variable_tables(record: Record) -> tuple[VariableTable, ...]:
    """Every OCCURS DEPENDING ON of a record in file order. WrongUse for one within a table."""
    return tuple(_variable_tables(record.fields, record))


def _variable_tables(items: Iterable[Field], record: Record) -> Iterator[VariableTable]:
    for item in items:
        if item.occurs is not None:
            inner = next((each for each in with_descendants(item) if _varies(each, item)), None)
            if inner is not None:
                raise WrongUse(
                    f"{record.name}: {inner.name} occurs depending on a counter within the table "
                    f"{item.name}; such records can be decoded but not encoded"
                )
        if item.occurs is not None and item.occurs.depending_on is not None:
            counter = field_named(record, item.occurs.depending_on)
            yield VariableTable(item, item.occurs.minimum, item.occurs.maximum, counter)
        else:
            yield from _variable_tables(item.children, record)


def _varies(item: Field, table: Field) -> bool:
    return item is not table and item.occurs is not None and item.occurs.is_variable


def list_lengths(column: pa.Array) -> Int64s:
    """Elements of each list, int64; none for null."""
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64)
    lengths: Int64s = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    return lengths


def told_values(record: Record, interface: Interface) -> dict[str, pa.Scalar]:
    """By column, the values of the fields that tell the record type, where one alone does."""
    conditions: Mapping[str, tuple[str, ...]] = next(
        (rule.when for rule in interface.records if rule.record == record.name), {}
    )
    told = {}
    for name, values in conditions.items():
        if len(values) == 1:
            item = field_named(record, name)
            kind = pa.utf8() if item.kind == "text" else pa.decimal128(38, max(item.scale, 0))
            told[item.column] = values_of(kind, values)[0]
    return told
