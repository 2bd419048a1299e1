"""PIC X whose bytes hold UTF-8: a width in bytes, filled with blanks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.points import Lengths, Mask, kept_bytes, rows_holding, text_of_utf8
from parsers.codepages.unicode_text import is_text_point

_SIZES = np.zeros(256, np.uint8)
_SIZES[:0x80], _SIZES[0xC2:0xE0], _SIZES[0xE0:0xF0], _SIZES[0xF0:0xF5] = 1, 2, 3, 4
_SMALLEST = np.array([0, 0, 0x80, 0x800, 0x1_0000], np.uint32)
_LEAD_BITS = np.array([0, 0x7F, 0x1F, 0x0F, 0x07], np.uint32)


def decode_utf8(matrix: Bytes, lengths: Lengths) -> tuple[pa.StringArray, Faults]:
    """Text of the first ``lengths`` bytes of each row; null where there is none, or at a fault.

    ``matrix`` uint8 (n, width), contiguous. Bytes that are no UTF-8 (a character cut off at the
    end of the field among them), control characters and noncharacters are TEXT_UNMAPPABLE.
    """
    data = kept_bytes(matrix, lengths)
    faults = np.zeros(len(matrix), np.uint8)
    wrong = _faulty_rows(data, lengths)
    if wrong.any():
        faults[wrong] = Fault.TEXT_UNMAPPABLE
        data = data[np.repeat(~wrong, lengths)]
        lengths = np.where(wrong, np.int64(0), lengths)
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    # Text outlives the block, whose buffer is filled again with the next one.
    own = data.copy() if np.may_share_memory(data, matrix) else data
    return text_of_utf8(own, offsets, lengths != 0), faults


def _faulty_rows(data: Bytes, lengths: Lengths) -> Mask:
    """Rows that are no text in UTF-8 (RFC 3629, section 4)."""
    if _is_plain(data, lengths):
        return np.zeros(len(lengths), np.bool_)
    ends = np.repeat(np.cumsum(lengths), lengths)  # for each byte, where its row ends
    sizes = _SIZES[data]
    is_lead = (data & 0xC0) != 0x80
    leads = np.flatnonzero(is_lead)
    sizes = sizes[leads]
    wrong = np.zeros(len(data), np.bool_)
    wrong[leads[sizes == 0]] = True
    points = data[leads].astype(np.uint32) & _LEAD_BITS[sizes]
    expected = np.zeros(len(data), np.bool_)
    for further in range(1, 4):
        longer = np.flatnonzero(sizes > further)
        starts = leads[longer]
        within = starts + further < ends[starts]
        wrong[starts[~within]] = True
        longer, places = longer[within], starts[within] + further
        expected[places] = True
        points[longer] = points[longer] << np.uint32(6) | (data[places] & np.uint32(0x3F))
    wrong |= expected == is_lead  # a lead where a further byte belongs, or the other way round
    wrong[leads] |= (points < _SMALLEST[sizes]) | ~is_text_point(points)
    return rows_holding(wrong, lengths)


def _is_plain(data: Bytes, lengths: Lengths) -> bool:
    """Whether all rows are text, told without looking at single characters; False may be either.

    Text that is valid as one run and has no row that begins within a character is valid row by
    row. C1 controls begin with C2, noncharacters with EF or more.
    """
    starts = (np.cumsum(lengths) - lengths)[lengths != 0]
    suspect = (data < 0x20) | (data == 0x7F) | (data == 0xC2) | (data >= 0xEF)
    if suspect.any() or ((data[starts] & 0xC0) == 0x80).any():
        return False
    try:
        data.tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
