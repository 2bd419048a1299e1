"""VARCHAR: a binary length of two bytes and, behind it, the text (a pair of level-49 items).

(Db2 for z/OS Application Programming Guide, "Declaring host variables in COBOL".)
"""

from __future__ import annotations

import numpy as np

from parsers.codecs.fault import Bytes, Fault, Faults
from parsers.codecs.points import Lengths, Mask

LENGTH_BYTES = 2


def varchar_lengths(
    matrix: Bytes, *, little_endian: bool, applies: Mask | None = None
) -> tuple[Lengths, Faults]:
    """Bytes of text in each row, by its own length; 0 where it does not apply or is at fault.

    ``matrix`` uint8 (n, 2 + capacity). A length below zero or above the capacity is
    VARCHAR_LENGTH. Length 0 reads as null, as empty text does everywhere.
    """
    head = np.ascontiguousarray(matrix[:, :LENGTH_BYTES])
    lengths = head.view("<i2" if little_endian else ">i2")[:, 0].astype(np.int64)
    wrong = (lengths < 0) | (lengths > matrix.shape[1] - LENGTH_BYTES)
    if applies is not None:
        wrong &= applies
        lengths = np.where(applies, lengths, 0)
    faults = np.where(wrong, np.uint8(Fault.VARCHAR_LENGTH), np.uint8(0))
    return np.where(wrong, 0, lengths), faults
