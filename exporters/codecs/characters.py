"""Every kind of text field: which codec writes it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exporters.codecs.dbcs import encode_double
from exporters.codecs.mixed import encode_mixed
from exporters.codecs.national import encode_national, fill_national
from exporters.codecs.text import encode_single
from exporters.codecs.text_rows import Bools, Bytes, EncodedText, place_text
from exporters.codecs.utf8 import encode_utf8
from parsers.codecs.characters import double_byte_set
from parsers.codecs.varchar import LENGTH_BYTES
from parsers.codepages import CodePage
from parsers.codepages.multibyte import IDEOGRAPHIC_SPACE
from parsers.layout import Field

_LONGEST_VARCHAR = 0x7FFF


def write_characters(
    column: pa.Array, field: Field, page: CodePage, out: Bytes
) -> tuple[Bools, Bools]:
    """Write ``column`` (text; null is blank) into ``out``, uint8 (rows, width), filled with the
    space of ``page`` before; fields of another blank are filled anew.

    Left-aligned, or right-aligned if the field is ``justified``. VARCHAR gets its length, 0 for
    null. Returns two masks of rows: longer than the field in encoded bytes, shifts included, and
    with a character that has no code. Such rows are not to be used; none holds half a character.
    CodePageError for double-byte fields (PIC G) in a page without a double-byte set.
    """
    if field.usage == "varchar":
        return _write_varchar(_encode(column, page), field, out)
    if field.usage == "national":
        encoded = encode_national(column, little_endian=field.little_endian)
        fill_national(out, little_endian=field.little_endian)
    elif field.usage == "dbcs":
        multibyte = double_byte_set(field, page)
        encoded = encode_double(column, multibyte)
        out[:, 0::2], out[:, 1::2] = divmod(int(multibyte.pairs[IDEOGRAPHIC_SPACE]), 0x100)
    else:
        encoded = _encode(column, page)
    return place_text(encoded, out, right=field.justified), encoded.unmappable


def _encode(column: pa.Array, page: CodePage) -> EncodedText:
    """Text of a PIC X field, whatever the page."""
    if page.multibyte is None:
        return encode_single(column, page)
    if page.multibyte.has_double_bytes:
        return encode_mixed(column, page, page.multibyte)
    return encode_utf8(column)


def _write_varchar(encoded: EncodedText, field: Field, out: Bytes) -> tuple[Bools, Bools]:
    too_long = place_text(encoded, out[:, LENGTH_BYTES:]) | (encoded.lengths > _LONGEST_VARCHAR)
    lengths = np.where(too_long, 0, encoded.lengths)
    order = "<i2" if field.little_endian else ">i2"
    out[:, :LENGTH_BYTES] = lengths.astype(order)[:, None].view(np.uint8)
    return too_long, encoded.unmappable
