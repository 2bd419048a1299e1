"""Text framing: lines that end in LF, CRLF or NEL."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from interfaces.model import FileRule, LineEnd, SkippedBytes
from parsers.codecs.fault import Bytes
from parsers.codepages import code_page
from parsers.framing.descriptors import stride_of
from parsers.framing.frame import Cut
from parsers.rows import Ints, Rows
from parsers.text_files import LONGEST_MARK, end_mark_length

LONGEST_LINE: Final = 65_536
"""A longer line is cut into pieces of this length, so that a file without line ends (the wrong
file altogether) cannot fill the memory; every piece has the wrong length and says so."""


class LineForm(NamedTuple):
    """The bytes at the end of a line: ``last``, and ``prefix`` before it, which may be missing
    unless ``is_needed`` (LF is an end without CR; in UTF-8 NEL is two bytes)."""

    last: int
    prefix: int | None = None
    is_needed: bool = False


_CR: Final = 0x0D  # in EBCDIC too
_LINE_FEEDS = {"ascii": LineForm(0x0A, _CR), "ebcdic": LineForm(0x25, _CR)}
_NEXT_LINES = {"ascii": LineForm(0x85), "ebcdic": LineForm(0x15)}
_UTF8_NEXT_LINE = LineForm(0x85, 0xC2, is_needed=True)


def line_form(rule: FileRule) -> LineForm:
    """What ends a line of such a file, in the bytes of its code page.

    EBCDIC has LF at 25, CR at 0D and NEL at 15, pages for personal computers at 0A, 0D and 85
    (IBM CDRA, "Control character mappings"; ISO/IEC 6429 for 85).
    """
    page = code_page(rule.encoding)
    if rule.line_end is not LineEnd.NEL:
        return _LINE_FEEDS[page.kind]
    is_utf8 = page.multibyte is not None and page.multibyte.scheme == "utf-8"
    return _UTF8_NEXT_LINE if is_utf8 else _NEXT_LINES[page.kind]


class LineCutter:
    """Cuts lines; a line may lack its end only where the file ends."""

    block_left = 0

    def __init__(self, form: LineForm, skip: SkippedBytes) -> None:
        self._form = form
        self._skip = skip

    def cut(self, data: Bytes, at_end: bool) -> Cut:
        """Whole lines of ``data``, without their ends and what is skipped at both sides."""
        # What may be a mark waits until more comes behind it, or nothing.
        end = _end_mark(data, self._form)
        starts, stops, consumed = cut_lines(data[: len(data) - end], at_end, self._form)
        consumed += end if at_end else 0
        begins = np.minimum(starts + self._skip.record_start, stops)
        lengths = np.maximum(stops - begins - self._skip.record_end, 0)
        return Cut(Rows(data, begins, stride_of(begins)), lengths, consumed)


def _end_mark(data: Bytes, form: LineForm) -> int:
    """Number of bytes from the Ctrl-Z with which DOS ends a text file, and CP/M fills its last
    sector; they are no part of a line, nor are line ends behind them. Zero in EBCDIC."""
    if form.last == _LINE_FEEDS["ebcdic"].last:
        return 0
    return end_mark_length(data[-LONGEST_MARK:].tobytes())


def cut_lines(data: Bytes, at_end: bool, form: LineForm) -> tuple[Ints, Ints, int]:
    """Where lines begin, where they stop ahead of their end (int64), and the bytes done with.

    ``data`` begins at the beginning of a line.
    """
    if len(data) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    ends = np.flatnonzero(data == form.last)
    if form.is_needed:
        ends = ends[(ends > 0) & (data[ends - 1] == form.prefix)]
    starts = np.concatenate([np.zeros(1, np.int64), ends + 1])
    after = np.concatenate([ends + 1, np.full(1, len(data), np.int64)])
    stops = np.concatenate([ends, after[-1:]])
    if form.prefix is not None:
        # That of the line still to come counts as well: its last byte may have to wait.
        before = np.maximum(stops - 1, 0)
        stops = stops - ((stops > starts) & (data[before] == form.prefix))
        if form.is_needed and at_end:
            stops[-1] = len(data)
    is_whole = np.ones(len(starts), np.bool_)
    is_whole[-1] = at_end and starts[-1] < len(data)
    if (stops - starts > LONGEST_LINE).any():
        starts, stops, after, is_whole = _cut_long(starts, stops, after, is_whole)
    starts, stops, after = starts[is_whole], stops[is_whole], after[is_whole]
    return starts, stops, int(after[-1]) if len(after) else 0


def _cut_long(
    starts: Ints, stops: Ints, after: Ints, is_whole: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints, npt.NDArray[np.bool_]]:
    """Cut lines into pieces of at most LONGEST_LINE; all but an unfinished last are whole."""
    pieces = np.maximum(-(-(stops - starts) // LONGEST_LINE), 1)
    line = np.repeat(np.arange(len(starts)), pieces)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    piece_starts = starts[line] + nth * LONGEST_LINE
    piece_stops = np.minimum(piece_starts + LONGEST_LINE, stops[line])
    is_last = nth == pieces[line] - 1
    return (
        piece_starts,
        piece_stops,
        np.where(is_last, after[line], piece_stops),
        np.where(is_last, is_whole[line], True),
    )
