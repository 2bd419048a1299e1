"""Employers who pay at the played bank: its references are ours, and a day is closed once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance.employer_reference import make_references
from simulation.partner.bank import COLLECTOR, OWN, advise
from simulation.partner.employers import (
    DEBIT,
    MISTAKES,
    Slip,
    pay_for_employers,
    references,
)

DAY, NEXT = date(2027, 1, 4), date(2027, 1, 5)
SEED = 11
SLIPS = [
    Slip(f"{1_000_000_012 + n:010d}", "000000", f"บริษัท {n} จำกัด", 202612, 100_000 + n)
    for n in range(3 * len(MISTAKES))
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A bank that has opened."""
    (tmp_path / "bank" / "returns" / "done").mkdir(parents=True)
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    folder = root / "bank" / "returns"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.TXT"))}


@given(st.integers(0, 10**10 - 1), st.integers(0, 10**6 - 1), st.integers(1990, 2100))
def test_its_references_are_those_of_the_specification(
    account: int, branch: int, year: int
) -> None:
    """Typed in twice, by two rooms that do not know each other."""
    employer = (f"{account:010d}", f"{branch:06d}")
    made = make_references(
        pa.array([employer[0]]), pa.array([employer[1]]), pa.array([year * 100 + 7], pa.int32())
    ).to_pylist()[0]
    assert references(*employer, year * 100 + 7) == (made["reference_1"], made["reference_2"])


def test_a_day_is_closed_once(root: Path) -> None:
    payments = pay_for_employers(root, DAY, SLIPS, SEED)
    left = files(root)
    assert list(left) == ["CBPAY_20270104_000001.TXT"]
    assert pay_for_employers(root, DAY, SLIPS[:1], SEED + 1) == payments
    assert files(root) == left
    moved = root / "bank" / "returns" / "done" / "CBPAY_20270104_000001.TXT"
    (root / "bank" / "returns" / moved.name).rename(moved)
    pay_for_employers(root, DAY, SLIPS, SEED)
    assert files(root) == {}
    pay_for_employers(root, NEXT, SLIPS, SEED)
    assert list(files(root)) == ["CBPAY_20270105_000002.TXT"]


def test_every_mistake_is_made(root: Path) -> None:
    payments = pay_for_employers(root, DAY, SLIPS, SEED)
    assert {one.intent for one in payments} == {"right", *MISTAKES}
    assert len(payments) == len(SLIPS) + 2  # twice, and in two parts
    assert all(one.amount > 0 for one in payments)
    (data,) = files(root).values()
    lines = data.split(b"\n")
    assert lines.pop() == b""
    assert {len(line) for line in lines} == {256}
    assert len(lines) == len(payments) + 2


def test_the_advice_has_a_line_for_employers_less_what_was_taken_back(root: Path) -> None:
    first = pay_for_employers(root, DAY, SLIPS, SEED, mistakes=False)
    (own,) = advise(root, DAY).credits
    assert (own.collector, own.day, own.payments) == (OWN, str(DAY), len(SLIPS))
    assert own.gross == sum(slip.amount for slip in SLIPS)
    payments = pay_for_employers(root, NEXT, SLIPS[:2], SEED, mistakes=False, bounced=first[:1])
    assert [one.kind for one in payments].count(DEBIT) == 1
    (own,) = advise(root, NEXT).credits
    assert own.gross == SLIPS[0].amount + SLIPS[1].amount - first[0].amount


def test_counters_and_employers_are_credited_apart(root: Path) -> None:
    (root / "books").mkdir()
    book = root / "books" / f"CSPAY_{DAY:%Y%m%d}_000001.TXT.json"
    book.write_text('[{"time": "190000", "amount": 43200}, {"time": "230000", "amount": 7000}]')
    pay_for_employers(root, DAY, SLIPS[:1], SEED)
    counters, employers = advise(root, DAY).credits
    assert (counters.collector, counters.payments, counters.gross) == (COLLECTOR, 1, 43_200)
    assert (employers.collector, employers.gross) == (OWN, SLIPS[0].amount)
    (late,) = advise(root, NEXT).credits
    assert (late.collector, late.day, late.gross) == (COLLECTOR, str(DAY), 7_000)
