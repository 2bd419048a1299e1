"""Memory is that of a block, however long the file is."""

from __future__ import annotations

import tracemalloc

import pytest

from interfaces.model import FileRule, Framing, LineEnd
from parsers.framing import frames

BLOCK = 256 << 10
RECORD = b"x" * 220


class Repeated:
    """A stream of so many equal pieces that exists only as far as it is read."""

    def __init__(self, piece: bytes, times: int) -> None:
        self._tape = piece * (BLOCK // len(piece) + 2)
        self._piece = len(piece)
        self._left = len(piece) * times
        self._place = 0

    def readinto(self, buffer: memoryview, /) -> int:
        count = min(len(buffer), self._left, BLOCK)
        begin = self._place % self._piece
        buffer[:count] = self._tape[begin : begin + count]
        self._place += count
        self._left -= count
        return count

    def seek(self, offset: int, /) -> int:
        raise NotImplementedError("this stream is read once")


def rdw(data: bytes, segment: int = 0) -> bytes:
    return (len(data) + 4).to_bytes(2, "big") + bytes([segment, 0]) + data


FORMS = {
    "FB": (FileRule(Framing.FB, "cp037", "X"), RECORD),
    "VB": (FileRule(Framing.VB, "cp037", "X"), rdw(RECORD)),
    "VB in blocks": (
        FileRule(Framing.VB, "cp037", "X", block_descriptor=True),
        (4 + 224 * 9).to_bytes(2, "big") + b"\0\0" + rdw(RECORD) * 9,
    ),
    "VBS": (FileRule(Framing.VBS, "cp037", "X"), rdw(RECORD, 1) + rdw(RECORD, 3) + rdw(b"", 2)),
    "text": (FileRule(Framing.TEXT, "cp874", "X", LineEnd.CRLF), RECORD + b"\r\n"),
}


def count(rule: FileRule, piece: bytes, times: int) -> int:
    return sum(len(f.rows) for f in frames(Repeated(piece, times), rule, 220, BLOCK))


def peak(form: str, times: int) -> int:
    rule, piece = FORMS[form]
    assert count(rule, piece, 1)  # loads what is loaded once
    tracemalloc.start()
    try:
        assert count(rule, piece, times) >= times
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", FORMS)
def test_a_file_sixteen_times_as_long_takes_the_same_memory(form: str) -> None:
    short = peak(form, 5_000)
    assert peak(form, 80_000) < 1.1 * short
    assert short < 16 * BLOCK
