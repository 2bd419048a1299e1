"""Our side: decode what COBOL wrote, encode rows for COBOL to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from declared import declare
from judge_files import JudgedFile, Row, displayed
from judge_items import Content, Float, Number, Text
from judge_rows import Hidden, column_of, columns, exact, overlaid

from exporters.encode import encode_batch
from exporters.engine import Engine as EncodingEngine
from exporters.framing import frame_block
from interfaces.container import DESCRIPTORS
from interfaces.model import Dialect, FileRule, Framing, Interface, Role
from parsers.arrow_types import ROW_IDENTITY, record_named, record_schema
from parsers.blocks import Engine
from parsers.copybook import load_layout
from parsers.decode import decode_whole

MISSING = "no such column"
ENGINES: tuple[Engine, ...] = ("compiled", "numpy")


def interface_of(file: JudgedFile, dialect: Dialect, folder: Path) -> Interface:
    """The declaration of a file: its code page, its records' form, which redefinition holds."""
    conditions = {
        item.name.upper(): {item.selector.upper(): (item.selected,)}
        for item in file.record.walk()
        if item.selector
    }
    folder.mkdir(parents=True, exist_ok=True)
    declared = declare(
        folder,
        file.copybook,
        framing=Framing.FB,
        encoding="latin-1",
        records={file.record.name.upper(): (Role.DETAIL, {})},
        redefines=conditions,
    )
    framing = Framing.V if file.is_variable else Framing.FB
    page = "cp037" if file.is_ebcdic else "latin-1"
    descriptor = DESCRIPTORS["gnucobol" if file.is_variable else "ibm"]
    container = FileRule(framing, page, "SAMPLE", descriptor=descriptor)
    return replace(declared, file=container, dialect=dialect)


def assert_decoded(data: bytes, file: JudgedFile, interface: Interface) -> None:
    """Every value that COBOL wrote is the one that we decode, and nothing is found wrong with
    it; a view whose bytes belong to another one may hold anything."""
    wanted = [columns([file.record], row) for row in file.written]
    unread = [set(overlaid([file.record], row)) for row in file.written]
    for engine in ENGINES:
        whole = decode_whole(data, interface, engine=engine)
        rows = whole.tables[file.record.name.upper()].to_pylist()
        wrong = list(differences(rows, wanted))
        assert wrong == [], f"{engine}, (where, found, wanted): {wrong}\n{file.copybook}"
        unexpected = [
            finding
            for finding in whole.findings.to_pylist()
            if column_of(finding["field"] or "") not in unread[finding["record_number"] - 1]
        ]
        assert unexpected == [], f"{engine}: {unexpected}\n{file.copybook}"


def differences(
    found: object, wanted: object, where: str = ""
) -> Iterator[tuple[str, object, object]]:
    """Places at which values differ. Columns that are not wanted are left alone, and so are
    those whose bytes another view overlays."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for name, value in wanted.items():
            yield from differences(found.get(name, MISSING), value, f"{where}.{name}")
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for place, (inner, value) in enumerate(zip(found, wanted, strict=True)):
            yield from differences(inner, value, f"{where}[{place}]")
    elif wanted is Hidden.EXCLUDED:
        if found not in (None, MISSING):  # an original that is covered has no column
            yield where, found, None
    elif wanted is not Hidden.OVERLAID and found != wanted:
        yield where, found, wanted


def encoded(
    file: JudgedFile, interface: Interface, rows: tuple[Row, ...], engine: EncodingEngine
) -> bytes:
    """The file of these rows, as we write it."""
    record = record_named(load_layout(interface), file.record.name.upper())
    schema = record_schema(record, interface)
    identity = {field.name for field in ROW_IDENTITY}
    schema = pa.schema([field for field in schema if field.name not in identity])
    values = [_writable(columns([file.record], row)) for row in rows]
    batch = pa.RecordBatch.from_pylist(values, schema=schema)
    block = encode_batch(batch, record, interface, engine=engine)
    assert block.findings.to_pylist() == [], f"{engine}\n{file.copybook}"
    return frame_block(block, interface.file, record.length).tobytes()


def assert_same_bytes(ours: bytes, theirs: bytes, file: JudgedFile, interface: Interface) -> None:
    """We wrote what the judge wrote; if not, say where."""
    if ours == theirs:
        return
    pairs = zip(ours, theirs, strict=False)
    place = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))
    record = record_named(load_layout(interface), file.record.name.upper())
    offset = f"record {place // record.length + 1}, offset {place % record.length}"
    around = slice(max(place - 8, 0), place + 8)
    raise AssertionError(
        f"byte {place} ({offset} if fixed): we write {ours[around].hex(' ')}, the judge writes "
        f"{theirs[around].hex(' ')}\n{file.copybook}"
    )


def _writable(value: object) -> object:
    if isinstance(value, dict):
        return {name: _writable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_writable(inner) for inner in value]
    return None if isinstance(value, Hidden) else value


def assert_displayed(lines: list[str], file: JudgedFile) -> None:
    """COBOL reads the values that we wrote."""
    for line, assigned in zip(lines, displayed(file), strict=True):
        content, value = assigned.content, assigned.value
        shown = shown_value(line, content)
        wanted = exact(content, value) if not isinstance(content, Text) else value or ""
        assert shown == wanted, (
            f"{assigned.reference}: {line!r} is {shown!r}, not {wanted!r}\n{file.copybook}"
        )


def shown_value(line: str, content: Content) -> object:
    """The value that a displayed line says."""
    length, _, bracketed = line.partition("[")
    shown = bracketed[:-1]
    if isinstance(content, Text):
        if content.varchar:
            return shown[: int(length.rstrip(":"))]
        return shown.lstrip() if content.justified else shown.rstrip()
    if isinstance(content, Float):
        return float(shown.replace(",", "."))
    if content.form == "edited":
        return edited_value(shown, content)
    if content.form == "index":
        return Decimal(shown)
    return Decimal(f"{int(shown)}E{-max(content.scale, 0)}")


def edited_value(shown: str, content: Number) -> Decimal:
    """The number in an edited field: the digits where the picture has digits, and the sign."""
    pairs = zip(shown, content.symbols, strict=True)
    digits = "".join(char for char, symbol in pairs if char.isdigit() and symbol != "0")
    is_negative = "-" in shown or shown.endswith(("CR", "DB"))
    return Decimal(f"{'-' * is_negative}{digits or '0'}E{-content.scale}")
