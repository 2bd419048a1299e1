"""Text framing: lines that end in LF or CRLF."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes

Ints = npt.NDArray[np.int64]

LF = 0x0A
CR = 0x0D
LONGEST_LINE = 65_536
"""A longer line is cut into pieces of this length, so that a file without line ends (the wrong
file altogether) cannot fill the memory; every piece has the wrong length and says so."""


def cut_lines(data: Bytes, at_end: bool) -> tuple[Ints, Ints, int]:
    """Where lines begin, their lengths without line end (int64), and the bytes done with.

    The last line may lack its line end when the file ends with it (``at_end``). ``data`` begins
    at the beginning of a line.
    """
    ends = np.flatnonzero(data == LF)
    starts = np.concatenate([np.zeros(1, np.int64), ends + 1])
    stops = np.concatenate([ends, np.full(1, len(data), np.int64)])
    is_whole = np.ones(len(starts), np.bool_)
    is_whole[-1] = at_end and starts[-1] < len(data)
    if (stops - starts > LONGEST_LINE).any():
        starts, stops, is_whole = _cut_long(starts, stops, is_whole)
    starts, stops = starts[is_whole], stops[is_whole]
    ends_in_cr = (stops > starts) & (data[stops - 1] == CR)
    consumed = _after_last(data, stops)
    return starts, stops - starts - ends_in_cr, consumed


def _after_last(data: Bytes, stops: Ints) -> int:
    """Place after the last line and its line end."""
    if len(stops) == 0:
        return 0
    last = int(stops[-1])
    return last + 1 if last < len(data) and data[last] == LF else last


def _cut_long(
    starts: Ints, stops: Ints, is_whole: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Cut lines into pieces of at most LONGEST_LINE; all but an unfinished last are whole."""
    pieces = np.maximum(-(-(stops - starts) // LONGEST_LINE), 1)
    line = np.repeat(np.arange(len(starts)), pieces)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    piece_starts = starts[line] + nth * LONGEST_LINE
    piece_stops = np.minimum(piece_starts + LONGEST_LINE, stops[line])
    is_last = nth == pieces[line] - 1
    return piece_starts, piece_stops, np.where(is_last, is_whole[line], True)
