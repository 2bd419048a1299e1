"""A workbook → blocks, one a sheet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Final

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from interfaces.model import Interface
from interfaces.names import NameParts, read_name
from parsers.arrow_types import ROW_IDENTITY
from parsers.blocks import DecodedBlock
from parsers.dates import FIRST_YEAR
from parsers.findings import concat_findings
from parsers.originals import ORIGINAL
from parsers.spreadsheet.archive import LARGEST_WORKBOOK, Unreadable, safe_workbook
from parsers.spreadsheet.cells import Cell, shown
from parsers.spreadsheet.plan import SheetPlan, plan_of
from parsers.spreadsheet.sheet import Sheet, SheetDecoder
from parsers.spreadsheet.sheet_findings import SheetFindings
from parsers.spreadsheet.worksheets import Place, check_extents, without_result

_THAI_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_DIGITS: Final = re.compile(r"[0-9]+")


def decode_workbook(
    data: bytes,
    interface: Interface,
    *,
    file_id: str,
    name: str,
    columns: Collection[str] | None = None,
    records: Collection[str] | None = None,
    originals: bool = False,
    largest: int = LARGEST_WORKBOOK,
) -> Iterator[DecodedBlock]:
    """Decode a workbook sheet by sheet; parameters are those of
    :func:`parsers.decode.decode_file`. ``name`` is the file's name as it came.

    Bad data never raises. Of the file as a whole: FILE_EMPTY, FILE_TOO_LARGE, SHEET_FORMAT,
    SHEET_ENCRYPTED, SHEET_MACROS, SHEET_DAMAGED, SHEET_FILE_NAME. DeclarationError for an
    interface whose [sheet] does not fit its copybook.
    """
    plan = plan_of(interface)
    wanted = _Wanted(columns, records)
    found = SheetFindings(plan, file_id)
    known, findings = _from_name(plan, name, found)
    read = len(data)
    try:
        for block in _blocks(data, plan, found, known, largest, originals=originals):
            told = concat_findings([*findings, block.findings])
            yield wanted.part(replace(block, findings=told, bytes_read=read))
            findings, read = [], 0
    except Unreadable as error:
        told = found.of_file(error.code, error.kind)
        yield DecodedBlock({}, concat_findings([*findings, told]), read, 0)


def first_rows(data: bytes, count: int) -> tuple[str, list[list[str]]]:
    """Name of the first sheet of a sound workbook and the text of its first rows."""
    workbook = _opened(safe_workbook(data).data)
    rows = _rows(workbook, 0)[:count]
    return workbook.sheet_names[0], [[shown(cell) for cell in row] for row in rows]


def _blocks(
    data: bytes,
    plan: SheetPlan,
    found: SheetFindings,
    known: dict[str, object],
    largest: int,
    *,
    originals: bool,
) -> Iterator[DecodedBlock]:
    safe = safe_workbook(data, largest)
    check_extents(safe)
    decoder = SheetDecoder(plan, found, known, originals=originals)
    is_any = False
    number = 1
    unread = without_result(safe)
    workbook = _opened(safe.data)
    for place, said in enumerate(workbook.sheets_metadata):
        if said.typ in (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba):
            raise Unreadable("SHEET_MACROS")
        if said.typ is not SheetTypeEnum.WorkSheet:
            continue
        empty = unread[place] if place < len(unread) else frozenset()
        rows = _with_places(_rows(workbook, place), empty)
        sheet = Sheet(
            name=said.name,
            branch=_branch(said.name, plan),
            rows=rows,
            first_number=number,
            unread=empty,
        )
        number += len(rows)
        block = decoder.decode(sheet)
        if block is not None:
            is_any |= bool(block.batches) or _refuses(block)
            names = _of_name(sheet, said, found)
            yield replace(block, findings=concat_findings([*names, block.findings]))
    if not is_any:
        raise Unreadable("SHEET_HEADING_MISSING")


def _refuses(block: DecodedBlock) -> bool:
    """Whether a sheet without records was meant to have some."""
    return any(code != "SHEET_SKIPPED" for code in block.findings["code"].to_pylist())


@contextmanager
def _damage_told() -> Iterator[None]:
    """SHEET_DAMAGED for what the reader of cells cannot take, its own defects too: a stranger's
    bytes may find one, and it tells of them by an exception outside the usual family."""
    try:
        yield
    except CalamineError as error:
        raise Unreadable("SHEET_DAMAGED") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("SHEET_DAMAGED") from error


def _opened(data: bytes) -> CalamineWorkbook:
    with _damage_told():
        return CalamineWorkbook.from_filelike(BytesIO(data))


def _rows(workbook: CalamineWorkbook, place: int) -> list[list[Cell]]:
    """All rows of a sheet from its first one, whatever stands in them; all of one width."""
    with _damage_told():
        return workbook.get_sheet_by_index(place).to_python(skip_empty_area=False)


def _with_places(rows: list[list[Cell]], places: Collection[Place]) -> list[list[Cell]]:
    """The rows, as many and as wide as the places need: a sheet seems to end where nothing but
    formulas without results follows."""
    if not places:
        return rows
    width = max(len(rows[0]) if rows else 0, *(column + 1 for _, column in places))
    count = max(len(rows), *(row + 1 for row, _ in places))
    blank: list[Cell] = [""]
    wider = [row + blank * (width - len(row)) for row in rows]
    return wider + [blank * width for _ in range(count - len(rows))]


def _branch(name: str, plan: SheetPlan) -> str | None:
    """The sheet's name as the header's field, zeros put before it; None for any other name."""
    width = next(f.length for f in plan.header.walk() if f.name == plan.rule.sheet_name)
    text = name.strip().translate(_THAI_DIGITS)
    return text.zfill(width) if _DIGITS.fullmatch(text) and len(text) <= width else None


def _of_name(sheet: Sheet, said: SheetMetadata, found: SheetFindings) -> Iterator[pa.Table]:
    """Warnings about a sheet with something in it: its name was completed, it is hidden."""
    if sheet.branch is not None and sheet.branch != sheet.name:
        yield found.of_sheet("SHEET_NAME_PADDED", sheet.name, sheet.first_number)
    if said.visible is not SheetVisibleEnum.Visible:
        yield found.of_sheet("SHEET_HIDDEN", sheet.name, sheet.first_number)


def _from_name(
    plan: SheetPlan, name: str, found: SheetFindings
) -> tuple[dict[str, object], list[pa.Table]]:
    """Header fields that the file's name gives, and SHEET_FILE_NAME where it does not."""
    rule = plan.interface.file
    parts = read_name(rule, name) or read_name(rule, name.upper()) or NameParts()
    period = parts.period
    if period is not None and not (period // 100 >= FIRST_YEAR and 1 <= period % 100 <= 12):
        period = None  # a Gregorian year reads as one of long ago
    said = {"account": parts.account, "period": period}
    known: dict[str, object] = {field: said[place] for place, field in plan.rule.from_name.items()}
    missing = [field for field, value in known.items() if value is None]
    if not missing:
        return known, []
    return known, [found.of_file("SHEET_FILE_NAME", " ".join(missing), name.encode())]


class _Wanted:
    """The record types and columns that were asked for."""

    def __init__(self, columns: Collection[str] | None, records: Collection[str] | None) -> None:
        self._columns = columns
        self._records = records

    def part(self, block: DecodedBlock) -> DecodedBlock:
        """The block without what nobody asked for."""
        if self._columns is None and self._records is None:
            return block
        batches = {
            name: self._projected(batch)
            for name, batch in block.batches.items()
            if self._records is None or name in self._records
        }
        return replace(block, batches=batches)

    def _projected(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self._columns is None:
            return batch
        kept = {*self._columns, ORIGINAL, *(field.name for field in ROW_IDENTITY)}
        return batch.select([name for name in batch.schema.names if name in kept])
