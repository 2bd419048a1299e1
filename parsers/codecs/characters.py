"""Every kind of text field: which codec reads it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parsers.codecs.dbcs import decode_double
from parsers.codecs.fault import Bytes, Faults
from parsers.codecs.mixed import decode_mixed
from parsers.codecs.national import decode_national
from parsers.codecs.points import BLANKS, Lengths, Mask, trimmed
from parsers.codecs.text import decode_single, decode_text, trimmed_lengths
from parsers.codecs.utf8 import decode_utf8
from parsers.codecs.varchar import LENGTH_BYTES, varchar_lengths
from parsers.codepages import CodePage, CodePageError
from parsers.codepages.multibyte import Multibyte
from parsers.layout import Field


def decode_characters(
    matrix: Bytes, field: Field, page: CodePage, applies: Mask | None = None
) -> tuple[pa.StringArray, Faults]:
    """Column of a text field and a fault for each row; null where nothing is left, or at a fault.

    ``matrix`` uint8 (n, field length). ``applies`` bool (n,): rows that have the field at all
    (REDEFINES); the others are null and never at fault. Blanks at the end are dropped, of
    ``justified`` text those at the beginning, with which it is filled (in UTF-16, double-byte and
    mixed text at both ends); in double-byte text the ideographic ones as well.
    Only of VARCHAR every character within its length is kept. CodePageError for double-byte
    fields (PIC G) in a page without a double-byte set.
    """
    if field.usage == "varchar":
        return _decode_varchar(matrix, field, page, applies)
    blanks = " " if field.usage == "national" else BLANKS
    if field.usage == "national":
        text, faults = decode_national(matrix, little_endian=field.little_endian, applies=applies)
        text = trimmed(text, blanks)
    elif field.usage == "dbcs":
        text, faults = decode_double(matrix, double_byte_set(field, page), applies)
        text = trimmed(text, blanks)
    elif page.multibyte is None and field.justified:
        text, faults = _decode_justified(matrix, page, applies)
    elif page.multibyte is None:
        text, faults = decode_text(matrix, page, applies)
    else:
        text, faults = _decode_filled(matrix, page, applies)
    return (trimmed(text, blanks, left=True) if field.justified else text), faults


def _decode_justified(
    matrix: Bytes, page: CodePage, applies: Mask | None
) -> tuple[pa.StringArray, Faults]:
    """Text of a single-byte page filled to the left: what stands at its end belongs to it."""
    matrix = np.ascontiguousarray(matrix)
    lengths = np.where(trimmed_lengths(matrix, page.space) > 0, matrix.shape[1], 0)
    if applies is not None:
        lengths = np.where(applies, lengths, 0)
    return decode_single(matrix, lengths, page)


def double_byte_set(field: Field, page: CodePage) -> Multibyte:
    """The double-byte set in which ``field`` (PIC G, DISPLAY-1) is written. CodePageError if
    ``page`` has none: to be found out before any record is read."""
    if page.multibyte is None or not page.multibyte.has_double_bytes:
        raise CodePageError(
            f"{field.name}: double-byte text (PIC G or DISPLAY-1), but encoding {page.name} has no "
            "double-byte set; declare a mixed page, e.g. cp939"
        )
    return page.multibyte


def _decode_filled(
    matrix: Bytes, page: CodePage, applies: Mask | None
) -> tuple[pa.StringArray, Faults]:
    """Text of a page with multibyte characters, filled with blanks to the right."""
    matrix = np.ascontiguousarray(matrix)
    lengths = trimmed_lengths(matrix, page.space)
    if applies is not None:
        lengths = np.where(applies, lengths, 0)
    text, faults = _decode_bytes(matrix, lengths, page)
    has_wide_blanks = page.multibyte is not None and page.multibyte.has_double_bytes
    return (trimmed(text) if has_wide_blanks else text), faults


def _decode_varchar(
    matrix: Bytes, field: Field, page: CodePage, applies: Mask | None
) -> tuple[pa.StringArray, Faults]:
    lengths, faults = varchar_lengths(matrix, little_endian=field.little_endian, applies=applies)
    text, wrong = _decode_bytes(np.ascontiguousarray(matrix[:, LENGTH_BYTES:]), lengths, page)
    return text, np.where(faults, faults, wrong)


def _decode_bytes(matrix: Bytes, lengths: Lengths, page: CodePage) -> tuple[pa.StringArray, Faults]:
    """Text of the first ``lengths`` bytes of each row, whatever the page."""
    if page.multibyte is None:
        return decode_single(matrix, lengths, page)
    if page.multibyte.has_double_bytes:
        return decode_mixed(matrix, lengths, page, page.multibyte)
    return decode_utf8(matrix, lengths)
