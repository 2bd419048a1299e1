"""Variable records whose descriptors are missing (FTP strips them): their contents tell."""

from __future__ import annotations

from interfaces.model import SkippedBytes
from parsers.codecs.fault import Bytes
from parsers.framing.descriptors import stride_of
from parsers.framing.frame import RAW_LIMIT, Cut, FramingFault, Measure
from parsers.rows import Rows


class MeasuredCutter:
    """Cuts records by what a :class:`~parsers.framing.frame.Measure` says of each."""

    block_left = 0

    def __init__(self, measure: Measure, skip: SkippedBytes) -> None:
        self._measure = measure
        self._skip = skip

    def cut(self, data: Bytes, at_end: bool) -> Cut:
        """Whole records of ``data``; LENGTH_INVALID where no length can be told."""
        starts, lengths, place, is_unknown = self._measure.lengths(
            data, at_end, self._skip.record_start, self._skip.record_end
        )
        faults: tuple[FramingFault, ...] = ()
        raw = data[place : place + RAW_LIMIT].tobytes()
        if is_unknown:
            # Told once there is enough to show, so that the finding is the same in any block.
            if at_end or len(raw) == RAW_LIMIT:
                faults = (FramingFault("LENGTH_INVALID", place, raw),)
        elif at_end and raw:
            faults = (FramingFault("FILE_TRUNCATED", place, raw),)
        return Cut(Rows(data, starts, stride_of(starts)), lengths, place, faults)
