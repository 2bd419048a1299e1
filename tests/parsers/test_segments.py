"""Parents of segment records, by their order in the file."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from declared import declare
from hypothesis import given
from hypothesis import strategies as st

from interfaces.model import Framing, Interface, RecordRule, Role
from parsers.arrow_types import PARENT_NUMBER
from parsers.blocks import Engine
from parsers.decode import decode_file, decode_whole
from parsers.framing.splits import split_by_bytes
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


COPYBOOK = """
01 ACCOUNT.
   05 KIND   PIC X.
   05 OWNER  PIC X(3).
01 CARD.
   05 KIND-C PIC X.
   05 NUMBER-C PIC 9(3).
01 PAYMENT.
   05 KIND-P PIC X.
   05 AMOUNT PIC 9(3).
"""
FILE = b"C009AANNC001P100P200ABOBP300C002P4X0"


def cards(folder: Path) -> Interface:
    declared = declare(
        folder,
        COPYBOOK,
        framing=Framing.F,
        encoding="ascii",
        records={
            "ACCOUNT": (Role.DETAIL, {"KIND": ("A",)}),
            "CARD": (Role.DETAIL, {"KIND-C": ("C",)}),
            "PAYMENT": (Role.DETAIL, {"KIND-P": ("P",)}),
        },
    )
    parents = {"CARD": "ACCOUNT", "PAYMENT": "CARD"}
    rules = tuple(replace(r, parent=parents.get(r.record)) for r in declared.records)
    return replace(declared, records=rules)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("block_bytes", [4, 1 << 20])
def test_children_have_the_number_of_their_parent(
    tmp_path: Path, engine: Engine, block_bytes: int
) -> None:
    decoded = decode_whole(FILE, cards(tmp_path), engine=engine, block_bytes=block_bytes)
    card, payment = decoded.tables["CARD"], decoded.tables["PAYMENT"]
    assert card.column("_record_number").to_pylist() == [1, 3, 8]
    assert card.column(PARENT_NUMBER).to_pylist() == [None, 2, 6]
    assert payment.column(PARENT_NUMBER).to_pylist() == [3, 3, None, 8]
    assert PARENT_NUMBER not in decoded.tables["ACCOUNT"].schema.names
    found = decoded.findings.select(["record_number", "code"]).to_pylist()
    assert [(f["record_number"], f["code"]) for f in found] == [
        (1, "SEGMENT_ORPHAN"), (7, "SEGMENT_ORPHAN"), (9, "NUMBER_DIGIT"),
    ]  # fmt: skip


def test_a_part_of_a_file_of_segments_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "CARDS"
    path.write_bytes(FILE)
    interface = cards(tmp_path)
    _, second = split_by_bytes(path, interface.file, 4, 2)
    with pytest.raises(SegmentError, match="read the file as a whole"):
        next(decode_file(path, interface, file_id="f", part=second))


def test_a_parent_must_be_a_record_of_the_interface() -> None:
    with pytest.raises(SegmentError, match="its parent LEDGER is no record"):
        Segments((rule("CARD", "LEDGER"),))


def test_parents_in_a_circle_are_refused() -> None:
    with pytest.raises(SegmentError, match="its own ancestor"):
        Segments((rule("A", "B"), rule("B", "A")))
