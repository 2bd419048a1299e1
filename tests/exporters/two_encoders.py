"""A layout with every kind of field, tables for it, right and wrong, and both encoders on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from exporters.encode import EncodedBlock, encode_batch
from interfaces.model import Interface
from parsers.arrow_types import record_named
from parsers.copybook import load_layout

COPYBOOK = """\
       01 R.
          05 K PIC X.
          05 FILLER PIC X(3).
          05 T13 PIC X(13).
          05 T4 PIC X(4).
          05 Z5 PIC S9(3)V99.
          05 Z9 PIC 9(9).
          05 Z18 PIC S9(18) SIGN LEADING.
          05 Z4S PIC S9(3) SIGN TRAILING SEPARATE.
          05 Z7S PIC S9(6) SIGN LEADING SEPARATE.
          05 ZP PIC S9(3)P(2).
          05 ZL PIC VP(2)9(3).
          05 P1 PIC S9 COMP-3.
          05 P6 PIC 9(10) COMP-3.
          05 P18 PIC S9(16)V99 COMP-3.
          05 B2 PIC S9(4) COMP.
          05 B4 PIC 9(9) COMP.
          05 B8 PIC S9(18) COMP.
          05 N2 PIC 9(4) COMP-5.
          05 N8 PIC S9(18) COMP-5.
          05 D8 PIC 9(8).
          05 DX PIC X(6).
          05 DP PIC S9(8) COMP-3.
          05 M6 PIC 9(6).
          05 F3 PIC 9(3) OCCURS 3.
          05 BASE PIC X(6).
          05 ONE REDEFINES BASE.
             10 A PIC S9(5) COMP-3.
             10 L PIC X OCCURS 2.
          05 TWO REDEFINES BASE.
             10 B PIC X(6).
          05 W PIC X(4).
          05 WN REDEFINES W PIC S9(4).
          05 N PIC 9(2).
          05 T OCCURS 0 TO 3 DEPENDING ON N.
             10 TX PIC X(2).
             10 TN PIC S9(3) COMP-3.
             10 TT PIC 9 OCCURS 2.
