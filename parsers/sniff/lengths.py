"""LRECL of a file without descriptors: the distance at which its bytes repeat their kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes

LONGEST: Final = 32_760
_FEWEST_RECORDS: Final = 4
_NEIGHBOURS: Final = 16
_FOR_DIVIDING: Final = 0.1
_LEAST_SCORE: Final = 0.15
_SPACES: Final = (0x20, 0x40)


@dataclass(frozen=True, slots=True)
class LengthGuess:
    """A record length, how alike bytes at that distance are (0…1), and whether the file's size
    is a multiple of it."""

    length: int
    likeness: float
    divides: bool


def length_guesses(sample: Bytes, size: int, most: int = 3) -> list[LengthGuess]:
    """Lengths that the sample repeats with, the best first; none for a file of too few records.

    Every byte is put into a class (digit, letter, space, zero, other) and the classes compared
    with themselves at every distance, by a Fourier transform. A multiple of the true length is
    as good as the length itself, so of nearly equal ones the shortest is taken.
    """
    limit = min(LONGEST, len(sample) // _FEWEST_RECORDS)
    if limit < _NEIGHBOURS:
        return []
    likeness = _likeness(_classes(sample), limit)
    lengths = np.arange(1, limit + 1)
    divides = size % lengths == 0
    score = _prominence(likeness) + np.where(divides, _FOR_DIVIDING, 0.0)
    score[0] = 0.0  # records of one byte are not looked for
    found: list[LengthGuess] = []
    for place in np.argsort(-score, kind="stable")[: 20 * most]:
        at = _shortest(int(lengths[place]), score) - 1
        if score[at] < _LEAST_SCORE:
            break
        guess = LengthGuess(at + 1, round(float(likeness[at]), 4), bool(divides[at]))
        if guess not in found:
            found.append(guess)
        if len(found) == most:
            break
    return found


def _prominence(likeness: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each distance stands out from those around it: runs of spaces make all short
    distances alike, the record length alone makes a peak."""
    padded = np.pad(likeness, _NEIGHBOURS // 2, mode="edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, _NEIGHBOURS + 1), axis=1)
    peak: npt.NDArray[np.float64] = likeness - around
    return peak


def _shortest(length: int, score: npt.NDArray[np.float64]) -> int:
    """The shortest divisor of ``length`` that stands out nearly as much."""
    for divisor in range(2, length):
        if length % divisor == 0 and score[divisor - 1] >= 0.7 * score[length - 1]:
            return divisor
    return length


def _classes(sample: Bytes) -> npt.NDArray[np.uint8]:
    table = np.full(256, 4, np.uint8)
    table[0x30:0x3A] = table[0xF0:0xFA] = 0
    table[0x41:0x5B] = table[0x61:0x7B] = table[0xC1:0xEA] = 1
    table[list(_SPACES)] = 2
    table[0] = 3
    classes: npt.NDArray[np.uint8] = table[sample]
    return classes


def _likeness(classes: npt.NDArray[np.uint8], limit: int) -> npt.NDArray[np.float64]:
    """Share of bytes whose class is that of the byte so many places on, for each distance."""
    count = len(classes)
    size = 1 << (2 * count - 1).bit_length()
    same = np.zeros(limit + 1)
    for value in np.unique(classes):
        spectrum = np.fft.rfft((classes == value).astype(np.float64), size)
        same += np.fft.irfft(np.abs(spectrum) ** 2, size)[: limit + 1]
    pairs = count - np.arange(limit + 1)
    share: npt.NDArray[np.float64] = (same / pairs)[1:]
    return share
