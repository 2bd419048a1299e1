"""OCCURS DEPENDING ON written back: several tables, nested ones, items behind them, counters."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from declared import declare
from hypothesis import given, settings
from hypothesis import strategies as st
from odo_layouts import Group, Item, Table, copybook, records, write

from exporters.encode import encode_batch
from interfaces.model import Framing, Interface, Role
from parsers.copybook import load_layout
from parsers.decode import decode_table
from parsers.layout import Record

ENGINES = ("numpy", "compiled")


def interface_of(text: str, folder: Path) -> Interface:
    return declare(
        folder, text, framing=Framing.V, encoding="cp037", records={"R": (Role.DETAIL, {})}
    )


def framed(records: list[bytes]) -> bytes:
    return b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in records)


def record_of(interface: Interface) -> Record:
    [only] = load_layout(interface)
    return only


def counters_in_use(items: tuple[Item, ...]) -> set[str]:
    """Columns of the counters that a table depends on."""
    tables = [item for item in items if isinstance(item, Table)]
    inner = [item for item in items if isinstance(item, Table | Group)]
    used = {table.counter.lower() for table in tables if table.counter is not None}
    return used.union(*(counters_in_use(item.items) for item in inner))


def without(type_: pa.DataType, columns: set[str]) -> pa.DataType:
    if pa.types.is_list(type_):
        return pa.list_(without(type_.value_type, columns))
    if pa.types.is_struct(type_):
        return pa.struct(
            [
                pa.field(field.name, without(field.type, columns))
                for field in type_
                if field.name not in columns
            ]
        )
    return type_


def left_out(row: dict[str, object], columns: set[str]) -> dict[str, object]:
    def inner(value: object) -> object:
        if isinstance(value, dict):
            return left_out(value, columns)
        return [inner(each) for each in value] if isinstance(value, list) else value

    return {name: inner(value) for name, value in row.items() if name not in columns}


@given(records(), st.integers(0, 1 << 32), st.integers(1, 40))
@settings(max_examples=30)
def test_what_was_decoded_is_written_byte_for_byte(items, seed, count):
    dice = Random(seed)
    originals = [write(items, dice, "cp037")[0] for _ in range(count)]
    with TemporaryDirectory() as folder:
        interface = interface_of(copybook(items), Path(folder))
        batch = decode_table(framed(originals), interface).combine_chunks().to_batches()[0]
        for engine in ENGINES:
            block = encode_batch(batch, record_of(interface), interface, engine=engine)
            assert block.findings.num_rows == 0
            assert block.data.tobytes() == b"".join(originals)
            if block.lengths is not None:
                assert block.lengths.tolist() == [len(original) for original in originals]


@given(records(), st.integers(0, 1 << 32), st.integers(1, 20))
@settings(max_examples=30)
def test_counters_left_out_are_the_lengths_of_their_lists(items, seed, count):
    dice = Random(seed)
    rows = [write(items, dice, "cp037")[1] for _ in range(count)]
    used = counters_in_use(items)
    with TemporaryDirectory() as folder:
        interface = interface_of(copybook(items), Path(folder))
        kinds = decode_table(framed([write(items, dice, "cp037")[0]]), interface).schema
        schema = without(pa.struct([f for f in kinds if not f.name.startswith("_")]), used)
        given_rows = [left_out(row, used) for row in rows]
        values = pa.array(given_rows, schema)
        batch = pa.RecordBatch.from_struct_array(values)
        blocks = [encode_batch(batch, record_of(interface), interface, engine=e) for e in ENGINES]
        assert [block.findings.num_rows for block in blocks] == [0, 0]
        assert blocks[0].data.tobytes() == blocks[1].data.tobytes()
        starts = _ends(blocks[0], count)
        written = [blocks[0].data.tobytes()[i:j] for i, j in itertools.pairwise(starts)]
        again = decode_table(framed(written), interface).to_pylist()
        named = [{k: v for k, v in row.items() if not k.startswith("_")} for row in again]
        assert [left_out(row, used) for row in named] == given_rows


def _ends(block, count):
    lengths = block.data.shape[1:] * count if block.lengths is None else block.lengths.tolist()
    return [sum(lengths[:n]) for n in range(count + 1)]


NESTED = """
01 R.
   05 N      PIC 9.
   05 G      OCCURS 0 TO 3 DEPENDING ON N.
      10 M   PIC 9.
      10 T   PIC X OCCURS 1 TO 2 DEPENDING ON M.
   05 Z      PIC X.
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"n": 1, "g": [{"m": 2, "t": ["A", "B"]}], "z": "Z"}, []),
        ({"n": 2, "g": [{"m": 1, "t": ["A"]}], "z": "Z"}, [("N", "ODO_COUNT", b"2")]),
        ({"n": 1, "g": [{"m": 1, "t": ["A", "B"]}], "z": "Z"}, [("M", "ODO_COUNT", b"1")]),
        ({"n": 1, "g": [{"m": 0, "t": []}], "z": "Z"}, [("M", "ODO_COUNT", b"0")]),
        ({"n": 1, "g": [{"m": None, "t": ["A"]}], "z": "Z"}, [("M", "ODO_COUNT", None)]),
        ({"n": 1, "g": [{"t": []}], "z": "Z"}, [("M", "ODO_COUNT", b"0")]),
        ({"n": 4, "g": [{"m": 1, "t": ["A"]}] * 4, "z": "Z"}, [("G", "ENCODE_OVERFLOW", b"4")]),
        (
            {"n": 1, "g": [{"m": 3, "t": ["A", "B", "C"]}], "z": "Z"},
            [("T", "ENCODE_OVERFLOW", b"3")],
        ),
    ],
)
def test_counters_must_agree_with_their_lists(tmp_path, engine, row, found):
    interface = interface_of(NESTED, tmp_path)
    good = {"n": 0, "g": [], "z": "Y"}
    batch = pa.RecordBatch.from_pylist([good, row])
    block = encode_batch(batch, record_of(interface), interface, engine=engine)
    assert [(f["field"], f["code"], f["raw"]) for f in block.findings.to_pylist()] == found
    assert {f["record_number"] for f in block.findings.to_pylist()} <= {2}
    if not found:
        assert block.data.tobytes().decode("cp037") == "0Y12ABZ"


