"""Parts of a file hold together exactly what the whole holds, in every form."""

from __future__ import annotations

from pathlib import Path

import pytest
from framed_files import ANY_FILES, BLOCK_SIZES, Sample, encoded, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.framing import frame_block
from interfaces.model import Compression, FileRule, Framing
from parsers.framing.splits import RecordIndex, record_index, split_by_bytes

FIXED = FileRule(Framing.FB, "cp037", "X")
BLOCKED = FileRule(Framing.VB, "cp037", "X", block_descriptor=True, record_length=100)
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SAME_FOLDER
@given(ANY_FILES, st.integers(1, 7), BLOCK_SIZES, st.binary(max_size=9))
def test_parts_are_the_whole(
    tmp_path: Path, sample: Sample, parts: int, block_bytes: int, noise: bytes
) -> None:
    """Numbers, offsets, bytes and faults, of damaged files too."""
    data = sample.data + noise
    path = tmp_path / "file"
    path.write_bytes(data)
    found, faults = [], []
    for part in split_by_bytes(path, sample.rule, sample.length, parts):
        some, wrong = read(data, sample.rule, sample.length, block_bytes, part)
        found += some
        faults += wrong
    assert (found, faults) == read(data, sample.rule, sample.length, 4096)


def test_an_index_begins_again_in_the_middle_of_a_block(tmp_path: Path) -> None:
    records = [bytes([n]) * 10 for n in range(50)]
    path = tmp_path / "file"
    path.write_bytes(frame_block(encoded(records), BLOCKED, 10).tobytes())
    index = record_index(path, BLOCKED, 10, every=40)
    assert index.block_left.any()
    index.save(tmp_path / "index")
    parts = RecordIndex.load(tmp_path / "index").parts(1000)
    assert len(parts) > 20
    found = [r for part in parts for r in read(path.read_bytes(), BLOCKED, 10, 64, part)[0]]
    assert [record for _, _, record in found] == records
    assert int(index.numbers[-1]) == 51


def test_parts_are_about_the_same_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(10_000))
    starts = [part.start for part in split_by_bytes(path, FIXED, 10, 4)]
    assert starts == [0, 2500, 5000, 7500]
    numbers = [part.first_number for part in split_by_bytes(path, FIXED, 10, 4)]
    assert numbers == [1, 251, 501, 751]


def test_a_packed_file_is_one_part(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x1f\x8b" + bytes(1000))
    rule = FileRule(Framing.FB, "cp037", "X", compression=Compression.AUTO)
    assert len(split_by_bytes(path, rule, 10, 4)) == 1
    with pytest.raises(ValueError, match="packed"):
        record_index(path, rule, 10)


def test_something_else_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(b"no index")
    with pytest.raises(ValueError):
        RecordIndex.load(path)