"""
RULES = """\
dates = [
  { mask = "yyyymmdd", era = "be", nullable = ["D8", "DP"] },
  { mask = "ddmmyy", era = "be", pivot_base = 2500, fields = ["DX"] },
]
periods = [{ mask = "mmyyyy", era = "be", nullable = ["M6"] }]
[redefines]
ONE = { K = "1" }
TWO = { K = ["2", "33"] }
"""
CELL = pa.struct(
    [("tx", pa.utf8()), ("tn", pa.int64()), ("tt", pa.list_(pa.int16()))],
)
LETTERS = "Aa0197 -~éกั๙€名😀\n"
DAYS = st.dates(date(1500, 1, 1), date(9999, 12, 31))


def texts(size: int) -> st.SearchStrategy[str]:
    digits = st.text("0123456789", max_size=size + 1)
    return digits | st.text(LETTERS[:8], max_size=size + 1) | st.text(LETTERS, max_size=size + 2)


def numbers(digits: int) -> st.SearchStrategy[int]:
    return st.integers(-(10**digits) - 1, 10**digits + 1) | st.integers(-12, 120)


def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    return numbers(digits).map(lambda number: Decimal(f"{number}E-{scale}"))


# Column → values and Arrow types that it may come in.
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], list[pa.DataType]]] = {
    "k": (st.sampled_from(["1", "2", "33", "4"]), [pa.utf8(), pa.large_utf8()]),
    "t13": (texts(13), [pa.utf8(), pa.large_utf8(), pa.string_view()]),
    "t4": (texts(4), [pa.utf8(), pa.dictionary(pa.int8(), pa.utf8())]),
    "z5": (decimals(5, 2), [pa.decimal128(12, 2), pa.decimal128(38, 2)]),
    "z9": (numbers(9), [pa.int64(), pa.decimal128(20, 0)]),
    "z18": (numbers(18), [pa.int64(), pa.decimal128(25, 0)]),
    "z4s": (st.integers(-(2**15), 2**15 - 1), [pa.int16(), pa.int32(), pa.int64()]),
    "z7s": (numbers(6), [pa.int32(), pa.int64()]),
    "zp": (numbers(5).map(lambda n: n // 100 * 100) | numbers(5), [pa.int64()]),
    "zl": (decimals(3, 5), [pa.decimal128(8, 5)]),
    "p1": (st.integers(-11, 11), [pa.int8(), pa.int64()]),
    "p6": (st.integers(0, 2**32 - 1), [pa.uint32(), pa.uint64(), pa.int64()]),
    "p18": (decimals(18, 2), [pa.decimal128(24, 2)]),
    "b2": (numbers(4), [pa.int32(), pa.decimal128(9, 0)]),
    "b4": (numbers(9), [pa.int64()]),
    "b8": (numbers(18), [pa.int64()]),
    "n2": (st.integers(-2, 2**16 + 1), [pa.int32(), pa.int64()]),
    "n8": (st.integers(-(2**63), 2**63 - 1), [pa.int64()]),
    "d8": (DAYS, [pa.date32(), pa.date64()]),
    "dx": (st.dates(date(1956, 1, 1), date(2057, 12, 31)), [pa.date32()]),
    "dp": (DAYS, [pa.date32()]),
    "m6": (st.integers(202_600, 202_614) | st.integers(-5, 10**6), [pa.int32(), pa.int64()]),
    "f3": (st.lists(st.none() | numbers(3), max_size=4), [pa.list_(pa.int64())]),
    "a": (numbers(5), [pa.int64()]),
    "l": (
        st.lists(st.none() | texts(1), max_size=3),
        [pa.list_(pa.utf8()), pa.large_list(pa.utf8())],
    ),
    "b": (texts(6), [pa.utf8()]),
    "w": (texts(4), [pa.utf8()]),
    "wn": (numbers(4), [pa.int64()]),
    "t": (
        st.lists(
            st.none()
            | st.fixed_dictionaries(
                {
                    "tx": st.none() | texts(2),
                    "tn": st.none() | numbers(3),
                    "tt": st.none() | st.lists(st.integers(-1, 11), max_size=3),
                }
            ),
            max_size=4,
        ),
        [pa.list_(CELL), pa.large_list(CELL)],
    ),
}


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    """Batches in which about every value may be wrong or null, sliced out of longer ones."""
    rows, before, behind = draw(st.integers(1, 12)), draw(st.integers(0, 3)), 2
    columns: dict[str, pa.Array] = {}
    for name, (values, kinds) in COLUMNS.items():
        if name in ("w", "wn") and draw(st.integers(0, 3)) == 0:
            continue
        cells = st.none() | values if draw(st.booleans()) else values
        given = draw(st.lists(cells, min_size=rows, max_size=rows))
        column = [None] * before + given + [None] * behind
        columns[name] = pa.array(column, draw(st.sampled_from(kinds)))
    if "w" not in columns and "wn" not in columns:
        columns["w"] = pa.nulls(rows + before + behind)
    return pa.RecordBatch.from_pydict(columns).slice(before, rows)


def both(
    batch: pa.RecordBatch, interface: Interface, name: str | None = None
) -> tuple[EncodedBlock, EncodedBlock]:
    layout = load_layout(interface)
    record = layout[0] if name is None else record_named(layout, name)
    compiled = encode_batch(batch, record, interface, first_record=7, engine="compiled")
    numpy = encode_batch(batch, record, interface, first_record=7, engine="numpy")
    return compiled, numpy


def assert_same(compiled: EncodedBlock, numpy: EncodedBlock) -> None:
    assert compiled.findings.equals(numpy.findings)
    assert (compiled.lengths is None) == (numpy.lengths is None)
    if compiled.lengths is not None and numpy.lengths is not None:
        assert compiled.lengths.tolist() == numpy.lengths.tolist()
    assert compiled.data.tobytes() == numpy.data.tobytes()


def assert_both_same(batch: pa.RecordBatch, interface: Interface) -> EncodedBlock:
    compiled, numpy = both(batch, interface)
    assert_same(compiled, numpy)
    return compiled
