"""Text of a copybook → the lines that hold code, without margins and comment lines.

Reference format: columns 1-6 sequence, 7 indicator, 8-72 text, 73-80 ignored. Everything else
is free format, which includes copybooks that an editor shifted to the left. Which of the two a
file is, is decided for the whole file: reference format only if every line can be read so, no
code lies beyond column 80, and the first word in the text area is a level number. A wrong
decision cannot pass unnoticed, because an item must begin with a level number in either.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from parsers.copybook.errors import CopybookError, Place

SEQUENCE_END = 6
TEXT_START = 7
TEXT_END = 72
LINE_END = 80

_LEVEL_FIRST = re.compile(r"[ \t]*[0-9]{1,2}(?=[ \t.]|$)")


class SourceLine(NamedTuple):
    """Code of one line; ``text[0]`` stands in column ``place.column``."""

    place: Place
    text: str


def source_lines(text: str, *, source: str) -> list[SourceLine]:
    """Lines with code, in order. ``source`` is the name used in errors.

    Raises CopybookError for debugging and continuation lines, and for a tab after which nobody
    can say where column 72 lies.
    """
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    read = _fixed_line if _is_fixed(lines) else _free_line
    numbered = (read(Place(source, number, 1), line) for number, line in enumerate(lines, 1))
    return [line for line in numbered if line is not None]


def _is_fixed(lines: list[str]) -> bool:
    if not all(_may_be_fixed(line) for line in lines):
        return False
    code = (line[TEXT_START:TEXT_END] for line in lines if line[SEQUENCE_END:TEXT_START] == " ")
    first = next((line for line in code if line.strip()), "")
    return _LEVEL_FIRST.match(first) is not None


def _may_be_fixed(line: str) -> bool:
    margin, indicator = line[:SEQUENCE_END], line[SEQUENCE_END:TEXT_START]
    if not line.strip():
        return True
    if "\t" in line[:TEXT_START] or len(margin.split()) > 1:
        return False
    if indicator in "*/":
        return True
    return indicator in " -Dd" and len(line.rstrip()) <= LINE_END


def _fixed_line(place: Place, line: str) -> SourceLine | None:
    indicator = line[SEQUENCE_END:TEXT_START]
    text = line[TEXT_START:TEXT_END]
    if not text.strip() or indicator in "*/":
        return None
    mark = place._replace(column=TEXT_START)
    if indicator == "-":
        raise CopybookError(mark, "-", "continuation lines are not read; put it on one line")
    if indicator in "Dd":
        raise CopybookError(mark, indicator, "debugging line; remove it or make it a comment")
    if "\t" in text and len(line.expandtabs().rstrip()) > TEXT_END:
        tab = place._replace(column=TEXT_START + 1 + text.index("\t"))
        raise CopybookError(tab, "tab", "column 72 cannot be found; replace tabs with spaces")
    return SourceLine(place._replace(column=TEXT_START + 1), text)


def _free_line(place: Place, line: str) -> SourceLine | None:
    if not line.strip() or line.lstrip()[0] in "*/":
        return None
    return SourceLine(place, line)
