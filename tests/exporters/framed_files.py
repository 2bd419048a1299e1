"""Random files of every declared form: their rule, their records, their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from hypothesis import strategies as st

from exporters.encode import EncodedBlock
from exporters.framing import file_end, file_start, frame_block
from interfaces.container import DESCRIPTORS
from interfaces.model import DescriptorRule, FileRule, Framing, LineEnd, SkippedBytes
from parsers.findings import empty_findings
from parsers.framing import ByteRange, frames

FORMS = [rule for rule in DESCRIPTORS.values() if rule is not None]
ODD_FORM = DescriptorRule(width=7, length_bytes=3, includes_itself=True, position=4)
BLOCK_SIZES = st.sampled_from([1, 2, 3, 7, 16, 64, 1000])
PAGES = st.sampled_from(["cp874", "cp838", "cp1047", "latin-1", "utf-8"])


@dataclass(frozen=True)
class Sample:
    """A rule, the copybook's record length, records, and how many of them a block has."""

    rule: FileRule
    length: int
    records: list[bytes]
    batch: int

    @property
    def data(self) -> bytes:
        """The file."""
        batches = [
            self.records[n : n + self.batch] for n in range(0, len(self.records), self.batch)
        ]
        framed = [frame_block(encoded(b), self.rule, self.length).tobytes() for b in batches]
        return file_start(self.rule) + b"".join(framed) + file_end(self.rule)


def encoded(records: list[bytes]) -> EncodedBlock:
    """Records as encoding gives them: with their lengths."""
    lengths = np.array([len(r) for r in records], np.int64)
    return EncodedBlock(np.frombuffer(b"".join(records), np.uint8), lengths, empty_findings())


def read(
    data: bytes, rule: FileRule, length: int, block_bytes: int, part: ByteRange | None = None
) -> tuple[list[tuple[int, int, bytes]], list[tuple[str, bool, int]]]:
    """Records as (number, offset, bytes), faults as (code, of file, offset)."""
    records, faults = [], []
    for frame in frames(BytesIO(data), rule, length, block_bytes, part=part):
        for nth, (start, size) in enumerate(zip(frame.rows.starts, frame.lengths, strict=True)):
            record = frame.rows.data[start : start + size].tobytes()
            records.append((frame.first_number + nth, frame.base + int(start), record))
        faults += [(f.code, f.of_file, frame.base + f.place) for f in frame.faults]
    return records, faults


def skips(around_records: bool = True) -> st.SearchStrategy[SkippedBytes]:
    """Skipped bytes, mostly none."""
    few = st.sampled_from([0, 0, 0, 1, 5])
    record = few if around_records else st.just(0)
    return st.builds(SkippedBytes, few, few, record, record)


@st.composite
def fixed_files(draw: st.DrawFn) -> Sample:
    """F, FB, U, and text without line ends."""
    framing = draw(st.sampled_from([Framing.F, Framing.FB, Framing.U, Framing.TEXT]))
    length = draw(st.integers(1, 9))
    padding = draw(st.sampled_from([None, 0, 3]))
    declared = length if framing is Framing.U and padding is None else padding
    lrecl = length if padding is None else length + padding
    rule = FileRule(
        framing,
        draw(PAGES.filter(lambda page: page != "utf-8")),
        "X",
        line_end=LineEnd.NONE if framing is Framing.TEXT else None,
        record_length=None if declared is None else lrecl,
        skip=draw(skips()),
    )
    records = draw(st.lists(st.binary(min_size=lrecl, max_size=lrecl)))
    return Sample(rule, length, records, draw(st.integers(1, 5)))


@st.composite
def described_files(draw: st.DrawFn) -> Sample:
    """V, VB and VBS with every form of descriptor, in blocks or not."""
    framing = draw(st.sampled_from([Framing.V, Framing.VB, Framing.VBS]))
    spanned = framing is Framing.VBS
    forms = [DescriptorRule(), DESCRIPTORS["little"]] if spanned else [*FORMS, ODD_FORM]
    block_size = draw(st.sampled_from([None, 60, 100_000]))
    rule = FileRule(
        framing,
        "cp037",
        "X",
        descriptor=draw(st.sampled_from(forms)),
        block_descriptor=draw(st.booleans()),
        record_length=block_size if not spanned else draw(st.sampled_from([None, 9, 20])),
        skip=draw(skips(around_records=not spanned)),
    )
    longest = 70 if spanned else 30
    records = draw(st.lists(st.binary(max_size=longest)))
    return Sample(rule, longest, records, draw(st.integers(1, 20)))


@st.composite
def text_files(draw: st.DrawFn) -> Sample:
    """Lines with every end, in pages of both kinds."""
    rule = FileRule(
        Framing.TEXT,
        draw(PAGES),
        "X",
        line_end=draw(st.sampled_from([LineEnd.LF, LineEnd.CRLF, LineEnd.NEL])),
        skip=draw(skips()),
    )
    ends = {0x0A, 0x0D, 0x25, 0x15, 0x85, 0xC2}
    line = st.lists(st.sampled_from(sorted(set(range(256)) - ends)), max_size=12).map(bytes)
    return Sample(rule, 12, draw(st.lists(line)), draw(st.integers(1, 5)))


ANY_FILES = st.one_of(fixed_files(), described_files(), text_files())
