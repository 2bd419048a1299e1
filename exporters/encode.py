"""Arrow batches → the records of one 01 level, column by column; the mirror of decoding.

The copybook's layout says where every byte goes, the interface what it means. FILLER and what
no field covers is spaces; a null is spaces in text and zeros in numbers, dates and periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.codecs.dates import read_calendar
from exporters.codecs.integers import Integers, read_integers
from exporters.codecs.number import write_digits, write_number
from exporters.codecs.text import write_text
from exporters.completion import check_counters, completed_rows, list_lengths, variable_tables
from exporters.rows import Faults, Rows, field_named, holding, nulls_of, with_descendants
from interfaces.model import FieldRule, FieldType, Interface
from parsers.arrow_types import visible_fields
from parsers.codepages import code_page
from parsers.findings import concat_findings
from parsers.layout import Field, Record

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]

_TILE_ROWS = 8192  # records worked on at once, so that their bytes stay in the cache
_NO_RULE = FieldRule()
_NO_CALENDAR_VALUE = {FieldType.DATE: "ENCODE_OVERFLOW", FieldType.PERIOD: "PERIOD_INVALID"}


@dataclass(frozen=True, slots=True)
class EncodedBlock:
    """Records without framing.

    Fixed records: ``data`` uint8 (records, record length), ``lengths`` None. Records with an
    OCCURS DEPENDING ON: ``data`` uint8 (all bytes), ``lengths`` int64 (records). With
    ``findings`` (FINDINGS_SCHEMA) the data must not be used: refuse the file.
    """

    data: Bytes
    lengths: Int64s | None
    findings: pa.Table


def encode_batch(
    batch: pa.RecordBatch,
    record: Record,
    interface: Interface,
    *,
    file_id: str = "",
    first_record: int = 1,
) -> EncodedBlock:
    """Encode the rows of ``batch`` as ``record``, in order.

    Columns are those of decoding, in any order; further ones are ignored. Fields that tell the
    record type are filled from the declaration, a missing counter of OCCURS DEPENDING ON from
    the length of its list. Values that do not fit give ENCODE_TRUNCATED, ENCODE_UNMAPPABLE,
    ENCODE_OVERFLOW, PERIOD_INVALID or ODO_COUNT; ``file_id`` and ``first_record`` (physical
    number of the first row) appear in them. MissingColumnError and ColumnTypeError when the
    table itself does not match the layout.
    """
    tiles = [
        _encode_tile(
            batch.slice(start, _TILE_ROWS), record, interface, file_id, first_record + start
        )
        for start in range(0, max(batch.num_rows, 1), _TILE_ROWS)
    ]
    if len(tiles) == 1:
        return tiles[0]
    lengths = [tile.lengths for tile in tiles if tile.lengths is not None]
    return EncodedBlock(
        np.concatenate([tile.data for tile in tiles]),
        np.concatenate(lengths) if lengths else None,
        concat_findings(tile.findings for tile in tiles),
    )


def _encode_tile(
    batch: pa.RecordBatch, record: Record, interface: Interface, file_id: str, first_record: int
) -> EncodedBlock:
    encoder = _Encoder(record, interface, Faults(file_id, record.name, first_record))
    rows = completed_rows(batch, record, interface)
    check_counters(rows, record, encoder.faults)
    data = np.full((len(rows), record.length), encoder.page.space, np.uint8)
    if len(rows):
        encoder.write(record.fields, rows, data, 0)
    if record.length == record.min_length:
        return EncodedBlock(data, None, encoder.faults.table())
    lengths = np.full(len(rows), record.length, np.int64)
    for table in variable_tables(record):
        unused = table.maximum - list_lengths(rows.column(table.item))
        lengths -= unused * table.item.length
    keep = np.arange(record.length) < lengths[:, None]
    return EncodedBlock(data[keep], lengths, encoder.faults.table())


class _Encoder:
    """Writes the fields of one record type; one object for each tile."""

    def __init__(self, record: Record, interface: Interface, faults: Faults) -> None:
        self.record = record
        self.interface = interface
        self.faults = faults
        self.page = code_page(interface.file.encoding)

    def write(self, items: Sequence[Field], rows: Rows, out: Bytes, base: int) -> None:
        """Write ``items`` into ``out``, whose first column is the record's byte ``base``.

        Of an original and its redefinitions those are written whose declared condition holds;
        a redefinition without a condition is only another view of the original.
        """
        for item in visible_fields(items, self.interface):
            start = item.offset - base
            area = out[:, start : start + item.total_length]
            conditions = self.interface.redefines.get(item.name)
            if conditions is not None:
                self._write_where(holding(rows, self.record, conditions), item, rows, area)
            elif item.redefines is None:
                self._write_all(item, rows, area)

    def _write_where(
        self, holds: npt.NDArray[np.bool_], item: Field, rows: Rows, area: Bytes
    ) -> None:
        positions = np.flatnonzero(holds)
        if len(positions):
            part = np.full((len(positions), area.shape[1]), self.page.space, np.uint8)
            self._write_all(item, rows.take(positions, self._columns_needed(item)), part)
            area[positions] = part

    def _columns_needed(self, item: Field) -> set[str]:
        """Columns of an item, and those that the conditions of redefinitions within it test."""
        within = list(with_descendants(item))
        tested = (self.interface.redefines.get(each.name, {}) for each in within)
        names = {name for conditions in tested for name in conditions}
        return {each.column for each in within} | {
            field_named(self.record, name).column for name in names
        }

    def _write_all(self, item: Field, rows: Rows, area: Bytes) -> None:
        """All occurrences of an item for all rows."""
        if item.occurs is None:
            self._write_one(item, rows, area)
            return
        column = rows.column(item)
        if not item.occurs.is_variable:
            blank = np.full((1, item.length), self.page.space, np.uint8)
            self._write_one(item, nulls_of(item), blank)
            area[:] = np.tile(blank, item.occurs.maximum)
        lengths = list_lengths(column)
        self.faults.add(
            "ENCODE_OVERFLOW", item, rows, lengths > item.occurs.maximum, pa.array(lengths)
        )
        row = np.repeat(np.arange(len(rows)), lengths)
        place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        if not len(row):
            return
        part = np.full((len(row), item.length), self.page.space, np.uint8)
        self._write_one(item, Rows(_elements(item, column), rows.record[row]), part)
        fits = place < item.occurs.maximum
        cells = area.reshape(len(rows), item.occurs.maximum, item.length, copy=False)
        cells[row[fits], place[fits]] = part[fits]

    def _write_one(self, item: Field, rows: Rows, area: Bytes) -> None:
        """One occurrence of an item for each row."""
        if item.is_group:
            self.write(item.children, rows, area, item.offset)
            return
        column = rows.column(item)
        rule = self.interface.fields.get(item.name, _NO_RULE)
        if rule.type is not None:
            values, wrong = read_calendar(column, rule)
            self.faults.add(_NO_CALENDAR_VALUE[rule.type], item, rows, wrong, column)
        elif item.kind == "text":
            too_long, unmappable = write_text(column, self.page, area)
            self.faults.add("ENCODE_TRUNCATED", item, rows, too_long, column)
            self.faults.add("ENCODE_UNMAPPABLE", item, rows, unmappable, column)
            return
        else:
            values = read_integers(column, max(item.scale, 0))
        overflow = self._write_integers(values, item, area)
        self.faults.add("ENCODE_OVERFLOW", item, rows, overflow, column)

    def _write_integers(self, values: Integers, item: Field, area: Bytes) -> npt.NDArray[np.bool_]:
        if item.kind == "number":
            return write_number(values, item, self.page, area)
        write_digits(values, self.page, area)  # a date in PIC X: its digits as text
        return ~values.fits(item.length, signed=False)


def _elements(item: Field, column: pa.Array) -> dict[str, pa.Array]:
    """Columns of all list elements one after the other: those of a group's children, or one."""
    values = column.flatten()
    if not item.is_group:
        return {item.column: values}
    names = [values.type.field(place).name for place in range(values.type.num_fields)]
    return dict(zip(names, values.flatten(), strict=True))
