"""A code page, in the forms that column-wise decoding and encoding need."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from parsers.codepages.multibyte import Multibyte

UNDEFINED = "\ufffe"
"""What ``codecs.charmap_decode`` takes for "no character at this byte"."""

Scalar = TypeVar("Scalar", bound=np.generic)
PageKind = Literal["ebcdic", "ascii"]


@dataclass(frozen=True, eq=False, slots=True)
class CodePage:
    """One code page.

    ``decode_table``: 256 characters, U+FFFE where the byte has none.
    ``encode_map``: code point → canonical byte (for ``codecs.charmap_encode``), of the
    characters that may stand in text: control characters are not among them, so that
    nothing we write can end a line early.
    ``utf8_length`` uint8[256]: UTF-8 bytes of each byte's character; 0 for a byte that has
    none or is a control character, so that one look-up tells length and validity.
    ``is_text`` bool[256]: the byte is a character that may stand in text.
    ``ambiguous`` bool[256]: the byte reads as a character whose canonical byte is another;
    a record holding one cannot be written back byte for byte.
    ``multibyte``: what the page has beside its single bytes (double bytes behind a shift-out,
    or UTF-8), None for a single-byte page. The other attributes are those of single bytes.
    """

    name: str
    kind: PageKind
    decode_table: str
    encode_map: Mapping[int, int]
    utf8_length: npt.NDArray[np.uint8]
    is_text: npt.NDArray[np.bool_]
    ambiguous: npt.NDArray[np.bool_]
    space: int
    digit_zero: int
    multibyte: Multibyte | None = None

    def decode(self, data: bytes) -> str:
        """Text of ``data``, U+FFFD for bytes without a character. For people, not for columns."""
        if self.multibyte is not None:
            return self.multibyte.decode(data, self.decode_table)
        return codecs.charmap_decode(data, "replace", self.decode_table)[0]

    def encode(self, text: str) -> bytes:
        """Canonical bytes of ``text``, shifts included; UnicodeEncodeError when a character
        has none. For single values, not for columns."""
        if self.multibyte is not None:
            return self.multibyte.encode(text, self.encode_map)
        return codecs.charmap_encode(text, "strict", self.encode_map)[0]


def build_code_page(
    name: str,
    kind: PageKind,
    decode_table: str,
    canonical: Mapping[int, int],
    multibyte: Multibyte | None = None,
) -> CodePage:
    """Derive a page from its 256 characters and the bytes (→ canonical byte) that are not
    canonical themselves."""
    is_text = np.array([_may_stand_in_text(character) for character in decode_table])
    lengths = np.array([len(character.encode("utf-8")) for character in decode_table], np.uint8)
    encode_map = {
        ord(character): canonical.get(byte, byte)
        for byte, character in enumerate(decode_table)
        if is_text[byte]
    }
    return CodePage(
        name=name,
        kind=kind,
        decode_table=decode_table,
        encode_map=encode_map,
        utf8_length=_frozen(np.where(is_text, lengths, 0).astype(np.uint8)),
        is_text=_frozen(is_text),
        ambiguous=_frozen(np.isin(np.arange(256), list(canonical))),
        space=encode_map[ord(" ")],
        digit_zero=encode_map[ord("0")],
        multibyte=multibyte,
    )


def _may_stand_in_text(character: str) -> bool:
    return character != UNDEFINED and unicodedata.category(character) != "Cc"


def _frozen(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    array.setflags(write=False)
    return array
