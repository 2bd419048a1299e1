"""Descriptor words of records, segments and blocks: what is read, and where the fault lies."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from interfaces.container import DESCRIPTORS
from interfaces.model import FileRule, Framing, SkippedBytes
from interfaces.toml_table import DeclarationError
from parsers.framing import frames
from parsers.framing.frame import LONGEST_RECORD

VB = FileRule(Framing.VB, "cp037", "X")
BLOCKED = replace(VB, block_descriptor=True)
VBS = FileRule(Framing.VBS, "cp037", "X")
SPANNED_BLOCKS = replace(VBS, block_descriptor=True)


def cut(data: bytes, rule: FileRule, block_bytes: int = 7):
    """Records as (offset, bytes), faults as (code, offset)."""
    records, faults = [], []
    for frame in frames(BytesIO(data), rule, 80, block_bytes):
        for start, size in zip(frame.rows.starts, frame.lengths, strict=True):
            record = frame.rows.data[start : start + size].tobytes()
            records.append((frame.base + int(start), record))
        faults += [(f.code, frame.base + f.place) for f in frame.faults]
    return records, faults


def rdw(data: bytes, segment: int = 0) -> bytes:
    return (len(data) + 4).to_bytes(2, "big") + bytes([segment, 0]) + data


def bdw(data: bytes) -> bytes:
    return (len(data) + 4).to_bytes(2, "big") + b"\0\0" + data


def extended(data: bytes) -> bytes:
    return (0x8000_0000 + len(data) + 4).to_bytes(4, "big") + data


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("exclusive", b"\0\3\0\0"),
        ("little", b"\7\0\0\0"),
        ("reversed", b"\0\0\7\0"),
        ("gnucobol-4-big", b"\0\0\0\3"),
        ("gnucobol-4-little", b"\3\0\0\0"),
        ("gnucobol-2", b"\0\3"),
    ],
)
def test_every_form_of_record_descriptor(form, word):
    rule = replace(VB, descriptor=DESCRIPTORS[form])
    records, faults = cut((word + b"abc") * 2, rule)
    assert records == [(len(word), b"abc"), (2 * len(word) + 3, b"abc")]
    assert faults == []


def test_blocks_of_both_forms_hold_records():
    data = bdw(rdw(b"abc") + rdw(b"")) + extended(rdw(b"de"))
    assert cut(data, BLOCKED) == ([(8, b"abc"), (15, b""), (23, b"de")], [])


@pytest.mark.parametrize(
    ("block", "code", "place"),
    [
        (b"\0\3\0\0", "BDW_INVALID", 11),  # shorter than itself
        (b"\0\4\0\0", "BDW_INVALID", 11),  # nothing in it
        (b"\0\x0b\0\1" + rdw(b"abc"), "BDW_INVALID", 11),
        (b"\0\x0a\0\0" + rdw(b"abc"), "RDW_INVALID", 15),  # the record is longer than its block
        (b"\0\x0d\0\0" + rdw(b"abc") + b"\0\4\0\0", "BDW_INVALID", 22),  # half a descriptor
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 7, 1000])
def test_impossible_blocks_end_the_stream(block, code, place, block_bytes):
    good = bdw(rdw(b"abc"))
    records, faults = cut(good + block + good, BLOCKED, block_bytes)
    assert [record for _, record in records if record] in ([b"abc"], [b"abc"] * 2)
    assert faults == [(code, place)]


def test_a_block_cut_short_between_records_is_truncated():
    data = bdw(rdw(b"abc") + rdw(b"de"))[:11]
    assert cut(data, BLOCKED) == ([(8, b"abc")], [("FILE_TRUNCATED", 11)])


def test_segments_become_one_record_where_the_first_one_lies():
    data = rdw(b"whole") + rdw(b"ab", 1) + rdw(b"cd", 3) + rdw(b"", 3) + rdw(b"e", 2) + rdw(b"x")
    assert cut(data, VBS) == ([(4, b"whole"), (13, b"abcde"), (34, b"x")], [])


def test_a_record_spans_blocks():
    data = bdw(rdw(b"x") + rdw(b"ab", 1)) + bdw(rdw(b"cd", 3)) + extended(rdw(b"e", 2) + rdw(b"y"))
    for block_bytes in (1, 9, 1000):
        records, faults = cut(data, SPANNED_BLOCKS, block_bytes)
        assert [record for _, record in records] == [b"x", b"abcde", b"y"]
        assert faults == []


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        (rdw(b"ab", 2), 7),  # a last one without a first
        (rdw(b"ab", 3), 7),
        (rdw(b"ab", 1) + rdw(b"c", 0), 13),  # a whole one amid segments
        (rdw(b"ab", 1) + rdw(b"c", 3) + rdw(b"c", 1), 18),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 7, 1000])
def test_segments_out_of_order_end_the_stream(segments, place, block_bytes):
    records, faults = cut(rdw(b"abc") + segments + rdw(b"d"), VBS, block_bytes)
    assert records == [(4, b"abc")]
    assert faults == [("SEGMENT_INVALID", place)]


@pytest.mark.parametrize("word", [b"\0\3\0\0", b"\0\5\4\0x", b"\0\5\0\1x", b"\xff\xff\0\0"])
def test_an_impossible_segment_ends_the_stream(word):
    assert cut(rdw(b"abc") + word, VBS) == ([(4, b"abc")], [("RDW_INVALID", 7)])


def test_a_spanned_record_without_its_end_is_truncated():
    data = rdw(b"x") + rdw(b"ab", 1) + rdw(b"cd", 3)
    assert cut(data, VBS) == ([(4, b"x")], [("FILE_TRUNCATED", 5)])


def test_segments_without_end_are_a_fault_and_not_the_memory():
    class Endless:
        """A first segment, then middle segments for ever."""

        def __init__(self):
            self.middle = rdw(bytes(32_000), 3)
            self.left = rdw(b"", 1)
            self.given = 0

        def readinto(self, buffer):
            if not self.left:
                self.left = self.middle
            part = self.left[: len(buffer)]
            self.left = self.left[len(part) :]
            buffer[: len(part)] = part
            self.given += len(part)
            return len(part)

        def seek(self, offset):
            return offset

    stream = Endless()
    [frame] = frames(stream, VBS, 80, 64 << 20)
    assert [fault.code for fault in frame.faults] == ["SEGMENT_INVALID"]
    assert stream.given <= 2 * LONGEST_RECORD


def test_bytes_around_records_and_file_are_skipped():
    rule = replace(VB, skip=SkippedBytes(3, 2, 1, 2))
    data = b"abc" + (b"<" + rdw(b"one") + b">>") + (b"<" + rdw(b"") + b">>") + b"yz"
    for block_bytes in (1, 7, 1000):
        assert cut(data, rule, block_bytes) == ([(8, b"one"), (18, b"")], [])
    assert cut(data[:2], rule) == ([], [("FILE_TRUNCATED", 0)])
    assert cut(data[:3] + b"y", rule) == ([], [("FILE_TRUNCATED", 3)])
    assert cut(data[:3] + b"yz", rule) == ([], [])


def test_all_bytes_are_accounted_for():
    rule = replace(VB, skip=SkippedBytes(3, 2, 1, 2))
    data = b"abc" + (b"<" + rdw(b"one") + b">>") * 9 + b"yz"
    assert sum(f.bytes_read for f in frames(BytesIO(data), rule, 80, 20)) == len(data)


def test_records_of_one_length_have_a_stride():
    data = rdw(b"abc") * 4
    [frame] = frames(BytesIO(data), VB, 80, 1000)
    assert frame.rows.stride == 7
    assert frame.rows.matrix(1, 2).tobytes() == b"bc" * 4
    [frame] = frames(BytesIO(bdw(data) + bdw(data)), BLOCKED, 80, 1000)
    assert frame.rows.stride is None
    assert frame.rows.matrix(1, 2).tobytes() == b"bc" * 8


def test_missing_descriptors_need_a_rule():
    with pytest.raises(DeclarationError, match="length"):
        next(frames(BytesIO(b"x"), replace(VB, descriptor=None), 80, 100))


def test_reading_goes_on_where_a_frame_says():
    data = bdw(rdw(b"abc") * 5) * 3
    blocks = list(frames(BytesIO(data), BLOCKED, 80, 30))
    assert any(frame.resume.block_left for frame in blocks)
    for nth, frame in enumerate(blocks):
        rest = list(frames(BytesIO(data), BLOCKED, 80, 30, part=frame.resume))
        count = sum(len(f.rows) for f in blocks[nth + 1 :])
        assert sum(len(f.rows) for f in rest) == count
        if rest:
            assert rest[0].first_number == frame.first_number + len(frame.rows)
    assert np.sum([len(f.rows) for f in blocks]) == 15
