"""Parents of segment records, by their order in the file."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import RecordRule, Role
from parsers.segments import NO_PARENT, SegmentError, Segments

ACCOUNT, CARD, PAYMENT, NOTE = range(4)


def rule(name: str, parent: str | None = None) -> RecordRule:
    return RecordRule(record=name, role=Role.DETAIL, when={}, parent=parent)


FAMILY = (
    rule("ACCOUNT"),
    rule("CARD", "ACCOUNT"),
    rule("PAYMENT", "CARD"),
    rule("NOTE", "ACCOUNT"),
)


def one_by_one(kinds: list[int]) -> dict[int, list[int]]:
    """The same, record after record."""
    found: dict[int, list[int]] = {CARD: [], PAYMENT: [], NOTE: []}
    account = card = NO_PARENT
    for number, kind in enumerate(kinds, 1):
        if kind == ACCOUNT:
            account, card = number, NO_PARENT
        elif kind == CARD:
            found[CARD].append(account)
            card = number
        elif kind == PAYMENT:
            found[PAYMENT].append(card)
        elif kind == NOTE:
            found[NOTE].append(account)
    return found


@given(kinds=st.lists(st.integers(-1, 3), max_size=40), cuts=st.lists(st.integers(0, 40)))
def test_as_record_after_record_however_the_file_is_cut(kinds: list[int], cuts: list[int]) -> None:
    segments = Segments(FAMILY)
    found: dict[int, list[int]] = {CARD: [], PAYMENT: [], NOTE: []}
    bounds = sorted({0, len(kinds), *(cut for cut in cuts if cut < len(kinds))})
    for start, stop in pairwise(bounds):
        block = segments.parents(np.array(kinds[start:stop], np.int64), start + 1)
        for child, numbers in block.items():
            found[child] += numbers.tolist()
    assert found == one_by_one(kinds)


def test_a_parent_must_be_a_record_of_the_interface() -> None:
    with pytest.raises(SegmentError, match="its parent LEDGER is no record"):
        Segments((rule("CARD", "LEDGER"),))


def test_parents_in_a_circle_are_refused() -> None:
    with pytest.raises(SegmentError, match="its own ancestor"):
        Segments((rule("A", "B"), rule("B", "A")))
