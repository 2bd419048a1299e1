"""Bytes of a copybook file → text: UTF-8, or what a byte order mark says.

Comments are often in another encoding than the code, in the national characters of whoever wrote
them. Bytes that are not UTF-8 are therefore kept (as lone surrogates, see PEP 383) and refused
only where they stand in code.
"""

from __future__ import annotations

import codecs
import re

from parsers.copybook.continuation import LogicalLine
from parsers.copybook.errors import CopybookError, Place

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KEPT_BYTE = re.compile("[\udc80-\udcff]")
_FIRST_KEPT = 0xDC00


def copybook_text(data: bytes, *, source: str) -> str:
    """The text without byte order mark; CopybookError for UTF-16 that is none."""
    if not data.startswith(_UTF16):
        return data.decode("utf-8-sig", "surrogateescape")
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise _not_text(Place(source, 1, 1), data[error.start], "UTF-16") from None


def check_bytes(line: LogicalLine) -> None:
    """CopybookError for the first byte in a line of code that was not UTF-8."""
    if found := None if line.text.isascii() else _KEPT_BYTE.search(line.text):
        raise _not_text(line.place(found.start()), ord(found[0]) - _FIRST_KEPT, "UTF-8")


def _not_text(place: Place, byte: int, encoding: str) -> CopybookError:
    return CopybookError(place, f"byte {byte:02X}", f"not {encoding}; save the copybook as UTF-8")
