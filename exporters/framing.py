"""Records → the byte stream of a file: nothing, a record descriptor word, or a line end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from exporters.encode import EncodedBlock
from interfaces.model import FileRule, Framing, LineEnd
from parsers.codepages import code_page
from parsers.rdw import LONGEST_RDW, RDW_BYTES

Bytes = npt.NDArray[np.uint8]

_LINE_ENDS = {LineEnd.LF: b"\n", LineEnd.CRLF: b"\r\n"}


def frame_block(block: EncodedBlock, rule: FileRule, record_length: int) -> Bytes:
    """The bytes of a block's records in the file, uint8, one dimension.

    F and FB pad a record that ended early with spaces up to ``record_length``. V and VB put a
    record descriptor word before each record: two bytes length, big-endian, the word itself
    included, and two zero bytes; blocks have no word of their own, as files arrive from a
    transfer. Text ends every line. ValueError for a record longer than a RDW can say.
    """
    if rule.framing in (Framing.F, Framing.FB):
        return _padded(block, code_page(rule.encoding).space, record_length)
    if rule.line_end is not None:
        end = np.frombuffer(_LINE_ENDS[rule.line_end], np.uint8)
        return _with_margin(block, np.tile(end, (_count(block), 1)), at_start=False)
    if record_length + RDW_BYTES > LONGEST_RDW:
        raise ValueError(f"{record_length} bytes: a record descriptor word cannot say so many")
    return _with_margin(block, _descriptor_words(block), at_start=True)


def _count(block: EncodedBlock) -> int:
    return len(block.data) if block.lengths is None else len(block.lengths)


def _lengths(block: EncodedBlock) -> npt.NDArray[np.int64]:
    if block.lengths is not None:
        return block.lengths
    return np.full(len(block.data), block.data.shape[1], np.int64)


def _padded(block: EncodedBlock, space: int, record_length: int) -> Bytes:
    if block.lengths is None:
        return block.data.ravel()
    padded = np.full((len(block.lengths), record_length), space, np.uint8)
    padded[np.arange(record_length) < block.lengths[:, None]] = block.data
    return padded.ravel()


def _descriptor_words(block: EncodedBlock) -> Bytes:
    words = np.zeros((_count(block), 2), ">u2")
    words[:, 0] = _lengths(block) + RDW_BYTES
    return words.view(np.uint8)


def _with_margin(block: EncodedBlock, margin: Bytes, *, at_start: bool) -> Bytes:
    """Each record with its row of ``margin`` before or after it."""
    count, width = margin.shape
    if block.lengths is None:
        parts = [margin, block.data] if at_start else [block.data, margin]
        return np.concatenate(parts, axis=1).ravel()
    ends = np.cumsum(block.lengths + width)
    first = ends - block.lengths - width if at_start else ends - width
    places = first[:, None] + np.arange(width)
    out = np.empty(len(block.data) + count * width, np.uint8)
    is_record = np.ones(len(out), np.bool_)
    is_record[places] = False
    out[is_record] = block.data
    out[places] = margin
    return out
