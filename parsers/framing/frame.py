"""What framing takes and gives: streams, frames, faults, parts of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from parsers.codecs.fault import Bytes
from parsers.rows import Ints, Rows

RAW_LIMIT: Final = 32
"""Most bytes of a record or partial record that a finding carries."""

LONGEST_RECORD: Final = 256 << 20
"""Bytes after which an unfinished record is a fault: a wrong descriptor must not fill memory."""


class DamagedStream(Exception):
    """What a packed stream raises when it is damaged or not of the declared kind.

    ``code`` is that of the finding: FILE_COMPRESSION unless it is another.
    """

    def __init__(self, why: str, code: str = "FILE_COMPRESSION") -> None:
        super().__init__(why)
        self.code = code


class ByteStream(Protocol):
    """What framing reads: an unbuffered file, bytes in memory, or an unpacked file.

    ``seek`` is asked of streams that are read in parts or looked at twice.
    """

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from its beginning; returns how many bytes, 0 at the end."""

    def seek(self, offset: int, /) -> int:
        """Go on reading at ``offset`` from the beginning."""


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


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file that one worker reads: it begins with a record.

    ``start`` is the file offset of the first byte; 0 is the beginning of the file, with what is
    skipped there. ``stop`` is the offset after the last byte, None for the part that goes to the
    end of the file. ``first_number`` is the physical number of its first record, ``block_left``
    how much of a block (BDW) is left where it begins.
    """

    start: int
    stop: int | None = None
    first_number: int = 1
    block_left: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """The records of one block.

    ``rows.data`` is the reused buffer: valid until the next frame is asked for. ``lengths``
    int64 (n,); ``first_number`` is the physical number of the first record, ``base`` the file
    offset of ``rows.data[0]``; ``bytes_read`` were consumed by this frame. The first data byte
    of a record lies at ``base + rows.starts`` in the file, in the unpacked one if it is packed.
    A spanned record is put together at the place of its first segment, so that this holds for it
    too, but not for its bytes from the second segment on. ``resume``: the rest of the file.
    """

    rows: Rows
    lengths: Ints
    first_number: int
    base: int
    bytes_read: int
    faults: tuple[FramingFault, ...] = ()
    resume: ByteRange = ByteRange(0)


@dataclass(frozen=True, eq=False, slots=True)
class Cut:
    """What one look at the buffer found: whole records, bytes done with, and faults.

    ``faults`` end the file: nothing after them can be framed.
    """

    rows: Rows
    lengths: Ints
    consumed: int
    faults: tuple[FramingFault, ...] = ()


class Cutter(Protocol):
    """Cuts a buffer that begins with a record. One for each reading of a file."""

    block_left: int
    """Bytes of the present block (BDW) that are still to come, 0 at its end and without blocks."""

    def cut(self, data: Bytes, at_end: bool) -> Cut:
        """Whole records in ``data``; ``at_end``: the file ends with it."""


class Measure(Protocol):
    """Tells the lengths of records that carry none in front of them."""

    def lengths(
        self, data: Bytes, at_end: bool, before: int, after: int
    ) -> tuple[Ints, Ints, int, bool]:
        """Follow the records from the beginning of ``data``.

        ``before`` and ``after`` are bytes around each record that are skipped. Returns where the
        data of each whole record begins, its length (both int64), where the next record begins,
        and whether its length cannot be told.
        """
