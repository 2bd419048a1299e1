"""What a code page has beside its single bytes: double-byte characters, or UTF-8.

A mixed EBCDIC page switches to double bytes with shift-out and back with shift-in. (IBM CDRA,
"Encoding schemes", ESID 1301: EBCDIC mixed single-byte and double-byte.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from parsers.codepages.double_byte import (
    FIRST_SEQUENCE,
    DoubleByteTable,
    read_double_byte_table,
)
from parsers.codepages.unicode_text import is_text_point

SHIFT_OUT = 0x0E
SHIFT_IN = 0x0F
IDEOGRAPHIC_SPACE = 0x3000
REPLACEMENT = "\ufffd"


@dataclass(frozen=True, eq=False)
class Multibyte:
    """The characters of a page that take more than one byte.

    ``scheme`` "shift": double bytes between SO and SI, from the table named ``source``, which is
    read when it is first asked for. ``scheme`` "utf-8": UTF-8, no table.
    """

    scheme: Literal["shift", "utf-8"]
    source: str | None = None

    @property
    def has_double_bytes(self) -> bool:
        """Whether the page has a double-byte set, as PIC G and DISPLAY-1 need one."""
        return self.source is not None

    @property
    def points(self) -> npt.NDArray[np.uint32]:
        """uint32[65536]: code point of each pair of bytes (the first is the high one), 0 for
        none; from 0x110000 on, the pair's place in ``sequences``."""
        return self._table.points

    @property
    def pairs(self) -> npt.NDArray[np.uint16]:
        """uint16[0x30001]: canonical pair of each code point, 0 for none; the last entry stands
        for every code point from U+30000 on."""
        return self._table.pairs

    @property
    def sequences(self) -> npt.NDArray[np.uint32]:
        """uint32 (n, 2): characters of two code points that are one pair of bytes."""
        return self._table.sequences

    @property
    def sequence_pairs(self) -> npt.NDArray[np.uint16]:
        """uint16 (n,): the pair of each of ``sequences``."""
        return np.array(list(self._table.sequence_pairs.values()), np.uint16)

    @cached_property
    def _table(self) -> DoubleByteTable:
        if self.source is None:
            raise ValueError("UTF-8 has no double-byte set")
        return read_double_byte_table(self.source)

    def decode(self, data: bytes, single: str) -> str:
        """Text of ``data``; ``single`` are the 256 characters of single bytes. Bytes that make no
        character are U+FFFD."""
        if self.scheme == "utf-8":
            return data.decode("utf-8", "replace")
        text = []
        place, is_double = 0, False
        while place < len(data):
            byte = data[place]
            if byte in (SHIFT_OUT, SHIFT_IN):
                is_double = byte == SHIFT_OUT
                place += 1
            elif is_double:
                text.append(self._character(data[place : place + 2]))
                place += 2
            else:
                text.append(single[byte] if single[byte] != "\ufffe" else REPLACEMENT)
                place += 1
        return "".join(text)

    def encode(self, text: str, single: Mapping[int, int]) -> bytes:
        """Canonical bytes of ``text``; ``single`` gives the byte of a code point that has one.
        UnicodeEncodeError for a character that has neither byte nor pair."""
        if self.scheme == "utf-8":
            return _utf8(text)
        data = bytearray()
        place, is_double = 0, False
        while place < len(text):
            code, taken = self._code(text, place, single)
            if (len(code) == 2) != is_double:
                is_double = not is_double
                data.append(SHIFT_OUT if is_double else SHIFT_IN)
            data += code
            place += taken
        return bytes(data) + bytes([SHIFT_IN]) * is_double

    def encode_double(self, text: str) -> bytes:
        """``text`` in pairs without shifts; UnicodeEncodeError when a character has no pair."""
        data = bytearray()
        place = 0
        while place < len(text):
            code, taken = self._code(text, place, {})
            data += code
            place += taken
        return bytes(data)

    def _character(self, pair: bytes) -> str:
        point = int(self.points[int.from_bytes(pair, "big")]) if len(pair) == 2 else 0
        if point >= FIRST_SEQUENCE:
            return "".join(map(chr, self.sequences[point - FIRST_SEQUENCE]))
        return chr(point) if point else REPLACEMENT

    def _code(self, text: str, place: int, single: Mapping[int, int]) -> tuple[bytes, int]:
        """Byte or pair of the character at ``place``, and of how many code points that is."""
        sequence = self._table.sequence_pairs.get(text[place : place + 2])
        if sequence is not None:
            return sequence.to_bytes(2, "big"), 2
        point = ord(text[place])
        if point in single:
            return bytes([single[point]]), 1
        pair = int(self.pairs[min(point, len(self.pairs) - 1)])
        if not pair:
            raise UnicodeEncodeError("mixed", text, place, place + 1, "not in the code page")
        return pair.to_bytes(2, "big"), 1


def _utf8(text: str) -> bytes:
    for place, character in enumerate(text):
        if not is_text_point(np.array([ord(character)], np.uint32))[0]:
            raise UnicodeEncodeError("utf-8", text, place, place + 1, "no character of text")
    return text.encode("utf-8")
