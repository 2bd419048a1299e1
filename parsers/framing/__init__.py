"""Bytes of a file → blocks of records, for every record format.

``reading`` fills the buffer, a cutter for each format finds the records in it: ``fixed`` (F, FB,
U), ``descriptors`` (V, VB, VBS), ``lines`` (text), ``measured`` (no descriptors: ``lengths``
tells). ``splits`` divides a file between workers.
"""

from parsers.framing.fixed import fixed_length, has_fixed_length
from parsers.framing.frame import (
    RAW_LIMIT,
    ByteRange,
    ByteStream,
    DamagedStream,
    Frame,
    FramingFault,
    Measure,
)
from parsers.framing.reading import frames

__all__ = [
    "RAW_LIMIT",
    "ByteRange",
    "ByteStream",
    "DamagedStream",
    "Frame",
    "FramingFault",
    "Measure",
    "fixed_length",
    "frames",
    "has_fixed_length",
]
