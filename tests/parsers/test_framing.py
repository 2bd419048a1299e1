"""Framing: records cut out of streams, alike for every block size."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import Framing
from interfaces.toml_table import DeclarationError
from parsers.framing import frames
from parsers.framing.lines import LONGEST_LINE
from parsers.rdw import LONGEST_RDW, follow_chain

BLOCK_SIZES = st.sampled_from([1, 2, 3, 7, 16, 64, 1000])


@pytest.fixture(scope="module", autouse=True)
def compiled_kernel():
    """Compile before the first example, which would otherwise miss hypothesis's deadline."""
    follow_chain(np.empty(0, np.uint8))


def cut(data: bytes, framing: Framing, block_bytes: int, length: int = 0):
    """All records as (number, offset, bytes), all faults as (code, of file, offset)."""
    records, faults = [], []
    for frame in frames(BytesIO(data), framing, length, block_bytes):
        for place, (start, size) in enumerate(zip(frame.rows.starts, frame.lengths, strict=True)):
            record = frame.rows.data[start : start + size].tobytes()
            records.append((frame.first_number + place, frame.base + int(start), record))
        faults += [(f.code, f.of_file, frame.base + f.place) for f in frame.faults]
    return records, faults


def with_rdw(records: list[bytes]) -> bytes:
    return b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)


@given(st.lists(st.binary(min_size=5, max_size=5)), st.binary(max_size=4), BLOCK_SIZES)
def test_fixed_records_and_what_is_left_over(records, rest, block_bytes):
    found, faults = cut(b"".join(records) + rest, Framing.FB, block_bytes, 5)
    assert found == [(i + 1, i * 5, record) for i, record in enumerate(records)]
    end = len(records) * 5
    wanted = [("FILE_LENGTH", True, end), ("FILE_TRUNCATED", False, end)] if rest else []
    assert faults == wanted


@given(st.lists(st.binary(max_size=40)), BLOCK_SIZES)
def test_variable_records(records, block_bytes):
    found, faults = cut(with_rdw(records), Framing.VB, block_bytes)
    assert [record for _, _, record in found] == records
    assert [number for number, _, _ in found] == list(range(1, len(records) + 1))
    data = with_rdw(records)
    assert all(data[offset : offset + len(r)] == r for _, offset, r in found)
    assert faults == []


@given(st.lists(st.binary(max_size=9)), st.integers(1, 8), BLOCK_SIZES)
def test_a_variable_file_cut_anywhere_is_truncated_there(records, missing, block_bytes):
    last = b"123456"
    data = with_rdw([*records, last])[:-missing]
    found, faults = cut(data, Framing.V, block_bytes)
    assert [record for _, _, record in found] == records
    assert faults == [("FILE_TRUNCATED", False, len(with_rdw(records)))]


@pytest.mark.parametrize(
    "rdw",
    [b"\0\3\0\0", b"\0\0\0\0", b"\0\5\1\0", b"\0\5\0\1", (LONGEST_RDW + 1).to_bytes(2) + b"\0\0"],
)
@pytest.mark.parametrize("block_bytes", [1, 8, 4096])
def test_impossible_rdws_end_the_stream(rdw, block_bytes):
    good = with_rdw([b"abc"])
    found, faults = cut(good + rdw + b"x" + good, Framing.VB, block_bytes)
    assert [record for _, _, record in found] == [b"abc"]
    assert faults == [("RDW_INVALID", False, len(good))]


def test_the_longest_variable_record_is_read():
    record = b"z" * (LONGEST_RDW - 4)
    assert cut(with_rdw([record]), Framing.VB, 100) == ([(1, 4, record)], [])


# A Ctrl-Z may be the mark of DOS that the file ends here: tests/parsers/test_text_files.py.
LINES = st.lists(
    st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"").replace(b"\x1a", b"").rstrip(b"\r"))
)


@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), BLOCK_SIZES)
def test_lines_with_either_end_and_with_or_without_the_last(lines, end, last_end, block_bytes):
    data = end.join(lines) + (end if last_end and lines else b"")
    wanted = lines if last_end or not lines or lines[-1] else lines[:-1]
    found, faults = cut(data, Framing.TEXT, block_bytes)
    assert [record for _, _, record in found] == wanted
    assert faults == []
    assert all(data[offset : offset + len(r)] == r for _, offset, r in found)


@pytest.mark.parametrize("block_bytes", [1000, 1 << 20])
@pytest.mark.parametrize("excess", [0, 1, LONGEST_LINE])
def test_endless_lines_are_cut_into_pieces(block_bytes, excess):
    data = b"short\n" + b"x" * (LONGEST_LINE + excess) + b"\nend"
    found, _ = cut(data, Framing.TEXT, block_bytes)
    pieces = [b"x" * LONGEST_LINE, *([b"x" * excess] if excess else [])]
    assert [record for _, _, record in found] == [b"short", *pieces, b"end"]


@pytest.mark.parametrize("framing", list(Framing))
def test_an_empty_stream_has_no_frames(framing):
    assert list(frames(BytesIO(b""), framing, 5, 100)) == []


def test_the_buffer_is_used_again():
    """The memory of a block is that of the block before: nothing grows with the file."""
    addresses = {
        frame.rows.data.__array_interface__["data"][0]
        for frame in frames(BytesIO(bytes(1000)), Framing.F, 10, 100)
    }
    assert len(addresses) == 1


def test_records_without_length_cannot_be_declared():
    with pytest.raises(DeclarationError, match="0 bytes"):
        next(frames(BytesIO(b"x"), Framing.F, 0, 100))


def test_short_reads_are_completed():
    class Trickle(BytesIO):
        def readinto(self, buffer):
            return super().readinto(buffer[:3])

    lengths = [len(f.rows) for f in frames(Trickle(bytes(100)), Framing.F, 10, 50)]
    assert np.sum(lengths) == 10
