"""One pass over a file for ``prakan decode``: rows to their tables, findings, the first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from exporters.preserved import PRESERVED, preserved_originals
from interfaces.catalogue import load_catalogue
from interfaces.errors import WrongUse
from interfaces.model import Framing, Interface
from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER, record_named
from parsers.decode import ORIGINAL, decode_file
from parsers.findings import FINDINGS_SCHEMA
from parsers.layout import Record
from prakan.layouts import layout_of
from prakan.progress import Progress
from prakan.shapes import Shape, reshape, schema_of
from prakan.shown_findings import Describer, FindingCounts
from prakan.tables import WriteBatch, as_text, new_table


class Decoding:
    """Rows of the record types ``names`` of one file."""

    def __init__(
        self,
        interface: Interface,
        names: Sequence[str],
        *,
        keep: int,
        shape: Shape,
        columns: Sequence[str] | None = None,
        preserve: bool = False,
    ) -> None:
        layout = layout_of(interface)
        self.interface = interface
        self.records = {name: record_named(layout, name) for name in names}
        self.counts = FindingCounts(limit=10)
        self.rows = dict.fromkeys(names, 0)
        self.records_read = self.bytes_read = 0
        self.first: list[tuple[Record, dict[str, Any], bytes]] = []
        """The first rows in file order, with their record's bytes."""
        self._shape: Shape = shape
        self._keep = keep
        self._columns = columns
        self._preserve = preserve
        for record in self.records.values():
            self._schema(record)  # a column that is not there is told before the file is read

    def read(self, path: Path, outs: Mapping[str, Path], findings: Path | None) -> None:
        """Stream the file; memory does not grow with it. ``outs``: record → table file."""
        describer = Describer(self.interface, load_catalogue(), "en")
        with ExitStack() as open_:
            write = {
                name: open_.enter_context(new_table(out, self._schema(self.records[name])))
                for name, out in outs.items()
            }
            tell = open_.enter_context(new_table(findings, FINDINGS_SCHEMA)) if findings else None
            progress = open_.enter_context(Progress(path.name, path.stat().st_size))
            for block in decode_file(
                path,
                self.interface,
                file_id=path.name,
                columns=self._columns,
                records=tuple(self.records),
                originals=self._preserve or self._keep > 0,
            ):
                self.counts.add(block.findings, describer)
                self.records_read += block.records_read
                self.bytes_read += block.bytes_read
                progress.add(block.bytes_read)
                if tell is not None:
                    for found in block.findings.to_batches():
                        tell(found)
                self._take(block.batches)
                for name, record in self.records.items():
                    if name in block.batches:
                        self._write(block.batches[name], record, write.get(name))

    def _schema(self, record: Record) -> pa.Schema:
        schema = schema_of(self._shape, record, self.interface)
        if self._columns is not None:
            unknown = set(self._columns) - set(schema_of("lists", record, self.interface).names)
            if unknown:
                raise WrongUse(
                    f"{record.name} has no column {min(unknown)!r}; it has: "
                    f"{', '.join(schema_of('lists', record, self.interface).names)}"
                )
            few = schema_of("lists", record, self.interface)
            wanted = {RECORD_NUMBER, BYTE_OFFSET, *self._columns}
            few = pa.schema([field for field in few if field.name in wanted])
            empty = pa.RecordBatch.from_pylist([], schema=few)
            schema = reshape(self._shape)(empty, record, self.interface).schema
        if self._preserve:
            schema = schema.append(pa.field(PRESERVED, pa.binary()))
        return schema

    def _write(self, batch: pa.RecordBatch, record: Record, write: WriteBatch | None) -> None:
        self.rows[record.name] += batch.num_rows
        if write is None:
            return
        shaped = batch
        if ORIGINAL in batch.schema.names:
            shaped = batch.drop_columns([ORIGINAL])
        plain = shaped
        shaped = reshape(self._shape)(shaped, record, self.interface)
        if self._preserve:
            kept = preserved_originals(plain, batch.column(ORIGINAL), record, self.interface)
            shaped = shaped.append_column(pa.field(PRESERVED, pa.binary()), kept)
        write(shaped)

    def _take(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Keep the first rows of all types, in file order."""
        room = self._keep - len(self.first)
        if room <= 0:
            return
        found = []
        for name, record in self.records.items():
            if name in batches:
                few = batches[name].slice(0, room)
                originals = few.column(ORIGINAL).to_pylist()
                if self.interface.file.framing is Framing.XLSX:
                    originals = [b""] * few.num_rows  # cells have no places in a record
                rows = as_text(few.drop_columns([ORIGINAL])).to_pylist()
                found += [(record, row, raw) for row, raw in zip(rows, originals, strict=True)]
        found.sort(key=lambda kept: kept[1][RECORD_NUMBER])
        self.first += found[:room]
