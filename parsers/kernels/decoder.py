"""Records of one type → an Arrow record batch and its findings, by compiled kernels.

The counterpart of :class:`parsers.batches.RecordDecoder`, with the same answers for the same
bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Interface
from parsers.codepages import CodePage
from parsers.fields import decode_field
from parsers.kernels.arenas import Arena
from parsers.kernels.faulty import FindingTables
from parsers.kernels.levels import FaultRows, LevelColumns, LevelRows, address_of, padded, run_level
from parsers.kernels.occurrences import AT_ONCE, unfolder
from parsers.kernels.plan import (
    Column,
    CompiledColumn,
    Condition,
    FixedTable,
    LevelPlan,
    NumpyColumn,
    RecordPlan,
    TableColumn,
)
from parsers.layout import Record
from parsers.projection import projected_schema
from parsers.recognition import matches, named
from parsers.rows import Ints, Rows
from parsers.sliding import Slide, occurrences

Mask = npt.NDArray[np.bool_]


@dataclass(eq=False, slots=True)
class _Level:
    """A level being decoded. ``repeats`` int64: how often each row of the level above occurs in
    it, None for the records. ``memory``: where the beginnings of its rows are, if in an arena."""

    plan: LevelPlan
    rows: LevelRows
    above: _Level | None = None
    repeats: Ints | None = None
    memory: Arena | None = None

    def records(self, rows: Ints) -> Ints:
        """The record of each of some rows. Only those with a fault are asked for: to write down
        the record of every element would take longer than finding the elements."""
        if self.above is None or self.repeats is None:
            return rows
        behind = np.cumsum(self.repeats)
        return self.above.records(np.searchsorted(behind, rows, side="right"))


class CompiledRecordDecoder:
    """Decodes the records of one 01 level of an interface, all columns or some."""

    def __init__(
        self,
        record: Record,
        interface: Interface,
        page: CodePage,
        columns: Collection[str] | None = None,
    ) -> None:
        self.record = record
        self._interface = interface
        self._page = page
        self._schema = projected_schema(record, interface, columns)
        self._plan = RecordPlan(record, interface, page, columns)
        self._findings = FindingTables(self._plan.fields, record.name)

    def decode(
        self,
        rows: Rows,
        numbers: Ints,
        offsets: Ints,
        *,
        file_id: str,
        slide: Slide | None = None,
    ) -> tuple[pa.RecordBatch, list[pa.Table]]:
        """As :meth:`parsers.batches.RecordDecoder.decode`."""
        block, starts = padded(rows.data, rows.starts, self.record.length)
        if slide is not None:
            slide = slide.moved(block.moved)
        top = _Level(self._plan.top, LevelRows(block, starts, slide=slide))
        faults: list[FaultRows] = []
        arrays = self._columns(top, faults)
        identity = [_integers(numbers, pa.int64()), _integers(offsets, pa.int64())]
        batch = pa.RecordBatch.from_arrays([*identity, *arrays], schema=self._schema)
        if not faults:
            return batch, []
        table = self._findings.table(
            np.concatenate(faults) if len(faults) > 1 else faults[0],
            rows.data,
            numbers,
            offsets,
            file_id=file_id,
        )
        return batch, [table]

    def _columns(self, level: _Level, faults: list[FaultRows]) -> list[pa.Array]:
        made = []
        for part in level.plan.parts:
            masks = [self._applies(level, conditions) for _, conditions in part.masks]
            made.append(run_level(part, level.rows.at(part.origin), masks))
            found = made[-1].faults
            if len(found):
                if level.above is not None:
                    found[:, 0] = level.records(found[:, 0])
                faults.append(found)
        return [self._column(c, level, made, faults) for c in level.plan.columns]

    def _column(
        self,
        column: Column,
        level: _Level,
        made: list[LevelColumns],
        faults: list[FaultRows],
    ) -> pa.Array:
        if isinstance(column, CompiledColumn):
            return made[column.part].array(column)
        if isinstance(column, FixedTable):
            return _fixed_lists(column, made[column.part])
        if isinstance(column, NumpyColumn):
            return self._by_numpy(column, level, faults)
        return self._repeated(column, level, faults)

    def _by_numpy(self, column: NumpyColumn, level: _Level, faults: list[FaultRows]) -> pa.Array:
        item = column.item
        applies = self._applies(level, column.conditions) if column.conditions else None
        inner = item.offset - level.plan.origin_at(item.offset)
        part = level.rows.at(item.offset)
        matrix = part.rows().matrix(inner, item.length)
        array, found = decode_field(
            matrix, item, column.rule, self._page, applies, self._interface.dialect
        )
        places = np.flatnonzero(found)
        if len(places):
            rows = np.empty((len(places), 4), np.int64)
            rows[:, 0] = level.records(places)
            rows[:, 1] = column.place
            rows[:, 2] = found[places]
            rows[:, 3] = part.starts[places] + inner
            faults.append(rows)
        return array

    def _repeated(
        self,
        column: TableColumn,
        level: _Level,
        faults: list[FaultRows],
    ) -> pa.Array:
        """list<…> of an item that occurs; null where its REDEFINES condition does not hold."""
        item = column.item
        applies = self._applies(level, column.conditions) if column.conditions else None
        repeats = occurrences(item, column.occurs, len(level.rows), level.rows.slide, applies)
        inside, ends = self._unfolded(column, level, repeats)
        values = self._columns(inside, faults)
        array: pa.Array = values[0]
        if item.is_group:
            fields = list(column.type.value_type)
            array = pa.StructArray.from_arrays(values, fields=fields)
        nulls = None if applies is None else pa.array(~applies)
        return pa.ListArray.from_arrays(ends, array, type=column.type, mask=nulls)

    def _unfolded(
        self, column: TableColumn, level: _Level, repeats: Ints
    ) -> tuple[_Level, pa.Array]:
        count, total = len(level.rows), int(repeats.sum())
        item, rows = column.item, level.rows
        arena, memory = Arena(4 * count + 4), Arena(8 * (total + AT_ONCE))
        starts = memory.numbers(0, total, np.int64)
        unfolder()(
            address_of(rows.at(item.offset).starts),
            count,
            address_of(repeats),
            item.offset - level.plan.origin_at(item.offset),
            item.length,
            memory.address,
            arena.address,
        )
        buffers = [None, arena.buffer(0, 4 * count + 4)]
        ends = pa.Array.from_buffers(pa.int32(), count + 1, buffers, 0)
        below = None if rows.slide is None else rows.slide.inside(item.offset)
        if below is not None:
            starts = below.starts(item.offset)[0]
        inside = LevelRows(rows.block, starts, below)
        return _Level(column.level, inside, level, repeats, memory), ends

    def _applies(self, level: _Level, conditions: tuple[Condition, ...]) -> Mask:
        """Rows of a level in which all conditions hold."""
        applies = np.ones(len(level.rows), np.bool_)
        for name, values in conditions:
            applies &= self._holds(name, values, level)
        return applies

    def _holds(self, name: str, values: tuple[str, ...], level: _Level) -> Mask:
        """Rows for which a condition holds; its field may be one of a level above."""
        above, repeats = level.above, level.repeats
        if name not in level.plan.names and above is not None and repeats is not None:
            return np.repeat(self._holds(name, values, above), repeats)
        plan = level.plan
        offset = named(plan.names, name).offset
        return matches(
            level.rows.at(offset).rows(),
            {name: values},
            plan.names,
            self._page,
            plan.origin_at(offset),
            self._interface.dialect,
        )


def _fixed_lists(column: FixedTable, made: LevelColumns) -> pa.Array:
    """list<…> of an item that always occurs equally often."""
    arrays = [made.array(below) for below in column.columns]
    values: pa.Array = arrays[0]
    if column.item.is_group:
        values = pa.StructArray.from_arrays(arrays, fields=list(column.type.value_type))
    ends = np.arange(made.count + 1, dtype=np.int32) * np.int32(column.repeats)
    return pa.ListArray.from_arrays(_integers(ends, pa.int32()), values, type=column.type)


def _integers(values: npt.NDArray[np.signedinteger], type_: pa.DataType) -> pa.Array:
    """Integers as they are in memory. ``pa.array`` would load pandas, to ask whether they are
    an object of its own."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(type_, len(values), buffers, 0)
