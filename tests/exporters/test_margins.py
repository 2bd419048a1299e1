"""Runs between margins: both ways of doing it give what joining them one by one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import margins
from exporters.interleaving import interleave
from exporters.margins import with_margins


@pytest.mark.parametrize("compiled_from", [0, 1 << 30])
@given(st.lists(st.binary(max_size=5)), st.integers(0, 3), st.integers(0, 3))
def test_runs_stand_between_their_margins(
    compiled_from: int, runs: list[bytes], first: int, last: int
) -> None:
    assert interleave is not None  # loaded before the first example, for hypothesis's deadline
    count = len(runs)
    before = np.arange(count * first, dtype=np.uint8).reshape(count, first)
    after = 255 - np.arange(count * last, dtype=np.uint8).reshape(count, last)
    lengths = np.array([len(run) for run in runs], np.int64)
    flat = np.frombuffer(b"".join(runs), np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(margins, "COMPILED_FROM", compiled_from)
        found = with_margins(flat, lengths, before, after).tobytes()
    rows = zip(before, runs, after, strict=True)
    assert found == b"".join(b.tobytes() + run + a.tobytes() for b, run, a in rows)
