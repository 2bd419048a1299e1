"""A look at the beginning of a file: whether it can be read at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pyarrow as pa

from interfaces.model import FileRule, Framing, LineEnd
from parsers.blocks import BlockDecoder
from parsers.codepages import code_page
from parsers.framing import RAW_LIMIT, ByteStream, DamagedStream, frames
from parsers.text_files import UTF8_BOM, wrong_encoding, wrong_lines

PROBE_BYTES: Final = 64 << 10
"""How much of a file is looked at; independent of the block size, so that the findings are."""


def unreadable(stream: ByteStream, rule: FileRule, decoder: BlockDecoder) -> pa.Table | None:
    """Why the file cannot be read at all, None when it can; the stream is rewound."""
    probe = frames(stream, rule, decoder.record_length, PROBE_BYTES, measure=decoder.measure)
    frame = next(probe, None)
    stream.seek(0)
    if frame is None:
        return decoder.file_finding("FILE_EMPTY")
    start = rule.skip.file_start
    if is_single_byte_text(rule):
        beginning = _read(stream, PROBE_BYTES)
        is_whole = len(beginning) < PROBE_BYTES
        code = wrong_encoding(beginning[start:], is_whole=is_whole)
        if code is not None:
            return decoder.file_finding(code, start, beginning[start : start + RAW_LIMIT])
    if decoder.recognises_nothing(frame):
        pages = " ".join(decoder.recognising_pages(frame)) or None
        first = int(frame.rows.starts[0])
        raw = frame.rows.data[first : first + RAW_LIMIT].tobytes()
        return decoder.file_finding("FILE_ENCODING", frame.base + first, raw, pages)
    if is_single_byte_text(rule):
        code = wrong_lines(beginning[start:], decoder.record_length)
        if code is not None:
            return decoder.file_finding(code, start, beginning[start : start + RAW_LIMIT])
    return None


def is_single_byte_text(rule: FileRule) -> bool:
    """Whether the file is lines of a page whose first half is ASCII, told by their line ends."""
    if rule.framing is not Framing.TEXT or rule.line_end not in (LineEnd.LF, LineEnd.CRLF):
        return False
    page = code_page(rule.encoding)
    return page.kind == "ascii" and page.multibyte is None


def begins_with_bom(stream: ByteStream, rule: FileRule) -> bool:
    """Whether a byte order mark of UTF-8 stands before text that is no UTF-8 by its declaration."""
    return is_single_byte_text(rule) and _read(stream, len(UTF8_BOM)) == UTF8_BOM


def behind_bom(rule: FileRule) -> FileRule:
    """The rule by which a file with a byte order mark is read."""
    skipped = replace(rule.skip, file_start=rule.skip.file_start + len(UTF8_BOM))
    return replace(rule, skip=skipped)


def _read(stream: ByteStream, size: int) -> bytes:
    """The first bytes of the stream, which is rewound; none of one that is damaged."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    filled = 0
    stream.seek(0)
    try:
        while filled < size:
            read = stream.readinto(view[filled:])
            if not read:
                break
            filled += read
    except DamagedStream:
        filled = 0  # framing tells why
    stream.seek(0)
    return bytes(buffer[:filled])
