"""The bytes of a workbook: what they are, and a small archive of known size made of them.

Nothing in a zip can be believed: the sizes in its directory, its entries' names, that an entry
stands in it once. So entries are unpacked here, within bounds and with their checksums, and those
that are needed are put into a new archive, which alone is given to the reader of cells.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final, cast

from parsers.streams import unpacked_limit
from parsers.unpackers import MOST_AT_ONCE, SparingFile

LARGEST_WORKBOOK: Final = 256 << 20
"""Bytes that may come out of a workbook: a sheet of 100,000 persons has some 60 MiB."""

MOST_ENTRIES: Final = 2_000
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB 2.2: .xls, or encrypted .xlsx
_ENCRYPTED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO 2.3.4.4
_MAIN_PART: Final = "xl/workbook.xml"
_UNREAD: Final = ("docprops/", "xl/theme/", "xl/drawings/", "xl/media/", "xl/charts/", "customxml/")
_MACRO_NAME: Final = re.compile(r"(?i)vbaproject\.bin$|^xl/macrosheets/")
_FORBIDDEN: Final = (b"<!DOCTYPE", b"<!ENTITY", b"\0")
"""No part of a workbook has them: declarations of entities are bombs, zero bytes another encoding,
in which the looks at a part's bytes would be blind."""


class Unreadable(Exception):
    """Why there is no workbook to read; ``code`` is that of the finding, ``kind`` what the file is
    instead, if that can be told."""

    def __init__(self, code: str, kind: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.kind = kind


@dataclass(frozen=True, slots=True)
class SafeWorkbook:
    """``parts``: name → bytes of the parts that are read; ``data`` the archive of them."""

    parts: Mapping[str, bytes]
    data: bytes


def safe_workbook(data: bytes, largest: int = LARGEST_WORKBOOK) -> SafeWorkbook:
    """The workbook in ``data``; at most ``largest`` bytes come out of it.

    Unreadable with FILE_EMPTY, FILE_TOO_LARGE, SHEET_FORMAT (not this kind of file),
    SHEET_ENCRYPTED, SHEET_MACROS or SHEET_DAMAGED.
    """
    _check_kind(data)
    most = min(unpacked_limit(len(data), largest), LARGEST_WORKBOOK)
    try:
        archive = zipfile.ZipFile(cast(BytesIO, SparingFile(BytesIO(data))))
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _check_entries(entries, most)
        parts = {entry.filename: _unpacked(archive, entry) for entry in entries if _is_read(entry)}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise Unreadable("SHEET_DAMAGED") from error
    for part in parts.values():
        if any(mark in part for mark in _FORBIDDEN):
            raise Unreadable("SHEET_DAMAGED")
    if any(b"macroEnabled" in part for name, part in parts.items() if name.startswith("[")):
        raise Unreadable("SHEET_MACROS")
    return SafeWorkbook(parts, _packed(parts))


def _check_kind(data: bytes) -> None:
    if not data:
        raise Unreadable("FILE_EMPTY")
    if data.startswith(_COMPOUND_FILE):
        if _ENCRYPTED_STREAM in data:
            raise Unreadable("SHEET_ENCRYPTED")
        raise Unreadable("SHEET_FORMAT", "xls")
    if data.startswith(b"PK\x03\x04"):
        return
    beginning = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<html", b"<table", b"<!doctype html", b"<?xml")):
        raise Unreadable("SHEET_FORMAT", "html" if b"<?xml" not in beginning[:5] else "xml")
    raise Unreadable("SHEET_FORMAT")


def _check_entries(entries: list[zipfile.ZipInfo], most: int) -> None:
    """What the directory says, before anything is unpacked."""
    names = [entry.filename for entry in entries]
    lower = {name.lower() for name in names}
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("SHEET_ENCRYPTED")
    if any(_MACRO_NAME.search(name) for name in names):
        raise Unreadable("SHEET_MACROS")
    if _MAIN_PART not in names:
        kinds = {"xl/workbook.bin": "xlsb", "content.xml": "ods", "word/document.xml": "docx"}
        raise Unreadable("SHEET_FORMAT", next((k for n, k in kinds.items() if n in lower), "zip"))
    if len(lower) != len(names):  # the reader of cells does not tell upper from lower case
        raise Unreadable("SHEET_DAMAGED")
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > most:
        raise Unreadable("FILE_TOO_LARGE")


def _is_read(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.lower()
    return name.endswith((".xml", ".rels")) and not name.startswith(_UNREAD)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry: as many as it declares, with the checksum that it declares."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("SHEET_DAMAGED")
    with archive.open(entry) as source:
        data = b"".join(iter(lambda: source.read(MOST_AT_ONCE), b""))
    if len(data) != entry.file_size:
        raise Unreadable("SHEET_DAMAGED")
    return data


def _packed(parts: Mapping[str, bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return target.getvalue()
