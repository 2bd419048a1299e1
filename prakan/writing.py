"""``prakan.create``: Arrow batches, tables or pandas frames to a mainframe file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

import pyarrow as pa

from exporters.writer import FileWriter, WrittenFile
from interfaces.errors import WrongUse
from interfaces.model import Interface, Role
from parsers.arrow_types import decoded_schema, record_named
from parsers.shape import restore
from prakan.choice import declaration_errors, record_name
from prakan.chosen import Said, interface_of
from prakan.layouts import layout_of, output_file
from prakan.shapes import refuse_unknown

if TYPE_CHECKING:
    import pandas as pd


class NewRecordFile:
    """A file being written. Leaving the ``with`` block without an error closes it: header,
    trailer and totals come from the interface. With an error nothing of it remains.

    ``written`` then says its name, SHA-256, size and control totals.
    """

    def __init__(
        self, path: Path, interface: Interface, record: str, context: Mapping[str, object]
    ) -> None:
        self.interface = interface
        self.record = record_named(layout_of(interface), record)
        self.written: WrittenFile | None = None
        self._writer = FileWriter(path, interface, context)

    def write(self, rows: pa.RecordBatch | pa.Table | pd.DataFrame) -> None:
        """Append records; structs, lists or flat columns, as :func:`prakan.open` gives them.

        EncodeError, with a finding for each, for values that cannot be written: nothing is.
        WrongUse for a column that the record does not have.
        """
        known = decoded_schema(self.record, self.interface)
        with declaration_errors():
            for batch in _batches(rows):
                restored = restore(batch, self.record, self.interface)
                refuse_unknown(restored.schema.names, known, self.record)
                self._writer.write_details(restored)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            with declaration_errors():
                self.written = self._writer.close()
        self._writer.abandon()


def create(
    path: str | Path,
    interface: str | Interface | None = None,
    *,
    copybook: str | Path | None = None,
    record: str | None = None,
    on: date | None = None,
    context: Mapping[str, object] | None = None,
    **said: Unpack[Said],
) -> NewRecordFile:
    """Begin a file; arguments as for :func:`prakan.open`.

    ``context`` holds what header and trailer take from outside (``business_date``, ``sequence``).
    """
    chosen = interface_of(interface, copybook, on, record, said)
    name = record_name(chosen, record)
    if name != chosen.record(Role.DETAIL).record:
        raise WrongUse(f"{name} is no detail record; header and trailer are written by themselves")
    return NewRecordFile(output_file(Path(path)), chosen, name, context or {})


def _batches(rows: pa.RecordBatch | pa.Table | pd.DataFrame) -> list[pa.RecordBatch]:
    if isinstance(rows, pa.RecordBatch):
        return [rows]
    if not isinstance(rows, pa.Table):
        rows = pa.Table.from_pandas(rows, preserve_index=False)
    batches: list[pa.RecordBatch] = rows.to_batches()
    return batches
