"""What must be known of a whole program before its words can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from parsers.copybook.continuation import LogicalLine
from parsers.copybook.source import Line

_IDENTIFICATION = re.compile(r"[ \t]*(?:IDENTIFICATION|ID)[ \t]+DIVISION(?=[ \t.]|$)", re.I)
_OTHER_DIVISION = re.compile(
    r"(?:^|[ \t])(?:ENVIRONMENT|DATA|PROCEDURE)[ \t]+DIVISION(?=[ \t.]|$)", re.IGNORECASE
)
_DEBUGGING = re.compile(r"SOURCE-COMPUTER\s*\.[^.]*\bDEBUGGING\s+MODE\b", re.IGNORECASE)


def debugging_mode(lines: Iterable[Line]) -> bool:
    """Whether the program says WITH DEBUGGING MODE, so that its debugging lines are code."""
    return _DEBUGGING.search("\n".join(line.text for line in lines)) is not None


def without_identification(lines: Iterable[LogicalLine]) -> Iterator[LogicalLine]:
    """Lines without the paragraphs of the IDENTIFICATION DIVISION, which hold free text: an
    author's apostrophe is no literal there. The division's header stays."""
    skipping = False
    for line in lines:
        if _OTHER_DIVISION.search(line.text):
            skipping = False
        elif _IDENTIFICATION.match(line.text):
            skipping = True
            yield line
            continue
        if not skipping:
            yield line
