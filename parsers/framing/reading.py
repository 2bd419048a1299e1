"""A stream → frames: one buffer, filled again and again.

Memory does not grow with the file: whatever a block leaves over (the beginning of a record) moves
to the front of the buffer, and the next bytes are read behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from interfaces.model import FileRule, Framing, LineEnd
from interfaces.toml_table import DeclarationError
from parsers.codecs.fault import Bytes
from parsers.framing.descriptors import DescriptorCutter
from parsers.framing.fixed import FixedCutter
from parsers.framing.frame import (
    RAW_LIMIT,
    ByteRange,
    ByteStream,
    Cutter,
    DamagedStream,
    Frame,
    FramingFault,
    Measure,
)
from parsers.framing.lines import LineCutter, line_form
from parsers.framing.measured import MeasuredCutter
from parsers.rows import Rows


def frames(
    stream: ByteStream,
    rule: FileRule | Framing,
    record_length: int,
    block_bytes: int,
    *,
    measure: Measure | None = None,
    part: ByteRange | None = None,
) -> Iterator[Frame]:
    """Cut a binary stream into blocks of about ``block_bytes``.

    ``record_length`` is that of the longest record in the copybook, used by F and FB. ``measure``
    is needed where descriptors are missing. ``part`` (:mod:`parsers.framing.splits`) reads only
    that part of the file, with its true numbers and offsets; without it the stream is read from
    where it stands, as a whole file.
    An empty stream gives no frame. A block never ends inside a record: the buffer grows to hold
    one, up to the longest the framing allows. A :class:`Framing` alone means its usual form.
    DeclarationError when the rule cannot be used.
    """
    rule = rule if isinstance(rule, FileRule) else _usual(rule, record_length)
    wanted = part or ByteRange(0)
    cutter = cutter_of(rule, record_length, measure, wanted.block_left)
    if part is not None:
        stream.seek(part.start)
    is_last = wanted.stop is None
    source = _Source(stream, None if wanted.stop is None else wanted.stop - wanted.start)
    held = rule.skip.file_end if is_last else 0
    skipped = rule.skip.file_start if wanted.start == 0 else 0
    number, base, filled = wanted.first_number, wanted.start, 0
    buffer = np.empty(max(block_bytes, skipped, 1), np.uint8)
    if skipped:
        read = source.fill(buffer[:skipped], 0)
        if read < skipped:
            yield from _nothing_but(source, buffer[:read])
            return
        base += skipped
    while not source.ended:
        if filled == len(buffer):
            larger = np.empty(2 * len(buffer), np.uint8)
            larger[:filled] = buffer
            buffer = larger
        filled = source.fill(buffer, filled)
        at_end = source.ended and is_last and not source.damaged
        if at_end and filled < held:
            yield from _nothing_but(source, buffer[:filled], number, base)
            return
        usable = max(filled - held, 0)
        cut = cutter.cut(buffer[:usable], at_end)
        faults = cut.faults + _damage(source, cut.consumed)
        is_rest = at_end and held > 0 and number > wanted.first_number
        if cut.consumed or faults or is_rest:
            # Behind a fault nothing is read, whether or not the end is in the buffer already.
            around = skipped + (held if at_end and not faults else 0)
            following = number + len(cut.rows)
            resume = ByteRange(base + cut.consumed, None, following, cutter.block_left)
            read = cut.consumed + around
            yield Frame(cut.rows, cut.lengths, number, base, read, faults, resume)
            number, skipped = following, 0
        if faults:
            return
        left = filled - cut.consumed
        buffer[:left] = buffer[cut.consumed : filled]
        filled, base = left, base + cut.consumed


def cutter_of(
    rule: FileRule, record_length: int, measure: Measure | None = None, block_left: int = 0
) -> Cutter:
    """What cuts the records of such a file, beginning with ``block_left`` bytes of a block."""
    if rule.framing is Framing.TEXT and rule.line_end is not LineEnd.NONE:
        return LineCutter(line_form(rule), rule.skip)
    if rule.framing not in (Framing.V, Framing.VB, Framing.VBS):
        return FixedCutter(rule, record_length)
    if rule.descriptor is not None:
        return DescriptorCutter(rule, block_left)
    if measure is None:
        raise DeclarationError("records without descriptors need a rule for their length")
    return MeasuredCutter(measure, rule.skip)


def _usual(framing: Framing, record_length: int) -> FileRule:
    """The rule that a framing without further declaration means."""
    return FileRule(
        framing=framing,
        encoding="ascii",
        name="",
        line_end=LineEnd.LF if framing is Framing.TEXT else None,
        record_length=record_length if framing is Framing.U else None,
    )


class _Source:
    """Reads at most ``limit`` bytes of a stream. ``damaged`` is the code of why it ended early."""

    def __init__(self, stream: ByteStream, limit: int | None) -> None:
        self.ended = False
        self.damaged: str | None = None
        self._stream = stream
        self._limit = limit

    def fill(self, buffer: Bytes, filled: int) -> int:
        """Read until the buffer is full or the bytes end; returns how far it is filled."""
        view = buffer.data
        stop = len(buffer)
        if self._limit is not None:
            stop = min(stop, filled + self._limit)
        begun = filled
        try:
            while filled < stop:
                read = self._stream.readinto(view[filled:stop])
                if not read:
                    break
                filled += read
        except DamagedStream as error:
            self.damaged = error.code
        if self._limit is not None:
            self._limit -= filled - begun
        self.ended = filled < len(buffer) or self._limit == 0
        return filled


def _damage(source: _Source, place: int) -> tuple[FramingFault, ...]:
    return (FramingFault(source.damaged, place, b"", of_file=True),) if source.damaged else ()


def _nothing_but(source: _Source, data: Bytes, number: int = 1, base: int = 0) -> Iterator[Frame]:
    """The frame of a file too short for what surrounds its records; none for an empty file."""
    faults = _damage(source, 0)
    if len(data) and not faults:
        faults = (FramingFault("FILE_TRUNCATED", 0, data[:RAW_LIMIT].tobytes()),)
    if faults:
        none = np.empty(0, np.int64)
        yield Frame(Rows(data, none), none, number, base, 0, faults)
