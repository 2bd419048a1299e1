"""The byte stream around records, byte by byte."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from framed_files import encoded

from exporters.encode import EncodedBlock
from exporters.framing import file_end, file_start, frame_block
from interfaces.container import DESCRIPTORS
from interfaces.model import Compression, FileRule, Framing, LineEnd, SkippedBytes
from interfaces.toml_table import DeclarationError
from parsers.findings import empty_findings

FIXED = EncodedBlock(np.frombuffer(b"abcdef", np.uint8).reshape(2, 3), None, empty_findings())
VARIABLE = encoded([b"abc", b"", b"de"])
VB = FileRule(Framing.VB, "cp037", "X")
VBS = FileRule(Framing.VBS, "cp037", "X")
LF, CRLF, NEL, NONE = LineEnd.LF, LineEnd.CRLF, LineEnd.NEL, LineEnd.NONE


def framed(
    block: EncodedBlock, framing: Framing, line_end: LineEnd | None = None, page: str = "cp838"
) -> bytes:
    return frame_block(block, FileRule(framing, page, "X", line_end), 3).tobytes()


def written(rule: FileRule, *records: bytes) -> bytes:
    return frame_block(encoded(list(records)), rule, 9).tobytes()


@pytest.mark.parametrize("framing", [Framing.F, Framing.FB])
def test_fixed_records_stand_side_by_side(framing: Framing) -> None:
    assert framed(FIXED, framing) == b"abcdef"
    assert framed(VARIABLE, framing) == b"abc\x40\x40\x40de\x40"


def test_records_are_filled_up_to_the_declared_length() -> None:
    rule = FileRule(Framing.FB, "cp838", "X", record_length=5)
    assert frame_block(FIXED, rule, 3).tobytes() == b"abc\x40\x40def\x40\x40"
    with pytest.raises(DeclarationError, match="shorter"):
        frame_block(FIXED, replace(rule, record_length=2), 3)


def test_a_shorter_record_type_is_filled_too() -> None:
    assert frame_block(FIXED, FileRule(Framing.F, "cp874", "X"), 4).tobytes() == b"abc def "


@pytest.mark.parametrize("framing", [Framing.V, Framing.VB])
def test_a_descriptor_word_counts_itself(framing: Framing) -> None:
    assert framed(FIXED, framing) == b"\x00\x07\x00\x00abc\x00\x07\x00\x00def"
    assert framed(VARIABLE, framing) == b"\0\7\0\0abc\0\4\0\0\0\6\0\0de"


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("ibm", b"\0\7\0\0"),
        ("exclusive", b"\0\3\0\0"),
        ("little", b"\7\0\0\0"),
        ("reversed", b"\0\0\7\0"),
        ("gnucobol", b"\0\3\0\0"),
        ("gnucobol-4-big", b"\0\0\0\3"),
        ("gnucobol-4-little", b"\3\0\0\0"),
        ("gnucobol-2", b"\0\3"),
        ("stripped", b""),
    ],
)
def test_every_form_of_descriptor(form: str, word: bytes) -> None:
    assert written(replace(VB, descriptor=DESCRIPTORS[form]), b"abc") == word + b"abc"


def test_blocks_are_filled_with_whole_records() -> None:
    rule = replace(VB, block_descriptor=True, record_length=18)
    assert written(rule, b"abc", b"de", b"f") == (
        b"\0\x11\0\0\0\7\0\0abc\0\6\0\0de\0\x09\0\0\0\5\0\0f"
    )


def test_a_large_block_has_an_extended_descriptor() -> None:
    rule = replace(VB, block_descriptor=True, record_length=100_000)
    data = written(rule, *[b"x" * 32_000] * 2)
    assert data[:4] == (0x8000_0000 + len(data)).to_bytes(4, "big")
    usual = written(replace(rule, record_length=None), *[b"x" * 32_000] * 2)
    assert usual[:4] == (32_008).to_bytes(2, "big") + b"\0\0"


def test_a_record_longer_than_a_block_becomes_segments() -> None:
    rule = replace(VBS, record_length=11)
    assert written(rule, b"abc", b"abcdefgh") == (b"\0\7\0\0abc\0\7\1\0abc\0\7\3\0def\0\6\2\0gh")
    blocks = written(replace(rule, block_descriptor=True), b"abcd")
    assert blocks == b"\0\x0b\0\0\0\7\1\0abc\0\x09\0\0\0\5\2\0d"


@pytest.mark.parametrize(
    ("page", "line_end", "end"),
    [
        ("cp874", LF, b"\n"),
        ("cp874", CRLF, b"\r\n"),
        ("latin-1", NEL, b"\x85"),
        ("utf-8", NEL, b"\xc2\x85"),
        ("cp838", LF, b"\x25"),
        ("cp838", CRLF, b"\x0d\x25"),
        ("cp838", NEL, b"\x15"),
    ],
)
def test_every_line_ends_in_the_bytes_of_its_page(page: str, line_end: LineEnd, end: bytes) -> None:
    assert framed(FIXED, Framing.TEXT, line_end, page) == b"abc" + end + b"def" + end
    assert framed(VARIABLE, Framing.TEXT, line_end, page) == b"abc" + end + end + b"de" + end


def test_lines_without_ends_are_filled() -> None:
    assert framed(VARIABLE, Framing.TEXT, NONE, "cp874") == b"abc   de "


@pytest.mark.parametrize(
    ("line_end", "record"), [(LF, b"a\nb"), (CRLF, b"\n"), (LF, b"ab\r"), (NEL, b"a\x85")]
)
def test_a_line_that_would_be_read_otherwise_is_refused(line_end: LineEnd, record: bytes) -> None:
    with pytest.raises(ValueError, match="line end"):
        framed(encoded([b"x", record]), Framing.TEXT, line_end, "latin-1")


def test_skipped_bytes_are_zeros() -> None:
    skip = SkippedBytes(2, 3, 1, 2)
    rule = replace(VB, skip=skip)
    assert written(rule, b"abc") == b"\0\0\7\0\0abc\0\0"
    assert (file_start(rule), file_end(rule)) == (b"\0\0", b"\0\0\0")
    line = FileRule(Framing.TEXT, "cp874", "X", LF, skip=skip)
    assert written(line, b"abc", b"d") == b"\0abc\0\0\n\0d\0\0\n"


@pytest.mark.parametrize("form", ["ibm", "exclusive", "gnucobol-2"])
def test_a_record_that_no_descriptor_word_can_say_is_refused(form: str) -> None:
    rule = replace(VB, descriptor=DESCRIPTORS[form])
    longest = 32_756 if form == "ibm" else 65_535
    assert len(written(rule, b"x" * longest)) > longest
    with pytest.raises(ValueError, match=f"{longest} at most"):
        written(rule, b"x" * (longest + 1))


def test_a_record_that_no_block_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="block of 20"):
        written(replace(VB, block_descriptor=True, record_length=20), b"x" * 13)


def test_a_block_of_undefined_form_is_filled_or_refused() -> None:
    rule = FileRule(Framing.U, "cp037", "X", record_length=3)
    assert written(replace(rule, record_length=3), b"abc", b"def") == b"abcdef"
    with pytest.raises(ValueError, match="fill"):
        written(rule, b"ab")


def test_a_packed_file_is_not_written() -> None:
    assert file_start(replace(VB, compression=Compression.AUTO)) == b""
    with pytest.raises(ValueError, match="only read"):
        file_start(replace(VB, compression=Compression.GZIP))


def test_no_records_are_no_bytes() -> None:
    for framing in (Framing.VB, Framing.VBS, Framing.FB):
        assert framed(encoded([]), framing) == b""
    assert framed(encoded([]), Framing.TEXT, LF) == b""
