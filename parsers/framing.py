"""Bytes of a file → blocks of records: F/FB by length, V/VB by RDW, text by line end.

A file is read into one buffer that is used again for every block, so memory does not grow with
the file. Whatever a block leaves over (the beginning of a record) moves to the front.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from interfaces.model import Framing
from parsers.codecs.fault import Bytes
from parsers.lines import cut_lines
from parsers.rdw import RDW_BYTES, ChainEnd, follow_chain
from parsers.rows import Ints, Rows

RAW_LIMIT = 32
"""Most bytes of a record or partial record that a finding carries."""


class ByteStream(Protocol):
    """What framing reads: an unbuffered file, or bytes in memory."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from its beginning; returns how many bytes, 0 at the end."""


@dataclass(frozen=True, slots=True)
class FramingFault:
    """Why framing stopped or a record is cut short.

    ``place`` is where in the block; ``of_file`` says that it concerns the file as a whole and
    not the record that would have been next.
    """

    code: str
    place: int
    raw: bytes
    of_file: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """The records of one block.

    ``rows.data`` is the reused buffer: valid until the next frame is asked for. ``lengths``
    int64 (n,); ``first_number`` is the physical number of the first record, ``base`` the file
    offset of ``rows.data[0]``; ``bytes_read`` were consumed by this frame.
    """

    rows: Rows
    lengths: Ints
    first_number: int
    base: int
    bytes_read: int
    faults: tuple[FramingFault, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Cut:
    """What one look at the buffer found: whole records, bytes done with, and faults.

    ``faults`` end the file: nothing after them can be framed.
    """

    rows: Rows
    lengths: Ints
    consumed: int
    faults: tuple[FramingFault, ...] = ()


Cutter = Callable[[Bytes, bool], Cut]
"""(bytes from a record's beginning, whether the file ends with them) → :class:`Cut`."""


def frames(
    stream: ByteStream, framing: Framing, record_length: int, block_bytes: int
) -> Iterator[Frame]:
    """Cut a binary stream into blocks of about ``block_bytes``.

    ``record_length`` is LRECL, used by F and FB. An empty stream gives no frame. A block never
    ends inside a record: the buffer grows to hold one, up to the longest the framing allows.
    """
    cutter = _cutter(framing, record_length)
    buffer = np.empty(max(block_bytes, 1), np.uint8)
    filled, base, number = 0, 0, 1
    at_end = False
    while not at_end:
        if filled == len(buffer):
            buffer = np.concatenate([buffer, np.empty_like(buffer)])
        filled = _fill(stream, buffer, filled)
        at_end = filled < len(buffer)
        if filled == 0:
            return
        cut = cutter(buffer[:filled], at_end)
        if cut.consumed or cut.faults:
            yield Frame(cut.rows, cut.lengths, number, base, cut.consumed, cut.faults)
        if cut.faults:
            return
        left = filled - cut.consumed
        buffer[:left] = buffer[cut.consumed : filled]
        filled, base, number = left, base + cut.consumed, number + len(cut.rows)


def _fill(stream: ByteStream, buffer: Bytes, filled: int) -> int:
    """Read until the buffer is full or the stream ends; returns how far it is filled."""
    view = buffer.data
    while filled < len(buffer):
        read = stream.readinto(view[filled:])
        if not read:
            break
        filled += read
    return filled


def _cutter(framing: Framing, record_length: int) -> Cutter:
    if framing is Framing.TEXT:
        return _cut_text
    if framing in (Framing.V, Framing.VB):
        return _cut_variable
    if record_length <= 0:
        raise ValueError(f"records of {record_length} bytes cannot be framed")

    def cut(data: Bytes, at_end: bool) -> Cut:
        return _cut_fixed(data, at_end, record_length)

    return cut


def _cut_fixed(data: Bytes, at_end: bool, length: int) -> Cut:
    count, left = divmod(len(data), length)
    starts = np.arange(count, dtype=np.int64) * length
    faults: tuple[FramingFault, ...] = ()
    consumed = len(data) - left
    if at_end and left:
        raw = data[consumed : consumed + RAW_LIMIT].tobytes()
        faults = (
            FramingFault("FILE_LENGTH", consumed, raw, of_file=True),
            FramingFault("FILE_TRUNCATED", consumed, raw),
        )
    return Cut(Rows(data, starts, length), np.full(count, length, np.int64), consumed, faults)


def _cut_variable(data: Bytes, at_end: bool) -> Cut:
    starts, lengths, place, end = follow_chain(data)
    faults: tuple[FramingFault, ...] = ()
    if end is ChainEnd.INVALID:
        faults = (FramingFault("RDW_INVALID", place, data[place : place + RDW_BYTES].tobytes()),)
    elif at_end and place < len(data):
        faults = (FramingFault("FILE_TRUNCATED", place, data[place : place + RAW_LIMIT].tobytes()),)
    return Cut(Rows(data, starts), lengths, place, faults)


def _cut_text(data: Bytes, at_end: bool) -> Cut:
    starts, lengths, consumed = cut_lines(data, at_end)
    stride = None
    if len(starts) > 1:
        steps = np.diff(starts)
        stride = int(steps[0]) if (steps == steps[0]).all() else None
    return Cut(Rows(data, starts, stride), lengths, consumed)
