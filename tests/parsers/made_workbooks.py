"""Workbooks made for tests: sheets of rows, and archives with parts of one's own."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import openpyxl

HEADINGS = (
    "เลขประจำตัวประชาชน",
    "คำนำหน้าชื่อ",
    "ชื่อผู้ประกันตน",
    "นามสกุลผู้ประกันตน",
    "ค่าจ้าง",
    "จำนวนเงินสมทบ",
)
IDS = ("1101000000011", "1101000000029", "1101000000037")
PERSON = (IDS[0], "นาย", "สมศักดิ์", "ใจดี", 17250.75, 863)
SECOND = (IDS[1], "นางสาว", "น้ำผึ้ง", "แก้ว", 9000, 450)
NAME = "SPS110_1000000012_256911.XLSX"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Rows = Sequence[Sequence[Any]]


def workbook(sheets: Mapping[str, Rows], *, hidden: str | None = None) -> bytes:
    """A workbook as openpyxl writes it; sheet name → rows."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name == hidden:
            sheet.sheet_state = "hidden"
    target = BytesIO()
    made.save(target)
    return target.getvalue()


def filing(*rows: Sequence[Any], name: str = "000000", above: Rows = ()) -> bytes:
    """A workbook of one sheet: the form's headings, with ``above`` before and ``rows`` below."""
    return workbook({name: [*above, HEADINGS, *rows]})


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of parts."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def with_part(data: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one part more, or another one."""
    return packed({**parts_of(data), name: part})


def written_by_hand(sheet_data: str, *, texts: Sequence[str] = (), name: str = "000000") -> bytes:
    """The least that is a workbook, with the XML of its sheet's rows as given."""
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    relation = f"{_OFFICE}/worksheet"
    strings = f"{_OFFICE}/sharedStrings"
    return packed(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": (
                f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
                f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ).encode(),
            "xl/workbook.xml": (
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
                f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
            ).encode(),
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{_PACKAGE}">'
                f'<Relationship Id="rId1" Type="{relation}" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="rId2" Type="{strings}" Target="sharedStrings.xml"/>'
                "</Relationships>"
            ).encode(),
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>'.encode(),
            "xl/worksheets/sheet1.xml": (
                f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet_data}</sheetData></worksheet>'
            ).encode(),
        }
    )
