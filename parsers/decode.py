"""A file → a stream of Arrow batches by record type, and the findings met on the way.

Bad data never raises: the value is null and a finding says which bytes, where. What raises is a
declaration that cannot be used (a mask, a condition, an encoding) and the file system.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from interfaces.model import Framing, Interface, Role
from parsers.arrow_types import decoded_schema, record_named
from parsers.blocks import BlockDecoder, DecodedBlock, Engine
from parsers.copybook import load_layout
from parsers.findings import concat_findings
from parsers.framing import ByteRange, ByteStream, frames
from parsers.originals import ORIGINAL
from parsers.probing import begins_with_bom, behind_bom, unreadable
from parsers.segments import check_no_parents
from parsers.streams import LARGEST_UNPACKED, open_stream
from parsers.text_files import UTF8_BOM

__all__ = ["ORIGINAL", "DecodedBlock", "DecodedFile", "decode_file", "decode_table", "decode_whole"]

BLOCK_BYTES = 3 << 20
"""Small enough that a block and its columns stay in the processor's last cache."""


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
    name: str | None = None,
) -> Iterator[DecodedBlock]:
    """Decode a file block by block in constant memory; the batches are the caller's to keep.

    Only the top-level ``columns`` asked for are decoded, and only the ``records`` (01 names) asked
    for; which type a record is and whether its length is right is looked at for all. ``part``
    reads a part of the file. ``originals`` adds the records' own bytes as a last column, ORIGINAL.
    Of a packed file at most ``largest_unpacked`` bytes are read. ``name`` is the file's name as it
    came, where ``path`` is called otherwise: a spreadsheet's says whose it is.
    Both engines give the same answers; "numpy" is the judge of the other.

    File-level findings: FILE_EMPTY; FILE_COMPRESSION, FILE_PACKED and FILE_TOO_LARGE for archives;
    FILE_LENGTH and FILE_TRUNCATED after all whole records;
    RDW_INVALID, which ends the stream; FILE_ENCODING when no record at the beginning of the
    file is of a declared type: nothing is decoded then, and the finding's ``field`` lists the
    code pages in which one would be. Of text: FILE_UTF8, FILE_UTF16 and FILE_LINE_ENDS, of which
    nothing is decoded either, and TEXT_BOM, behind which it is. Of spreadsheets: see
    :mod:`parsers.spreadsheet`. Raises OSError, and ValueError for a declaration that does
    not fit its copybook; SegmentError for a part of a file of segments.
    """
    if interface.file.framing is Framing.XLSX:
        from parsers.spreadsheet import decode_workbook

        yield from decode_workbook(
            path.read_bytes(),
            interface,
            file_id=file_id,
            name=name or path.name,
            columns=columns,
            records=records,
            originals=originals,
            largest=largest_unpacked,
        )
        return
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
    name: str | None = None,
) -> DecodedFile:
    """Decode a small file, or bytes, at once; a type without records has an empty table.
    ``name`` as for :func:`decode_file`."""
    if interface.file.framing is Framing.XLSX:
        from parsers.spreadsheet import decode_workbook

        known = name or (source.name if isinstance(source, Path) else "")
        data = source.read_bytes() if isinstance(source, Path) else source
        blocks = list(decode_workbook(data, interface, file_id=file_id, name=known))
    else:
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
    rule = interface.file
    if part is None or part.start == 0:
        if begins_with_bom(stream, rule):
            rule = behind_bom(rule)
            yield _only(decoder.file_finding("TEXT_BOM", 0, UTF8_BOM))
        found = unreadable(stream, rule, decoder)
        if found is not None:
            yield _only(found)
            return
    for frame in frames(
        stream,
        rule,
        decoder.record_length,
        block_bytes,
        measure=decoder.measure,
        part=part,
    ):
        yield decoder.decode(frame)


def _only(findings: pa.Table) -> DecodedBlock:
    return DecodedBlock(batches={}, findings=findings, bytes_read=0, records_read=0)
