"""Records and items without any value: what stands where a table has nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exporters.columnwise import ColumnEncoder
from exporters.completion import told_values
from exporters.rows import Faults, Rows, with_descendants
from interfaces.model import Interface
from parsers.codepages import code_page
from parsers.layout import Field, Record

Bytes = npt.NDArray[np.uint8]


class Blanks:
    """Bytes of one record type with every column null, the record type's own fields filled in.

    ``items`` are the record's visible ones. ``is_writable`` is False when the declaration itself
    gives a value that does not fit its field.
    """

    def __init__(self, record: Record, interface: Interface, items: Sequence[Field]) -> None:
        self._record = record
        self._interface = interface
        self._items = items
        self._space = code_page(interface.file.encoding).space
        self._faults = Faults("", record.name, 0)
        self._encoder = ColumnEncoder(record, interface, self._faults)
        self._known: dict[Field, Bytes] = {}

    @cached_property
    def record(self) -> Bytes:
        """A whole record of the greatest length, uint8 (length)."""
        blank = np.full((1, self._record.length), self._space, np.uint8)
        self._encoder.write(self._items, self._null_row, blank, 0)
        whole: Bytes = blank[0]
        return whole

    @cached_property
    def is_writable(self) -> bool:
        """Whether the blank record is without findings."""
        return len(self.record) > 0 and self._faults.table().num_rows == 0

    def of(self, item: Field) -> Bytes:
        """All occurrences of an item, uint8 (total length)."""
        if item not in self._known:
            part = np.full((1, item.total_length), self._space, np.uint8)
            self._encoder.write_item(item, self._null_row, part)
            self._known[item] = part[0]
        return self._known[item]

    def spaces(self, item: Field) -> Bytes:
        """As many spaces as all occurrences of an item have bytes."""
        return np.full(item.total_length, self._space, np.uint8)

    def cell(self, item: Field) -> Bytes:
        """One occurrence of an item, uint8 (length)."""
        return self.of(replace(item, occurs=None))

    @cached_property
    def _null_row(self) -> Rows:
        every = (each for item in self._record.fields for each in with_descendants(item))
        columns = {each.column: pa.nulls(1) for each in every}
        told = told_values(self._record, self._interface)
        columns |= {name: pa.array([value]) for name, value in told.items()}
        return Rows(columns, np.zeros(1, np.int64))
