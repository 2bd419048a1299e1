"""The compiled encoder gives the bytes and the findings of the numpy encoder: whole records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from exporters.compiled import CompiledEncoding
from exporters.encode import RecordEncoder, encode_batch
from exporters.engine import Engine
from interfaces.model import Interface
from parsers.copybook import load_layout
from tests.exporters.two_encoders import COLUMNS, COPYBOOK, RULES, assert_both_same

Declare = Callable[[str, str], Interface]
ENGINES: tuple[Engine, ...] = ("compiled", "numpy", "auto")


def test_a_fault_far_into_a_batch(declare: Declare) -> None:
    interface = declare("       01 R.\n          05 A PIC X(3).\n          05 N PIC 9(2).\n", "")
    numbers_ = np.arange(20_000) % 100
    numbers_[[11, 9_999, 19_999]] = [100, -1, 1_000]
    names = ["กขค"] * 20_000
    names[9_000] = "abcd"
    batch = pa.record_batch({"a": names, "n": numbers_})
    block = assert_both_same(batch, interface)
    assert block.findings.column("record_number").to_pylist() == [18, 9_007, 10_006, 20_006]


def test_blocks_are_the_batch_in_parts(declare: Declare) -> None:
    interface = declare(COPYBOOK.split("          05 W ")[0], RULES)
    rows = 30_000
    columns = {name: pa.nulls(rows) for name in COLUMNS}
    columns |= {"k": pa.array(["1", "2", None] * (rows // 3)), "a": pa.array(np.arange(rows))}
    batch = pa.record_batch(columns | {"b": pa.array([f"{n}" for n in range(rows)])})
    record = load_layout(interface)[0]
    whole = encode_batch(batch, record, interface, engine="numpy").data.tobytes()
    for engine in ENGINES:
        encoder = RecordEncoder(record, interface, engine=engine)
        parts = [block.data.tobytes() for block in encoder.blocks(batch)]
        assert len(parts) > 1
        assert b"".join(parts) == whole


MIXED = """\
       01 R.
          05 A PIC X(4).
          05 E PIC ZZ9.99-.
          05 F COMP-2.
          05 J PIC X(6) JUSTIFIED RIGHT.
          05 G PIC N(3) USAGE NATIONAL.
          05 Q PIC S9(31) COMP-3.
          05 Z PIC 9(3) BLANK WHEN ZERO.
          05 C PIC 9(5) COMP-6.
          05 V.
             49 V-LEN PIC S9(4) COMP.
             49 V-TEXT PIC X(5).
          05 Y PIC 9(7).
          05 B PIC S9(4) COMP.
"""


def test_fields_without_a_kernel_are_written_among_the_others(declare: Declare) -> None:
    interface = declare(MIXED, 'dates = [{ mask = "yyyyddd", era = "ce", fields = ["Y"] }]\n')
    batch = pa.record_batch(
        {
            "a": ["กข", "abcd", None] * 600,
            "e": pa.array([Decimal("-1.50"), None, Decimal("999.99")] * 600),
            "f": pa.array([1.5, -0.1, None] * 600),
            "j": ["r", "กขค", None] * 600,
            "g": ["ไทย", "x", None] * 600,
            "q": pa.array([Decimal(10**30), Decimal(-7), None] * 600, pa.decimal128(31, 0)),
            "z": pa.array([0, 5, None] * 600),
            "c": pa.array([12345, 0, None] * 600),
            "v": ["v", "vvvvv", None] * 600,
            "y": pa.array([date(2026, 12, 31), date(2024, 2, 29), date(1999, 1, 1)] * 600),
            "b": pa.array([1, -1, None] * 600),
        }
    )
    good = assert_both_same(batch, interface)
    assert good.findings.num_rows == 0
    record = load_layout(interface)[0]
    encoding = CompiledEncoding(batch, RecordEncoder(record, interface, engine="compiled"))
    assert set(encoding.left) == {"E", "F", "J", "G", "Q", "Z", "V", "Y"}
    places = batch.schema.get_field_index("e")
    wrong = pa.array([Decimal("-1.50"), None, Decimal("99999.99")] * 600)
    bad = assert_both_same(batch.set_column(places, "e", wrong), interface)
    assert bad.findings.num_rows == 600


def test_a_choice_in_a_table_of_any_length(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 N PIC 9.
          05 T OCCURS 0 TO 3 DEPENDING ON N.
             10 D PIC 9(2).
             10 X REDEFINES D PIC X(2).
""",
        "",
    )
    cells = pa.list_(pa.struct([("x", pa.utf8())]))
    tables = pa.array([[{"x": "ab"}, {"x": None}], [], [{"x": "c"}, None, {"x": "de"}]], cells)
    block = assert_both_same(pa.record_batch({"t": tables}), interface)
    assert block.data.tobytes().decode("cp037") == "2ab00" + "0" + "3c 00de"


