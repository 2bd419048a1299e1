"""The encoder in numpy: a column at a time, every COBOL type, every kind of column.

It says what encoding means. The compiled encoder is measured against it, leaves to it the fields
that it has no kernel for, and lets it find what is wrong in the rows that it stumbles over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.choice import Choice, chosen, columns_of, families
from exporters.codecs.characters import write_characters
from exporters.codecs.values import write_value
from exporters.lists import list_lengths
from exporters.rows import Faults, Rows, field_named, nulls_of, with_descendants
from interfaces.model import Interface
from parsers.codepages import code_page
from parsers.layout import Field, Record

Bytes = npt.NDArray[np.uint8]


class ColumnEncoder:
    """Writes the fields of one record type and collects what cannot be written in ``faults``."""

    def __init__(self, record: Record, interface: Interface, faults: Faults) -> None:
        self.record = record
        self.interface = interface
        self.faults = faults
        self.page = code_page(interface.file.encoding)

    def write(self, items: Sequence[Field], rows: Rows, out: Bytes, base: int) -> None:
        """Write ``items`` (visible ones only) into ``out``, uint8 (rows, bytes), all spaces
        before, whose first column is the record's byte ``base``."""
        for family in families(items):
            self.write_family(family, rows, out, base)

    def write_family(self, family: Sequence[Field], rows: Rows, out: Bytes, base: int) -> None:
        """Write an original and its redefinitions, or an item alone, as :mod:`exporters.choice`
        has it."""
        for choice in chosen(family, rows, self.record, self.interface):
            start = choice.item.offset - base
            area = out[:, start : start + choice.item.total_length]
            if choice.where is None or choice.where.all():
                self.write_item(choice.item, self._rows_of(choice, rows), area)
            elif choice.where.any():
                positions = np.flatnonzero(choice.where)
                part = np.full((len(positions), area.shape[1]), self.page.space, np.uint8)
                needed = self._columns_needed(choice.item)
                taken = self._rows_of(choice, rows).take(positions, needed)
                self.write_item(choice.item, taken, part)
                area[positions] = part

    def _rows_of(self, choice: Choice, rows: Rows) -> Rows:
        if not choice.blank:
            return rows
        nulls = {name: pa.nulls(len(rows)) for name in columns_of(choice.item)}
        return Rows({**rows.columns, **nulls}, rows.record)

    def _columns_needed(self, item: Field) -> set[str]:
        """Columns of an item, and those that the conditions of redefinitions within it test."""
        within = list(with_descendants(item))
        tested = (self.interface.redefines.get(each.name, {}) for each in within)
        names = {name for conditions in tested for name in conditions}
        return {each.column for each in within} | {
            field_named(self.record, name).column for name in names
        }

    def write_item(self, item: Field, rows: Rows, area: Bytes) -> None:
        """All occurrences of an item for all rows; ``area`` uint8 (rows, total length)."""
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
        self._write_one(item, Rows(elements_of(item, column), rows.record[row]), part)
        fits = place < item.occurs.maximum
        cells = area.reshape(len(rows), item.occurs.maximum, item.length, copy=False)
        cells[row[fits], place[fits]] = part[fits]

    def _write_one(self, item: Field, rows: Rows, area: Bytes) -> None:
        """One occurrence of an item for each row."""
        if item.is_group:
            self.write(item.children, rows, area, item.offset)
            return
        column = rows.column(item)
        rule = self.interface.fields.get(item.name)
        if item.kind == "text" and (rule is None or rule.type is None):
            too_long, unmappable = write_characters(column, item, self.page, area)
            self.faults.add("ENCODE_TRUNCATED", item, rows, too_long, column)
            self.faults.add("ENCODE_UNMAPPABLE", item, rows, unmappable, column)
            return
        found = write_value(column, item, rule, self.interface.dialect, self.page, area)
        for code, wrong in found.items():
            self.faults.add(code, item, rows, wrong, column)


def elements_of(item: Field, column: pa.Array) -> dict[str, pa.Array]:
    """Columns of all list elements one after the other: those of a group's children, or one."""
    return named_elements(item, column.flatten())


def named_elements(item: Field, values: pa.Array) -> dict[str, pa.Array]:
    """Columns of a list's values by the fields that they belong to."""
    if not item.is_group:
        return {item.column: values}
    names = [values.type.field(place).name for place in range(values.type.num_fields)]
    return dict(zip(names, values.flatten(), strict=True))
