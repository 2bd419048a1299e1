"""Text files in other encodings and with other line ends: one finding a file, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import Interface
from interfaces.registry import Registry
from parsers.decode import DecodedFile, decode_file, decode_whole
from parsers.framing.splits import split_by_bytes
from parsers.text_files import is_plain_text

HEADER = "EMPLOYER-RECORD"
DETAIL = "EMPLOYEE-RECORD"


def header_line(company: str = "บริษัท ตัวอย่าง จำกัด", count: int = 2) -> str:
    return (
        "1" + "1000000012" + "000000" + "131269" + "1169" + company.ljust(45) + "0500"
        f"{count:06d}" + "0" * 15 + "0" * 14 + "0" * 12 + "0" * 12
    )


def person_line(given: str = "สมศักดิ์", family: str = "ใจดี") -> str:
    names = given.ljust(30) + family.ljust(35)
    return "2" + "1101000000011" + "003" + names + "0" * 14 + "0" * 12 + " " * 27


LINES = [header_line(), person_line(), person_line("น้ำผึ้ง", "แก้ว")]
ASCII_LINES = [header_line("EXAMPLE CO"), person_line("Somsak", "Jaidee")]


@pytest.fixture(scope="module")
def form() -> Interface:
    return Registry().get("form_1_10.1")


def joined(lines: list[str], end: str = "\r\n", last: str = "\r\n") -> str:
    return end.join(lines) + last


def codes(found: DecodedFile) -> list[tuple[int, str]]:
    return list(
        zip(
            found.findings["record_number"].to_pylist(),
            found.findings["code"].to_pylist(),
            strict=True,
        )
    )


LASTS = [
    "\r\n",
    "\n",
    "",
    "\x1a",
    "\r\n\x1a",
    "\n\x1a\x1a",
    "\x1a" * 100,
    "\r\n\x1a\r\n",  # written as a line of its own
    "\x1a\n",
    "\r\n\x1a\x1a\r\n\r\n",
]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("last", LASTS)
def test_line_ends_and_the_mark_of_dos_make_no_difference(form, end, last):
    found = decode_whole(joined(LINES, end, last).encode("cp874"), form)
    assert codes(found) == []
    assert found.records_read == 3
    assert found.bytes_read == len(joined(LINES, end, last).encode("cp874"))
    assert found.tables[DETAIL]["fname"].to_pylist() == ["สมศักดิ์", "น้ำผึ้ง"]


@pytest.mark.parametrize("block_bytes", [1, 137, 138, 412, 413, 414, 1 << 20])
@pytest.mark.parametrize("last", ["\r\n\x1a\x1a", "\r\n\x1a\r\n"])
def test_the_mark_of_dos_is_found_in_any_block_size(form, last, block_bytes):
    data = joined(LINES, last=last).encode("cp874")
    found = decode_whole(data, form, block_bytes=block_bytes)
    assert codes(found) == []
    assert (found.records_read, found.bytes_read) == (3, len(data))


def test_one_in_the_middle_of_a_file_is_no_end(form):
    data = joined([LINES[0], "\x1a", *LINES[1:]]).encode("cp874")
    assert codes(decode_whole(data, form)) == [(2, "RECORD_TYPE")]


@pytest.mark.parametrize("last", ["\r\n", ""])
@pytest.mark.parametrize("lines", [LINES, [header_line("EXAMPLE"), *LINES[1:]], LINES * 300])
def test_a_file_in_utf_8_is_one_finding(form, lines, last):
    data = joined(lines, last=last).encode()
    found = decode_whole(data, form)
    (told,) = found.findings.to_pylist()
    assert (told["code"], told["record_number"], told["raw"]) == ("FILE_UTF8", 0, data[:32])
    assert found.tables[DETAIL].num_rows == found.records_read == 0


def test_one_with_a_byte_order_mark_is_told_both(form):
    found = decode_whole(joined(LINES).encode("utf-8-sig"), form)
    assert codes(found) == [(0, "TEXT_BOM"), (0, "FILE_UTF8")]


@pytest.mark.parametrize("lines", [LINES, ASCII_LINES])
def test_a_byte_order_mark_before_other_text_is_left_out(form, lines):
    data = joined(lines).encode("cp874")
    found = decode_whole(b"\xef\xbb\xbf" + data, form)
    assert codes(found) == [(0, "TEXT_BOM")]
    assert found.bytes_read == len(data) + 3
    plain = decode_whole(data, form)
    for name in (HEADER, DETAIL):
        moved = [offset + 3 for offset in plain.tables[name]["_byte_offset"].to_pylist()]
        assert found.tables[name]["_byte_offset"].to_pylist() == moved
        numbers = found.tables[name]["_record_number"]
        assert numbers.equals(plain.tables[name]["_record_number"])


def test_a_file_with_nothing_but_the_mark_is_empty(form):
    assert codes(decode_whole(b"\xef\xbb\xbf", form)) == [(0, "TEXT_BOM"), (0, "FILE_EMPTY")]


def test_parts_of_a_file_with_a_mark_are_its_whole(form, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"\xef\xbb\xbf" + joined(LINES * 50).encode("cp874"))
    whole = decode_whole(path, form)
    parts = split_by_bytes(path, form.file, 135, 4)
    assert len(parts) > 1
    found = [
        number
        for part in parts
        for block in decode_file(path, form, file_id="", part=part)
        if DETAIL in block.batches
        for number in block.batches[DETAIL]["_record_number"].to_pylist()
    ]
    assert found == whole.tables[DETAIL]["_record_number"].to_pylist()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("lines", [LINES, ASCII_LINES])
def test_utf_16_is_one_finding(form, encoding, lines):
    found = decode_whole(joined(lines).encode(encoding), form)
    assert codes(found) == [(0, "FILE_UTF16")]


@pytest.mark.parametrize(
    "data",
    [
        joined(LINES, "\r", "\r"),
        joined(LINES, "\r", ""),
        joined(LINES, "", ""),
        joined(LINES, "", "\x1a"),
    ],
)
def test_records_that_no_line_end_parts_are_one_finding(form, data):
    found = decode_whole(data.encode("cp874"), form)
    assert codes(found) == [(0, "FILE_LINE_ENDS")]
    assert found.records_read == 0


def test_a_single_line_without_an_end_is_read(form):
    found = decode_whole(LINES[0].encode("cp874"), form)
    assert codes(found) == []
    assert found.tables[HEADER].num_rows == 1


def test_one_line_in_utf_8_among_others_is_the_lines_own_fault(form):
    data = joined(LINES[:2]).encode("cp874") + joined(LINES[2:]).encode()
    assert codes(decode_whole(data, form)) == [(3, "TEXT_UTF8")]


@pytest.mark.parametrize(
    ("byte", "text"),
    [(0x80, "€"), (0x85, "…"), (0x91, "‘"), (0x94, "”"), (0x96, "–"), (0xA0, "\u00a0")],
)
def test_characters_that_cp874_has_beyond_tis_620_are_taken(form, byte, text):
    line = person_line().encode("cp874")
    line = line[:17] + bytes([byte, 0x41]) + b" " * 28 + line[47:]
    data = header_line(count=1).encode("cp874") + b"\r\n" + line
    found = decode_whole(data, form)
    assert codes(found) == []
    assert found.tables[DETAIL]["fname"].to_pylist() == [f"{text}A"]


@pytest.mark.parametrize("byte", [0x81, 0x84, 0x90, 0x98, 0x9F, 0xDB, 0xFC, 0xFF])
def test_bytes_that_are_characters_of_neither_page_are_told(form, byte):
    line = person_line().encode("cp874")
    line = line[:17] + bytes([byte]) + line[18:]
    found = decode_whole(header_line(count=1).encode("cp874") + b"\r\n" + line, form)
    (told,) = found.findings.to_pylist()
    assert (told["code"], told["field"]) == ("TEXT_UNMAPPABLE", "FNAME")


class TestPlainText:
    @pytest.mark.parametrize(
        "data",
        [
            joined(LINES).encode("cp874"),
            joined(LINES, "\n", "").encode("cp874"),
            joined(ASCII_LINES).encode(),
            joined([LINES[0], ""]).encode("cp874") + LINES[1].encode(),
        ],
    )
    def test_files_that_are_read_line_by_line(self, data):
        assert is_plain_text(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            joined(LINES).encode(),
            joined(LINES).encode("utf-8-sig"),
            joined(ASCII_LINES).encode("utf-8-sig"),
            joined(LINES).encode("utf-16"),
            joined(ASCII_LINES).encode("utf-16-be"),
            joined(LINES, last="\r\n\x1a").encode("cp874"),
            joined(LINES, last="\r\n\x1a\r\n").encode("cp874"),
            joined(LINES, "\r", "\r").encode("cp874"),
            LINES[0].encode("cp874"),
        ],
    )
    def test_files_of_which_something_as_a_whole_is_odd(self, data):
        assert not is_plain_text(data)

    @given(st.lists(st.sampled_from(LINES + ASCII_LINES + ["", "9"]), max_size=6), st.booleans())
    def test_plain_files_behind_each_other_are_the_lines_of_each(self, lines, has_end):
        form = Registry().get("form_1_10.1")
        data = joined(lines, last="\r\n" if has_end else "").encode("cp874")
        if not is_plain_text(data):
            return
        first = joined(ASCII_LINES).encode()
        alone, behind = decode_whole(data, form), decode_whole(first + data, form)
        if codes(alone)[:1] == [(0, "FILE_ENCODING")]:
            return  # no line of it is a record
        moved = [(number + 2, code) for number, code in codes(alone)]
        assert codes(behind) == moved
        assert behind.records_read == alone.records_read + 2
