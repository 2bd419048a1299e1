"""All evidence of a file put together: proposals in the words of a declaration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from interfaces.model import Compression
from parsers.codecs.fault import Bytes
from parsers.sniff.chains import ChainGuess, chain_guesses
from parsers.sniff.characters import Family, PageGuess, family_of, is_text, page_guesses
from parsers.sniff.lengths import length_guesses

SAMPLE_BYTES: Final = 256 << 10
_MAGIC: Final = {
    b"\x1f\x8b": Compression.GZIP,
    b"\x28\xb5\x2f\xfd": Compression.ZSTD,
    b"PK\x03\x04": Compression.ZIP,
}
_LINE_ENDS: Final = {
    "ascii": {"crlf": b"\r\n", "lf": b"\n"},
    "ebcdic": {"nel": b"\x15", "lf": b"\x25"},
}
_PRINTABLE: Final = 0.98


_WORKBOOK = b"xl/workbook.xml"  # name of a part, in the archive as it stands


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the file may be, as a declaration would say it, with the evidence.

    ``confidence`` 0…1 ranks the proposals of one file; it is no probability.
    """

    framing: str
    encoding: str
    record_length: int | None
    rdw: str | None
    bdw: bool
    line_end: str | None
    compression: str
    confidence: float
    evidence: tuple[str, ...]


def sniff(path: Path) -> list[Proposal]:
    """Proposals for a file, the best first; none for an empty file. OSError.

    A packed file is told by its first bytes and not looked into, nor is a workbook.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        sample = handle.read(SAMPLE_BYTES)
    if sample.startswith(b"PK\x03\x04") and _WORKBOOK in sample:
        why = ("an archive with the parts of an Excel workbook",)
        return [Proposal("xlsx", "utf-8", None, None, False, None, "none", 1.0, why)]
    for magic, compression in _MAGIC.items():
        if sample.startswith(magic):
            why = (f"begins with {magic.hex(' ').upper()}, as {compression} does; unpack it first",)
            return [Proposal("", "", None, None, False, None, str(compression), 1.0, why)]
    if not sample:
        return []
    data = np.frombuffer(sample, np.uint8)
    family, why_family = family_of(data)
    page = page_guesses(data, family)[0]
    found = [_by_chain(guess, page) for guess in chain_guesses(sample, size)]
    found += _by_lines(data, sample, family, page)
    found += _by_length(data, size, page)
    ranked = sorted(found, key=lambda proposal: -proposal.confidence)
    return [
        _with_evidence(p, f"code page {page.page}: {why_family}; {page.evidence}") for p in ranked
    ]


def _by_chain(guess: ChainGuess, page: PageGuess) -> Proposal:
    framing = "VBS" if guess.spanned else "VB"
    how = "to the very end" if guess.complete else "as far as was looked"
    blocks = " within blocks" if guess.blocks else ""
    certainty = 1 - 0.5 ** min(guess.records, 10)
    why = (
        f"descriptors of form {guess.form}{blocks} chain {guess.records:,} records {how}; "
        f"the longest has {guess.longest:,} bytes"
    )
    confidence = round((0.95 if guess.complete else 0.85) * certainty + 0.04 * guess.blocks, 4)
    return Proposal(
        framing, page.page, None, guess.form, guess.blocks, None, "none", confidence, (why,)
    )


def _by_lines(data: Bytes, sample: bytes, family: Family, page: PageGuess) -> list[Proposal]:
    for name, end in _LINE_ENDS[family].items():
        count = sample.count(end)
        if not count:
            continue
        others = np.delete(data, np.flatnonzero(np.isin(data, list(end))))
        if page.page == "utf-8":
            others = others[others < 0x80]  # the rest is valid: that is how it was told
        printable = float(is_text(others, family).mean()) if len(others) else 0.0
        lengths = {len(line) for line in sample.split(end)[:-1]}
        if printable < _PRINTABLE:
            return []
        why = (
            f"{count:,} line ends ({name}), {printable:.0%} of the rest printable",
            f"lines of {min(lengths):,} to {max(lengths):,} bytes",
        )
        length = lengths.pop() if len(lengths) == 1 else None
        confidence = round(0.9 * printable + (0.05 if length else 0.0), 4)
        return [Proposal("text", page.page, length, None, False, name, "none", confidence, why)]
    return []


def _by_length(data: Bytes, size: int, page: PageGuess) -> list[Proposal]:
    found = []
    for guess in length_guesses(data, size):
        divides = "divides" if guess.divides else "does not divide"
        why = (
            f"bytes {guess.length:,} apart are of one kind in {guess.likeness:.0%}",
            f"{guess.length:,} {divides} the file's {size:,} bytes",
        )
        confidence = round(0.85 * guess.likeness * (1.0 if guess.divides else 0.6), 4)
        found.append(
            Proposal("FB", page.page, guess.length, None, False, None, "none", confidence, why)
        )
    return found


def _with_evidence(proposal: Proposal, more: str) -> Proposal:
    return replace(proposal, evidence=(*proposal.evidence, more))
