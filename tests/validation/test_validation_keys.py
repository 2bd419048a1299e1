from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.keys import DuplicateKeys, _TextKeys
from validation.packing import KeyLookup, pack_digits

keys = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from(["001", "01", "1", "12", "๑๒๓", "a", ""])),
        st.sampled_from(["0", "1", "x"]),
    ),
    max_size=40,
)


def columns(rows: list[tuple[str | None, str]]) -> list[pa.Array]:
    return [pa.array([row[place] for row in rows], pa.utf8()) for place in (0, 1)]


@pytest.mark.parametrize("widths", [(3, 1), (30, 1)])
@settings(deadline=None, max_examples=60)
@given(rows=keys, cut=st.integers(0, 40))
def test_repeated_keys_are_those_of_a_plain_set(
    widths: tuple[int, int], rows: list[tuple[str | None, str]], cut: int
) -> None:
    seen: set[tuple[str | None, str]] = set()
    expected = []
    for row in rows:
        expected.append(row[0] is not None and row in seen)
        seen.add(row)
    duplicates = DuplicateKeys(widths)
    parts = [rows[:cut], rows[cut:]]
    found = [duplicates.repeated(columns(p), np.ones(len(p), np.bool_)) for p in parts]
    assert np.concatenate(found).tolist() == expected


def test_equal_hashes_accuse_nobody() -> None:
    """All hashes collide; only equal texts are repeated."""
    store = _TextKeys(hashes=lambda texts: np.zeros(len(texts), np.uint64))
    every = np.ones(3, np.bool_)
    assert store.repeated([pa.array(["a", "b", "c"])], every).tolist() == [False] * 3
    assert store.repeated([pa.array(["d", "b", "e"])], every).tolist() == [False, True, False]
    assert store.repeated([pa.array(["c", "e", "f"])], every).tolist() == [True, True, False]


def test_rows_that_are_no_candidates_are_not_remembered() -> None:
    duplicates = DuplicateKeys((2,))
    ids = [pa.array(["11", "22"])]
    assert not duplicates.repeated(ids, np.array([False, True])).any()
    assert duplicates.repeated(ids, np.ones(2, np.bool_)).tolist() == [False, True]


def test_packed_keys_are_exact_and_only_of_full_width_digits() -> None:
    packed, good = pack_digits([pa.array(["007", "7", None, "๐๐๗", "999"])], (3,))
    assert good.tolist() == [True, False, False, False, True]
    assert packed[good].tolist() == [7, 999]


def test_look_up_finds_the_first_row_of_a_key() -> None:
    table = pa.chunked_array([["20", "10"], ["20", "xx"]])
    lookup = KeyLookup([table], (2,))
    assert lookup.positions([pa.array(["20", "10", "xx", "30", None])]).tolist() == [
        0,
        1,
        -1,
        -1,
        -1,
    ]
    assert KeyLookup([pa.chunked_array([], pa.utf8())], (2,)).contains([pa.array(["1"])]).sum() == 0
