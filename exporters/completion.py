"""What a table leaves out because the declaration knows it: record types and counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from exporters.counters import counters_made
from exporters.rows import Rows, field_named, values_of
from interfaces.model import Interface
from parsers.layout import Record
from parsers.sliding import sliding_level


class CompletedColumns(Mapping[str, pa.Array]):
    """Columns of a batch, and those that it leaves out, made when they are asked for: the fields
    that tell the record type (where one value alone does; they replace columns given). ``made``
    are counters, and lists whose elements have been given theirs."""

    def __init__(
        self,
        batch: pa.RecordBatch,
        told: Mapping[str, pa.Scalar],
        made: Mapping[str, pa.Array],
    ) -> None:
        self._size = batch.num_rows
        self._columns = dict(zip(batch.schema.names, batch.columns, strict=True)) | dict(made)
        self._told = dict(told)
        for name in self._told:
            self._columns.pop(name, None)

    def __getitem__(self, name: str) -> pa.Array:
        if name not in self._columns:
            self._columns[name] = pa.repeat(self._told[name], self._size)
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._columns, **self._told})

    def __len__(self) -> int:
        return len({**self._columns, **self._told})

    def __contains__(self, name: object) -> bool:
        return name in self._columns or name in self._told


def completed_rows(batch: pa.RecordBatch, record: Record, interface: Interface) -> Rows:
    """The rows of ``batch`` with the columns that it leaves out; see :class:`CompletedColumns`.
    MissingColumnError where the lists of an OCCURS DEPENDING ON have none."""
    plan = sliding_level(record)
    told = told_values(record, interface)
    made: Mapping[str, pa.Array] = {}
    if plan is not None:
        given = CompletedColumns(batch, told, {})
        made = counters_made(given, batch.num_rows, plan)
    return Rows(CompletedColumns(batch, told, made), np.arange(batch.num_rows))


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
