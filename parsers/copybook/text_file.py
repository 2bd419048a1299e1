"""Bytes of a copybook file → text: UTF-8, or what a byte order mark says."""

from __future__ import annotations

import codecs

from parsers.copybook.errors import CopybookError, Place

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def copybook_text(data: bytes, *, source: str) -> str:
    """The text without byte order mark; CopybookError for the first byte that is not UTF-8."""
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        place = Place(source, before.count(b"\n") + 1, column)
        word = f"byte {data[error.start]:02X}"
        name = encoding.removesuffix("-sig").upper()
        raise CopybookError(place, word, f"not {name}; save the copybook as UTF-8") from None
