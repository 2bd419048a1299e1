"""The sample spreadsheets of form 1-10: how they are made, and what is wrong with the bad one."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl

from tests.prakan import sample_tables as made

_MOMENT = datetime(2026, 11, 20)
_HEADINGS = (
    "เลขประจำตัวประชาชน",
    "คำนำหน้าชื่อ",
    "ชื่อผู้ประกันตน",
    "นามสกุลผู้ประกันตน",
    "ค่าจ้าง",
    "จำนวนเงินสมทบ",
)
_OTHER_HEADINGS = ("เลขบัตรประชาชน", "คำนำหน้า", "ชื่อ", "สกุล", "ค่าจ้าง (บาท)", "เงินสมทบ")
_WORDS = {code: word for code, word, _, _ in made.NAMES}

Row = Sequence[Any]


def good_sheet(path: Path) -> None:
    """Two branches, a sheet each; the second under other headings, its IDs typed as numbers."""
    second = [[int(each[0]), *each[1:]] for each in persons(2, first=4)]
    _write(
        path,
        {
            "000000": [["บริษัท ตัวอย่างการค้า จำกัด"], [], _HEADINGS, *persons(4)],
            "000003": [_OTHER_HEADINGS, *second],
        },
    )


def bad_sheet(path: Path) -> None:
    """Head office: a title that is none and one as a code, an ID that the spreadsheet shortened and
    one that lost its zero, an amount in words and one of three decimals, a formula without its
    result, a blank row, a row of sums that is wrong, a signature. Second sheet: a branch number
    without its zeros, a column too much and one too few. Third: a name that is no branch. Fourth:
    notes only."""
    rows = [list(row) for row in [*persons(4), *persons(2, first=4)]]
    rows[0][1] = "ท่าน"
    rows[1][1] = "004"
    rows[2][0] = "1.1E+12"
    rows[3][0] = 110100000002
    rows[3][4] = "เก้าพัน"
    rows[4][4] = 17250.755
    rows[5][4] = "=SUM(E1:E2)"
    sums = ["รวม", None, None, None, 99999, 1]
    _write(
        path,
        {
            "000000": [_HEADINGS, *rows[:3], [], *rows[3:], sums, ["ลงชื่อ ผู้จัดทำ"]],
            "3": [[*_OTHER_HEADINGS[:5], "หมายเหตุ"], *persons(1)],
            "Sheet3": [_HEADINGS, *persons(1)],
            "อ่านก่อน": [["วิธีกรอกแบบ"]],
        },
    )


def persons(count: int, first: int = 0) -> list[Row]:
    """Rows of employees as people type them."""
    return [
        [
            row["sso_id"],
            _WORDS[row["prefix"]],
            row["fname"],
            row["lname"],
            float(row["wages"]),
            float(row["paid_amount"]),
        ]
        for row in made.employees(count, first)
    ]


def _write(path: Path, sheets: Mapping[str, Sequence[Row]]) -> None:
    """The same bytes always: no moment of writing, nothing compressed."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.creator = "ตัวอย่าง"
    book.properties.created = book.properties.modified = _MOMENT
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    written = BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = _without_moment(data)
            target.writestr(zipfile.ZipInfo(entry.filename), data)


def _without_moment(core: bytes) -> bytes:
    """openpyxl enters the moment of saving."""
    start, end = core.index(b"<dcterms:modified"), core.index(b"</dcterms:modified>")
    begin = core.index(b">", start) + 1
    return core[:begin] + b"2026-11-20T00:00:00Z" + core[end:]
