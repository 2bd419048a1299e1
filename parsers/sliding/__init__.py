"""Records whose items move: what stands behind a table with OCCURS DEPENDING ON comes forward by
the occurrences that are absent (the ODOSLIDE of IBM's compilers).

A layout has every table at its maximum. ``plan`` cuts a level of it (the record, or the
occurrences of a table) into segments that never change in themselves; ``walk`` finds where each
segment of each record lies and how often each table occurs, without moving a byte: compiled
(``walking``), or in numpy (``columnwise``), which judges the other and reads what that one is not
sure of.
"""

from parsers.sliding.places import Slide, occurrences
from parsers.sliding.plan import Segment, SlidingLevel, SlidingTable, sliding_level
from parsers.sliding.walk import Walked, Walker, WrongCounts, walker_of

__all__ = [
    "Segment",
    "Slide",
    "SlidingLevel",
    "SlidingTable",
    "Walked",
    "Walker",
    "WrongCounts",
    "occurrences",
    "sliding_level",
    "walker_of",
]
