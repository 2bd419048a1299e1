"""A form 1-10 as bytes, through the parser: decoding and validation agree on what a record is."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import CATALOGUE, REGISTRY, account, person, references

from parsers.copybook import load_layout
from parsers.decode import decode_file
from parsers.findings import concat_findings
from validation.validate import FileValidator, FileVerdict


def header(count: int, wages: int, paid: int) -> bytes:
    company = "บริษัท ตัวอย่าง".ljust(45)
    amounts = f"0500{count:06}{wages:015}{2 * paid:014}{paid:012}{paid:012}"
    return f"1{account(1)}000000{'131169'}{'1069'}{company}{amounts}".encode("cp874")


def employee(number: int, encoding: str = "cp874") -> bytes:
    names = "สมชาย".ljust(30) + "ใจดี".ljust(35)
    return f"2{person(number)}003{names}{1_600_000:014}{80_000:012}".ljust(135).encode(encoding)


def verdict(path: Path, lines: list[bytes], block_bytes: int) -> tuple[FileVerdict, list[str]]:
    path.write_bytes(b"".join(line + b"\r\n" for line in lines))
    interface = REGISTRY.get("form_1_10")
    validator = FileValidator(
        interface, load_layout(interface), CATALOGUE, references(), {}, file_id="x"
    )
    blocks = decode_file(path, interface, file_id="x", block_bytes=block_bytes)
    tables = [validator.block(block).findings for block in blocks]
    closed = validator.close()
    return closed, concat_findings([*tables, closed.findings])["code"].to_pylist()


@pytest.mark.parametrize("block_bytes", [300, 1 << 20])
def test_a_right_file_is_accepted_whole(tmp_path: Path, block_bytes: int) -> None:
    lines = [header(2, 3_200_000, 160_000), employee(0), employee(3)]
    closed, codes = verdict(tmp_path / "form", lines, block_bytes)
    assert codes == []
    assert (closed.read, closed.accepted, closed.refused) == (2, 2, False)


@pytest.mark.parametrize("block_bytes", [300, 1 << 20])
def test_a_utf8_line_is_one_rejected_record(tmp_path: Path, block_bytes: int) -> None:
    lines = [header(12, 19_200_000, 960_000), employee(0, "utf-8"), *map(employee, range(3, 36, 3))]
    closed, codes = verdict(tmp_path / "form", lines, block_bytes)
    assert sorted(set(codes)) == ["CONTROL_NOT_PROVABLE", "TEXT_UTF8"]
    assert (closed.read, closed.accepted, closed.rejected, closed.refused) == (12, 11, 1, False)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    closed, codes = verdict(tmp_path / "form", [], 1 << 20)
    assert codes == ["FILE_EMPTY"]
    assert closed.refused
