"""How accepted records are stored: which record types, in which folders, with which columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from exchange.home import Home
from exchange.parts import PartWriter
from interfaces.model import Interface, Role
from parsers.arrow_types import record_schema
from parsers.layout import Record


class BatchStore:
    """The parts of one batch of files, by 01 name of the records they hold.

    With a single file rows stream into the parts; with several, a file's rows wait in memory
    until its verdict, so that a refused file leaves none behind.
    """

    def __init__(self, writers: Mapping[str, PartWriter], *, single: bool) -> None:
        self._writers = writers
        self._single = single
        self._waiting: list[tuple[str, pa.RecordBatch]] = []

    def add(self, record: str, rows: pa.RecordBatch) -> None:
        """Rows of the file under way; record types that are not stored are passed over."""
        if record not in self._writers:
            return
        if self._single:
            self._writers[record].write(rows)
        else:
            self._waiting.append((record, rows))

    def settle(self, *, keep: bool) -> None:
        """The verdict on the file under way."""
        if keep:
            for record, rows in self._waiting:
                self._writers[record].write(rows)
        self._waiting = []

    def abandon(self) -> None:
        """No file of the batch was accepted: there will be no parts."""
        for writer in self._writers.values():
            writer.abandon()


def block_headers(
    interface: Interface, batches: Mapping[str, pa.RecordBatch]
) -> dict[str, pa.RecordBatch]:
    """Headers that stand for a block of their own (an employer's branch), by 01 name."""
    if not interface.block_controls:
        return {}
    name = interface.record(Role.HEADER).record
    return {name: batches[name]} if name in batches else {}


def with_file_id(rows: pa.RecordBatch, file_id: str) -> pa.RecordBatch:
    """The rows with the column ``_file_id`` in front."""
    ids = pa.repeat(pa.scalar(file_id, pa.utf8()), rows.num_rows)
    return pa.RecordBatch.from_arrays([ids, *rows.columns], names=["_file_id", *rows.schema.names])


def stored_schema(record: Record, interface: Interface) -> pa.Schema:
    """Schema of a stored record type: ``_file_id`` and the decoded columns."""
    return pa.schema([pa.field("_file_id", pa.utf8()), *record_schema(record, interface)])


def dataset_folder(home: Home, interface: Interface, record: str, day: date) -> Path:
    """Details are stored under the interface's name, block headers beside them."""
    is_detail = interface.record(Role.DETAIL).record == record
    return home.dataset(interface.name if is_detail else f"{interface.name}.headers", day)


def stored_records(interface: Interface, layout: tuple[Record, ...]) -> list[Record]:
    """Details, and the headers where each stands for a block of its own (an employer's branch)."""
    roles = {Role.DETAIL, Role.HEADER} if interface.block_controls else {Role.DETAIL}
    names = {rule.record for rule in interface.records if rule.role in roles}
    return [record for record in layout if record.name in names]
