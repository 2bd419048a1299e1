"""Records of one length: F, FB, U, and text without line ends."""

from __future__ import annotations

import numpy as np

from interfaces.model import FileRule, Framing, LineEnd
from interfaces.toml_table import DeclarationError
from parsers.codecs.fault import Bytes
from parsers.framing.frame import LONGEST_RECORD, RAW_LIMIT, Cut, FramingFault
from parsers.rows import Rows


def has_fixed_length(rule: FileRule) -> bool:
    """Whether all records of the file take the same number of bytes, padding included, so that
    the length of a record says nothing about its type or its tables."""
    return rule.framing in (Framing.F, Framing.FB) or rule.line_end is LineEnd.NONE


def fixed_length(rule: FileRule, record_length: int) -> int:
    """Bytes of a record of F, FB and text without line ends, or of a block of U.

    ``record_length`` is that of the longest record in the copybook; DeclarationError when the
    declared LRECL is shorter, and for a length that no buffer holds.
    """
    declared = rule.record_length
    length = record_length if declared is None else declared
    if not 1 <= length <= LONGEST_RECORD:
        raise DeclarationError(f"records of {length} bytes cannot be framed")
    if length < record_length and rule.framing is not Framing.U:
        raise DeclarationError(
            f"record_length = {length} is shorter than the copybook's {record_length} bytes"
        )
    return length


class FixedCutter:
    """Cuts pieces of one length. The last block of U may be shorter; elsewhere that is a fault."""

    block_left = 0

    def __init__(self, rule: FileRule, record_length: int) -> None:
        self._skip = rule.skip
        self._length = fixed_length(rule, record_length)
        self._may_end_short = rule.framing is Framing.U

    @property
    def stride(self) -> int:
        """Bytes from one record to the next."""
        return self._skip.record_start + self._length + self._skip.record_end

    def cut(self, data: Bytes, at_end: bool) -> Cut:
        """Pieces of ``data`` as rows of one stride."""
        stride = self.stride
        count, left = divmod(len(data), stride)
        starts = np.arange(count, dtype=np.int64) * stride + self._skip.record_start
        lengths = np.full(count, self._length, np.int64)
        consumed = len(data) - left
        if not at_end or not left:
            return Cut(Rows(data, starts, stride), lengths, consumed)
        last = left - self._skip.record_start - self._skip.record_end
        if self._may_end_short and last > 0:
            starts = np.append(starts, consumed + self._skip.record_start)
            return Cut(Rows(data, starts, stride), np.append(lengths, last), len(data))
        raw = data[consumed : consumed + RAW_LIMIT].tobytes()
        faults = (
            FramingFault("FILE_LENGTH", consumed, raw, of_file=True),
            FramingFault("FILE_TRUNCATED", consumed, raw),
        )
        return Cut(Rows(data, starts, stride), lengths, consumed, faults)
