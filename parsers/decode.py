"""A file → a stream of Arrow batches by record type, and the findings met on the way.

Bad data never raises: the value is null and a finding says which bytes, where. What raises is a
declaration that cannot be used (a mask, a condition, an encoding) and the file system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path

import pyarrow as pa

from interfaces.model import Interface, Role
from parsers.arrow_types import record_named, record_schema
from parsers.blocks import BlockDecoder, DecodedBlock
from parsers.copybook import load_layout
from parsers.findings import concat_findings
from parsers.framing import RAW_LIMIT, frames

__all__ = ["DecodedBlock", "DecodedFile", "decode_file", "decode_table", "decode_whole"]

BLOCK_BYTES = 4 << 20
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
    path: Path, interface: Interface, *, file_id: str, block_bytes: int = BLOCK_BYTES
) -> Iterator[DecodedBlock]:
    """Decode a file block by block in constant memory; the batches are the caller's to keep.

    File-level findings: FILE_EMPTY; FILE_LENGTH and FILE_TRUNCATED after all whole records;
    RDW_INVALID, which ends the stream; FILE_ENCODING when no record at the beginning of the
    file is of a declared type: nothing is decoded then, and the finding's ``field`` lists the
    code pages in which one would be. Raises OSError, and ValueError for a declaration that does
    not fit its copybook.
    """
    with path.open("rb", buffering=0) as stream:
        yield from _decode(stream, interface, file_id, block_bytes)


def decode_whole(
    source: Path | bytes, interface: Interface, *, file_id: str = "", block_bytes: int = BLOCK_BYTES
) -> DecodedFile:
    """Decode a small file, or bytes, at once; a type without records has an empty table."""
    if isinstance(source, bytes):
        blocks = list(_decode(BytesIO(source), interface, file_id, block_bytes))
    else:
        blocks = list(decode_file(source, interface, file_id=file_id, block_bytes=block_bytes))
    layout = load_layout(interface)
    tables = {}
    for rule in interface.records:
        schema = record_schema(record_named(layout, rule.record), interface)
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
    stream: FileIO | BytesIO, interface: Interface, file_id: str, block_bytes: int
) -> Iterator[DecodedBlock]:
    decoder = BlockDecoder(interface, file_id)
    unreadable = _unreadable(stream, interface, decoder)
    if unreadable is not None:
        yield DecodedBlock(batches={}, findings=unreadable, bytes_read=0, records_read=0)
        return
    for frame in frames(stream, interface.file.framing, decoder.record_length, block_bytes):
        yield decoder.decode(frame)


def _unreadable(
    stream: FileIO | BytesIO, interface: Interface, decoder: BlockDecoder
) -> pa.Table | None:
    """Why the file cannot be read at all, None when it can; the stream is rewound."""
    framing = interface.file.framing
    frame = next(frames(stream, framing, decoder.record_length, _PROBE_BYTES), None)
    stream.seek(0)
    if frame is None:
        return decoder.file_finding("FILE_EMPTY")
    if not decoder.recognises_nothing(frame):
        return None
    pages = " ".join(decoder.recognising_pages(frame)) or None
    first = int(frame.rows.starts[0])
    raw = frame.rows.data[first : first + RAW_LIMIT].tobytes()
    return decoder.file_finding("FILE_ENCODING", first, raw, pages)
