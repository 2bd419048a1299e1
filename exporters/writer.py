"""Writes one file of an interface: header, details, trailer; whole or not at all.

Bytes go to a temporary file in the target's folder, which takes the target's name only when
it is complete and on disk. Memory is bounded by the batch. The same rows and context always
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from exporters.controls import TOTALS, RunningTotals
from exporters.encode import RecordEncoder
from exporters.engine import Engine
from exporters.framing import file_end, file_start, frame_block
from exporters.part_file import PartFile
from exporters.preserved import PRESERVED, keep_preserved
from exporters.preserved.runs import record_count
from exporters.rows import EncodeError
from exporters.single import one_row
from interfaces.model import ControlKind, Interface, RecordRule, Role
from parsers.copybook import load_layout
from parsers.findings import concat_findings

_NOTHING: Mapping[str, object] = {}


class ContextError(ValueError):
    """A value that a header or trailer needs was not given: a mistake of the caller."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A complete file. ``records`` counts every record, ``details`` the detail records;
    ``controls`` maps each count, sum and hash field to its value as plain decimal text."""

    path: Path
    sha256: str
    size: int
    records: int
    details: int
    controls: Mapping[str, str]


class FileWriter:
    """Writes the file ``path`` of ``interface``; use it in a ``with`` block.

    ``context`` holds the values of CONTEXT controls by key and, by column name, those of header
    and trailer fields that no control fills. ``interface``, ``version`` and ``partner`` default
    to the interface's own. Leaving the block by an exception, or without :meth:`close`, leaves
    nothing behind. EncodeError when a value cannot be written, with the findings of its batch;
    the file is given up then. ``engine`` as in :func:`exporters.encode.encode_batch`.
    """

    def __init__(
        self,
        path: Path,
        interface: Interface,
        context: Mapping[str, object],
        *,
        engine: Engine = "auto",
    ) -> None:
        self._path = path
        self._engine = engine
        self._interface = interface
        known = {"interface": interface.name, "version": interface.version}
        self._context = {**known, "partner": interface.partner, **context}
        self._layout = {record.name: record for record in load_layout(interface)}
        self._rules = {rule.role: rule for rule in reversed(interface.records)}
        self._totals = RunningTotals(interface, self._layout, engine=engine)
        self._encoders = {
            name: RecordEncoder(record, interface, engine=engine)
            for name, record in self._layout.items()
        }
        self._records = self._details = self._blocks = 0
        start = file_start(interface.file)  # an error leaves nothing behind
        self._file = PartFile(path)
        self._file.write(start)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abandon()

    def abandon(self) -> None:
        """Give the file up; nothing remains of it. Without effect once it is closed."""
        self._file.abandon()

    def write_details(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Append detail records. ValueError for an interface whose header holds totals of the
        details that follow: there :meth:`write_block` is the way."""
        if self._header_holds_totals():
            raise ValueError(
                f"{self._interface.id}: the header holds totals; write it with write_block"
            )
        self._write_header_once()
        for batch in _batches(rows):
            self._append_details(batch, self._totals)

    def write_block(
        self,
        header: Mapping[str, object],
        details: pa.RecordBatch | pa.Table,
        *,
        override: Mapping[str, object] = _NOTHING,
    ) -> None:
        """Append a header and the details that its totals cover.

        ``header`` gives the header's fields by column name. Its totals are worked out from
        ``details``; ``override`` replaces any value, for those who write wrong files on purpose.
        """
        if self._blocks and not self._interface.block_controls:
            raise ValueError(f"{self._interface.id} has one header; it is already written")
        rule = self._rules[Role.HEADER]
        detail = self._rules[Role.DETAIL].record
        totals = RunningTotals(self._interface, self._layout, engine=self._engine)
        first = self._records + 2  # the header itself comes first
        for batch in _batches(details):
            totals.add(batch, self._layout[detail], self._path.name, first)
            first += batch.num_rows
        self._append_single(rule, self._values(rule, totals) | dict(header) | dict(override))
        self._blocks += 1
        for batch in _batches(details):
            self._append_details(batch, self._totals)

    def close(self, *, override: Mapping[str, object] = _NOTHING) -> WrittenFile:
        """Write the trailer, sync to disk, and give the file its name.

        ``override`` replaces values of the trailer, for those who write wrong files on purpose.
        """
        if not self._header_holds_totals():
            self._write_header_once()
        if trailer := self._rules.get(Role.TRAILER):
            self._append_single(trailer, self._values(trailer, self._totals) | dict(override))
        self._file.write(file_end(self._interface.file))
        self._file.complete()
        return WrittenFile(
            self._path,
            self._file.sha256,
            self._file.size,
            self._records,
            self._details,
            {name: f"{value:f}" for name, value in self._control_values().items()},
        )

    def _header_holds_totals(self) -> bool:
        header = self._rules.get(Role.HEADER)
        return header is not None and any(
            rule.record == header.record and rule.kind in TOTALS
            for rule in self._interface.controls
        )

    def _write_header_once(self) -> None:
        header = self._rules.get(Role.HEADER)
        if header is not None and not self._blocks:
            self._append_single(header, self._values(header, self._totals))
            self._blocks += 1

    def _values(self, rule: RecordRule, totals: RunningTotals) -> dict[str, object]:
        """Values of a header or trailer by column name: from its controls, else the context."""
        record = self._layout[rule.record]
        values: dict[str, object] = {
            item.column: self._context[item.column]
            for item in record.walk()
            if item.column in self._context
        }
        columns = {item.name: item.column for item in record.walk()}
        for control in self._interface.controls:
            if control.record != rule.record:
                continue
            if control.kind is ControlKind.CONTEXT:
                if control.of not in self._context:
                    raise ContextError(
                        f"{self._interface.id}: the context has no {control.of!r}, which "
                        f"{control.field} of {control.record} needs"
                    )
                values[columns[control.field]] = self._context[control.of]
            elif control.kind is ControlKind.LITERAL:
                values[columns[control.field]] = control.of
        for name, total in totals.values(rule.record).items():
            values[columns[name]] = total
        return values

    def _append_single(self, rule: RecordRule, values: Mapping[str, object]) -> None:
        record = self._layout[rule.record]
        batch = one_row(record, self._interface, values)
        self._append(batch, rule.record)
        self._totals.add(batch, record, self._path.name, self._records)

    def _append_details(self, batch: pa.RecordBatch, totals: RunningTotals) -> None:
        detail = self._rules[Role.DETAIL].record
        totals.add(batch, self._layout[detail], self._path.name, self._records + 1)
        self._append(batch, detail)
        self._details += batch.num_rows

    def _append(self, batch: pa.RecordBatch, name: str) -> None:
        length = self._layout[name].length
        blocks = self._encoders[name].blocks(
            batch, file_id=self._path.name, first_record=self._records + 1
        )
        findings = []
        row = 0
        for block in blocks:
            findings.append(block.findings)
            if PRESERVED in batch.schema.names:
                rows = batch.slice(row, record_count(block))
                block = keep_preserved(block, rows, self._encoders[name].record, self._interface)
                row += rows.num_rows
            if not block.findings.num_rows:
                self._file.write(frame_block(block, self._interface.file, length))
        self._refuse(concat_findings(findings))
        self._records += batch.num_rows

    def _refuse(self, findings: pa.Table) -> None:
        if findings.num_rows:
            self.abandon()  # a part of the batch is in the file already
            first = findings.slice(0, 1).to_pylist()[0]
            raise EncodeError(
                f"{self._path.name}: {findings.num_rows} values cannot be written; first: "
                f"record {first['record_number']}, {first['field']}: {first['code']}",
                findings,
            )

    def _control_values(self) -> dict[str, Decimal]:
        values: dict[str, Decimal] = {}
        for rule in self._interface.records:
            values |= self._totals.values(rule.record)
        return values


def _batches(rows: pa.RecordBatch | pa.Table) -> list[pa.RecordBatch]:
    return rows.to_batches() if isinstance(rows, pa.Table) else [rows]
