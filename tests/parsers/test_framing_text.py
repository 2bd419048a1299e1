"""Lines in pages of both kinds, and pieces of one length."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import FileRule, Framing, LineEnd, SkippedBytes
from parsers.framing import frames
from parsers.framing.lines import LONGEST_LINE

BLOCK_SIZES = st.sampled_from([1, 2, 3, 7, 16, 64, 1000])


def rule(page: str, line_end: LineEnd) -> FileRule:
    return FileRule(Framing.TEXT, page, "X", line_end)


def lines(data: bytes, file_rule: FileRule, block_bytes: int = 5, length: int = 3):
    found, faults = [], []
    for frame in frames(BytesIO(data), file_rule, length, block_bytes):
        for start, size in zip(frame.rows.starts, frame.lengths, strict=True):
            found.append(frame.rows.data[start : start + size].tobytes())
        faults += [f.code for f in frame.faults]
    return found, faults


@pytest.mark.parametrize("declared", [LineEnd.LF, LineEnd.CRLF])
@pytest.mark.parametrize(
    ("page", "data"),
    [("cp874", b"a\x25\x15\x85\nb\r\nc"), ("cp838", b"a\x0a\x15\x85\x25b\x0d\x25c")],
)
def test_line_feeds_of_the_page_with_or_without_carriage_return(page, data, declared):
    found, _ = lines(data, rule(page, declared))
    assert found == [data[:4], b"b", b"c"]


@pytest.mark.parametrize(
    ("page", "end"), [("latin-1", b"\x85"), ("cp1047", b"\x15"), ("utf-8", b"\xc2\x85")]
)
def test_next_line_where_it_is_declared(page, end):
    data = b"a\n\r\x25" + end + b"b" + end
    assert lines(data, rule(page, LineEnd.NEL)) == ([b"a\n\r\x25", b"b"], [])


@given(st.lists(st.text("aก…\x85", max_size=5)), BLOCK_SIZES)
def test_a_part_of_a_letter_ends_no_line(texts, block_bytes):
    """The second byte of NEL in UTF-8 is part of many letters."""
    data = "".join(f"{text}\x85" for text in texts).encode()
    wanted = "".join(f"{text}\x85" for text in texts).split("\x85")[:-1]
    found, _ = lines(data, rule("utf-8", LineEnd.NEL), block_bytes)
    assert [line.decode() for line in found] == wanted


def test_pieces_of_one_length_and_what_is_left_over():
    none = rule("cp838", LineEnd.NONE)
    assert lines(b"abc\n\x25fgh", none) == ([b"abc", b"\n\x25f"], ["FILE_LENGTH", "FILE_TRUNCATED"])
    assert lines(b"abcdefgh", replace(none, record_length=4)) == ([b"abcd", b"efgh"], [])


@pytest.mark.parametrize("block_bytes", [1, 1000, LONGEST_LINE, LONGEST_LINE + 1, 1 << 20])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_longest_line_is_one_piece(block_bytes, end):
    data = b"x" * LONGEST_LINE + end
    assert lines(data, rule("cp874", LineEnd.LF), block_bytes)[0] == [b"x" * LONGEST_LINE]
    longer, _ = lines(b"x" + data, rule("cp874", LineEnd.LF), block_bytes)
    assert longer == [b"x" * LONGEST_LINE, b"x"]


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\xc2", b"\x85"])), BLOCK_SIZES)
@pytest.mark.parametrize(("page", "end"), [("utf-8", LineEnd.NEL), ("cp874", LineEnd.LF)])
def test_any_text_is_cut_alike_in_any_block_size(page, end, parts, block_bytes):
    data = b"".join(parts)
    assert lines(data, rule(page, end), block_bytes) == lines(data, rule(page, end), 4096)


def test_bytes_at_both_sides_of_a_line_are_skipped():
    skipping = replace(rule("cp874", LineEnd.LF), skip=SkippedBytes(0, 0, 2, 1))
    assert lines(b"12abc9\r\n12\n\n12d9", skipping)[0] == [b"abc", b"", b"", b"d"]
