"""Records → the byte stream of a file: the mirror of :mod:`parsers.framing`."""

from __future__ import annotations

from typing import Final

import numpy as np

from exporters.descriptors import FramingError, blocked, described, spanned
from exporters.encode import EncodedBlock
from exporters.margins import Bytes, Int64s, with_margins
from interfaces.model import Compression, FileRule, Framing, LineEnd
from parsers.codepages import code_page
from parsers.framing.fixed import fixed_length, has_fixed_length
from parsers.framing.lines import LineForm, line_form

_BY_DESCRIPTOR: Final = (Framing.V, Framing.VB, Framing.VBS)


def file_start(rule: FileRule) -> bytes:
    """What stands before the first record: zero bytes, as many as reading skips.

    FramingError for a file that is declared as packed, or as a spreadsheet: these are read, not
    written.
    """
    if rule.framing is Framing.XLSX:
        raise FramingError("framing = 'xlsx': spreadsheets are only read")
    if rule.compression not in (Compression.NONE, Compression.AUTO):
        raise FramingError(f"compression = {rule.compression.value!r}: packed files are only read")
    return bytes(rule.skip.file_start)


def file_end(rule: FileRule) -> bytes:
    """What stands after the last record: zero bytes, as many as reading skips."""
    return bytes(rule.skip.file_end)


def frame_block(block: EncodedBlock, rule: FileRule, record_length: int) -> Bytes:
    """The bytes of a block's records in the file, uint8, one dimension.

    F, FB and text without line ends fill a record up to ``record_length``, or to the declared
    one, with spaces. V, VB and VBS put the declared descriptor before each record, or none; VBS
    cuts a record that is too long for a block into segments. With ``block_descriptor`` records
    are gathered into blocks of at most the declared ``record_length``, 32,760 bytes unless
    declared; the last block ends with these records. Text ends every line in the bytes of its
    code page. Skipped bytes around a record are zeros.

    FramingError for what could not be read back: a record that its descriptor or a block cannot
    hold, a line with a line end in it, a record of U that does not fill its block.
    """
    flat = block.data.ravel()
    lengths = _lengths(block)
    if has_fixed_length(rule) or rule.framing is Framing.U:
        flat, lengths = _filled(block, flat, lengths, rule, record_length)
    if rule.framing is Framing.VBS:
        return blocked(*spanned(flat, lengths, rule), rule)
    before = np.zeros((len(lengths), rule.skip.record_start), np.uint8)
    after = np.zeros((len(lengths), rule.skip.record_end), np.uint8)
    if rule.framing in _BY_DESCRIPTOR:
        return blocked(*described(flat, lengths, before, after, rule), rule)
    if rule.framing is Framing.TEXT and rule.line_end is not LineEnd.NONE:
        form = line_form(rule)
        _refuse_line_ends(flat, lengths, form)
        after = _ended(after, rule, form)
    return with_margins(flat, lengths, before, after)


def _lengths(block: EncodedBlock) -> Int64s:
    if block.lengths is not None:
        return block.lengths
    return np.full(len(block.data), block.data.shape[1], np.int64)


def _filled(
    block: EncodedBlock, flat: Bytes, lengths: Int64s, rule: FileRule, record_length: int
) -> tuple[Bytes, Int64s]:
    """Records of one length, those that are shorter filled with spaces."""
    wanted = fixed_length(rule, record_length)
    if len(lengths) and int(lengths.max()) > wanted:
        raise FramingError(f"a record of {lengths.max()} bytes is longer than {wanted}")
    if bool((lengths == wanted).all()):
        return flat, lengths
    if rule.framing is Framing.U:
        raise FramingError(f"a record of {lengths.min()} bytes does not fill a block of {wanted}")
    filled = np.full((len(lengths), wanted), code_page(rule.encoding).space, np.uint8)
    if block.lengths is None:
        filled[:, : block.data.shape[1]] = block.data
    else:
        filled[np.arange(wanted) < lengths[:, None]] = flat
    return filled.ravel(), np.full(len(lengths), wanted, np.int64)


def _ended(after: Bytes, rule: FileRule, form: LineForm) -> Bytes:
    """The skipped bytes after each record with the line end behind them."""
    with_prefix = form.is_needed or rule.line_end is LineEnd.CRLF
    end = [form.prefix, form.last] if with_prefix else [form.last]
    return np.hstack([after, np.tile(np.array(end, np.uint8), (len(after), 1))])


def _refuse_line_ends(flat: Bytes, lengths: Int64s, form: LineForm) -> None:
    """FramingError when a record would be read back as two, or without its last byte."""
    ends = np.flatnonzero(flat == form.last)
    if form.is_needed:
        ends = ends[(ends > 0) & (flat[ends - 1] == form.prefix)]
    if len(ends):
        record = int(np.searchsorted(np.cumsum(lengths), ends[0], "right")) + 1
        raise FramingError(f"record {record} of the block holds a line end; it would become two")
    if form.prefix is None or len(flat) == 0:
        return
    lasts = np.cumsum(lengths)[lengths > 0] - 1
    if bool((flat[lasts] == form.prefix).any()):
        raise FramingError(
            f"a record ends in {form.prefix:02X}, which would be read as its line end"
        )
