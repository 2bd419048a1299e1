"""Lists for offices as CSV or as a workbook, in which no cell can be taken for a formula."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from exchange.home import replacing
from insurance.money import baht_of
from interfaces.errors import WrongUse

CSV, XLSX = ".csv", ".xlsx"
_FORMULA = r"^[=+\-@\t\r]"  # what spreadsheet programs take for the beginning of a formula
_SATANG = "_satang"
_BAHT = "_baht"
_DIGITS = 18
_MOST_ROWS = 1_048_575  # of a sheet, without its heading
_WIDEST = 60
_AMOUNT = "#,##0.00"
_UTF8_MARK = b"\xef\xbb\xbf"  # without it spreadsheet programs read Thai as something else
_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_NO_DAY = (1980, 1, 1, 0, 0, 0)
_EPOCH = b"1980-01-01T00:00:00Z"


def write_list(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write tables as one file, whole or not at all, by the ending of its name.

    ``.xlsx``: a sheet a table; ``.csv``: the first table. Columns of satang become baht with two
    decimals. Text that begins like a formula gets an apostrophe in front. The same tables give
    the same bytes. WrongUse for another ending and for more rows than a sheet holds.
    """
    shown = {name: _for_people(table) for name, table in tables.items()}
    if path.suffix.lower() == CSV:
        content = _csv(next(iter(shown.values())))
    elif path.suffix.lower() == XLSX:
        content = _workbook(path, shown)
    else:
        raise WrongUse(f"{path}: a list is written as {CSV} or {XLSX}; give such a name")
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def defused(texts: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that no spreadsheet program takes for formulas; null stays."""
    is_formula = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(is_formula, pc.binary_join_element_wise("'", texts, ""), texts)


def _for_people(table: pa.Table) -> pa.Table:
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name.endswith(_SATANG):
            columns[name.removesuffix(_SATANG) + _BAHT] = _baht(column)
        elif pa.types.is_string(column.type):
            columns[name] = defused(column)
        else:
            columns[name] = column
    return pa.table(columns)


def _baht(satang: pa.ChunkedArray) -> pa.Array:
    known = pc.is_valid(satang).combine_chunks().to_numpy(zero_copy_only=False)
    values = pc.fill_null(satang, 0).combine_chunks().to_numpy()
    return baht_of(values, known, _DIGITS)


def _csv(table: pa.Table) -> bytes:
    sink = io.BytesIO(_UTF8_MARK)
    sink.seek(0, io.SEEK_END)
    pyarrow.csv.write_csv(table, sink)
    return sink.getvalue()


def _workbook(path: Path, tables: Mapping[str, pa.Table]) -> bytes:
    book = Workbook(write_only=True)
    for name, table in tables.items():
        if table.num_rows > _MOST_ROWS:
            raise WrongUse(f"{path}: {table.num_rows:,} rows do not fit a sheet; write {CSV}")
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number, width in enumerate(_widths(table)):
            sheet.column_dimensions[chr(ord("A") + number)].width = width
        for row in _rows(sheet, table):
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return _timeless(content.getvalue())


def _rows(sheet: object, table: pa.Table) -> Iterator[list[object]]:
    heading = []
    for name in table.column_names:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        heading.append(cell)
    yield heading
    amounts = [name.endswith(_BAHT) for name in table.column_names]
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        yield [
            _amount(sheet, value) if is_amount and value is not None else value
            for value, is_amount in zip(row, amounts, strict=True)
        ]


def _amount(sheet: object, value: object) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = _AMOUNT
    return cell


def _widths(table: pa.Table) -> Iterator[int]:
    """Characters that each column's longest text has, headings too."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        longest = pc.max(pc.utf8_length(column.cast(pa.utf8()))).as_py() or 0
        yield min(max(longest, len(name)) + 2, _WIDEST)


def _timeless(workbook: bytes) -> bytes:
    """The same workbook without the moment at which it was made."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            content = _MADE.sub(rb"\g<1>" + _EPOCH, old.read(entry))
            new.writestr(zipfile.ZipInfo(entry.filename, _NO_DAY), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()