def test_tables_in_tables_of_any_size(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 T OCCURS 500.
             10 U OCCURS 400 PIC X.
          05 A PIC X.
          05 V OCCURS 2.
             10 W OCCURS 3 PIC 9.
""",
        "",
    )
    nested = pa.list_(pa.struct([("u", pa.list_(pa.utf8()))]))
    inner = pa.list_(pa.struct([("w", pa.list_(pa.int64()))]))
    batch = pa.record_batch(
        {
            "t": pa.array([[{"u": ["x", "y"]}, None], None], nested),
            "a": ["a", "b"],
            "v": pa.array([[{"w": [1, 2]}, {"w": None}], [{"w": [3, None, 5]}]], inner),
        }
    )
    block = assert_both_same(batch, interface)
    tails = [row[200_000:].tobytes().decode("cp037") for row in block.data]
    assert tails == ["a120000", "b305000"]
    encoder = RecordEncoder(load_layout(interface)[0], interface, engine="compiled")
    assert CompiledEncoding(batch, encoder).left == ("T",)


def test_conditions_on_several_fields_numbers_and_the_record_type(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 K PIC X.
          05 C PIC 9(2).
          05 M PIC 9V9.
          05 D PIC X(3).
          05 D1 REDEFINES D PIC 9(3).
          05 D2 REDEFINES D PIC S9(4) COMP-3.
          05 D3 REDEFINES D PIC X(3).
""",
        """\
[redefines]
D1 = { C = ["7", "8"] }
D2 = { C = "9", K = "T" }
D3 = { M = "1.5", C = "1" }
[records]
R = { role = "detail", when = { K = "T" } }
""",
    )
    batch = pa.record_batch(
        {
            "c": pa.array([7, 8, 9, 1, 1, None, 7]),
            "m": pa.array([Decimal("1.5")] * 4 + [Decimal("2.0"), None, None]),
            "d1": pa.array([1, None, 3, 4, 5, 6, 1000]),
            "d2": pa.array([1, 2, -3, 4, 5, 6, 7]),
            "d3": ["a", "b", "c", "d", "e", "f", "g"],
        }
    )
    good = assert_both_same(batch.slice(0, 6), interface)
    assert good.findings.num_rows == 0
    fields = [row[5:].tobytes() for row in good.data]
    spaces = b"\x40\x40\x40"
    assert fields[:2] == [b"\xf0\xf0\xf1", b"\xf0\xf0\xf0"]
    assert fields[2:] == [b"\x00\x00\x3d", b"\x84\x40\x40", spaces, spaces]
    assert assert_both_same(batch, interface).findings.num_rows == 1
    encoder = RecordEncoder(load_layout(interface)[0], interface, engine="compiled")
    assert CompiledEncoding(batch, encoder).left == ()


def test_items_behind_a_table_move_up(declare: Declare) -> None:
    interface = declare(
        """\
       01 R.
          05 N PIC 9.
          05 M PIC 9.
          05 T PIC X(2) OCCURS 0 TO 3 DEPENDING ON N.
          05 MIDDLE PIC X(2).
          05 U PIC 9 OCCURS 1 TO 12 DEPENDING ON M.
          05 LAST-ITEM PIC X.
""",
        "",
    )
    block = assert_both_same(
        pa.record_batch(
            {
                "t": [["a"], [], ["b", "c", "d"]],
                "middle": ["m1", "m2", "m3"],
                "u": [[1], [2, 3], [4, 5, 6, 7]],
                "last_item": ["x", "y", "z"],
            }
        ),
        interface,
    )
    assert block.lengths is not None
    assert block.data.tobytes().decode("cp037") == "11a m11x" + "02m223y" + "34b c d m34567z"
    assert block.lengths.tolist() == [8, 7, 15]
