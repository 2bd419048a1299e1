"""What a table leaves out because the declaration knows it: record types and counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from exporters.codecs.integers import read_integers
from exporters.counters import counters_made
from exporters.rows import Rows, field_named, values_of
from interfaces.model import Interface
from parsers.layout import Record
from parsers.sliding import SlidingLevel, sliding_level


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
        unnamed = _unnamed_lists(batch, plan)
        given = CompletedColumns(batch, told, unnamed)
        made = unnamed | counters_made(given, batch.num_rows, plan)
    return Rows(CompletedColumns(batch, told, made), np.arange(batch.num_rows))


def _unnamed_lists(batch: pa.RecordBatch, plan: SlidingLevel) -> dict[str, pa.Array]:
    """Lists of nulls for tables of a record that hold nothing but FILLER: they have no column,
    and their counters say how often they occur."""
    made: dict[str, pa.Array] = {}
    for table in plan.tables:
        item, counter = table.item, table.counter
        is_named = any(not below.is_filler for below in item.walk())
        if is_named or counter is None or counter.column not in batch.schema.names:
            continue
        counts = read_integers(batch.column(counter.column), 0).low.view(np.int64)
        ends = np.zeros(len(counts) + 1, np.int32)
        np.cumsum(np.clip(counts, 0, table.maximum), out=ends[1:])
        made[item.column] = pa.ListArray.from_arrays(pa.array(ends), pa.nulls(int(ends[-1])))
    return made


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
