"""Table files of one record type or of all of them, on their way to a mainframe file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from exporters.preserved import PRESERVED
from exporters.records import RecordsWriter, WrittenRecords
from interfaces.errors import WrongUse
from interfaces.model import Interface
from parsers.arrow_types import RECORD_NUMBER, record_named
from parsers.layout import Record
from parsers.shape import restore
from prakan.layouts import layout_of
from prakan.shapes import refuse_unknown, schema_of, shape_of
from prakan.tables import SUFFIXES, table_batches, table_columns


def record_batches(table: Path, record: Record, interface: Interface) -> Iterator[pa.RecordBatch]:
    """Rows of a table file in the product's shape, whichever of the three shapes it has.

    WrongUse for a column that the record does not have: what cannot be written must not get lost.
    Names with a leading ``_`` are about the row, and those that are not known are left out.
    """
    names = table_columns(table)
    schema = schema_of(shape_of(names, record, interface), record, interface)
    try:
        refuse_unknown(names, schema, record)
    except WrongUse as error:
        raise WrongUse(f"{table.name}: {error}") from None
    if PRESERVED in names:
        schema = schema.append(pa.field(PRESERVED, pa.binary()))
    for batch in table_batches(table, schema):
        yield restore(batch, record, interface)


def write_records(interface: Interface, folder: Path, out: Path) -> WrittenRecords:
    """Write every record of a folder's table files, in the order of their record numbers.

    A file is named like its record type (``REG-MASTER-RECORD.parquet``). WrongUse for a folder
    without one, a file of another name, and a table without record numbers.
    """
    tables = _tables(interface, folder)
    layout = layout_of(interface)
    waiting = {
        name: _Waiting(record_batches(path, record_named(layout, name), interface), path)
        for name, path in tables.items()
    }
    with RecordsWriter(out, interface) as writer:
        while True:
            left = [rows.fill() for rows in waiting.values()]
            if not any(left):
                return writer.close()
            # Up to here no table can have a row that belongs before: each has been read so far.
            until = min(rows.last for rows in waiting.values() if not rows.is_done)
            writer.write({name: rows.take(until) for name, rows in waiting.items()})


class _Waiting:
    """Rows of one table that are read and not yet written."""

    def __init__(self, batches: Iterator[pa.RecordBatch], path: Path) -> None:
        self._batches = batches
        self._path = path
        self._rows: pa.RecordBatch | None = None
        self._empty: pa.RecordBatch = pa.RecordBatch.from_pylist([])

    @property
    def is_done(self) -> bool:
        """Whether nothing waits and nothing is left to read, as of the last :meth:`fill`."""
        return self._rows is None

    @property
    def last(self) -> int:
        """Number of the last row that waits."""
        if self._rows is None:
            raise IndexError("no row waits")
        return int(self._rows.column(RECORD_NUMBER)[-1].as_py())

    def fill(self) -> bool:
        """Read until a row waits; False at the end."""
        while self._rows is None:
            batch = next(self._batches, None)
            if batch is None:
                return False
            if RECORD_NUMBER not in batch.schema.names:
                raise WrongUse(
                    f"{self._path.name} has no column {RECORD_NUMBER}, which tells the order of "
                    "the records; decode the file into a folder, or encode one table alone"
                )
            self._empty = batch.slice(0, 0)
            self._rows = batch if batch.num_rows else None
        return True

    def take(self, until: int) -> pa.RecordBatch:
        """The rows up to a record number."""
        if self._rows is None:
            return self._empty
        numbers = self._rows.column(RECORD_NUMBER).to_numpy(zero_copy_only=False)
        count = int(np.searchsorted(numbers, until, side="right"))
        taken = self._rows.slice(0, count)
        self._rows = self._rows.slice(count) if count < len(numbers) else None
        return taken


def _tables(interface: Interface, folder: Path) -> dict[str, Path]:
    names = {rule.record for rule in interface.records}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in SUFFIXES or path.name.startswith("."):
            continue
        if path.stem not in names:
            raise WrongUse(
                f"{path}: {interface.id} has no record {path.stem}; it has: "
                f"{', '.join(sorted(names))}"
            )
        if path.stem in found:
            raise WrongUse(f"{folder}: two tables of {path.stem}; leave one")
        found[path.stem] = path
    if not found:
        raise WrongUse(f"{folder}: no table file named like a record of {interface.id} is in it")
    return found
