"""One extract being written: the mainframe's own file, then the faults over it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exporters.writer import FileWriter, WrittenFile
from interfaces.model import Framing, Interface, Role
from interfaces.names import make_name
from parsers.arrow_types import record_named
from parsers.copybook import load_layout
from parsers.layout import Field, Record
from simulation.population.faults import FaultPlan, put_faults, with_wrong_check_digits
from simulation.population.scenario import Scenario
from simulation.population.truth import TruthWriter

Ints = NDArray[np.int64]

_SEQUENCE = 1
_DESCRIPTOR_WORD = 4


class ExtractFile:
    """A file of detail records with a fault plan; use it in a ``with`` block.

    ``key_column`` is the identity of a record that truth shows, and the number whose check
    digit a fault may spoil.
    """

    def __init__(
        self,
        folder: Path,
        interface: Interface,
        scenario: Scenario,
        plan: FaultPlan,
        key_column: str,
    ) -> None:
        self.path = folder / make_name(interface.file, scenario.business_date, _SEQUENCE)
        self._interface = interface
        self._plan = plan
        self._key_column = key_column
        layout = load_layout(interface)
        self._record = record_named(layout, interface.record(Role.DETAIL).record)
        header = record_named(layout, interface.record(Role.HEADER).record)
        is_variable = interface.file.framing in (Framing.V, Framing.VB)
        self._margin = _DESCRIPTOR_WORD if is_variable else 0
        self._offset = self._margin + header.length
        self._written = 0
        self._hit_offsets: list[Ints] = []
        self._hit_records: list[Ints] = []
        self._hit_kinds: list[Ints] = []
        self._hit_keys: list[pa.Array] = []
        context: Mapping[str, object] = {
            "business_date": scenario.business_date,
            "sequence": _SEQUENCE,
        }
        self._writer = FileWriter(self.path, interface, context)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.abandon()

    def write(self, batch: pa.RecordBatch, keys: Ints) -> None:
        """Append rows; ``keys`` (ascending) are those of the fault plan, one a row."""
        rows, kinds = self._plan.positions(keys)
        starts = self._starts(batch)
        self._hit_offsets.append(starts[rows])
        self._hit_records.append(self._written + rows + 2)  # from 1, the header first
        self._hit_kinds.append(kinds)
        self._hit_keys.append(batch.column(self._key_column).take(pa.array(rows)))
        is_patch = np.array([fault.is_patch for fault in self._plan.faults])
        batch = with_wrong_check_digits(batch, self._key_column, rows[~is_patch[kinds]])
        self._writer.write_details(batch)
        self._written += batch.num_rows

    def close(self, truth: TruthWriter) -> WrittenFile:
        """Complete the file, put the faults in and tell the truth about them.

        The returned size and counts hold for the file; its SHA-256 and totals are those of the
        mainframe's file before the faults.
        """
        written = self._writer.close()
        if not self._hit_kinds:
            return written
        kinds = np.concatenate(self._hit_kinds).tolist()
        offsets = np.concatenate(self._hit_offsets)
        faults = [self._plan.faults[kind] for kind in kinds]
        put_faults(self.path, self._interface, self._record, offsets, faults)
        truth.add_faults(
            {
                "file": [self.path.name] * len(kinds),
                "record_number": np.concatenate(self._hit_records),
                "byte_offset": offsets,
                "record_type": [self._record.name] * len(kinds),
                "field": [fault.field for fault in faults],
                "code": [fault.code for fault in faults],
                "key": pa.concat_arrays(self._hit_keys),
            }
        )
        return written

    def _starts(self, batch: pa.RecordBatch) -> Ints:
        """File offset of each row's first data byte; moves on to the end of the batch."""
        lengths = np.full(batch.num_rows, self._margin + self._record.min_length, dtype=np.int64)
        for table in _variable_tables(self._record):
            lengths += table.length * pc.list_value_length(batch.column(table.column)).to_numpy()
        ends = self._offset + np.cumsum(lengths)
        self._offset = int(ends[-1]) if len(ends) else self._offset
        return ends - lengths + self._margin


def _variable_tables(record: Record) -> list[Field]:
    return [field for field in record.fields if field.occurs and field.occurs.is_variable]
