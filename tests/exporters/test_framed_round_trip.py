"""What is written in any declared form is read back, and truncation loses nothing whole."""

from __future__ import annotations

import numpy as np
import pytest
from framed_files import ANY_FILES, BLOCK_SIZES, Sample, described_files, fixed_files, read
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import FileRule, Framing
from parsers.framing.chains import assemble, follow
from parsers.framing.descriptors import descriptor_form


@pytest.fixture(scope="module", autouse=True)
def compiled_loops() -> None:
    """Load them before the first example, which would otherwise miss hypothesis's deadline."""
    none = np.empty(0, np.int64)
    form = descriptor_form(FileRule(Framing.V, "cp037", "X"))
    for loop in (follow, assemble):
        assert loop(np.empty(0, np.uint8), form, 0, none, none)[0] == 0


@given(ANY_FILES, BLOCK_SIZES)
def test_records_come_back_in_any_form_and_block_size(sample: Sample, block_bytes: int) -> None:
    found, faults = read(sample.data, sample.rule, sample.length, block_bytes)
    assert [record for _, _, record in found] == sample.records
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    assert faults == []


@given(ANY_FILES, BLOCK_SIZES)
def test_offsets_are_those_of_the_first_data_byte(sample: Sample, block_bytes: int) -> None:
    data = sample.data
    found, _ = read(data, sample.rule, sample.length, block_bytes)
    first = 1 if sample.rule.framing is Framing.VBS else 1000  # later segments lie further on
    for _, offset, record in found:
        assert data[offset : offset + len(record[:first])] == record[:first]


@given(st.one_of(described_files(), fixed_files()), BLOCK_SIZES, st.data())
def test_a_file_cut_anywhere_keeps_its_whole_records(
    sample: Sample, block_bytes: int, data: st.DataObject
) -> None:
    whole = sample.data
    kept = data.draw(st.integers(0, len(whole)))
    found, faults = read(whole[:kept], sample.rule, sample.length, block_bytes)
    records, _ = read(whole, sample.rule, sample.length, 1000)
    skip = sample.rule.skip
    complete = [r for r in records if _stop(sample, r, whole) <= kept - skip.file_end]
    if sample.rule.framing is Framing.U:  # where a cut block cannot be told from a last one
        found = found[: len(complete)]
    else:
        assert all(code.startswith(("FILE_", "BDW_", "RDW_")) for code, _, _ in faults)
        assert faults or len(found) == len(complete)
    assert found == complete


def _stop(sample: Sample, record: tuple[int, int, bytes], data: bytes) -> int:
    """Where the file may end without damage to the record."""
    if sample.rule.framing is not Framing.VBS:
        return record[1] + len(record[2]) + sample.rule.skip.record_end
    for stop in range(record[1], len(data) + 1):
        found, _ = read(data[:stop] + bytes(sample.rule.skip.file_end), sample.rule, 1, 1000)
        if len(found) >= record[0]:
            return stop
    return len(data)


@given(ANY_FILES, st.binary(max_size=200), BLOCK_SIZES)
def test_any_bytes_are_read_alike_in_any_block_size(
    sample: Sample, noise: bytes, block_bytes: int
) -> None:
    data = sample.data[: len(noise)] + noise
    assert read(data, sample.rule, sample.length, block_bytes) == read(
        data, sample.rule, sample.length, 4096
    )
