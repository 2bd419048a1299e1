"""What a table leaves out because the declaration knows it: record types and counters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exporters.codecs.integers import read_integers
from exporters.rows import Faults, Rows, field_named, values_of
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


def completed_rows(batch: pa.RecordBatch, record: Record, interface: Interface) -> Rows:
    """The rows of ``batch``, with the fields that tell the record type (where one value alone
    does) and with the counter of every OCCURS DEPENDING ON that has no column."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns |= _type_columns(record, interface, batch.num_rows)
    rows = Rows(columns, np.arange(batch.num_rows))
    for table in variable_tables(record):
        lengths = pa.array(list_lengths(rows.column(table.item)))
        columns.setdefault(table.counter.column, lengths)
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
    """Every OCCURS DEPENDING ON of a record. Copybooks are read so that none stands inside a
    table and nothing follows it."""
    return tuple(_variable_tables(record.fields, record))


def _variable_tables(items: Iterable[Field], record: Record) -> Iterator[VariableTable]:
    for item in items:
        if item.occurs is not None and item.occurs.depending_on is not None:
            counter = field_named(record, item.occurs.depending_on)
            yield VariableTable(item, item.occurs.minimum, item.occurs.maximum, counter)
        else:
            yield from _variable_tables(item.children, record)


def list_lengths(column: pa.Array) -> Int64s:
    """Elements of each list, int64; none for null."""
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64)
    lengths: Int64s = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    return lengths


def _type_columns(record: Record, interface: Interface, size: int) -> dict[str, pa.Array]:
    conditions: Mapping[str, tuple[str, ...]] = next(
        (rule.when for rule in interface.records if rule.record == record.name), {}
    )
    columns = {}
    for name, values in conditions.items():
        if len(values) == 1:
            item = field_named(record, name)
            kind = pa.utf8() if item.kind == "text" else pa.decimal128(38, max(item.scale, 0))
            columns[item.column] = pa.repeat(values_of(kind, values)[0], size)
    return columns
