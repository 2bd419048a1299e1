"""The records of one block: told apart, measured, decoded type by type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from interfaces.model import Framing, Interface
from parsers.arrow_types import PARENT_NUMBER, record_named
from parsers.batches import RecordDecoder
from parsers.codepages import CodePage, code_page, code_page_names
from parsers.copybook import load_layout
from parsers.findings import concat_findings
from parsers.framing import Frame, has_fixed_length
from parsers.framing.lengths import interface_measure
from parsers.layout import Record
from parsers.originals import with_originals
from parsers.recognition import UNKNOWN, RecordKinds, recognise
from parsers.record_findings import RecordFindings
from parsers.rows import (
    Ints,
    Places,
    Rows,
    all_places,
    gather_runs,
)
from parsers.segments import Segments, with_parents
from parsers.sliding import Slide, Walker, walker_of

if TYPE_CHECKING:
    from parsers.kernels.records import Recogniser

Engine = Literal["compiled", "numpy"]
"""Which decoder: the compiled kernels, or the plain one that judges them. The answers are the
same."""


class Decoder(Protocol):
    """What decodes the records of one 01 level."""

    record: Record

    def decode(
        self,
        rows: Rows,
        numbers: Ints,
        offsets: Ints,
        *,
        file_id: str,
        slide: Slide | None = None,
    ) -> tuple[pa.RecordBatch, list[pa.Table]]:
        """As :meth:`parsers.batches.RecordDecoder.decode`."""


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


@dataclass(frozen=True, slots=True)
class _Measured:
    """Records of right length, findings for the others, where moving items lie."""

    places: Places
    refused: list[pa.Table] = field(default_factory=list)
    slide: Slide | None = None


class BlockDecoder:
    """Decodes the frames of one file of an interface."""

    def __init__(
        self,
        interface: Interface,
        file_id: str,
        *,
        columns: Collection[str] | None = None,
        records: Collection[str] | None = None,
        engine: Engine = "compiled",
        originals: bool = False,
    ) -> None:
        self._interface = interface
        self._originals = originals
        self._file_id = file_id
        is_text = interface.file.framing is Framing.TEXT
        self._layout = load_layout(interface)
        self._page = code_page(interface.file.encoding)
        self._findings = RecordFindings(file_id, self._page, is_text=is_text)
        types = [record_named(self._layout, rule.record) for rule in interface.records]
        self._decoders: list[Decoder]
        self._recogniser: Recogniser | None = None
        if engine == "compiled":
            from parsers.kernels.prepared import prepared

            known = prepared(interface, self._layout, self._page, columns)
            self._decoders, self._recogniser = list(known.decoders), known.recogniser
        else:
            self._decoders = [
                RecordDecoder(record, interface, self._page, columns) for record in types
            ]
        has_parents = any(rule.parent is not None for rule in interface.records)
        self._segments = Segments(interface.records) if has_parents else None
        self._walkers = [
            walker_of(record, self._page, interface.dialect, compiled=engine == "compiled")
            for record in types
        ]
        for rule, walker in zip(interface.records, self._walkers, strict=True):
            if walker is not None:
                walker.check_conditions(rule)
        names = {record.name for record in types}
        self._wanted = names if records is None else names & set(records)
        self._is_by_length = has_fixed_length(interface.file)
        self.measure = interface_measure(interface, self._layout)
        """What tells the lengths of records without descriptors, None where nothing need."""
        self.record_length = max(record.length for record in types)
        """LRECL of F and FB: that of the longest record type."""

    def decode(self, frame: Frame) -> DecodedBlock:
        """Batches and findings of one frame."""
        kinds = self._kinds(frame)
        unknown = kinds.unknown()
        blank = self._blank_lines(frame, unknown)
        findings = [
            *self._findings.of_records(frame, unknown[~blank], "RECORD_TYPE"),
            *self._findings.of_records(frame, unknown[blank], "RECORD_BLANK"),
            *self._findings.of_framing(frame),
        ]
        parents: Mapping[int, Ints] = {}
        if self._segments is not None:
            parents = self._segments.parents(kinds.kinds, frame.first_number)
        batches = {}
        for kind, decoder in enumerate(self._decoders):
            measured = self._measured(frame, kinds.places(kind), kind)
            findings += measured.refused
            rows = frame.rows.take(measured.places)
            if decoder.record.name in self._wanted and len(rows):
                batch, found = decoder.decode(
                    rows,
                    all_places(measured.places, frame.first_number),
                    frame.base + rows.starts,
                    file_id=self._file_id,
                    slide=measured.slide,
                )
                if kind in parents:
                    batch = with_parents(batch, parents[kind], kinds.places(kind), measured.places)
                    missing = batch.column(PARENT_NUMBER).is_null().to_numpy(zero_copy_only=False)
                    orphans = all_places(measured.places)[missing]
                    findings += self._findings.of_records(
                        frame, orphans, "SEGMENT_ORPHAN", decoder.record.name
                    )
                if self._originals:
                    batch = with_originals(batch, frame, measured.places)
                batches[decoder.record.name] = batch
                findings += found
        return DecodedBlock(
            batches=batches,
            # A single table is in order: to find that out anew takes longer than it looks.
            findings=findings[0] if len(findings) == 1 else concat_findings(findings),
            bytes_read=frame.bytes_read,
            records_read=len(frame.rows) - int(blank.sum()),
        )

    def recognises_nothing(self, frame: Frame) -> bool:
        """Whether the frame has records (blank lines apart) and none is of a declared type."""
        unknown = self._kinds(frame).unknown()
        blank = self._blank_lines(frame, unknown)
        return not blank.all() and len(unknown) == len(frame.rows)

    def recognising_pages(self, frame: Frame) -> tuple[str, ...]:
        """Code pages in which at least one record of the frame would be of a declared type."""
        pages = (code_page(name) for name in code_page_names())
        return tuple(p.name for p in pages if (self._numpy_kinds(frame, p) != UNKNOWN).any())

    def file_finding(
        self, code: str, byte_offset: int = 0, raw: bytes | None = None, field: str | None = None
    ) -> pa.Table:
        """A finding about the file as a whole."""
        return self._findings.of_file(code, byte_offset, raw, field)

    def _kinds(self, frame: Frame) -> RecordKinds:
        if self._recogniser is not None:
            return self._recogniser.tell(frame.rows, frame.lengths)
        return RecordKinds.of(self._numpy_kinds(frame, self._page), len(self._decoders))

    def _numpy_kinds(self, frame: Frame, page: CodePage) -> Ints:
        return recognise(
            frame.rows,
            frame.lengths,
            self._interface.records,
            self._layout,
            page,
            self._interface.dialect,
        )

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

    def _measured(self, frame: Frame, places: Places, kind: int) -> _Measured:
        """The records at ``places`` whose length is right, and findings for the others."""
        record, lengths = self._decoders[kind].record, frame.lengths[places]
        walker = self._walkers[kind]
        if len(lengths) == 0 or (walker is None and self._is_by_length):
            return _Measured(places)
        if walker is not None:
            return self._walked(frame, places, record, walker)
        right = lengths == record.length
        if right.all():
            return _Measured(places)
        places = all_places(places)
        return _Measured(places[right], self._findings.wrong_length(frame, places[~right], record))

    def _walked(self, frame: Frame, places: Places, record: Record, walker: Walker) -> _Measured:
        """In F and FB the counters alone decide: the rest of the record is padding."""
        rows, lengths = frame.rows.take(places), frame.lengths[places]
        walked = walker.walk(rows, lengths, padded=self._is_by_length)
        if walked.good.all():
            return _Measured(places, [], walked.slide)
        places = all_places(places)
        refused = [
            self._findings.wrong_count(frame, places[wrong.places], record, wrong.counter, wrong.at)
            for wrong in walked.wrong_counts
        ]
        refused += self._findings.wrong_length(frame, places[walked.wrong_lengths], record)
        return _Measured(places[walked.good], refused, walked.slide)
