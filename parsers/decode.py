"""A file → a stream of Arrow batches by record type, and the findings met on the way.

Bad data never raises: the value is null and a finding says which bytes, where. What raises is a
declaration that cannot be used (a mask, a condition, an encoding) and the file system.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from interfaces.model import Interface, Role
from parsers.arrow_types import decoded_schema, record_named
from parsers.blocks import BlockDecoder, DecodedBlock, Engine
from parsers.copybook import load_layout
from parsers.findings import concat_findings
from parsers.framing import RAW_LIMIT, ByteRange, ByteStream, frames
from parsers.originals import ORIGINAL
from parsers.segments import check_no_parents
from parsers.streams import LARGEST_UNPACKED, open_stream

__all__ = ["ORIGINAL", "DecodedBlock", "DecodedFile", "decode_file", "decode_table", "decode_whole"]

BLOCK_BYTES = 3 << 20
"""Small enough that a block and its columns stay in the processor's last cache."""
_PROBE_BYTES = 64 << 10
"""How much of a file is looked at to tell whether it can be read at all; independent of the
block size, so that the findings are."""


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """A whole small file in memory: a table for each declared record type, and all findings."""

    tables: Mapping[str, pa.Table]
    findings: pa.Table
    bytes_read: int
    records_read: int


def decode_file(
    path: Path,
    interface: Interface,
    *,
    file_id: str,
    block_bytes: int = BLOCK_BYTES,
    columns: Collection[str] | None = None,
    records: Collection[str] | None = None,
    part: ByteRange | None = None,
    engine: Engine = "compiled",
    originals: bool = False,
    largest_unpacked: int = LARGEST_UNPACKED,
) -> Iterator[DecodedBlock]:
    """Decode a file block by block in constant memory; the batches are the caller's to keep.

    Only the top-level ``columns`` asked for are decoded, and only the ``records`` (01 names) asked
    for; which type a record is and whether its length is right is looked at for all. ``part``
    reads a part of the file. ``originals`` adds the records' own bytes as a last column, ORIGINAL.
    Of a packed file at most ``largest_unpacked`` bytes are read.
    Both engines give the same answers; "numpy" is the judge of the other.

    File-level findings: FILE_EMPTY; FILE_COMPRESSION, FILE_PACKED and FILE_TOO_LARGE for archives;
    FILE_LENGTH and FILE_TRUNCATED after all whole records;
    RDW_INVALID, which ends the stream; FILE_ENCODING when no record at the beginning of the
    file is of a declared type: nothing is decoded then, and the finding's ``field`` lists the
    code pages in which one would be. Raises OSError, and ValueError for a declaration that does
    not fit its copybook; SegmentError for a part of a file of segments.
    """
    decoder = BlockDecoder(
        interface, file_id, columns=columns, records=records, engine=engine, originals=originals
    )
    if part is not None and part.start > 0:
        check_no_parents(interface.records)
    with open_stream(path, interface.file, largest=largest_unpacked) as stream:
        yield from _decode(stream, interface, decoder, block_bytes, part)


def decode_whole(
    source: Path | bytes,
    interface: Interface,
    *,
    file_id: str = "",
    block_bytes: int = BLOCK_BYTES,
    engine: Engine = "compiled",
) -> DecodedFile:
    """Decode a small file, or bytes, at once; a type without records has an empty table."""
    decoder = BlockDecoder(interface, file_id, engine=engine)
    with open_stream(source, interface.file) as stream:
        blocks = list(_decode(stream, interface, decoder, block_bytes))
    layout = load_layout(interface)
    tables = {}
    for rule in interface.records:
        schema = decoded_schema(record_named(layout, rule.record), interface)
        batches = [block.batches[rule.record] for block in blocks if rule.record in block.batches]
        tables[rule.record] = pa.Table.from_batches(batches, schema=schema)
    return DecodedFile(
        tables=tables,
        findings=concat_findings(block.findings for block in blocks),
        bytes_read=sum(block.bytes_read for block in blocks),
        records_read=sum(block.records_read for block in blocks),
    )


def decode_table(source: Path | bytes, interface: Interface, record: str | None = None) -> pa.Table:
    """Records of one type of a small file, of the detail type unless named. Findings are not
    part of the answer, faulty values are null: :func:`decode_whole` has both."""
    name = record or interface.record(Role.DETAIL).record
    return decode_whole(source, interface).tables[name]


def _decode(
    stream: ByteStream,
    interface: Interface,
    decoder: BlockDecoder,
    block_bytes: int,
    part: ByteRange | None = None,
) -> Iterator[DecodedBlock]:
    if part is None or part.start == 0:
        unreadable = _unreadable(stream, interface, decoder)
        if unreadable is not None:
            yield DecodedBlock(batches={}, findings=unreadable, bytes_read=0, records_read=0)
            return
    for frame in frames(
        stream,
        interface.file,
        decoder.record_length,
        block_bytes,
        measure=decoder.measure,
        part=part,
    ):
        yield decoder.decode(frame)


def _unreadable(stream: ByteStream, interface: Interface, decoder: BlockDecoder) -> pa.Table | None:
    """Why the file cannot be read at all, None when it can; the stream is rewound."""
    probe = frames(
        stream, interface.file, decoder.record_length, _PROBE_BYTES, measure=decoder.measure
    )
    frame = next(probe, None)
    stream.seek(0)
    if frame is None:
        return decoder.file_finding("FILE_EMPTY")
    if not decoder.recognises_nothing(frame):
        return None
    pages = " ".join(decoder.recognising_pages(frame)) or None
    first = int(frame.rows.starts[0])
    raw = frame.rows.data[first : first + RAW_LIMIT].tobytes()
    return decoder.file_finding("FILE_ENCODING", frame.base + first, raw, pages)
