"""One sheet → a block: a header record, a detail record for each person, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parsers.arrow_types import BYTE_OFFSET, RECORD_NUMBER
from parsers.blocks import DecodedBlock
from parsers.findings import concat_findings
from parsers.originals import ORIGINAL
from parsers.spreadsheet.cells import UNREADABLE, Cell, Values, is_blank, shown, values_of
from parsers.spreadsheet.header import header_batch
from parsers.spreadsheet.headings import Headings, find_headings
from parsers.spreadsheet.plan import SheetPlan
from parsers.spreadsheet.rows import row_kinds
from parsers.spreadsheet.sheet_findings import Numbers, SheetFindings
from parsers.spreadsheet.worksheets import Place


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read. ``branch`` is the value of its header's field that its name gives,
    None for a name that is none; ``first_number`` that of its first row; ``unread`` the cells
    whose value was not saved."""

    name: str
    branch: str | None
    rows: Sequence[Sequence[Cell]]
    first_number: int
    unread: frozenset[Place]


class SheetDecoder:
    """Decodes the sheets of one file; ``known`` are header fields by COBOL name."""

    def __init__(
        self,
        plan: SheetPlan,
        findings: SheetFindings,
        known: Mapping[str, object],
        *,
        originals: bool = False,
    ) -> None:
        self._plan = plan
        self._findings = findings
        self._known = known
        self._originals = originals

    def decode(self, sheet: Sheet) -> DecodedBlock | None:
        """The sheet's records and findings; None for one with nothing in it."""
        if not sheet.unread and all(is_blank(cell) for row in sheet.rows for cell in row):
            return None
        headings = find_headings(sheet.rows, self._plan)
        if headings is None:
            code = "SHEET_SKIPPED" if sheet.branch is None else "SHEET_HEADING_MISSING"
            told = self._findings.of_sheet(code, sheet.name, sheet.first_number)
            return DecodedBlock({}, told, 0, 0)
        found = self._findings.of_headings(headings, sheet.first_number + headings.row)
        if sheet.branch is None:
            found.append(self._findings.of_sheet("SHEET_NAME", sheet.name, sheet.first_number))
        if sheet.branch is None or headings.missing or headings.twice:
            return DecodedBlock({}, concat_findings(found), 0, 0)
        return self._records(sheet, headings, found)

    def _records(self, sheet: Sheet, headings: Headings, findings: list[pa.Table]) -> DecodedBlock:
        begin = headings.row + 1
        body = _body(sheet, begin)
        numbers = sheet.first_number + begin + np.arange(len(body), dtype=np.int64)
        kinds = row_kinds(body, headings, self._plan)
        places = np.flatnonzero(kinds.records)
        findings += self._findings.of_rows(kinds, numbers)
        arrays: dict[str, pa.Array] = {}
        amounts = {}
        for name, place in headings.columns.items():
            column = self._plan.columns[name]
            cells = [row[place] for row in body]
            type_ = self._plan.detail_schema.field(column.field.column).type
            values = values_of(cells, column, type_)
            _blame_unread(values, cells)
            findings += self._findings.of_cells(name, values, cells, kinds.records, numbers)
            arrays[column.field.column] = values.array.take(pa.array(places))
            if values.units is not None:
                amounts[name] = values
        findings += self._findings.of_sums(amounts, kinds, numbers)
        details = self._details(arrays, numbers[places])
        header = header_batch(
            self._plan,
            {**self._known, self._plan.rule.sheet_name: sheet.branch},
            sheet.first_number + headings.row,
            details,
        )
        if self._originals:
            header = _with_cells(header, [sheet.rows[headings.row]])
            details = _with_cells(details, [body[place] for place in places.tolist()])
        batches = {self._plan.header.name: header}
        if details.num_rows:
            batches[self._plan.detail.name] = details
        return DecodedBlock(batches, concat_findings(findings), 0, 1 + details.num_rows)

    def _details(self, arrays: Mapping[str, pa.Array], numbers: Numbers) -> pa.RecordBatch:
        """The detail records; fields that no column holds are null."""
        count = len(numbers)
        known: dict[str, pa.Array] = {
            RECORD_NUMBER: pa.array(numbers, pa.int64()),
            BYTE_OFFSET: pa.array(np.zeros(count, np.int64)),
        }
        for column, text in self._plan.constants[self._plan.detail.name].items():
            known[column] = pa.repeat(pa.scalar(text, pa.utf8()), count)
        known |= arrays
        schema = self._plan.detail_schema
        columns = [
            known[field.name] if field.name in known else pa.nulls(count, field.type)
            for field in schema
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)


def _body(sheet: Sheet, begin: int) -> list[list[Cell]]:
    """The rows from ``begin`` on; cells whose value was not saved are not empty."""
    body = [list(row) for row in sheet.rows[begin:]]
    for row, column in sheet.unread:
        if begin <= row < len(sheet.rows) and column < len(body[row - begin]):
            body[row - begin][column] = UNREADABLE
    return body


def _blame_unread(values: Values, cells: Sequence[Cell]) -> None:
    """SHEET_FORMULA, and nothing else, for cells whose value was not saved."""
    unread = np.array([cell is UNREADABLE for cell in cells], np.bool_)
    if not unread.any():
        return
    values.array = pc.if_else(pa.array(unread), pa.scalar(None, values.array.type), values.array)
    values.faults = {code: rows & ~unread for code, rows in values.faults.items()}
    values.note("SHEET_FORMULA", unread)


def _with_cells(batch: pa.RecordBatch, rows: Sequence[Sequence[Cell]]) -> pa.RecordBatch:
    """The batch with the text of each row's cells, parted by tabs, as a last column."""
    raw = ["\t".join(map(shown, row)).encode() for row in rows]
    column = pa.array(raw, pa.binary())
    return batch.append_column(pa.field(ORIGINAL, pa.binary(), nullable=False), column)