FULL = """
01 R.
   05 G      OCCURS 3.
      10 M   PIC 9.
      10 T   PIC X OCCURS 0 TO 2 DEPENDING ON M.
   05 Z      PIC X.
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fixed_table_of_varying_elements_is_always_full(tmp_path, engine):
    text = (
        "01 R.\n05 G OCCURS 3.\n10 M PIC 9.\n10 T PIC X OCCURS 0 TO 2 DEPENDING ON M.\n05 Z PIC X."
    )
    interface = interface_of(text, tmp_path)
    batch = pa.RecordBatch.from_pylist(
        [{"g": [{"m": 2, "t": ["A", "B"]}], "z": "Z"}, {"g": [{"m": 0, "t": []}] * 3, "z": "Y"}]
    )
    block = encode_batch(batch, record_of(interface), interface, engine=engine)
    assert block.findings.num_rows == 0
    assert block.data.tobytes().decode("cp037") == "2AB00Z000Y"
    assert block.lengths.tolist() == [6, 4]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_large_maximum_takes_no_memory(tmp_path, engine):
    """Five hundred records that could have a megabyte each."""
    text = """
01 R.
   05 N      PIC S9(4) COMP-5.
   05 T      PIC X(32) OCCURS 0 TO 32000 DEPENDING ON N.
   05 Z      PIC X(5).
"""
    interface = interface_of(text, tmp_path)
    rows = [{"t": ["A" * 32] * (place % 3), "z": "LAST!"} for place in range(500)]
    batch = pa.RecordBatch.from_pylist(rows)
    tracemalloc.start()
    block = encode_batch(batch, record_of(interface), interface, engine=engine)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20
    assert block.findings.num_rows == 0
    assert block.lengths.tolist() == [7 + 32 * (place % 3) for place in range(500)]
    assert block.data[:7].tobytes() == b"\0\0" + "LAST!".encode("cp037")
