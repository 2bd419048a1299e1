"""Findings about a sheet: its name, its headings, its rows and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.findings import findings_table
from parsers.spreadsheet.cells import Cell, Values, shown
from parsers.spreadsheet.headings import Headings
from parsers.spreadsheet.plan import SheetPlan
from parsers.spreadsheet.rows import RowKinds
from parsers.spreadsheet.sums import wrong_sums

_RAW_CHARACTERS: Final = 64

Numbers = npt.NDArray[np.int64]


class SheetFindings:
    """Makes the findings of one file. Raw bytes are the text of cells in UTF-8."""

    def __init__(self, plan: SheetPlan, file_id: str) -> None:
        self._plan = plan
        self._file_id = file_id

    def of_file(self, code: str, field: str | None = None, raw: bytes | None = None) -> pa.Table:
        """A finding about the file as a whole."""
        return self._table(code, [0], None, field, None if raw is None else [raw])

    def of_sheet(self, code: str, name: str, number: int) -> pa.Table:
        """A finding about a sheet as a whole; ``number`` is that of its first row."""
        return self._table(code, [number], self._plan.header.name, None, [_raw(name)])

    def of_headings(self, headings: Headings, number: int) -> list[pa.Table]:
        """Columns that nobody knows, that stand twice, that are missing."""
        record = self._plan.detail.name
        return [
            *(
                self._table("SHEET_COLUMN_UNKNOWN", [number], record, None, [_raw(text)])
                for text in headings.unknown.values()
            ),
            *(
                self._table("SHEET_COLUMN_TWICE", [number], record, field)
                for field in headings.twice
            ),
            *(
                self._table("SHEET_COLUMN_MISSING", [number], record, field)
                for field in headings.missing
            ),
        ]

    def of_rows(self, kinds: RowKinds, numbers: Numbers) -> list[pa.Table]:
        """Rows that are no records; of blank ones below each other the first, and none at the
        end."""
        filled = np.flatnonzero(~kinds.blank)
        last = int(filled[-1]) if len(filled) else 0
        between = kinds.blank & (np.arange(len(numbers)) < last)
        between[1:] &= ~kinds.blank[:-1]
        return [
            self._table(code, numbers[rows])
            for code, rows in (
                ("RECORD_BLANK", between),
                ("SHEET_TOTALS_ROW", kinds.totals),
                ("SHEET_ROW_SKIPPED", kinds.notes),
            )
            if rows.any()
        ]

    def of_cells(
        self,
        field: str,
        values: Values,
        cells: Sequence[Cell],
        records: npt.NDArray[np.bool_],
        numbers: Numbers,
    ) -> list[pa.Table]:
        """Faults of a column's cells in the rows that are records."""
        found = []
        for code, rows in values.faults.items():
            places = np.flatnonzero(rows & records)
            if len(places):
                raw = [_raw(shown(cells[place])) for place in places.tolist()]
                record = self._plan.detail.name
                found.append(self._table(code, numbers[places], record, field, raw))
        return found

    def of_sums(
        self, values: Mapping[str, Values], kinds: RowKinds, numbers: Numbers
    ) -> list[pa.Table]:
        """Rows of sums that are not the sums of the rows above them."""
        return [
            self._table(
                "SHEET_TOTALS_DIFFER",
                [int(numbers[wrong.row])],
                None,
                wrong.field,
                [f"declared={wrong.declared} counted={wrong.counted}".encode()],
            )
            for wrong in wrong_sums(values, kinds, self._plan)
        ]

    def _table(
        self,
        code: str,
        numbers: Sequence[int] | Numbers,
        record: str | None = None,
        field: str | None = None,
        raw: Sequence[bytes | None] | None = None,
    ) -> pa.Table:
        return findings_table(
            file_id=self._file_id,
            code=code,
            record_number=numbers,
            byte_offset=np.zeros(len(numbers), np.int64),
            record_type=record,
            field=field,
            raw=raw,
        )


def _raw(text: str) -> bytes:
    return text[:_RAW_CHARACTERS].encode()
