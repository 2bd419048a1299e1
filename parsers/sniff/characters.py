"""Which family of code pages text is in, and which page of it fits best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from parsers.codecs.fault import Bytes
from parsers.codepages import code_page

Family = Literal["ebcdic", "ascii"]

EBCDIC_PAGES: Final = ("cp037", "cp838", "cp1160")
ASCII_PAGES: Final = ("ascii", "cp874", "latin-1")
_THAI: Final = (0x0E01, 0x0E7F)
_ABOVE_OR_BELOW: Final = "".join(map(chr, (0x0E31, *range(0x0E34, 0x0E3A), *range(0x0E47, 0x0E4D))))
"""Thai vowels and tone marks that stand on a consonant: elsewhere they are no Thai."""


@dataclass(frozen=True, slots=True)
class PageGuess:
    """A code page, how well it fits (0…1) and why."""

    page: str
    family: Family
    fit: float
    evidence: str


def family_of(sample: Bytes) -> tuple[Family, str]:
    """EBCDIC or ASCII, by the digits, spaces and capital letters that either would show."""
    counts = np.bincount(sample, minlength=256)
    ebcdic = counts[0x40] + counts[0xF0:0xFA].sum() + _letters(counts, ebcdic=True)
    ascii_ = counts[0x20] + counts[0x30:0x3A].sum() + _letters(counts, ebcdic=False)
    total = max(int(counts.sum()), 1)
    name: Family = "ebcdic" if ebcdic > ascii_ else "ascii"
    seen = max(int(ebcdic), int(ascii_))
    return name, f"{seen / total:.0%} of the bytes are spaces, digits or capitals in {name.upper()}"


def page_guesses(sample: Bytes, family: Family) -> list[PageGuess]:
    """Pages of the family, the best first. A page fits by the share of its bytes that are text;
    Thai letters must also stand as Thai is written."""
    if family == "ascii" and (guess := _utf8(sample)) is not None:
        return [guess]
    names = EBCDIC_PAGES if family == "ebcdic" else ASCII_PAGES
    guesses = [_guess(name, family, sample) for name in names]
    return sorted(guesses, key=lambda guess: -guess.fit)


def is_text(sample: Bytes, family: Family) -> npt.NDArray[np.bool_]:
    """Bytes that are letters, digits, signs or spaces in a page of the family."""
    pages = EBCDIC_PAGES if family == "ebcdic" else ASCII_PAGES
    table = np.logical_or.reduce([code_page(name).is_text for name in pages])
    found: npt.NDArray[np.bool_] = table[sample]
    return found


def _letters(counts: npt.NDArray[np.int64], *, ebcdic: bool) -> int:
    if ebcdic:
        return int(counts[0xC1:0xCA].sum() + counts[0xD1:0xDA].sum() + counts[0xE2:0xEA].sum())
    return int(counts[0x41:0x5B].sum())


def _utf8(sample: Bytes) -> PageGuess | None:
    data = sample.tobytes()
    high = int((sample >= 0x80).sum())
    if not high:
        return None
    for cut in range(4):  # the sample may end inside a character
        try:
            data[: len(data) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return PageGuess("utf-8", "ascii", 1.0, f"{high:,} bytes above 7F, all of them valid UTF-8")
    return None


def _guess(name: str, family: Family, sample: Bytes) -> PageGuess:
    page = code_page(name)
    counts = np.bincount(sample, minlength=256)
    plain = counts[np.array([_is_common(c) for c in page.decode_table])].sum()
    thai = np.array([_THAI[0] <= ord(c) <= _THAI[1] for c in page.decode_table])
    thai_bytes = int(counts[thai].sum())
    fit = float(plain) / max(len(sample), 1)
    evidence = f"{fit:.0%} of the bytes are common characters"
    if thai_bytes:
        well = _well_written(sample, page.decode_table)
        fit += well * thai_bytes / len(sample)
        evidence += f", {thai_bytes:,} Thai letters, {well:.0%} of the marks on a consonant"
    return PageGuess(name, family, round(min(fit, 1.0), 4), evidence)


def _is_common(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in " .,-/'()&+:*#")


def _well_written(sample: Bytes, table: str) -> float:
    """Share of the Thai marks that follow a Thai letter; 0 when that is not the rule."""
    mark = np.array([c in _ABOVE_OR_BELOW for c in table])[sample]
    letter = np.array(["\u0e01" <= c <= "\u0e4e" for c in table])[sample]
    marks = np.flatnonzero(mark[1:]) + 1
    if len(marks) == 0:
        return 0.5  # Thai letters without any mark: possible, but no evidence
    return float(letter[marks - 1].mean())
