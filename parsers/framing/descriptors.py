"""Record and block descriptor words, followed by compiled loops.

A record descriptor word (RDW) stands before each record. IBM's is four bytes: a big-endian length
that includes itself, a segment byte (0: a whole record, 1 first, 2 last, 3 middle segment of a
spanned one) and a reserved byte. A block descriptor word (BDW) stands before each block: two bytes
of length that include itself and two zero bytes or, with its first bit on, 31 bits of length.
(z/OS DFSMS Using Data Sets, "Variable-Length Record Formats".)
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from interfaces.model import ByteOrder, DescriptorRule, FileRule, Framing
from parsers.codecs.fault import Bytes
from parsers.framing.frame import LONGEST_RECORD, RAW_LIMIT, Cut, FramingFault
from parsers.rows import Ints, Rows

BDW_BYTES: Final = 4
LONGEST_RDW: Final = 32_760
"""Greatest length that an RDW which counts itself gives: a record fits a block, and a block is no
longer."""

_SMALL_WORD = 4
"""A descriptor no wider than this has nothing but its length (and segment byte) in it."""


class ChainEnd(IntEnum):
    """Why following the descriptors of a buffer came to an end."""

    SHORT = 0  # the data ends before the record does
    INVALID = 1  # no possible record length, or a segment where there are none
    BLOCK = 2  # no possible block length
    SEGMENT = 3  # segments out of order, or a spanned record without end


_CODES = {
    ChainEnd.INVALID: "RDW_INVALID",
    ChainEnd.BLOCK: "BDW_INVALID",
    ChainEnd.SEGMENT: "SEGMENT_INVALID",
}


def longest_data(rule: DescriptorRule) -> int:
    """Most data bytes that a descriptor of this form can announce.

    Two bytes that count themselves hold what IBM allows; other forms come from elsewhere and
    hold what their bytes can say, up to :data:`~parsers.framing.frame.LONGEST_RECORD`.
    """
    own = rule.width if rule.includes_itself else 0
    if rule.includes_itself and rule.length_bytes == 2:
        return LONGEST_RDW - own
    return int(min((1 << (8 * rule.length_bytes)) - 1, LONGEST_RECORD)) - own


def descriptor_form(rule: FileRule) -> Ints:
    """The numbers that the compiled loops go by, in the order in which they take them."""
    word = rule.descriptor
    if word is None:
        raise ValueError("records without descriptors cannot be followed by them")
    numbers = [
        word.width,
        word.position,
        word.length_bytes,
        word.byte_order is ByteOrder.LITTLE,
        word.width if word.includes_itself else 0,
        longest_data(word),
        word.width <= _SMALL_WORD,
        rule.skip.record_start,
        rule.skip.record_end,
        rule.block_descriptor,
    ]
    return np.array(numbers, np.int64)


class DescriptorCutter:
    """Cuts V, VB and VBS by their descriptors."""

    def __init__(self, rule: FileRule, block_left: int = 0) -> None:
        self.block_left = block_left
        self._form = descriptor_form(rule)
        self._spanned = rule.framing is Framing.VBS
        self._least = max(int(self._form[0]) + rule.skip.record_start + rule.skip.record_end, 1)
        self._starts = self._lengths = np.empty(0, np.int64)

    def cut(self, data: Bytes, at_end: bool) -> Cut:
        """Records of ``data``, which is changed where a spanned record is put together."""
        from parsers.framing.chains import assemble, follow

        most = len(data) // self._least
        if len(self._starts) < most:
            self._starts, self._lengths = np.empty(most, np.int64), np.empty(most, np.int64)
        walk = assemble if self._spanned else follow
        count, consumed, end, self.block_left, place = walk(
            data, self._form, self.block_left, self._starts, self._lengths
        )
        faults: tuple[FramingFault, ...] = ()
        if end != ChainEnd.SHORT:
            # Told once the whole word is there, so that the finding is the same in any block.
            word = data[place : place + int(self._form[0])].tobytes()
            if at_end or len(word) == self._form[0]:
                faults = (FramingFault(_CODES[ChainEnd(end)], place, word),)
        elif at_end and (consumed < len(data) or self.block_left):
            raw = data[consumed : consumed + RAW_LIMIT].tobytes()
            faults = (FramingFault("FILE_TRUNCATED", consumed, raw),)
        starts, lengths = self._starts[:count].copy(), self._lengths[:count].copy()
        return Cut(Rows(data, starts, stride_of(starts)), lengths, consumed, faults)


def stride_of(starts: Ints) -> int | None:
    """Distance of neighbours when it is always the same, None otherwise or for one row."""
    if len(starts) < 2:
        return None
    steps = np.diff(starts)
    return int(steps[0]) if (steps == steps[0]).all() else None
