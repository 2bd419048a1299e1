"""Which code points may stand in text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_UNICODE_END = 0x11_0000


def is_text_point(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Code points that may stand in text: no control characters, which end lines, no surrogates
    and no noncharacters (Unicode 15, section 23.7), which damaged data has."""
    control = (points < 0x20) | ((points >= 0x7F) & (points <= 0x9F))
    surrogate = (points >= 0xD800) & (points <= 0xDFFF)
    noncharacter = ((points & 0xFFFE) == 0xFFFE) | ((points >= 0xFDD0) & (points <= 0xFDEF))
    wrong = control | surrogate | noncharacter | (points >= _UNICODE_END)
    is_text: npt.NDArray[np.bool_] = np.logical_not(wrong)
    return is_text
