"""The compiled loops of :mod:`parsers.framing.descriptors`; import this module late.

Both return (records, place after the last whole one, why they stopped, bytes left of the block at
that place, place of the fault). ``form`` is that of ``descriptor_form``; ``starts`` and ``lengths``
are filled, and are long enough for every record that the data can hold.
"""

from __future__ import annotations

from typing import Final

from parsers.codecs.fault import Bytes
from parsers.framing.compiled import INTS, READ, WRITE, compiled, inlined
from parsers.framing.frame import LONGEST_RECORD
from parsers.rows import Ints

_SHORT: Final = 0
_INVALID: Final = 1
_BLOCK: Final = 2
_SEGMENT: Final = 3
_FIVE = "UniTuple(int64, 5)"

_BDW: Final = 4
_RDW: Final = 4
_WHOLE: Final = 0
_FIRST: Final = 1
_LAST: Final = 2
_MIDDLE: Final = 3


@inlined
def _number(data: Bytes, at: int, size: int, little: int) -> int:
    """``size`` bytes as an unsigned number."""
    value = 0
    for nth in range(size):
        place = at + size - 1 - nth if little else at + nth
        value = value * 256 + int(data[place])
    return value


@inlined
def _block_data(data: Bytes, at: int) -> int:
    """Bytes of the block behind the BDW at ``at``; negative when the word is impossible."""
    if data[at] & 0x80:
        return (_number(data, at, 4, 0) & 0x7FFF_FFFF) - _BDW
    if data[at + 2] | data[at + 3]:
        return -1
    return _number(data, at, 2, 0) - _BDW


@compiled(READ, INTS, "int64", INTS, INTS, returns=_FIVE)
def follow(
    data: Bytes, form: Ints, block_left: int, starts: Ints, lengths: Ints
) -> tuple[int, int, int, int, int]:
    """Whole records behind their descriptors (V, VB)."""
    width, position, length_bytes, little = form[0], form[1], form[2], form[3]
    own, longest, bare, before, after, blocked = (
        form[4],
        form[5],
        form[6],
        form[7],
        form[8],
        form[9],
    )
    size = len(data)
    count = 0
    place = 0
    left = block_left
    while True:
        at = place
        inside = left
        if blocked:
            if inside == 0:
                if at + _BDW > size:
                    return count, place, _SHORT, left, place
                inside = _block_data(data, at)
                at += _BDW
            if inside < before + width + after:
                return count, place, _BLOCK, left, place
        word = at + before
        if word + width > size:
            return count, place, _SHORT, left, place
        length = _number(data, word + position, length_bytes, little) - own
        others = 0
        if bare:
            for nth in range(width):
                if nth < position or nth >= position + length_bytes:
                    others |= data[word + nth]
        stop = word + width + length + after
        outside = blocked and stop - at > inside
        if length < 0 or length > longest or others != 0 or outside:
            return count, place, _INVALID, left, word
        if stop > size:
            return count, place, _SHORT, left, place
        starts[count] = word + width
        lengths[count] = length
        count += 1
        place = stop
        left = inside - (stop - at) if blocked else 0


@inlined
def _put_together(data: Bytes, place: int, left: int, segments: int, form: Ints) -> tuple[int, int]:
    """Move the data of ``segments`` segments together; returns where it begins and its length.

    Every byte moves towards the beginning and none over a descriptor that is still to be read.
    """
    little, own, blocked = form[3], form[4], form[9]
    read = place
    inside = left
    start = 0
    write = 0
    for nth in range(segments):
        if blocked and inside == 0:
            inside = _block_data(data, read)
            read += _BDW
        length = _number(data, read, 2, little) - own
        read += _RDW
        if nth == 0:
            start = read
            write = read
        else:
            for byte in range(length):
                data[write + byte] = data[read + byte]
        write += length
        read += length
        inside -= _RDW + length
    return start, write - start


@compiled(WRITE, INTS, "int64", INTS, INTS, returns=_FIVE)
def assemble(
    data: Bytes, form: Ints, block_left: int, starts: Ints, lengths: Ints
) -> tuple[int, int, int, int, int]:
    """Records in segments (VBS), each put together in place: its later segments move forward
    over the descriptors between them, once all of them are there."""
    little, own, longest, blocked = form[3], form[4], form[5], form[9]
    size = len(data)
    count = 0
    place = 0
    left = block_left
    while True:
        at = place
        inside = left
        segments = 0
        while True:
            word = at
            if blocked:
                if inside == 0:
                    if at + _BDW > size:
                        return count, place, _SHORT, left, place
                    inside = _block_data(data, at)
                    at += _BDW
                if inside < _RDW:
                    return count, place, _BLOCK, left, word
            if at + _RDW > size:
                return count, place, _SHORT, left, place
            length = _number(data, at, 2, little) - own
            kind = data[at + 2]
            outside = blocked and _RDW + length > inside
            if length < 0 or length > longest or kind > _MIDDLE or data[at + 3] != 0 or outside:
                return count, place, _INVALID, left, at
            if (kind in (_WHOLE, _FIRST)) == (segments > 0):
                return count, place, _SEGMENT, left, at
            if at + _RDW + length - place > LONGEST_RECORD:
                return count, place, _SEGMENT, left, at
            if at + _RDW + length > size:
                return count, place, _SHORT, left, place
            at += _RDW + length
            inside = inside - _RDW - length if blocked else 0
            segments += 1
            if kind in (_WHOLE, _LAST):
                break
        starts[count], lengths[count] = _put_together(data, place, left, segments, form)
        count += 1
        place = at
        left = inside
