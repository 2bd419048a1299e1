"""The records of one block: told apart, measured, decoded type by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Framing, Interface
from parsers.arrow_types import record_named
from parsers.batches import RecordDecoder
from parsers.codecs.text import is_thai_utf8
from parsers.codepages import CodePage, code_page, code_page_names
from parsers.copybook import load_layout
from parsers.counters import VariableTable, read_counts, record_lengths
from parsers.findings import concat_findings, findings_table
from parsers.framing import RAW_LIMIT, Frame
from parsers.layout import Record
from parsers.recognition import UNKNOWN, recognise
from parsers.rows import Ints, binary_rows, binary_runs, gather_runs

_BY_LENGTH = (Framing.F, Framing.FB)


@dataclass(frozen=True, slots=True)
class DecodedBlock:
    """What one block of a file holds.

    ``batches``: record type (01 name) → its records in file order. ``findings``: in the
    findings schema, by record number. ``bytes_read`` and ``records_read`` of this block;
    records of every type, recognised or not, but no blank lines.
    """

    batches: Mapping[str, pa.RecordBatch]
    findings: pa.Table
    bytes_read: int
    records_read: int


class BlockDecoder:
    """Decodes the frames of one file of an interface."""

    def __init__(self, interface: Interface, file_id: str) -> None:
        self._interface = interface
        self._file_id = file_id
        self._layout = load_layout(interface)
        self._page = code_page(interface.file.encoding)
        records = [record_named(self._layout, rule.record) for rule in interface.records]
        self._decoders = [RecordDecoder(record, interface, self._page) for record in records]
        self.record_length = max(record.length for record in records)
        """LRECL of F and FB: that of the longest record type."""

    def decode(self, frame: Frame) -> DecodedBlock:
        """Batches and findings of one frame."""
        kinds = self._kinds(frame, self._page)
        unknown = np.flatnonzero(kinds == UNKNOWN)
        blank = self._blank_lines(frame, unknown)
        findings = [
            *self._record_findings(frame, unknown[~blank], "RECORD_TYPE"),
            *self._record_findings(frame, unknown[blank], "RECORD_BLANK"),
            *self._framing_findings(frame),
        ]
        batches = {}
        for kind, decoder in enumerate(self._decoders):
            places, refused = self._measured(frame, np.flatnonzero(kinds == kind), decoder)
            findings += refused
            if len(places):
                batch, found = decoder.decode(
                    frame.rows.take(places),
                    frame.first_number + places,
                    frame.base + frame.rows.starts[places],
                    file_id=self._file_id,
                )
                batches[decoder.record.name] = batch
                findings += found
        return DecodedBlock(
            batches=batches,
            findings=concat_findings(findings),
            bytes_read=frame.bytes_read,
            records_read=len(frame.rows) - int(blank.sum()),
        )

    def recognises_nothing(self, frame: Frame) -> bool:
        """Whether the frame has records (blank lines apart) and none is of a declared type."""
        kinds = self._kinds(frame, self._page)
        blank = self._blank_lines(frame, np.arange(len(kinds)))
        return not blank.all() and bool((kinds == UNKNOWN).all())

    def recognising_pages(self, frame: Frame) -> tuple[str, ...]:
        """Code pages in which at least one record of the frame would be of a declared type."""
        pages = (code_page(name) for name in code_page_names())
        return tuple(p.name for p in pages if (self._kinds(frame, p) != UNKNOWN).any())

    def file_finding(
        self, code: str, byte_offset: int = 0, raw: bytes | None = None, field: str | None = None
    ) -> pa.Table:
        """A finding about the file as a whole."""
        return findings_table(
            file_id=self._file_id,
            code=code,
            record_number=[0],
            byte_offset=[byte_offset],
            field=field,
            raw=[raw],
        )

    def _kinds(self, frame: Frame, page: CodePage) -> Ints:
        return recognise(frame.rows, frame.lengths, self._interface.records, self._layout, page)

    def _blank_lines(self, frame: Frame, places: Ints) -> npt.NDArray[np.bool_]:
        """Which of the records are lines of nothing or spaces only; never outside text files."""
        blank = np.zeros(len(places), np.bool_)
        if self._interface.file.framing is not Framing.TEXT or len(places) == 0:
            return blank
        lengths = frame.lengths[places]
        flat = gather_runs(frame.rows.data, frame.rows.starts[places], lengths)
        line = np.repeat(np.arange(len(places)), lengths)
        blank[:] = True
        blank[line[flat != self._page.space]] = False
        return blank

    def _measured(
        self, frame: Frame, places: Ints, decoder: RecordDecoder
    ) -> tuple[Ints, list[pa.Table]]:
        """The records at ``places`` whose length is right, and findings for the others."""
        if len(places) == 0:
            return places, []
        record = decoder.record
        if decoder.table is not None:
            return self._measured_by_counter(frame, places, record, decoder.table)
        if self._interface.file.framing in _BY_LENGTH:
            return places, []
        right = frame.lengths[places] == record.length
        return places[right], self._wrong_lengths(frame, places[~right], record)

    def _measured_by_counter(
        self, frame: Frame, places: Ints, record: Record, table: VariableTable
    ) -> tuple[Ints, list[pa.Table]]:
        """In F and FB the counter alone decides: the rest of the record is padding."""
        lengths = frame.lengths[places]
        long_enough = lengths >= record.min_length
        findings = self._wrong_lengths(frame, places[~long_enough], record)
        places = places[long_enough]
        counts, good = read_counts(frame.rows.take(places), table, self._page)
        findings += self._counter_findings(frame, places[~good], record, table)
        if self._interface.file.framing in _BY_LENGTH:
            return places[good], findings
        right = frame.lengths[places] == record_lengths(record, table, counts)
        findings += self._wrong_lengths(frame, places[good & ~right], record)
        return places[good & right], findings

    def _wrong_lengths(self, frame: Frame, places: Ints, record: Record) -> list[pa.Table]:
        """RECORD_LENGTH, or TEXT_UTF8 for a line that Thai letters in UTF-8 made longer."""
        if len(places) == 0:
            return []
        utf8 = np.zeros(len(places), np.bool_)
        if self._interface.file.framing is Framing.TEXT and self._page.kind == "ascii":
            lengths = frame.lengths[places]
            flat = gather_runs(frame.rows.data, frame.rows.starts[places], lengths)
            utf8 = is_thai_utf8(flat, lengths)
        return [
            *self._record_findings(frame, places[~utf8], "RECORD_LENGTH", record.name),
            *self._record_findings(frame, places[utf8], "TEXT_UTF8", record.name),
        ]

    def _record_findings(
        self, frame: Frame, places: Ints, code: str, record_type: str | None = None
    ) -> list[pa.Table]:
        """A finding for each record at ``places``, with its first bytes."""
        if len(places) == 0:
            return []
        starts = frame.rows.starts[places]
        table = findings_table(
            file_id=self._file_id,
            code=code,
            record_number=frame.first_number + places,
            byte_offset=frame.base + starts,
            record_type=record_type,
            raw=binary_runs(frame.rows.data, starts, np.minimum(frame.lengths[places], RAW_LIMIT)),
        )
        return [table]

    def _counter_findings(
        self, frame: Frame, places: Ints, record: Record, table: VariableTable
    ) -> list[pa.Table]:
        """ODO_COUNT for each record at ``places``, with the counter's bytes."""
        if len(places) == 0:
            return []
        rows = frame.rows.take(places)
        found = findings_table(
            file_id=self._file_id,
            code="ODO_COUNT",
            record_number=frame.first_number + places,
            byte_offset=frame.base + rows.starts,
            record_type=record.name,
            field=table.counter.name,
            raw=binary_rows(rows.matrix(table.counter.offset, table.counter.length)),
        )
        return [found]

    def _framing_findings(self, frame: Frame) -> list[pa.Table]:
        next_number = frame.first_number + len(frame.rows)
        return [
            findings_table(
                file_id=self._file_id,
                code=fault.code,
                record_number=[0 if fault.of_file else next_number],
                byte_offset=[frame.base + fault.place],
                raw=[fault.raw],
            )
            for fault in frame.faults
        ]
