"""Records of one type → an Arrow record batch and the findings of their fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Interface
from parsers.arrow_types import column_type, visible_fields
from parsers.codecs.fault import Bytes, Faults
from parsers.codepages import CodePage
from parsers.fields import decode_field
from parsers.findings import fault_codes, findings_table
from parsers.layout import Field, Occurs, Record
from parsers.projection import projected_schema
from parsers.recognition import by_name, matches, named
from parsers.rows import Ints, Rows, binary_rows
from parsers.sliding import Slide, occurrences

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class _Level:
    """Rows of one level: the records themselves, or the occurrences of a table in them.

    ``origin``: offset in the record at which a row of the first occurrence begins. ``record``
    int64 (n,): place in the batch of the record that each row belongs to; ``parent``: its row
    in the level above. ``applies`` bool (n,): rows that exist under REDEFINES, None for all.
    ``names``: elementary fields of the level. ``in_view``: a REDEFINES without a declared
    condition is above. ``slide``: where things are when the level has tables with DEPENDING ON.
    """

    rows: Rows
    origin: int
    record: Ints
    names: Mapping[str, Field]
    applies: Mask | None = None
    above: _Level | None = None
    parent: Ints | None = None
    in_view: bool = False
    slide: Slide | None = None

    def at(self, offset: int) -> tuple[Rows, int]:
        """Rows that an item at ``offset`` in the layout is to be read from, and the offset at
        which they begin."""
        if self.slide is None:
            return self.rows, self.origin
        starts, origin = self.slide.starts(offset)
        return (self.rows if origin == self.origin else Rows(self.rows.data, starts)), origin

    def matrix(self, item: Field) -> Bytes:
        """Bytes of an elementary item, uint8 (n, length)."""
        rows, origin = self.at(item.offset)
        return rows.matrix(item.offset - origin, item.length)


@dataclass(frozen=True, slots=True)
class _FieldFaults:
    """Faulty values of one field: of which records (places in the batch), their bytes. The field
    may be part of a view: of a REDEFINES without a declared condition."""

    field: str
    in_view: bool
    records: Ints
    raw: pa.Array
    faults: Faults


class RecordDecoder:
    """Decodes the records of one 01 level of an interface."""

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
        self._wanted = frozenset(self._schema.names)
        self._fields = visible_fields(record.fields, interface)
        self._names = by_name(record.fields)

    def decode(
        self,
        rows: Rows,
        numbers: Ints,
        offsets: Ints,
        *,
        file_id: str,
        slide: Slide | None = None,
    ) -> tuple[pa.RecordBatch, list[pa.Table]]:
        """Batch of the rows, and a findings table for each field that has faults.

        ``numbers`` and ``offsets`` int64 (n,): physical record numbers and byte offsets. The
        rows lie wholly inside their block. ``slide``: where the items of records with OCCURS
        DEPENDING ON are; needed for those.
        """
        level = _Level(rows, 0, np.arange(len(rows)), self._names, slide=slide)
        faults: list[_FieldFaults] = []
        arrays = self._columns(self._fields, level, faults, at_top=True)
        identity = [pa.array(numbers, pa.int64()), pa.array(offsets, pa.int64())]
        batch = pa.RecordBatch.from_arrays([*identity, *arrays], schema=self._schema)
        findings = [
            findings_table(
                file_id=file_id,
                code=fault_codes(found.faults, np.full(len(found.faults), found.in_view)),
                record_number=numbers[found.records],
                byte_offset=offsets[found.records],
                record_type=self.record.name,
                field=found.field,
                raw=found.raw,
            )
            for found in faults
        ]
        return batch, findings

    def _columns(
        self,
        fields: Sequence[Field],
        level: _Level,
        faults: list[_FieldFaults],
        *,
        at_top: bool = False,
    ) -> list[pa.Array]:
        arrays: list[pa.Array] = []
        for item in fields:
            is_column = not item.is_group or item.occurs is not None
            if at_top and is_column and item.column not in self._wanted:
                continue
            inside = self._narrowed(item, level)
            if item.occurs is not None:
                arrays.append(self._repeated(item, item.occurs, inside, faults))
            elif item.is_group:
                arrays += self._columns(item.children, inside, faults, at_top=at_top)
            else:
                arrays.append(self._values(inside.matrix(item), item, inside, faults))
        return arrays

    def _values(
        self, matrix: Bytes, item: Field, level: _Level, faults: list[_FieldFaults]
    ) -> pa.Array:
        rule = self._interface.fields.get(item.name)
        array, found = decode_field(
            matrix, item, rule, self._page, level.applies, self._interface.dialect
        )
        places = np.flatnonzero(found)
        if len(places):
            raw = binary_rows(matrix[places])
            faults.append(
                _FieldFaults(item.name, level.in_view, level.record[places], raw, found[places])
            )
        return array

    def _repeated(
        self, item: Field, occurs: Occurs, level: _Level, faults: list[_FieldFaults]
    ) -> pa.Array:
        """list<…> of an item that occurs; null where its REDEFINES condition does not hold."""
        counts = occurrences(item, occurs, len(level.rows), level.slide, level.applies)
        below = None if level.slide is None else level.slide.inside(item.offset)
        if below is None:
            before, origin = level.at(item.offset)
            rows = before.occurrences(item.offset - origin, item.length, counts)
        else:
            rows = Rows(level.rows.data, below.starts(item.offset)[0])
        parent = np.repeat(np.arange(len(level.rows)), counts)
        inside = _Level(
            rows,
            item.offset,
            level.record[parent],
            by_name(item.children),
            None,
            level,
            parent,
            level.in_view,
            below,
        )
        type_ = column_type(item, self._interface)
        if item.is_group:
            children = self._columns(item.children, inside, faults)
            values: pa.Array = pa.StructArray.from_arrays(children, fields=list(type_.value_type))
        else:
            values = self._values(inside.matrix(item), item, inside, faults)
        offsets = np.zeros(len(level.rows) + 1, np.int32)
        np.cumsum(counts, out=offsets[1:])
        nulls = None if level.applies is None else pa.array(~level.applies)
        return pa.ListArray.from_arrays(pa.array(offsets), values, type=type_, mask=nulls)

    def _narrowed(self, item: Field, level: _Level) -> _Level:
        """The level with the rows in which the item's REDEFINES condition holds."""
        conditions = self._interface.redefines.get(item.name)
        if conditions is None:
            return level if item.redefines is None else replace(level, in_view=True)
        applies = np.ones(len(level.rows), np.bool_) if level.applies is None else level.applies
        for name, values in conditions.items():
            applies = applies & self._holds(name, values, level)
        return replace(level, applies=applies)

    def _holds(self, name: str, values: tuple[str, ...], level: _Level) -> Mask:
        """Rows for which a condition holds; its field may be one of a level above."""
        if name not in level.names and level.above is not None and level.parent is not None:
            holds: Mask = self._holds(name, values, level.above)[level.parent]
            return holds
        rows, origin = level.at(named(level.names, name).offset)
        return matches(
            rows, {name: values}, level.names, self._page, origin, self._interface.dialect
        )
