"""Findings about whole records of a frame: of no known type, of the wrong length, cut short."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parsers.codecs.text import is_thai_utf8
from parsers.codepages import CodePage
from parsers.findings import findings_table
from parsers.framing import RAW_LIMIT, Frame
from parsers.layout import Field, Record
from parsers.rows import Ints, Rows, binary_rows, binary_runs, gather_runs


class RecordFindings:
    """Makes the findings of one file; ``is_text`` for a file of lines."""

    def __init__(self, file_id: str, page: CodePage, *, is_text: bool) -> None:
        self._file_id = file_id
        self._lines_may_be_utf8 = is_text and page.kind == "ascii"

    def of_file(
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

    def of_records(
        self, frame: Frame, places: Ints, code: str, record_type: str | None = None
    ) -> list[pa.Table]:
        """A finding for each record at ``places``, with its first bytes."""
        if len(places) == 0:
            return []
        starts = frame.rows.starts[places]
        lengths = np.minimum(frame.lengths[places], RAW_LIMIT)
        table = findings_table(
            file_id=self._file_id,
            code=code,
            record_number=frame.first_number + places,
            byte_offset=frame.base + starts,
            record_type=record_type,
            raw=binary_runs(frame.rows.data, starts, lengths),
        )
        return [table]

    def wrong_length(self, frame: Frame, places: Ints, record: Record) -> list[pa.Table]:
        """RECORD_LENGTH, or TEXT_UTF8 for a line that Thai letters in UTF-8 made longer."""
        if len(places) == 0:
            return []
        utf8 = np.zeros(len(places), np.bool_)
        if self._lines_may_be_utf8:
            lengths = frame.lengths[places]
            flat = gather_runs(frame.rows.data, frame.rows.starts[places], lengths)
            utf8 = is_thai_utf8(flat, lengths)
        return [
            *self.of_records(frame, places[~utf8], "RECORD_LENGTH", record.name),
            *self.of_records(frame, places[utf8], "TEXT_UTF8", record.name),
        ]

    def wrong_count(
        self, frame: Frame, places: Ints, record: Record, counter: Field, at: Ints
    ) -> pa.Table:
        """ODO_COUNT for each record at ``places``; ``at``: where in the block its counter is."""
        return findings_table(
            file_id=self._file_id,
            code="ODO_COUNT",
            record_number=frame.first_number + places,
            byte_offset=frame.base + frame.rows.starts[places],
            record_type=record.name,
            field=counter.name,
            raw=binary_rows(Rows(frame.rows.data, at).matrix(0, counter.length)),
        )

    def of_framing(self, frame: Frame) -> list[pa.Table]:
        """A finding for each fault of framing."""
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
