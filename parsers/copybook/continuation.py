"""Lines of code → logical lines: each with the lines that a hyphen continues it on.

A continued word goes on with the first character that is not blank. A continued literal takes
the whole of its line up to the right margin, blanks included, and goes on behind the quotation
mark with which the next line begins. If its line ends with a quotation mark at the margin, two
marks on the next line continue it with a mark in its value; one begins a new literal.
Source: IBM COBOL for OS/390 & VM Language Reference, "Continuation lines".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from parsers.copybook.errors import CopybookError, Place
from parsers.copybook.source import Line

_MARK = re.compile(r"['\"]|\*>")
_QUOTES = ("'", '"')
_BEFORE_COMMENT = " \t.,;'\""  # not within a word
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """Code of one line and its continuations, without inline comments; ``starts`` are where the
    pieces begin in ``text``, ``places`` where in the copybook."""

    text: str
    starts: tuple[int, ...]
    places: tuple[Place, ...]

    def place(self, at: int) -> Place:
        """Where ``text[at]`` stands in the copybook."""
        piece = bisect_right(self.starts, at) - 1
        source, line, column = self.places[piece]
        return Place(source, line, column + at - self.starts[piece])


def logical_lines(lines: Iterable[Line]) -> Iterator[LogicalLine]:
    """Join continued lines; CopybookError for a continuation of nothing, and for a literal that
    is not continued with a quotation mark or has no right margin to be continued from."""
    joined: _Joined | None = None
    for line in lines:
        if not line.continues:
            if joined is not None:
                yield joined.line()
            joined = _Joined(line)
        elif joined is None:
            hyphen = line.place._replace(column=line.place.column - 1)
            raise CopybookError(hyphen, "-", "there is no line before it to continue")
        else:
            joined.go_on(line)
    if joined is not None:
        yield joined.line()


class _Joined:
    """A line being continued, piece by piece."""

    def __init__(self, line: Line) -> None:
        self._pieces: list[str] = []
        self._places: list[Place] = []
        self._right = line.right
        self._quote = ""  # mark of the literal that is open at the end
        self._mark_at_margin = False  # the last column holds a closing mark
        self._add(line.text, line.place)

    def line(self) -> LogicalLine:
        starts, at = [], 0
        for piece in self._pieces:
            starts.append(at)
            at += len(piece)
        return LogicalLine("".join(self._pieces), tuple(starts), tuple(self._places))

    def go_on(self, line: Line) -> None:
        text = line.text.lstrip(_BLANKS)
        place = line.place._replace(column=line.place.column + len(line.text) - len(text))
        self._right = line.right
        if self._quote:
            self._check_mark(text, place)
            self._fill()
            self._add(text[1:], place._replace(column=place.column + 1))
        elif self._mark_at_margin and text[0] == self._pieces[-1][-1]:
            if text.startswith(text[0] * 2):  # the mark at the margin and the second one are a pair
                self._quote = text[0]
                self._add(text[1:], place._replace(column=place.column + 1), scan_from=1)
            else:
                self._pieces[-1] += " "
                self._add(text, place)
        else:
            self._pieces[-1] = self._pieces[-1].rstrip(_BLANKS)
            if text[0] in _QUOTES and self._pieces[-1].endswith(text[0]):
                raise CopybookError(place, text.split()[0], "the literal before it is closed")
            self._add(text, place)

    def _check_mark(self, text: str, place: Place) -> None:
        if text[0] != self._quote:
            advice = f"a continued literal goes on with {self._quote} here"
            raise CopybookError(place, text.split()[0], advice)

    def _fill(self) -> None:
        """Draw the last piece out to the right margin, as blanks of the literal."""
        if self._right is None:
            advice = "there is no right margin up to which the literal goes; close it on its line"
            raise CopybookError(self._places[-1], self._quote, advice)
        used = self._places[-1].column - 1 + len(self._pieces[-1])
        self._pieces[-1] += " " * (self._right - used)

    def _add(self, text: str, place: Place, scan_from: int = 0) -> None:
        end = len(text)
        last_mark = -1
        for mark in _MARK.finditer(text, scan_from):
            at = mark.start()
            if mark[0] in _QUOTES:
                if not self._quote:
                    self._quote = mark[0]
                elif self._quote == mark[0]:
                    self._quote, last_mark = "", at
            elif not self._quote and (at == 0 or text[at - 1] in _BEFORE_COMMENT):
                end = at
                break
        self._pieces.append(text[:end])
        self._places.append(place)
        self._mark_at_margin = (
            not self._quote and last_mark >= 0 and place.column + last_mark == self._right
        )
