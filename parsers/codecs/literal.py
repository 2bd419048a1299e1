"""One text value as a field holds it: what conditions and literals are compared with."""

from __future__ import annotations

from parsers.codecs.characters import double_byte_set
from parsers.codecs.varchar import LENGTH_BYTES
from parsers.codepages import CodePage
from parsers.codepages.multibyte import IDEOGRAPHIC_SPACE
from parsers.layout import Field


def literal_bytes(value: str, field: Field, page: CodePage) -> bytes:
    """The bytes of ``field`` with ``value``, filled with blanks (``justified``: to the left).

    UnicodeEncodeError when a character has no code, ValueError when the value is longer than the
    field, CodePageError for double-byte fields in a page without a double-byte set.
    """
    if field.usage == "varchar":
        text = page.encode(value)
        head = len(text).to_bytes(LENGTH_BYTES, "little" if field.little_endian else "big")
        return head + _filled(text, page.encode(" "), field, field.length - LENGTH_BYTES)
    text, blank = _encoded(value, field, page), _encoded(_blank(field), field, page)
    return _filled(text, blank, field, field.length)


def _blank(field: Field) -> str:
    return chr(IDEOGRAPHIC_SPACE) if field.usage == "dbcs" else " "


def _encoded(value: str, field: Field, page: CodePage) -> bytes:
    if field.usage == "national":
        return value.encode("utf-16-le" if field.little_endian else "utf-16-be")
    if field.usage == "dbcs":
        return double_byte_set(field, page).encode_double(value)
    return page.encode(value)


def _filled(text: bytes, blank: bytes, field: Field, length: int) -> bytes:
    if len(text) > length:
        raise ValueError(f"{field.name}: {len(text)} bytes of text in a field of {length}")
    filling = blank * ((length - len(text)) // len(blank))
    return filling + text if field.justified else text + filling
