"""PIC X: characters of a code page, filled with spaces to the right."""

from __future__ import annotations

import codecs

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.points import counting_type, kept_bytes
from parsers.codepages import CodePage

_UTF8_THAI_LEAD = 0xE0
_UTF8_THAI_SECOND = (0xB8, 0xB9)


def decode_text(
    matrix: Bytes, page: CodePage, applies: npt.NDArray[np.bool_] | None = None
) -> tuple[pa.StringArray, Faults]:
    """Text without its trailing spaces; null where nothing is left, or at a fault.

    ``applies`` bool (n,): rows in which the field is there at all; the others are null and
    never at fault. A byte that is no character of the page, or a control character, is
    TEXT_UNMAPPABLE; in an ASCII page, bytes that are plainly Thai in UTF-8 are TEXT_UTF8.
    """
    matrix = np.ascontiguousarray(matrix)  # once, instead of striding through the block often
    lengths = trimmed_lengths(matrix, page.space)
    if applies is not None:
        lengths = np.where(applies, lengths, 0)
    return decode_single(matrix, lengths, page)


def decode_single(
    matrix: Bytes, lengths: npt.NDArray[np.int64], page: CodePage
) -> tuple[pa.StringArray, Faults]:
    """Text of the first ``lengths`` int64 (n,) bytes of each row of the contiguous ``matrix``, in
    a single-byte page; null and faults as :func:`decode_text` gives them."""
    faults = np.zeros(len(matrix), np.uint8)
    flat, widths = _kept(matrix, lengths, page)
    if len(widths) and widths.min() == 0:
        faults = _find_faults(matrix, widths, lengths, page)
        lengths = np.where(faults, 0, lengths)
        flat, widths = _kept(matrix, lengths, page)
    return _string_array(flat, widths, lengths, page), faults


def trimmed_lengths(matrix: Bytes, space: int) -> npt.NDArray[np.int64]:
    """Length up to the last byte that is not a space, for each row."""
    rows, width = matrix.shape
    if width == 0 or (matrix[:, -1] != space).all():
        return np.full(rows, width, np.int64)
    places = np.arange(1, width + 1, dtype=counting_type(width))[:, None]
    filled = np.ascontiguousarray(matrix.T) != space
    lengths: npt.NDArray[np.int64] = (filled * places).max(axis=0).astype(np.int64)
    return lengths


def _kept(
    matrix: Bytes, lengths: npt.NDArray[np.int64], page: CodePage
) -> tuple[Bytes, npt.NDArray[np.uint8]]:
    """The first ``lengths`` bytes of each row, one run, and the UTF-8 length of each byte."""
    flat = kept_bytes(matrix, lengths)
    # bytes.translate looks bytes up several times faster than fancy indexing
    widths = flat.tobytes().translate(page.utf8_length.tobytes())
    return flat, np.frombuffer(widths, np.uint8)


def _string_array(
    flat: Bytes,
    widths: npt.NDArray[np.uint8],
    lengths: npt.NDArray[np.int64],
    page: CodePage,
) -> pa.StringArray:
    """One charmap_decode for all rows; offsets from the running UTF-8 length."""
    utf8 = codecs.charmap_decode(flat.tobytes(), "strict", page.decode_table)[0].encode("utf-8")
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    if len(utf8) == len(flat):
        offsets = ends.astype(np.int32)
    else:
        running = np.zeros(len(flat) + 1, np.int32)
        np.cumsum(widths, dtype=np.int32, out=running[1:])
        offsets = running[ends]
    validity = None
    nulls = int((lengths == 0).sum())
    if nulls:
        validity = pa.py_buffer(np.packbits(lengths != 0, bitorder="little"))
    return pa.StringArray.from_buffers(
        len(lengths), pa.py_buffer(offsets), pa.py_buffer(utf8), validity, nulls
    )


def _find_faults(
    matrix: Bytes,
    widths: npt.NDArray[np.uint8],
    lengths: npt.NDArray[np.int64],
    page: CodePage,
) -> Faults:
    row_of_byte = np.repeat(np.arange(len(matrix)), lengths)
    faults = np.zeros(len(matrix), np.uint8)
    faults[row_of_byte[widths == 0]] = Fault.TEXT_UNMAPPABLE
    if page.kind == "ascii":
        faulty = np.flatnonzero(faults)
        utf8 = is_thai_utf8(_kept(matrix[faulty], lengths[faulty], page)[0], lengths[faulty])
        faults[faulty[utf8]] = Fault.TEXT_UTF8
    return faults


def is_thai_utf8(flat: Bytes, lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Rows that hold Thai letters in UTF-8 and no other bytes above 7F.

    ``flat``: the rows' bytes in one run, ``lengths`` int64 (n,). Thai is U+0E00–0E7F, in UTF-8
    E0, B8 or B9, 80–BF: a sequence that no text in a Thai single-byte page would have.
    """
    rows = np.repeat(np.arange(len(lengths)), lengths)
    letter = np.zeros(len(flat), np.bool_)
    if len(flat) >= 3:
        letter[:-2] = (
            (flat[:-2] == _UTF8_THAI_LEAD)
            & np.isin(flat[1:-1], _UTF8_THAI_SECOND)
            & (flat[2:] >= 0x80)
            & (flat[2:] <= 0xBF)
            & (rows[:-2] == rows[2:])
        )
    explained = letter.copy()
    explained[1:] |= letter[:-1]
    explained[2:] |= letter[:-2]
    has_letter = np.zeros(len(lengths), np.bool_)
    has_letter[rows[letter]] = True
    has_letter[rows[(flat >= 0x80) & ~explained]] = False
    return has_letter
