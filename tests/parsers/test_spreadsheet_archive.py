"""Workbooks that are none, are damaged, or are made to do harm."""

from __future__ import annotations

import random
import resource
import struct
import time
import zipfile
from io import BytesIO

import pytest

from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.decode import DecodedFile, decode_file, decode_whole
from parsers.spreadsheet.archive import LARGEST_WORKBOOK, MOST_ENTRIES, Unreadable, safe_workbook
from parsers.spreadsheet.worksheets import MOST_CELLS, check_extents
from tests.parsers.made_workbooks import (
    HEADINGS,
    NAME,
    PERSON,
    filing,
    packed,
    parts_of,
    with_part,
    written_by_hand,
)

SHEET = "xl/worksheets/sheet1.xml"
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FIRST_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
MIB = 1 << 20


@pytest.fixture(scope="module")
def form() -> Interface:
    return Registry().get("form_1_10_sheet.1")


def codes(data: bytes, form: Interface) -> list[str]:
    found: DecodedFile = decode_whole(data, form, name=NAME)
    assert found.tables["EMPLOYEE-RECORD"].num_rows == 0
    assert set(found.findings["record_number"].to_pylist()) == {0}
    return found.findings["code"].to_pylist()


@pytest.mark.parametrize(
    ("data", "code", "kind"),
    [
        (b"", "FILE_EMPTY", None),
        (b"abc", "SHEET_FORMAT", None),
        (b"1100000001000000", "SHEET_FORMAT", None),
        (COMPOUND_FILE + bytes(600), "SHEET_FORMAT", "xls"),
        (b"\xef\xbb\xbf<html><table>", "SHEET_FORMAT", "html"),
        (b"<table border=1>", "SHEET_FORMAT", "html"),
        (b'<?xml version="1.0"?><Workbook>', "SHEET_FORMAT", "xml"),
        (packed({"content.xml": b"<a/>", "mimetype": b"x"}), "SHEET_FORMAT", "ods"),
        (packed({"xl/workbook.bin": b"x"}), "SHEET_FORMAT", "xlsb"),
        (packed({"word/document.xml": b"<a/>"}), "SHEET_FORMAT", "docx"),
        (packed({"SPS110.TXT": b"1"}), "SHEET_FORMAT", "zip"),
        (
            COMPOUND_FILE + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(99),
            "SHEET_ENCRYPTED",
            None,
        ),
    ],
)
def test_what_is_no_workbook_is_told_apart(form, data, code, kind):
    (told,) = decode_whole(data, form, name=NAME).findings.to_pylist()
    assert (told["code"], told["field"]) == (code, kind)


@pytest.mark.parametrize(
    "name", ["xl/vbaProject.bin", "xl/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml"]
)
def test_macros_are_refused(form, name):
    assert codes(with_part(filing(PERSON), name, b"x"), form) == ["SHEET_MACROS"]


def test_a_workbook_that_says_it_has_macros_is_refused(form):
    types = parts_of(filing(PERSON))["[Content_Types].xml"]
    other = types.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
    assert codes(with_part(filing(PERSON), "[Content_Types].xml", other), form) == ["SHEET_MACROS"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-10],
        lambda data: with_zeros(data, data.index(SHEET.encode()) + 60),
        lambda data: with_part(data, "xl/workbook.xml", b"<workbook"),
        lambda data: with_part(data, SHEET, b"<worksheet><sheetData><row><c></row>"),
        lambda data: with_part(data, SHEET, parts_of(data)[SHEET].decode().encode("utf-16")),
        lambda data: with_part(
            data, SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]>' + parts_of(data)[SHEET]
        ),
        lambda data: with_part(data, "XL/workbook.XML", b"<a/>"),
        lambda data: packed(parts_of(data), zipfile.ZIP_BZIP2),
    ],
)
def test_damage_is_one_finding(form, damage):
    assert codes(damage(filing(PERSON)), form) == ["SHEET_DAMAGED"]


def test_an_encrypted_entry_is_told(form):
    data = bytearray(filing(PERSON))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark)
        data[at + place] |= 1
    assert codes(bytes(data), form) == ["SHEET_ENCRYPTED"]


