"""A look at the XML of worksheets before their cells are read.

The reader of cells lays a sheet out as a rectangle from its first to its last cell, with a copy of
each text: two cells in far corners, or a long text that a million cells share, would fill the
memory. And it shows a formula without a result as an empty cell, an error too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from parsers.spreadsheet.archive import SafeWorkbook, Unreadable

MOST_CELLS: Final = 100_000 * 52
"""Cells of the rectangle."""

LARGEST_TEXTS: Final = 256 << 20
"""Bytes of all texts of a sheet."""

_SHARED_TEXTS: Final = "xl/sharedStrings.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_MAIN_PART: Final = "xl/workbook.xml"
_P: Final = rb"(?:[\w.-]+:)?"  # a prefix of the namespace
_FAR: Final = re.compile(rb"""(?i)\sr\s*=\s*["']\s*(?:[B-Z][A-Z]|[A-Z]{3}|[A-Z]*[0-9]{6})""")
_ODD_PLACE: Final = re.compile(rb"""\sr\s*=\s*["'][^"'<>]{0,40}(?:&|[0-9]{10})""")
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{0,3})([0-9]{1,9})\s*["']""")
_CELL: Final = re.compile(rb"<" + _P + rb"c[\s/>]")
_UNPLACED_CELL: Final = re.compile(rb"<" + _P + rb"c(?:/?>|\s(?![^>]*\br\s*=)[^>]*>)")
_ROW: Final = re.compile(rb"<" + _P + rb"row[\s/>]")
_TEXT: Final = re.compile(rb"<" + _P + rb"si[\s/>]")
_TEXT_CELL: Final = re.compile(
    rb"""<%sc\s[^>]*\bt\s*=\s*["']s["'][^>]*>.{0,200}?<%sv>\s*([0-9]+)""" % (_P, _P), re.DOTALL
)
_NO_RESULT: Final = re.compile(
    rb"<%sc(\s[^>]*)>\s*<%sf(?:\s[^>]*)?(?:/>|>[^<]*</%sf>)\s*(?:<%sv\s*/>|<%sv>\s*</%sv>|</%sc>)"
    % ((_P,) * 7)
)
_ERROR: Final = re.compile(rb"""<%sc(\s[^>]*\bt\s*=\s*["']e["'][^>]*)>""" % _P)
_SHEET: Final = re.compile(rb"""<%ssheet\s[^>]*?[\w.-]+:id\s*=\s*["']([^"']*)["']""" % _P)
_RELATION: Final = re.compile(rb"<%sRelationship\s([^>]*)>" % _P)
_ATTRIBUTE: Final = re.compile(rb"""\b(Id|Target)\s*=\s*["']([^"']*)["']""")

Place = tuple[int, int]
"""Row and column of a cell, from 0."""


def check_extents(workbook: SafeWorkbook) -> None:
    """Unreadable with FILE_TOO_LARGE for a sheet that would grow beyond what a person can have
    filled in."""
    shared = _lengths_of_texts(workbook.parts.get(_SHARED_TEXTS, b""))
    longest = max(shared, default=0)
    for part in workbook.parts.values():
        if b"sheetData" not in part:
            continue
        if _cells(part) > MOST_CELLS:
            raise Unreadable("FILE_TOO_LARGE")
        if longest * len(_CELL.findall(part)) > LARGEST_TEXTS:
            used = (int(place) for place in _TEXT_CELL.findall(part))
            if sum(shared[n] for n in used if n < len(shared)) > LARGEST_TEXTS:
                raise Unreadable("FILE_TOO_LARGE")


def without_result(workbook: SafeWorkbook) -> list[frozenset[Place]]:
    """For each sheet of the workbook in order: cells that hold an error, or a formula whose
    result was not saved. Empty for a sheet whose part is not found."""
    targets = _targets(workbook.parts.get(_RELATIONS, b""))
    ids = _SHEET.findall(workbook.parts[_MAIN_PART])
    parts = (workbook.parts.get(targets.get(each, ""), b"") for each in ids)
    return [_faulty_cells(part) for part in parts]


def _cells(part: bytes) -> int:
    """Cells of the rectangle around a sheet's cells, at the most."""
    if _ODD_PLACE.search(part):
        raise Unreadable("SHEET_DAMAGED")
    is_unplaced = _UNPLACED_CELL.search(part) is not None
    if not is_unplaced and not _FAR.search(part):
        return MOST_CELLS  # no place beyond AZ99999
    rows = columns = 0
    for letters, digits in _PLACE.findall(part):
        rows, columns = max(rows, int(digits)), max(columns, _column(letters))
    if is_unplaced:  # they follow the placed ones, to the right and below
        columns += max(len(_CELL.findall(row)) for row in _ROW.split(part))
        rows += len(_ROW.findall(part))
    return rows * columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _lengths_of_texts(part: bytes) -> list[int]:
    return [len(text) for text in _TEXT.split(part)[1:]]


def _targets(part: bytes) -> Mapping[bytes, str]:
    """Relation → name of the part, from the folder of the workbook."""
    found = {}
    for attributes in _RELATION.findall(part):
        named = dict(_ATTRIBUTE.findall(attributes))
        target = named.get(b"Target", b"").decode("utf-8", "replace")
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found[named.get(b"Id", b"")] = name
    return found


def _faulty_cells(part: bytes) -> frozenset[Place]:
    found = list(_ERROR.findall(part)) if b"e" in part else []
    if b"f>" in part or b"f " in part:
        found += _NO_RESULT.findall(part)
    places = (_PLACE.search(attributes) for attributes in found)
    return frozenset(
        (int(place[2]) - 1, _column(place[1]) - 1) for place in places if place and place[1]
    )
