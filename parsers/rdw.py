"""IBM's record descriptor word, for those who look at bytes without a declared file rule."""

from __future__ import annotations

import numpy as np

from interfaces.model import FileRule, Framing
from parsers.codecs.fault import Bytes
from parsers.framing.descriptors import LONGEST_RDW, ChainEnd, descriptor_form
from parsers.rows import Ints

__all__ = ["LONGEST_RDW", "RDW_BYTES", "ChainEnd", "follow_chain"]

RDW_BYTES = 4


def follow_chain(data: Bytes, rule: FileRule | None = None) -> tuple[Ints, Ints, int, ChainEnd]:
    """Follow the descriptors from the beginning of ``data``, IBM's unless ``rule`` has others.

    Returns where each whole record's data begins, its length (both int64, without RDW), the
    place of the RDW at which it ended, and why. ``rule`` may declare blocks, not spanned records.
    """
    from parsers.framing.chains import follow

    form = descriptor_form(rule or FileRule(Framing.V, "ascii", ""))
    most = len(data) // max(int(form[0]), 1)
    starts = np.empty(most, np.int64)
    lengths = np.empty(most, np.int64)
    count, place, end, _, _ = follow(data, form, 0, starts, lengths)
    return starts[:count].copy(), lengths[:count].copy(), place, ChainEnd(end)
