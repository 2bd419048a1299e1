"""Control totals against sums of Python integers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.codecs.integers import read_integers
from exporters.controls import RunningTotals, exact_sum
from exporters.engine import Engine
from exporters.kernels.totals import sum_of_digit_texts, sum_of_numbers
from exporters.rows import EncodeError
from interfaces.model import Interface
from parsers.copybook import load_layout

Declare = Callable[[str, str], Interface]

COPYBOOK = """\
       01 D.
          05 KIND PIC X.
          05 ID PIC X(13).
          05 LONG-ID PIC X(20).
          05 AMOUNT PIC S9(16)V99.
          05 N PIC 9(2).
          05 T OCCURS 0 TO 9 DEPENDING ON N.
             10 PART PIC 9(3)V9.
       01 E.
          05 KIND PIC X.
       01 Z.
          05 KIND PIC X.
          05 ALL-RECORDS PIC 9(5).
          05 COUNT-D PIC 9(5).
          05 COUNT-A PIC 9(5).
          05 SUM-AMOUNT PIC S9(16)V99.
          05 SUM-A PIC S9(16)V99.
          05 DOUBLE-SUM PIC S9(16)V99.
          05 SUM-PART PIC 9(9)V99.
          05 SUM-N PIC 9(9).
          05 HASH-ID PIC 9(15).
          05 HASH-LONG PIC 9(7).
"""
TOML = """\
[records]
D = { role = "detail", when = { KIND = ["A", "B"] } }
E = { role = "detail", when = { KIND = "E" } }
Z = { role = "trailer", when = { KIND = "Z" } }

[controls.Z]
count = { ALL-RECORDS = "*", COUNT-D = "D", COUNT-A = { of = "D", where = { KIND = "A" } } }
hash = { HASH-ID = "ID", HASH-LONG = "LONG-ID" }
[controls.Z.sum]
SUM-AMOUNT = "AMOUNT"
SUM-A = { of = "AMOUNT", where = { KIND = "A" } }
DOUBLE-SUM = { of = "AMOUNT", times = 2 }
SUM-PART = "PART"
SUM-N = "N"
"""
PARTS = pa.list_(pa.struct([("part", pa.decimal128(4, 1))]))


def details(rows: list[tuple[str, int, int, int, list[int]]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "kind": [kind for kind, *_ in rows],
            "id": [f"{number:013d}" for _, number, *_ in rows],
            "long_id": [f"{number:020d}" for _, _, number, *_ in rows],
            "amount": pa.array([Decimal(row[3]) / 100 for row in rows], pa.decimal128(18, 2)),
            "t": pa.array([[{"part": Decimal(p) / 10} for p in row[4]] for row in rows], PARTS),
        }
    )


ROWS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.integers(0, 10**13 - 1),
        st.integers(0, 10**20 - 1),
        st.integers(-(10**17), 10**17),
        st.lists(st.integers(0, 9999), max_size=9),
    ),
    max_size=12,
)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_totals_of_any_batches(declare: Declare, engine: Engine) -> None:
    interface = declare(COPYBOOK, TOML)
    layout = {record.name: record for record in load_layout(interface)}

    @given(st.lists(ROWS, max_size=3))
    def check(batches: list[list[tuple[str, int, int, int, list[int]]]]) -> None:
        totals = RunningTotals(interface, layout, engine=engine)
        for rows in batches:
            totals.add(details(rows), layout["D"], "f", 1)
        totals.add(pa.RecordBatch.from_pydict({"kind": ["E"]}), layout["E"], "f", 1)
        rows = [row for batch in batches for row in batch]
        amount = sum(row[3] for row in rows)
        of_a = [row for row in rows if row[0] == "A"]
        assert totals.values("Z") == {
            "ALL-RECORDS": len(rows) + 2,
            "COUNT-D": len(rows),
            "COUNT-A": len(of_a),
            "SUM-AMOUNT": Decimal(f"{amount}E-2"),
            "SUM-A": Decimal(f"{sum(row[3] for row in of_a)}E-2"),
            "DOUBLE-SUM": Decimal(f"{2 * amount}E-2"),
            "SUM-PART": Decimal(f"{sum(sum(row[4]) for row in rows)}E-1"),
            "SUM-N": sum(len(row[4]) for row in rows),
            "HASH-ID": sum(row[1] for row in rows) % 10**15,
            "HASH-LONG": sum(row[2] for row in rows) % 10**7,
        }

    check()


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_a_hash_total_has_no_number_for_letters(declare: Declare, engine: Engine) -> None:
    interface = declare(COPYBOOK, TOML)
    layout = {record.name: record for record in load_layout(interface)}
    batch = details([("A", 1, 1, 1, []), ("A", 2, 2, 2, [])])
    batch = batch.set_column(1, "id", pa.array([None, "12345678901X3"]))
    with pytest.raises(EncodeError) as raised:
        RunningTotals(interface, layout, engine=engine).add(batch, layout["D"], "f", 5)
    (row,) = raised.value.findings.to_pylist()
    assert (row["record_number"], row["field"], row["code"], row["raw"]) == (
        6,
        "ID",
        "DIGITS_EXPECTED",
        b"12345678901X3",
    )


@given(st.lists(st.integers(-(10**31), 10**31)))
def test_sums_of_any_size(values: list[int]) -> None:
    column = pa.array([Decimal(value) for value in values], pa.decimal128(38, 0))
    assert exact_sum(read_integers(column, 0)) == sum(values)
    assert sum_of_numbers(column, 0) == sum(values)
    assert sum_of_numbers(column.slice(1), 0) == sum(values[1:])


def test_a_sum_beyond_64_bits_does_not_wrap() -> None:
    column = pa.array(np.full(1000, 2**63 - 1))
    assert exact_sum(read_integers(column, 0)) == 1000 * (2**63 - 1)
    assert sum_of_numbers(column, 0) == 1000 * (2**63 - 1)
    assert sum_of_numbers(pa.array(np.full(3_000, -(2**63))), 0) == -3_000 * 2**63


@given(st.lists(st.none() | st.text("0123456789", min_size=1, max_size=18)))
def test_sums_of_digits_of_any_length(values: list[str | None]) -> None:
    expected = sum(int(value) for value in values if value is not None)
    assert sum_of_digit_texts(pa.array(values, pa.utf8())) == expected
    assert sum_of_digit_texts(pa.array([None, *values], pa.large_utf8()).slice(1)) == expected


@pytest.mark.parametrize("wrong", ["", "1a", "12345678/", "1234567890123:", "๑", "1" * 19])
def test_what_is_no_number_has_no_sum(wrong: str) -> None:
    assert sum_of_digit_texts(pa.array(["1", wrong, "2"])) is None