class TestBombs:
    """What comes out is bounded before it is unpacked, and memory with it."""

    def test_sizes_that_are_declared_are_added_before_anything_is_unpacked(self):
        large = bytes(LARGEST_WORKBOOK // 4)
        parts = {f"xl/media/{n}.xml": large for n in range(5)}
        data = packed({**parts_of(filing(PERSON)), **parts})
        assert len(data) < 4 * MIB
        begun, before = time.monotonic(), peak()
        with pytest.raises(Unreadable) as refused:
            safe_workbook(data)
        assert refused.value.code == "FILE_TOO_LARGE"
        assert time.monotonic() - begun < 2
        assert peak() - before < 32 * MIB

    def test_a_small_file_may_not_grow_beyond_its_ratio(self, form):
        data = with_part(filing(PERSON), "xl/styles.xml", b" " * (65 * MIB))
        assert len(data) < MIB
        assert codes(data, form) == ["FILE_TOO_LARGE"]

    def test_what_the_caller_allows_counts(self, form, tmp_path):
        path = tmp_path / NAME
        path.write_bytes(filing(PERSON))
        (block,) = decode_file(path, form, file_id="f", largest_unpacked=1000)
        assert block.findings["code"].to_pylist() == ["FILE_TOO_LARGE"]

    @pytest.mark.parametrize("declared", [10, 1 << 31])
    def test_an_entry_of_another_size_than_it_declares_is_damaged(self, form, declared):
        data = bytearray(with_part(filing(PERSON), SHEET, bytes(b" " * MIB)))
        entry = data.rindex(SHEET.encode())
        header = data.rindex(b"PK\x01\x02", 0, entry)
        data[header + 24 : header + 28] = struct.pack("<I", declared)
        assert codes(bytes(data), form)[0] in ("SHEET_DAMAGED", "FILE_TOO_LARGE")

    def test_more_entries_than_a_workbook_has(self, form):
        parts = {f"xl/{n}.bin": b"" for n in range(MOST_ENTRIES)}
        assert codes(packed({**parts_of(filing(PERSON)), **parts}), form) == ["FILE_TOO_LARGE"]

    def test_a_directory_of_gigabytes_is_not_taken_into_memory(self, form):
        data = bytearray(filing(PERSON))
        end = data.rindex(b"PK\x05\x06")
        data[end + 12 : end + 16] = struct.pack("<I", 0x7FFFFFFF)
        assert codes(bytes(data), form) == ["SHEET_DAMAGED"]

    @pytest.mark.parametrize(
        "cells",
        [
            f'{FIRST_ROW}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            f"{FIRST_ROW}<row r='900000'><c t='n' r = 'ZZ900000'><v>1</v></c></row>",
            '<row><c r="a1"><v>1</v></c></row><row><c r="xfd1048576"><v>1</v></c></row>',
            '<x:row xmlns:x="y"><x:c r="XFD999999"><x:v>1</x:v></x:c></x:row>',
            "<row>" + "<c><v>1</v></c>" * 3000 + "</row>" + "<row><c><v>1</v></c></row>" * 3000,
        ],
    )
    def test_two_cells_in_far_corners_are_no_sheet(self, form, cells):
        data = written_by_hand(cells)
        before = peak()
        assert codes(data, form) == ["FILE_TOO_LARGE"]
        assert peak() - before < 64 * MIB

    @pytest.mark.parametrize("place", ["&#88;FD1", "A99999999999"])
    def test_places_that_hide_where_they_are_are_damage(self, form, place):
        cells = f'<row><c r="{place}"><v>1</v></c></row>'
        assert codes(written_by_hand(cells), form) == ["SHEET_DAMAGED"]

    def test_a_long_text_that_many_cells_share(self, form):
        cells = "<row>{}</row>".format('<c t="s"><v>0</v></c>' * 50) * 400
        data = written_by_hand(cells, texts=["ก" * 32_000])
        assert len(data) < MIB
        before = peak()
        assert codes(data, form) == ["FILE_TOO_LARGE"]
        assert peak() - before < 64 * MIB

    def test_a_long_text_that_stands_once_is_read(self, form):
        heading = "".join(f'<c t="s"><v>{place}</v></c>' for place in range(7))
        rows = "<row>{}</row>".format('<c t="s"><v>7</v></c>' * 50) * 400
        shared = [*HEADINGS, "ก" * 32_000, "x"]
        found = decode_whole(written_by_hand(f"<row>{heading}</row>{rows}", texts=shared), form)
        assert found.tables["EMPLOYEE-RECORD"].num_rows == 400

    def test_a_sheet_of_some_megabytes_is_read(self, form):
        found = decode_whole(filing(*[PERSON] * 10_000), form, name=NAME)
        assert found.findings.num_rows == 0
        assert found.records_read == 10_001

    def test_a_sheet_of_as_many_cells_as_are_allowed_is_not_refused(self):
        rows = (f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in (1, MOST_CELLS // 52 - 1))
        check_extents(safe_workbook(written_by_hand("".join(rows))))


def test_any_change_of_bytes_gives_findings_and_never_an_exception(form):
    """Altered bytes may stay a workbook; what comes out has its schema all the same."""
    chance = random.Random(20261122)
    for data in (filing(PERSON), written_by_hand("<row><c><v>1</v></c></row>", texts=["x"])):
        for _ in range(150):
            changed = bytearray(data)
            for _ in range(chance.randint(1, 12)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            found = decode_whole(bytes(changed), form, name=NAME)
            rows = found.tables["EMPLOYEE-RECORD"].num_rows
            assert rows or found.findings.num_rows


def test_any_change_of_the_sheet_itself_gives_findings_and_never_an_exception(form):
    """The same behind the archive's checksums."""
    chance = random.Random(5)
    parts = parts_of(filing(PERSON, PERSON))
    for _ in range(300):
        changed = dict(parts)
        name = chance.choice([SHEET, SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
        part = bytearray(changed[name])
        for _ in range(chance.randint(1, 6)):
            part[chance.randrange(len(part))] = chance.choice(b"<>/\"'= cvr1AZf0&;\n\x80\xe0")
        changed[name] = bytes(part)
        found = decode_whole(packed(changed), form, name=NAME)
        assert found.tables["EMPLOYEE-RECORD"].num_rows or found.findings.num_rows


def test_the_archive_that_is_read_holds_what_was_checked(form):
    data = with_part(filing(PERSON), "xl/media/image1.png", b"x" * 1000)
    safe = safe_workbook(data)
    with zipfile.ZipFile(BytesIO(safe.data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == dict(safe.parts)
    assert not any("media" in name or "docProps" in name for name in safe.parts)


def with_zeros(data: bytes, at: int) -> bytes:
    """Eight bytes lost."""
    return data[:at] + bytes(8) + data[at + 8 :]


def peak() -> int:
    """Bytes that the process has held at once so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
