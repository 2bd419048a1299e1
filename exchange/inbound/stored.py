"""How accepted records are stored: which record types, in which folders, with which columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from exchange.home import Home
from exchange.parts import PartWriter
from interfaces.model import Interface, Role
from parsers.arrow_types import decoded_schema, record_named
from parsers.layout import Record
from validation.block import record_numbers

#: Datasets of an interface beside its accepted details: the headers of blocks (an employer's
#: branch), and the details that were rejected, as far as they could be read.
HEADERS = ".headers"
REJECTED = ".rejected"
DETAILS = ""


class BatchStore:
    """The parts of one batch of files, by the dataset's suffix.

    With a single file rows stream into the parts; with several, a file's rows wait in memory
    until its verdict, so that a refused file leaves none behind.
    """

    def __init__(self, writers: Mapping[str, PartWriter], *, single: bool) -> None:
        self._writers = writers
        self._single = single
        self._waiting: list[tuple[str, pa.RecordBatch]] = []

    def add(self, dataset: str, rows: pa.RecordBatch) -> None:
        """Rows of the file under way."""
        if self._single:
            self._writers[dataset].write(rows)
        else:
            self._waiting.append((dataset, rows))

    def settle(self, *, keep: bool) -> None:
        """The verdict on the file under way."""
        if keep:
            for dataset, rows in self._waiting:
                self._writers[dataset].write(rows)
        self._waiting = []

    def abandon(self) -> None:
        """No file of the batch was accepted: there will be no parts."""
        for writer in self._writers.values():
            writer.abandon()


def stored_rows(
    interface: Interface,
    decoded: Mapping[str, pa.RecordBatch],
    accepted: Mapping[str, pa.RecordBatch],
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """What of a block is kept, by dataset: nothing that was read is lost."""
    header, detail = _names(interface)
    if header is not None and header in decoded:
        yield HEADERS, decoded[header]
    if detail in accepted:
        yield DETAILS, accepted[detail]
        if accepted[detail].num_rows < decoded[detail].num_rows:
            # both rise, and what was accepted is among what was read
            taken = record_numbers(accepted[detail])
            is_rejected = np.ones(decoded[detail].num_rows, np.bool_)
            is_rejected[np.searchsorted(record_numbers(decoded[detail]), taken)] = False
            yield REJECTED, decoded[detail].filter(pa.array(is_rejected))


def with_file_id(rows: pa.RecordBatch, file_id: str) -> pa.RecordBatch:
    """The rows with the column ``_file_id`` in front."""
    ids = pa.repeat(pa.scalar(file_id, pa.utf8()), rows.num_rows)
    return pa.RecordBatch.from_arrays([ids, *rows.columns], names=["_file_id", *rows.schema.names])


def stored_schemas(interface: Interface, layout: tuple[Record, ...]) -> dict[str, pa.Schema]:
    """Schema of each dataset of the interface: ``_file_id`` and the decoded columns."""
    header, detail = _names(interface)
    schemas = {DETAILS: _schema(detail, interface, layout)}
    schemas[REJECTED] = schemas[DETAILS]
    if header is not None:
        schemas[HEADERS] = _schema(header, interface, layout)
    return schemas


def dataset_folder(home: Home, interface: Interface, dataset: str, day: date) -> Path:
    """Details are stored under the interface's name, the other datasets beside them."""
    return home.dataset(interface.name + dataset, day)


def _names(interface: Interface) -> tuple[str | None, str]:
    """01 names of the header, where each stands for a block of its own, and of the detail."""
    header = interface.record(Role.HEADER).record if interface.block_controls else None
    return header, interface.record(Role.DETAIL).record


def _schema(name: str, interface: Interface, layout: tuple[Record, ...]) -> pa.Schema:
    record = record_named(layout, name)
    return pa.schema([pa.field("_file_id", pa.utf8()), *decoded_schema(record, interface)])
