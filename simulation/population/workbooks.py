"""A filing as the spreadsheet that employers upload: a sheet a branch, the agency's headings."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import openpyxl

from simulation.population.filing_sheet import Sheet

HEADINGS = (
    "เลขประจำตัวประชาชน",
    "คำนำหน้าชื่อ",
    "ชื่อผู้ประกันตน",
    "นามสกุลผู้ประกันตน",
    "ค่าจ้าง",
    "จำนวนเงินสมทบ",
)
_TIMES = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:(?:created|modified)>")
_SATANG = 100


def workbook_of(sheet: Sheet, file: int, words: Mapping[str, str], day: date) -> bytes:
    """The workbook of one file of a sheet; ``words`` are titles by code.

    The same rows and day give the same bytes: no clock is in them.
    """
    book = openpyxl.Workbook(write_only=True)
    for block in range(len(sheet.account)):
        if sheet.file_of_block[block] == file:
            page = book.create_sheet(f"{sheet.branch[block]:06d}")
            page.append(HEADINGS)
            for row in _rows(sheet, block, words):
                page.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return _without_times(sink, day)


def _rows(sheet: Sheet, block: int, words: Mapping[str, str]) -> Iterator[Sequence[object]]:
    first = int(sheet.first_row_of_block[block])
    last = first + int((sheet.block_of_row == block).sum())
    for row in range(first, last):
        yield (
            f"{sheet.national_id[row]:013d}",
            words[str(sheet.prefix[row])],
            sheet.given[row].as_py(),
            sheet.family[row].as_py(),
            int(sheet.wage[row]) / _SATANG,
            int(sheet.paid[row]) / _SATANG,
        )


def _without_times(sink: io.BytesIO, day: date) -> bytes:
    """The archive packed again with the day instead of the moments that openpyxl wrote."""
    packed = io.BytesIO()
    moment = f"{day}T00:00:00Z".encode()
    stamp = rb'<dcterms:\1 xsi:type="dcterms:W3CDTF">' + moment + rb"</dcterms:\1>"
    with zipfile.ZipFile(sink) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, _TIMES.sub(stamp, old.read(name)))
    return packed.getvalue()
