"""Which columns of a line hold code: reference format, free format, or what an editor left of it.

Reference format: columns 1-6 sequence, 7 indicator, 8-72 text, 73-80 identification. An editor
that cut the sequence area left the indicator in column 1 and column 72 as column 66; one that
cut the indicator too left code from column 1. Which of them a text is, is decided for the whole
of it: reference format only if every line can be read so, no code lies beyond column 80, and the
first word in the text area is one that can begin a copybook or a program. A wrong decision
cannot pass unnoticed, because an item must begin with a level number in either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

SEQUENCE_END: Final = 6
TEXT_START: Final = 7
TEXT_END: Final = 72
LINE_END: Final = 80
TAB_STOP: Final = 8  # tabs of IBM's editors

_IDENTIFICATION = re.compile(r"[0-9]{8}")
_COMMENT = re.compile(r".{6}[*/]|[0-9]{6}[ \t]*$")
_PROGRAM = re.compile(r"[^ \t]{7}[^ \t.,;]")
_NUMBERED = re.compile(r"[0-9]{6}|[ \t]{6}|[ \t]*$")
_FIRST = re.compile(
    r"[ \t]*(?:[0-9]{1,2}(?=[ \t.]|$)|(?:IDENTIFICATION|ID|ENVIRONMENT|CONFIGURATION|"
    r"SPECIAL-NAMES|INPUT-OUTPUT|DATA|FILE|FD|SD|WORKING-STORAGE|LOCAL-STORAGE|LINKAGE|COPY|"
    r"REPLACE|EXEC|EJECT|SKIP[123]|TITLE)(?=[ \t.]|$))",
    re.IGNORECASE,
)


class Format(NamedTuple):
    """Places in a line, from 0: the indicator (None: there is none), and where text lies."""

    indicator: int | None
    start: int
    end: int | None


FIXED: Final = Format(SEQUENCE_END, TEXT_START, TEXT_END)
VARIABLE: Final = Format(SEQUENCE_END, TEXT_START, None)
FREE: Final = Format(None, 0, None)
WITHOUT_SEQUENCE: Final = Format(0, 1, TEXT_END - SEQUENCE_END)
WITHOUT_INDICATOR: Final = Format(None, 0, TEXT_END - TEXT_START)


def with_tabs_spread(line: str) -> str:
    """The line with every tab drawn out to the next stop; each column of it is still a tab."""
    if "\t" not in line:
        return line
    parts: list[str] = []
    at = 0
    for part in re.split(r"(\t)", line):
        width = TAB_STOP - at % TAB_STOP if part == "\t" else len(part)
        parts.append("\t" * width if part == "\t" else part)
        at += width
    return "".join(parts)


def is_comment(line: str) -> bool:
    """A line that is a comment in whatever format the text is."""
    if line.lstrip(" \t").startswith("*>"):
        return True
    return line.startswith("*") and not _may_be_fixed(line)


def detect(lines: Sequence[str], within: Format | None = None) -> Format:
    """The format of lines whose tabs are drawn out; ``within``: that of the text they are copied
    into, which decides where a fragment may begin with any word. In one that is not in reference
    format the sequence area must hold numbers or nothing, lest words of a fragment vanish."""
    lines = [line for line in lines if line.strip() and not is_comment(line)]
    if all(_may_be_fixed(line) for line in lines) and (
        within in (None, FIXED) or all(_NUMBERED.match(line) for line in lines)
    ):
        code = (
            line[TEXT_START:TEXT_END] for line in lines if line[SEQUENCE_END:TEXT_START] in " \t"
        )
        first = next((line for line in code if line.strip()), "")
        if _FIRST.match(first) or (within == FIXED and first) or _is_all_comment(lines):
            return FIXED
    if _is_cut(lines, WITHOUT_SEQUENCE):
        return WITHOUT_SEQUENCE
    return WITHOUT_INDICATOR if _is_numbered(lines, WITHOUT_INDICATOR) else FREE


def _may_be_fixed(line: str) -> bool:
    margin, indicator = line[:SEQUENCE_END], line[SEQUENCE_END:TEXT_START]
    if not line.strip():
        return True
    if len(margin.split()) > 1:
        return False
    if indicator in "*/":
        return True
    return indicator in " \t-Dd" and len(line.rstrip()) <= LINE_END


def _is_all_comment(lines: Sequence[str]) -> bool:
    """Whether lines of reference format are comments and sequence numbers and nothing else."""
    return bool(lines) and all(_COMMENT.match(line) for line in lines)


def _is_cut(lines: Sequence[str], form: Format) -> bool:
    """Whether column 1 is the indicator: nothing else stands there, and something tells so."""
    if any(line[0] not in " \t*/-Dd" for line in lines):
        return False
    code = [line for line in lines if line[0] not in "*/"]
    if _is_numbered(code, form):
        return True
    continued = any(line[0] == "-" for line in code)
    return continued and all(len(line.rstrip()) <= TEXT_END - SEQUENCE_END for line in code)


def _is_numbered(lines: Sequence[str], form: Format) -> bool:
    """Whether all that lies beyond the text is an ascending number of eight digits, or on every
    line the same eight characters, which name the program or the copybook."""
    beyond = [line[form.end :].rstrip() for line in lines]
    if len(lines) > 1 and len(set(beyond)) == 1 and _PROGRAM.fullmatch(beyond[0]):
        return True
    numbers = [number for number in beyond if number]
    return (
        bool(numbers)
        and all(_IDENTIFICATION.fullmatch(number) for number in numbers)
        and all(low < high for low, high in pairwise(numbers))
    )
