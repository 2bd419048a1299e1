"""The byte stream around records."""

from __future__ import annotations

import numpy as np
import pytest

from exporters.encode import EncodedBlock
from exporters.framing import frame_block
from interfaces.model import FileRule, Framing, LineEnd
from parsers.findings import empty_findings

FIXED = EncodedBlock(np.frombuffer(b"abcdef", np.uint8).reshape(2, 3), None, empty_findings())
VARIABLE = EncodedBlock(
    np.frombuffer(b"abcde", np.uint8), np.array([3, 0, 2], np.int64), empty_findings()
)


def framed(block: EncodedBlock, framing: Framing, line_end: LineEnd | None = None) -> bytes:
    return frame_block(block, FileRule(framing, "cp838", "X", line_end), 3).tobytes()


@pytest.mark.parametrize("framing", [Framing.F, Framing.FB])
def test_fixed_records_stand_side_by_side(framing: Framing) -> None:
    assert framed(FIXED, framing) == b"abcdef"
    assert framed(VARIABLE, framing) == b"abc\x40\x40\x40de\x40"


@pytest.mark.parametrize("framing", [Framing.V, Framing.VB])
def test_a_descriptor_word_counts_itself(framing: Framing) -> None:
    assert framed(FIXED, framing) == b"\x00\x07\x00\x00abc\x00\x07\x00\x00def"
    assert framed(VARIABLE, framing) == b"\0\7\0\0abc\0\4\0\0\0\6\0\0de"


@pytest.mark.parametrize(("line_end", "end"), [(LineEnd.LF, b"\n"), (LineEnd.CRLF, b"\r\n")])
def test_every_line_ends(line_end: LineEnd, end: bytes) -> None:
    assert framed(FIXED, Framing.TEXT, line_end) == b"abc" + end + b"def" + end
    assert framed(VARIABLE, Framing.TEXT, line_end) == b"abc" + end + end + b"de" + end


def test_a_record_that_no_descriptor_word_can_say_is_refused() -> None:
    with pytest.raises(ValueError, match="descriptor word"):
        frame_block(FIXED, FileRule(Framing.V, "cp838", "X"), 32_757)


def test_no_records_are_no_bytes() -> None:
    none = EncodedBlock(np.empty(0, np.uint8), np.empty(0, np.int64), empty_findings())
    assert framed(none, Framing.VB) == b""
    assert framed(none, Framing.TEXT, LineEnd.LF) == b""
