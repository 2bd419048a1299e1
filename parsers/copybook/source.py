"""Text of a copybook → the lines that hold code, without margins and comment lines.

Comment lines are those with ``*`` or ``/`` in the indicator, ``*>``, and debugging lines (``D``)
unless the program says WITH DEBUGGING MODE; in a copybook on its own they are comments. EJECT,
SKIP1 to SKIP3, TITLE, ``*CBL`` and ``*CONTROL`` steer the compiler's listing and CBL or PROCESS
its options; they are passed over. ``>>SOURCE FORMAT`` and ``$SET SOURCEFORMAT`` are obeyed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from parsers.copybook.errors import CopybookError, Place
from parsers.copybook.reference_format import (
    FIXED,
    FREE,
    TEXT_END,
    VARIABLE,
    Format,
    detect,
    is_comment,
    with_tabs_spread,
)

_OPTIONS = re.compile(r"(?:[0-9]{6})?[ \t]*(?:CBL|PROCESS)(?:[ \t]|$)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"(?:.{6})?[ \t]*(?P<word>>>|\$(?=SET[ \t]))[ \t]*(?P<rest>.*)", re.I)
_SOURCE_FORMAT = re.compile(
    r"(?:SET[ \t]*)?SOURCE[ \t]*FORMAT[ \t]*(?:IS[ \t]*)?['\"(]?[ \t]*(?P<name>[A-Z]+)"
    r"[ \t]*['\")]?[ \t]*\.?[ \t]*",
    re.IGNORECASE,
)
_FORMATS = {"FREE": FREE, "FIXED": FIXED, "VARIABLE": VARIABLE}
_LISTING_DIRECTIVE = re.compile(r"(?:PAGE|LISTING|CALLINT|CALLINTERFACE)(?:[ \t].*)?", re.I)
_DEBUGGING_DIRECTIVE = re.compile(r"D(?=[ \t])", re.IGNORECASE)
_LISTING = re.compile(
    r"[ \t]*(?:(?:EJECT|SKIP[123])[ \t]*\.?|TITLE[ \t]+(?:'.*'|\".*\")[ \t]*\.?"
    r"|\*(?:CBL|CONTROL)(?:[ \t].*)?)[ \t]*",
    re.IGNORECASE,
)
_DEBUGGING_LINE = re.compile(r"[Dd][ \t]+[0-9]{1,2}(?=[ \t.]|$)")
_TAB_FIRST = re.compile(r" *\t")
_PICTURE_FOLLOWS = re.compile(r"(?:^|[ \t])PIC(?:TURE)?(?:[ \t]+IS)?[ \t]*$", re.IGNORECASE)
_IDENTIFICATION = re.compile(r"[0-9]{8}")
_END_OF_FILE = "\x1a"  # at the end of files from DOS


class Line(NamedTuple):
    """Code of one line; ``text[0]`` stands in column ``place.column``.

    ``right`` is the last column that text may take, None where lines have no end;
    ``continues``: a hyphen says that the line goes on with the one before.
    """

    place: Place
    text: str
    right: int | None
    continues: bool = False


class SourceText(NamedTuple):
    """Lines with code, in order, and the format in which the first of them is written."""

    form: Format
    lines: list[Line]


def source_lines(
    text: str, *, source: str, within: Format | None = None, debugging: bool = False
) -> SourceText:
    """Lines with code. ``source`` is the name used in errors, ``within`` the format of the text
    into which this one is copied; ``debugging`` reads debugging lines too.

    Raises CopybookError for directives that are not read, and for a tab after which nobody can
    say where column 72 lies.
    """
    text = text.removeprefix("\ufeff").rstrip(_END_OF_FILE)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    _drop_options(lines)
    reader = _Reader(source, debugging)
    form = first = None
    start = 0
    for at, line in enumerate([*lines, None]):
        found = None if line is None or is_comment(line) else _DIRECTIVE.fullmatch(line)
        if line is not None and found is None:
            continue
        part = [with_tabs_spread(line) for line in lines[start:at]]
        form = form or detect(part, within)
        first = first if first or not any(part) else form
        reader.read(part, start + 1, form)
        if found is not None:
            form = reader.directive(found, at + 1, form)
        start = at + 1
    return SourceText(first or FREE, reader.lines)


def _drop_options(lines: list[str]) -> None:
    """Blank the compiler options, which stand before everything else, in column 1 or later."""
    for at, line in enumerate(lines):
        if _OPTIONS.match(line):
            lines[at] = ""
        elif line.strip() and not is_comment(line) and line[6:7] not in ("*", "/"):
            return


class _Reader:
    def __init__(self, source: str, debugging: bool) -> None:
        self.lines: list[Line] = []
        self._source = source
        self._debugging = debugging

    def read(self, lines: list[str], first: int, form: Format) -> None:
        for number, line in enumerate(lines, first):
            if line.strip() and not is_comment(line):
                place = Place(self._source, number, 1)
                self._code(place, line, form)

    def directive(self, found: re.Match[str], number: int, form: Format) -> Format:
        """The format from here on."""
        rest = found["rest"]
        place = Place(self._source, number, found.start("word") + 1)
        named = _SOURCE_FORMAT.fullmatch(rest)
        if named is not None and named["name"].upper() in _FORMATS:
            return _FORMATS[named["name"].upper()]
        if found["word"] == ">>" and (debugged := _DEBUGGING_DIRECTIVE.match(rest)):
            column = found.start("rest") + debugged.end()
            if self._debugging:
                place = place._replace(column=column + 1)
                self.lines.append(Line(place, rest[debugged.end() :], None))
        elif found["word"] != ">>" or not _LISTING_DIRECTIVE.fullmatch(rest):
            word = found["word"] + rest.strip()
            raise CopybookError(place, word, "this directive is not read; remove it")
        return form

    def _code(self, place: Place, line: str, form: Format) -> None:
        indicator = " " if form.indicator is None else line[form.indicator : form.indicator + 1]
        if (form.indicator is None or _TAB_FIRST.match(line)) and self._is_free_comment(line):
            return
        if form.indicator is None and _DEBUGGING_LINE.match(line):
            line, indicator = " " + line[1:], "D"
        if indicator in ("*", "/") or (indicator in ("D", "d") and not self._debugging):
            return
        text = line[form.start : form.end]
        if not text.strip() or _LISTING.fullmatch(text) or text.lstrip().startswith("*>"):
            return
        if form.indicator is not None and indicator not in (" ", "\t", "-", "D", "d"):
            mark = place._replace(column=form.indicator + 1)
            raise CopybookError(mark, indicator, "not an indicator; column 7 is for * / D and -")
        if form.end is not None and line[form.end :].strip():
            _check_right_margin(place, line, form.end)
        start = place._replace(column=form.start + 1)
        self.lines.append(Line(start, text, form.end, indicator == "-"))

    def _is_free_comment(self, line: str) -> bool:
        """``*`` or ``/`` first, unless it is a picture's: the line before ends with PIC."""
        if line.lstrip()[0] not in "*/":
            return False
        return not self.lines or not _PICTURE_FOLLOWS.search(self.lines[-1].text)


def _check_right_margin(place: Place, line: str, end: int) -> None:
    """CopybookError when tabs leave open whether what lies beyond the margin is code."""
    if "\t" in line[:end] and not _IDENTIFICATION.fullmatch(line[end:].strip()):
        tab = place._replace(column=line.index("\t") + 1)
        raise CopybookError(
            tab, "tab", f"column {TEXT_END} cannot be found; replace tabs with spaces"
        )
