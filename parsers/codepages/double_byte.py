"""Double-byte sets as tables of this project, ``tables/*-double.csv``.

Columns: ``first``, the pair of the first character in hexadecimal; ``characters``, of that pair
and the ones after it; ``canonical``, the pair that is written instead where another one reads
as the same character. ``characters`` are the characters themselves, or where these are not
fit for a text file ``U+XXXX``, ``U+XXXX..U+YYYY`` (a range) or ``U+XXXX+YYYY`` (one character of
two code points).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

_PAIRS = 0x1_0000
_POINTS = 0x3_0000
FIRST_SEQUENCE = 0x11_0000
"""Entries of ``points`` from here on are places in ``sequences``: no code point is so high."""


@dataclass(frozen=True, eq=False, slots=True)
class DoubleByteTable:
    """A double-byte set; for the arrays see :class:`parsers.codepages.multibyte.Multibyte`.
    ``sequence_pairs``: pair of each text of two code points."""

    points: npt.NDArray[np.uint32]
    pairs: npt.NDArray[np.uint16]
    sequences: npt.NDArray[np.uint32]
    sequence_pairs: dict[str, int]


@cache
def read_double_byte_table(name: str) -> DoubleByteTable:
    """Read ``tables/<name>.csv``; pages of one country share the table."""
    path = resources.files("parsers.codepages").joinpath("tables", f"{name}.csv")
    lines = [line for line in path.read_text("utf-8").split("\n") if line and line[0] != "#"]
    points = np.zeros(_PAIRS, np.uint32)
    written = np.zeros(_PAIRS, np.bool_)
    sequence_pairs: dict[str, int] = {}
    for line in lines[1:]:
        first_text, characters, canonical = line.split(",")
        first = int(first_text, 16)
        if "+" in characters[2:] and ".." not in characters:
            text = "".join(chr(int(point, 16)) for point in characters[2:].split("+"))
            points[first] = FIRST_SEQUENCE + len(sequence_pairs)
            sequence_pairs[text] = first
            continue
        run = _run(characters)
        points[first : first + len(run)] = run
        written[first : first + len(run)] = not canonical
    pairs = np.zeros(_POINTS + 1, np.uint16)
    pairs[points[written]] = np.flatnonzero(written)
    sequences = np.array([[ord(c) for c in text] for text in sequence_pairs], np.uint32)
    for array in (points, pairs, sequences):
        array.setflags(write=False)
    return DoubleByteTable(points, pairs, sequences.reshape(-1, 2), sequence_pairs)


def _run(characters: str) -> npt.NDArray[np.uint32]:
    if not characters.startswith("U+"):
        return np.frombuffer(characters.encode("utf-32-le"), np.uint32)
    first, _, last = characters.partition("..")
    start = int(first[2:], 16)
    return np.arange(start, int(last[2:], 16) + 1 if last else start + 1, dtype=np.uint32)
